"""Elements as they may be kept: their names in view of the trees read last, of other people, and of what is typed."""

from __future__ import annotations

import msgspec

from understudy.records.elements import Element
from understudy.records.events import WindowState
from understudy.records.kept import KeyLevel
from understudy.redact.masks import TITLED, Reading, other_tab
from understudy.redact.observed import Keep, KeepText
from understudy.redact.policy import AppRule
from understudy.redact.run import Typing
from understudy.redact.scope import Scope
from understudy.redact.secure import SecureMemory
from understudy.redact.third_parties import THIRD_PARTY, of_element, origin
from understudy.redact.words import Words


class Elements:
    """What is told of single elements, by the newest reading of each window."""

    def __init__(self, scope: Scope, memory: SecureMemory, words: Words) -> None:
        self._scope, self._memory, self._words = scope, memory, words
        self._readings: dict[int, Reading] = {}

    def learn(self, window: int, reading: Reading) -> None:
        """A window's tree was read."""
        self._readings[window] = reading

    def forget(self) -> None:
        """Know nothing any more (after a pause)."""
        self._readings = {}

    def kept(self, element: Element, level: KeyLevel) -> Element:
        """An element as it may be kept, what is being typed aside."""
        read_as = next((r.names[element.id] for r in self._readings.values() if element.id in r.names), None)
        name = None if read_as is None else read_as.kept(self._words)
        if self._scope.masks_people(element):
            if element.name and self._someone_elses(element):
                name = THIRD_PARTY
            element = msgspec.structs.replace(element, url=origin(element.url))
        return self._words.element(element, level, secure=self._memory.secure(element), name=name)

    def pointed_at(self, element: Element, window: WindowState, rule: AppRule, typing: Typing) -> Element:
        """An element of a window in scope as it may be kept, without a name where that isn't sure."""
        kept = self.kept(element, rule.keys)
        sure = self._name_sure(element, kept.name, window, rule, typing)
        return kept if sure else msgspec.structs.replace(kept, name="", hint="")

    def keepers(self, window: WindowState, rule: AppRule, typing: Typing) -> tuple[Keep, KeepText]:
        """What makes an element of a window, and what stands in one, into what may be kept of it."""

        def keep(element: Element) -> Element | None:
            if not self._scope.element_allowed(window, element.url):
                return None
            return self.pointed_at(element, window, rule, typing)

        def keep_text(text: str, label: str) -> str:
            scrubbed = self._words.scrub(text, label).text
            return "" if typing.echoed_in(scrubbed) else scrubbed

        return keep, keep_text

    def _name_sure(self, element: Element, scrubbed: str, window: WindowState, rule: AppRule, typing: Typing) -> bool:
        """False for names that may be another page's title, a title nobody wants, or half of what is being typed."""
        if element.role in TITLED and not (rule.titles and (element.url or self._scope.title_sure(window))):
            return False
        return not (other_tab(rule, element) or typing.echoed_in(scrubbed))

    def _someone_elses(self, element: Element) -> bool:
        """True for what shows other people, by the trees read last, else by the element's own place."""
        known = [reading.people for reading in self._readings.values()]
        told = next((owns for people in known if (owns := people.owns(element)) is not None), None)
        if told is None:
            return of_element(element, frozenset().union(*(people.names for people in known)))
        return told
