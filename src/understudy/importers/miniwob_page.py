"""MiniWoB++'s pages: a recorded DOM as elements of an accessibility tree.

The data tells tag, classes, id, text, value, bounds and focus of each node; not its ARIA attributes, nor what a label
is for. Roles are those that Chromium gives such tags; what is inferred beyond that is said where it is done.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from understudy.records.elements import Element, Node
from understudy.records.geometry import Rect

PID = 1
"""The one program of the recording; which browser it was is not told."""
NAME_CHARS = 80
"""Longer texts are content, no names."""

_ROLES = {
    **{"BODY": "document web", "FORM": "form", "P": "paragraph", "LABEL": "label", "IMG": "image", "HR": "separator"},
    **{"BUTTON": "push button", "INPUT_button": "push button", "INPUT_submit": "push button"},
    **{"INPUT_reset": "push button", "INPUT_image": "push button", "A": "link"},
    **{"INPUT_text": "entry", "INPUT_search": "entry", "INPUT_email": "entry", "INPUT_url": "entry"},
    **{"INPUT_tel": "entry", "TEXTAREA": "entry", "INPUT_password": "password text", "INPUT_number": "spin button"},
    **{"INPUT_date": "date editor", "INPUT_time": "date editor", "INPUT_month": "date editor"},
    **{"INPUT_week": "date editor", "INPUT_datetime-local": "date editor", "INPUT_color": "color chooser"},
    **{"INPUT_checkbox": "check box", "INPUT_radio": "radio button", "INPUT_range": "slider"},
    **{"SELECT": "combo box", "OPTION": "menu item", "UL": "list", "OL": "list", "LI": "list item"},
    **{"TABLE": "table", "TR": "table row", "TD": "table cell", "TH": "table column header"},
    **{f"H{level}": "heading" for level in range(1, 7)},
    **{"svg": "image", "circle": "image", "rect": "image", "polygon": "image", "path": "image", "line": "image"},
    **{"ellipse": "image", "CANVAS": "canvas", "t": "static", "text": "static", "tspan": "static"},
}
"""What isn't here (DIV, SPAN, TBODY and so on) groups things: "section"."""
_CLASS_ROLES = {"ui-tabs-anchor": "page tab", "ui-tabs-tab": "page tab", "alink": "link"}
"""jQuery UI gives its tabs that role; the pages' own class "alink" makes words of a text into links."""
TEXT_ROLES = frozenset(("entry", "password text", "spin button", "date editor"))
PARTLY_TOLD = frozenset(("date editor",))
"""Fields whose value the browser tells only when all their parts are filled in."""
_ACTING = frozenset(
    (
        *("push button", "link", "page tab", "entry", "password text", "spin button", "date editor", "check box"),
        *("radio button", "slider", "combo box", "menu item", "list item", "label", "heading", "color chooser"),
    )
)
_NAMED_BY_CONTENT = frozenset(
    (
        *("push button", "link", "page tab", "heading", "label", "menu item", "list item", "static", "section"),
        *("table cell", "table column header"),
    )
)
CLIMB = 3
"""How far up the thing that acts is looked for: a word in a span in a link."""


class Dom(msgspec.Struct):
    """A node as the data tells it."""

    tag: str
    ref: int = 0
    left: float = 0
    top: float = 0
    width: float = 0
    height: float = 0
    id: Any = ""
    classes: Any = ""
    text: str | None = ""
    value: Any = None
    bgColor: Any = ""
    focused: bool = False
    recordingTarget: bool = False
    children: list[Dom] = []


