"""Which text stands beside a field and names it: by where they are, since programs tell their children in any order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from understudy.records.elements import Node
from understudy.records.geometry import Rect

LABEL_CHARS = 40
"""Longer texts name nothing."""
ABOVE_PX = 40
"""How far above a field its label may end."""
SLACK_PX = 8
"""How far the bounds of a label may reach into those of its field."""
BAND_PX = 64
"""Labels are looked for in bands of this height: a table may have thousands of cells."""


class Labels:
    """The short texts of a window, found by the field that they stand beside."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._bands: defaultdict[int, list[tuple[Rect, str]]] = defaultdict(list)
        parents = {node.parent for node in nodes}
        for index, node in enumerate(nodes):
            element = node.element
            if index in parents or element.bounds is None or "editable" in element.states:
                continue
            told = told_by(node)
            if told and len(told) <= LABEL_CHARS:
                for band in _bands_of(element.bounds):
                    self._bands[band].append((element.bounds, told))

    def beside(self, field: Rect) -> tuple[str, ...]:
        """What stands nearest before a field in its row and nearest above it; behind it only when nothing else does."""
        around = Rect(field.x, field.y - ABOVE_PX, field.width, field.height + ABOVE_PX)
        near = list(dict.fromkeys(each for band in _bands_of(around) for each in self._bands.get(band, ())))
        row = [(place, told) for place, told in near if same_row(place, field)]
        left = [(field.x - place.right, told) for place, told in row if place.right <= field.x + SLACK_PX]
        above = [(field.y - place.bottom, told) for place, told in near if _over(place, field)]
        found = [min(those)[1] for those in (left, above) if those]
        behind = [(place.x - field.right, told) for place, told in row if place.x >= field.right - SLACK_PX]
        if not found and behind:
            found = [min(behind)[1]]
        return tuple(dict.fromkeys(found))


def told_by(node: Node) -> str:
    """The text of an element, or its name."""
    return (node.text or node.element.name).strip("￼ \n")


def leads(label: Rect | None, field: Rect | None) -> bool:
    """True when a text may be what a thing after it is called: it stands in the same row, or above it.

    Where either isn't told the order must do.
    """
    return label is None or field is None or same_row(label, field) or label.bottom <= field.y + SLACK_PX


def same_row(one: Rect, other: Rect) -> bool:
    """True when at least half of the lower one stands at the other's height."""
    common = min(one.bottom, other.bottom) - max(one.y, other.y)
    return 2 * common >= min(one.height, other.height) > 0


def _over(label: Rect, field: Rect) -> bool:
    overlaps = label.x < field.right and field.x < label.right
    return overlaps and -SLACK_PX <= field.y - label.bottom <= ABOVE_PX and not same_row(label, field)


def _bands_of(place: Rect) -> range:
    return range(place.y // BAND_PX, place.bottom // BAND_PX + 1)
