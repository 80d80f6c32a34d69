"""Everything textual that isn't typed: names, titles, addresses, elements. Scrubbed before it may be kept."""

from __future__ import annotations

import msgspec

from understudy.records.elements import Element, ValueClass
from understudy.records.kept import KeyLevel
from understudy.redact.scrub import Hit, Scrubbed, Scrubber

MOST_REMEMBERED = 4_096
CONTENT_ROLES = frozenset(
    ("text", "entry", "paragraph", "terminal", "editbar", "document text", "spin button", "combo box", "autocomplete")
)
"""Roles whose text a person may have typed."""


class Words:
    """Scrubs what the screen says. Remembers answers, since trees repeat themselves; never given what was typed."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._known: dict[tuple[str, str], Scrubbed] = {}
        self._hits: dict[tuple[str, str], tuple[Hit, ...]] = {}
        self._urls: dict[str, str] = {}

    def forget(self) -> None:
        """Remember nothing of what was asked so far."""
        self._known.clear()
        self._hits.clear()
        self._urls.clear()

    def scrub(self, text: str, label: str = "") -> Scrubbed:
        """`text` scrubbed, in view of the label it stands beside."""
        key = (text, label)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._scrubber.scrub(text, label=label)
        return known

    def hits(self, text: str, label: str = "") -> tuple[Hit, ...]:
        """What `scrub` would replace; gives out no token, for looking at what is not kept."""
        key = (text, label)
        known = self._hits.get(key)
        if known is None:
            if len(self._hits) >= MOST_REMEMBERED:
                self._hits.clear()
            known = self._hits[key] = self._scrubber.hits(text, label=label)
        return known

    def url(self, url: str) -> str:
        """An address without user, query values and fragment, its path scrubbed."""
        if not url:
            return ""
        known = self._urls.get(url)
        if known is None:
            if len(self._urls) >= MOST_REMEMBERED:
                self._urls.clear()
            known = self._urls[url] = self._scrubber.scrub_url(url)
        return known

    def element(self, element: Element, level: KeyLevel, *, secure: bool, name: str | None = None) -> Element:
        """The element as it may be kept: no value, its name and address scrubbed.

        `name` replaces the scrubbing where the tree knows better (a name that is part of a longer text). Below level
        "text" the name of something typed into is kept only where it is a label, not the content.
        """
        told = self.scrub(element.name).text if name is None else name
        if level != "text" and element.role in CONTENT_ROLES and element.value and element.name in element.value:
            told = ""
        return msgspec.structs.replace(
            element,
            name=told,
            url=self.url(element.url),
            value="",
            value_class=_value_class(element, secure=secure),
            secure=secure,
            hint=self.scrub(element.hint).text if element.hint else "",
        )


def _value_class(element: Element, *, secure: bool) -> ValueClass:
    if secure:
        return "bullets"
    if element.value_class or not element.value:
        return element.value_class
    return "number" if element.value.replace(".", "").replace(",", "").strip().isdigit() else "text"
