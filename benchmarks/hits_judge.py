"""Whether a recorded target is the one that was hit: the rules of benchmarks/bench_elements.py. Pure.

A page (hits_truth.js) or program (hits_gtk.py) hands over what may rightly be recorded: one acting element, or, where
nothing acts, the text, the element or the list item that was hit. A target is right when role, name and bounds agree
with one of them. Roles agree by the table below (HTML and ARIA to AT-SPI, after the Core and HTML accessibility
mappings). Names agree without blanks and case. Bounds agree within `SLACK_PX` on each edge; what lies outside the
page's view or the window is left aside on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from understudy.records.elements import Element
from understudy.records.geometry import Rect

SLACK_PX = 2
ROLES: Mapping[str, frozenset[str]] = {
    "button": frozenset(("push button", "toggle button", "push button menu")),
    "toggle": frozenset(("toggle button",)),
    "summary": frozenset(("push button", "toggle button")),
    "link": frozenset(("link",)),
    "checkbox": frozenset(("check box",)),
    "radio": frozenset(("radio button",)),
    "switch": frozenset(("toggle button", "switch")),
    "tab": frozenset(("page tab",)),
    "menuitem": frozenset(("menu item", "menu", "push button menu")),
    "menuitemcheckbox": frozenset(("check menu item",)),
    "menuitemradio": frozenset(("radio menu item",)),
    "option": frozenset(("list item", "menu item", "table cell")),
    "slider": frozenset(("slider",)),
    "spinbutton": frozenset(("spin button", "entry")),
    "textbox": frozenset(("entry", "text", "spin button")),
    "editor": frozenset(("entry", "text", "section", "panel", "paragraph")),
    "searchbox": frozenset(("entry",)),
    "password": frozenset(("password text",)),
    "date": frozenset(("date editor", "entry")),
    "date part": frozenset(("spin button", "push button")),
    "color": frozenset(("push button", "color chooser", "push button menu")),
    "combobox": frozenset(("combo box", "entry")),
    "listbox": frozenset(("list box", "list")),
    "treeitem": frozenset(("tree item",)),
    "gridcell": frozenset(("table cell",)),
    "columnheader": frozenset(("column header", "table column header", "push button")),
    "td": frozenset(("table cell",)),
    "th": frozenset(("table cell", "column header", "row header", "table column header", "table row header")),
    "li": frozenset(("list item",)),
    "dt": frozenset(("description term",)),
    "dd": frozenset(("description value",)),
    "text": frozenset(("static", "label", "text")),
    "label": frozenset(("label",)),
    "document": frozenset(("document web", "document frame")),
    "image": frozenset(("image", "canvas", "panel", "drawing area")),
    "canvas": frozenset(("canvas", "image", "drawing area")),
    "drawing": frozenset(("drawing area",)),
}
NEUTRAL = frozenset(("text", "image", "canvas", "label", "drawing", "editor", "document"))
ACTING = frozenset().union(*(ROLES[name] for name in ROLES if name not in NEUTRAL))
"""What a target must not be where nothing acts and the page's role says nothing."""
TOKEN = re.compile(r"<[A-Z_]+_\d+>")


@dataclass(frozen=True)
class Truth:
    """What may rightly be recorded for one press: role, name and bounds (None where they aren't told) of each."""

    acting: bool
    right: tuple[tuple[str, str, Rect | None], ...]
    view: Rect


def truth_of(told: Mapping[str, Any], view: Rect) -> Truth:
    """The truth that a page or program told of a press inside `view`, root px."""
    right = [(each["role"], each["name"], _rect(each["rect"])) for each in told["right"]]
    return Truth(bool(told["acting"]), tuple(right), view)


def fault(target: Element | None, truth: Truth) -> str:
    """ "" when the target is right, else what is wrong with the nearest right one: "none", "role", "name", "bounds"."""
    if target is None:
        return "none"
    if target.bounds is not None and target.role in ROLES["date part"]:
        # A date's day, month and button are elements of their own, which the page's script never sees.
        for role, _, bounds in truth.right:
            if role == "date" and bounds is not None and target.bounds.intersect(bounds) == target.bounds:
                return ""
    worst = [_against(target, role, name, bounds, truth) for role, name, bounds in truth.right]
    order = ("", "bounds", "name", "role")
    return min(worst, key=order.index, default="role")


def _against(target: Element, role: str, name: str, bounds: Rect | None, truth: Truth) -> str:
    if role in ROLES:
        if target.role not in ROLES[role]:
            return "role"
    elif target.role in ACTING:
        # What has no role ("generic") is told as a section or panel, a block that takes the focus too.
        return "role"
    if role in ROLES and role != "document" and not same_name(target.name, name):
        return "name"
    return "" if bounds is None or near(target.bounds, bounds, truth.view) else "bounds"


def same_name(kept: str, told: str) -> bool:
    """True when two names agree; what was scrubbed from the kept one matches anything."""
    pieces = [re.escape(_plain(piece)) for piece in TOKEN.split(kept)]
    return re.fullmatch(".+".join(pieces), _plain(told)) is not None


def near(kept: Rect | None, told: Rect, view: Rect) -> bool:
    """True when the edges of what shows of both lie within SLACK_PX."""
    if kept is None:
        return False
    one, other = kept.intersect(view), told.intersect(view)
    edges = (one.x - other.x, one.y - other.y, one.right - other.right, one.bottom - other.bottom)
    return max(map(abs, edges)) <= SLACK_PX


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _rect(numbers: Sequence[float] | None) -> Rect | None:
    if numbers is None:
        return None
    x, y, width, height = numbers
    left, top = round(x), round(y)
    return Rect(left, top, round(x + width) - left, round(y + height) - top)
