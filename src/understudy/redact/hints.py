"""What a window's tree says of a field beside the field's own name: the text before it, the group that it stands in."""

from __future__ import annotations

import re
from collections import OrderedDict

from understudy.records.events import Tree
from understudy.records.geometry import Rect
from understudy.redact.beside import LABEL_CHARS, Labels, leads, told_by
from understudy.redact.masks import DOCUMENTS, TITLED

MOST_HINTS = 512
_PART = re.compile(
    r"\W*(?:(?:part|digit|block|group|box|field|character)?\W*\d{0,2}(?: of \d+)?|day|month|year|dd|mm|yy(?:yy)?|tag"
    r"|monat|jahr|area code|prefix|number|first|second|third|last|user|domain)\W*",
    re.IGNORECASE,
)
"""Names of boxes that are parts of something: only the group's name says of what."""


class Hints:
    """For each field of the trees read: what to look at beside its name, "" for most."""

    def __init__(self) -> None:
        self._hints: OrderedDict[str, str] = OrderedDict()

    def learn(self, tree: Tree) -> None:
        """Take over what a tree says of its fields."""
        before = last = ""
        place: Rect | None = None
        labels: Labels | None = None
        for index, node in enumerate(tree.nodes):
            element = node.element
            if "editable" not in element.states:
                told = told_by(node)
                if told.startswith("@") and last and len(told) <= LABEL_CHARS:
                    # The form draws the sign of an address whose halves stand in two fields.
                    self._hints[last] = f"{self._hints.get(last, '')} @".strip()
                if told:
                    before, place = (told if len(told) <= LABEL_CHARS else ""), element.bounds
                continue
            last = element.id
            said: list[str] = []
            if not element.name:
                labels = labels or Labels(tree.nodes)
                said += labels.beside(element.bounds) if element.bounds is not None else ()
                if not said and before and leads(place, element.bounds):
                    said.append(before)
            if not element.name or _PART.fullmatch(element.name):
                said += _groups(tree, index)
            if said:
                self._hints[element.id] = " ".join(dict.fromkeys(said))
                self._hints.move_to_end(element.id)
            while len(self._hints) > MOST_HINTS:
                self._hints.popitem(last=False)

    def of(self, element: str) -> str:
        """What stands beside a field, "" when its name says it all or nothing is known."""
        return self._hints.get(element, "")

    def forget(self) -> None:
        """Know nothing any more (after a pause)."""
        self._hints.clear()


def _groups(tree: Tree, index: int) -> list[str]:
    """The name of the nearest named group around a field."""
    parent = tree.nodes[index].parent
    while 0 <= parent < index:
        element = tree.nodes[parent].element
        if element.role in TITLED or element.role in DOCUMENTS:
            return []
        if element.name and len(element.name) <= LABEL_CHARS:
            return [element.name]
        index, parent = parent, tree.nodes[parent].parent
    return []