class Page:
    """One recorded state of the page, its nodes in document order, parents first."""

    def __init__(self, dom: Dom) -> None:
        self.nodes: list[Dom] = []
        self.parents: list[int] = []
        self.target: int | None = None
        self.focus: int | None = None
        stack = [(dom, -1)]
        while stack:
            node, parent = stack.pop()
            index = len(self.nodes)
            self.nodes.append(node)
            self.parents.append(parent)
            if node.recordingTarget:
                self.target = index
            if node.focused:
                self.focus = index
            stack.extend((child, index) for child in reversed(node.children))

    @cached_property
    def by_key(self) -> dict[str, int]:
        """Index by `key`."""
        return {self.key(index): index for index, node in enumerate(self.nodes) if node.ref > 0}

    def key(self, index: int) -> str:
        """What a node is known again by: its id, else its tag and the data's own number (text nodes have none).

        Some pages number the nodes around their content anew after the first state.
        """
        node = self.nodes[index]
        if isinstance(node.id, str) and node.id:
            return f"#{node.id}"
        return f"{node.tag}{node.ref}" if node.ref > 0 else f"t{index}"

    @cached_property
    def fields(self) -> dict[str, str]:
        """The text that each text field holds, by `key`."""
        return {
            self.key(index): node.value
            for index, node in enumerate(self.nodes)
            if isinstance(node.value, str) and self.role(index) in TEXT_ROLES
        }

    def role(self, index: int) -> str:
        """The AT-SPI role of a node."""
        node = self.nodes[index]
        if isinstance(node.classes, str):
            for name in node.classes.split():
                if name in _CLASS_ROLES:
                    return _CLASS_ROLES[name]
        return _ROLES.get(node.tag, "section")

    def acting(self, index: int) -> int:
        """The node that acts when this one is clicked: itself, or what it is a mere part of.

        A click on a label acts on the check box or radio button in it.
        """
        at, words = index, self.words(index)
        for _ in range(CLIMB):
            role = self.role(at)
            if role == "label":
                return next((each for each in self.below(at) if self.role(each) in _TICKED), at)
            if role in _ACTING:
                return at
            parent = self.parents[at]
            if parent < 0 or (self.role(parent) in ("list item", "heading") and self.words(parent) != words):
                # It has other things in it: they act on their own.
                return index
            at = parent
        return index

    def words(self, index: int) -> str:
        """All text in a node, in one line."""
        found = [self.nodes[each].text or "" for each in (index, *self.below(index))]
        return " ".join(" ".join(found).split())

    def name(self, index: int) -> str:
        """The accessible name of a node; "" when it has none."""
        role, node = self.role(index), self.nodes[index]
        if role == "push button" and isinstance(node.value, str) and node.value:
            return node.value.strip()
        if role in _TICKED or role in TEXT_ROLES or role in ("combo box", "slider", "color chooser"):
            return self._label(index)
        if role in _NAMED_BY_CONTENT:
            if role == "section" and len(self.below(index)) > _SMALL:
                return ""
            words = self.words(index)
            return words if len(words) <= NAME_CHARS else ""
        return ""

    def element(self, index: int, *, around: int | None = None) -> Element:
        """A node as an element, its value in it (the guard takes that out). `around`: a node whose bounds it has."""
        role, node = self.role(index), self.nodes[index]
        return Element(
            id=self.key(index),
            role=role,
            name=self.name(index),
            bounds=_bounds(self.nodes[index if around is None else around]),
            states=tuple(self._states(index, role)),
            path=tuple(self._path(index)),
            pid=PID,
            secure=role == "password text",
            value=node.value if isinstance(node.value, str) and role in TEXT_ROLES else "",
            value_class="empty" if role in TEXT_ROLES and not node.value else "",
            hint=_hint(node),
        )

    def tree(self) -> tuple[Node, ...]:
        """Every node as the guard looks at trees."""
        return tuple(
            Node(element=element, parent=parent, text=element.value)
            for element, parent in ((self.element(index), self.parents[index]) for index in range(len(self.nodes)))
        )

    def below(self, index: int) -> list[int]:
        """The indices of the nodes below one: they follow it."""
        found: list[int] = []
        below = {index}
        for each in range(index + 1, len(self.nodes)):
            if self.parents[each] not in below:
                break
            below.add(each)
            found.append(each)
        return found

    def _label(self, index: int) -> str:
        """What a field is called: the label around it, else (inferred) the label or row header standing before it."""
        at = index
        for _ in range(2):
            parent = self.parents[at]
            if parent < 0:
                return ""
            if self.nodes[parent].tag == "LABEL":
                return self.words(parent)
            before = ""
            for sibling in self.nodes[parent].children:
                if sibling is self.nodes[at]:
                    break
                if sibling.tag in ("LABEL", "TH"):
                    before = _words_of(sibling)
                elif sibling.tag not in ("BR", "t"):
                    before = ""
            if before:
                return before
            at = parent
        return ""

    def _states(self, index: int, role: str) -> Iterator[str]:
        node = self.nodes[index]
        classes = node.classes.split() if isinstance(node.classes, str) else []
        if role in _TICKED:
            yield "checkable"
            if node.value is True:
                yield "checked"
        if "ui-accordion-header-collapsed" in classes or "expandable" in classes:
            yield "collapsed"
        if role in TEXT_ROLES:
            yield "editable"
        if "ui-state-disabled" not in classes:
            yield "enabled"
        if "ui-accordion-header-active" in classes or "collapsable" in classes:
            yield "expanded"
        if role in _ACTING and role not in ("label", "list item", "heading"):
            yield "focusable"
        if node.focused:
            yield "focused"
        if node.tag == "TEXTAREA":
            yield "multi line"
        parent = self.parents[index]
        around = self.nodes[parent].classes if parent >= 0 else ""
        if role == "page tab" and "ui-tabs-active" in (*classes, *(around.split() if isinstance(around, str) else ())):
            yield "selected"
        if node.width > 0 and node.height > 0:
            yield "showing"

    def _path(self, index: int) -> list[str]:
        roles: list[str] = []
        while index >= 0:
            roles.append(self.role(index))
            index = self.parents[index]
        return roles[::-1]


_TICKED = frozenset(("check box", "radio button"))
_SMALL = 3
"""A section with more in it than this is a part of the page, not a thing with a name."""


def _words_of(node: Dom) -> str:
    found, stack = [], [node]
    while stack:
        each = stack.pop()
        found.append(each.text or "")
        stack.extend(reversed(each.children))
    return " ".join(" ".join(found).split())


_COLOUR = re.compile(r"rgba?\((\d+), (\d+), (\d+)(?:, 1)?\)")
"""A colour that hides what is behind it, as browsers tell computed styles."""


def _hint(node: Dom) -> str:
    """What the page calls a node inside: tag, id, classes, the colour behind it. Text nodes have nothing of it."""
    if node.tag == "t":
        return ""
    words = [node.tag.partition("_")[0].lower()]
    words += [each for each in (node.id, node.classes) if isinstance(each, str) and each]
    if isinstance(node.bgColor, str) and (found := _COLOUR.fullmatch(node.bgColor)):
        words.append("#" + "".join(f"{int(part):02x}" for part in found.groups()))
    return " ".join(" ".join(words).split())


def _bounds(node: Dom) -> Rect | None:
    """In px, grown to whole ones; None for what has no size."""
    if node.width <= 0 or node.height <= 0:
        return None
    left, top = math.floor(node.left), math.floor(node.top)
    return Rect(left, top, math.ceil(node.left + node.width) - left, math.ceil(node.top + node.height) - top)
