"""AT-SPI's numbers and their names: roles, states, interfaces, and which roles mean what to us. Pure.

Numbers instead of the names that programs tell: `GetRoleName` is translated by some toolkits and changed with AT-SPI
2.53 ("push button" became "button"); the numbers have stayed. Source: the enumerations AtspiRole and AtspiStateType.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

ROLES = (
    *("invalid", "accelerator label", "alert", "animation", "arrow", "calendar", "canvas", "check box"),
    *("check menu item", "color chooser", "column header", "combo box", "date editor", "desktop icon"),
    *("desktop frame", "dial", "dialog", "directory pane", "drawing area", "file chooser", "filler"),
    *("focus traversable", "font chooser", "frame", "glass pane", "html container", "icon", "image"),
    *("internal frame", "label", "layered pane", "list", "list item", "menu", "menu bar", "menu item"),
    *("option pane", "page tab", "page tab list", "panel", "password text", "popup menu", "progress bar"),
    *("push button", "radio button", "radio menu item", "root pane", "row header", "scroll bar", "scroll pane"),
    *("separator", "slider", "spin button", "split pane", "status bar", "table", "table cell"),
    *("table column header", "table row header", "tearoff menu item", "terminal", "text", "toggle button"),
    *("tool bar", "tool tip", "tree", "tree table", "unknown", "viewport", "window", "extended", "header"),
    *("footer", "paragraph", "ruler", "application", "autocomplete", "editbar", "embedded", "entry", "chart"),
    *("caption", "document frame", "heading", "page", "section", "redundant object", "form", "link"),
    *("input method window", "table row", "tree item", "document spreadsheet", "document presentation"),
    *("document text", "document web", "document email", "comment", "list box", "grouping", "image map"),
    *("notification", "info bar", "level bar", "title bar", "block quote", "audio", "video", "definition"),
    *("article", "landmark", "log", "marquee", "math", "rating", "timer", "static", "math fraction"),
    *("math root", "subscript", "superscript", "description list", "description term", "description value"),
    *("footnote", "content deletion", "content insertion", "mark", "suggestion", "push button menu", "switch"),
)

STATES = (
    *("invalid", "active", "armed", "busy", "checked", "collapsed", "defunct", "editable", "enabled"),
    *("expandable", "expanded", "focusable", "focused", "has tooltip", "horizontal", "iconified", "modal"),
    *("multi line", "multiselectable", "opaque", "pressed", "resizable", "selectable", "selected", "sensitive"),
    *("showing", "single line", "stale", "transient", "vertical", "visible", "manages descendants"),
    *("indeterminate", "required", "truncated", "animated", "invalid entry", "supports autocompletion"),
    *("selectable text", "is default", "visited", "checkable", "has popup", "read only"),
)

ACTIVE, EDITABLE, FOCUSABLE, FOCUSED = (
    1 << STATES.index(name) for name in ("active", "editable", "focusable", "focused")
)
MULTI_LINE, SHOWING = (1 << STATES.index(name) for name in ("multi line", "showing"))

_TOLD_STATES = frozenset(
    (
        *("active", "busy", "checked", "checkable", "collapsed", "editable", "enabled", "expandable", "expanded"),
        *("focusable", "focused", "has popup", "indeterminate", "invalid entry", "multi line", "pressed"),
        *("read only", "required", "selectable", "selected", "sensitive", "showing", "visited"),
    )
)
"""States that say something of what a person saw or may do; the others are a toolkit's own business."""

DOCUMENTS = frozenset(
    (
        *("document frame", "document web", "document text", "document email"),
        *("document spreadsheet", "document presentation"),
    )
)
"""Roles of the elements that have an address of their own."""

ACTING = frozenset(
    (
        *("push button", "toggle button", "radio button", "check box", "switch", "push button menu", "link"),
        *("entry", "text", "password text", "spin button", "combo box", "slider", "scroll bar", "terminal"),
        *("menu", "menu item", "check menu item", "radio menu item", "tearoff menu item", "list item"),
        *("tree item", "page tab", "table cell", "column header", "row header", "table column header"),
        *("table row header", "icon", "desktop icon", "color chooser", "date editor", "editbar", "dial"),
    )
)
"""Roles that a person acts upon: where climbing from a text leaf stops."""

CONTAINERS = DOCUMENTS | frozenset(
    (
        *("application", "desktop frame", "frame", "window", "dialog", "alert", "file chooser", "root pane"),
        *("panel", "filler", "viewport", "scroll pane", "split pane", "layered pane", "internal frame"),
        *("list", "list box", "table", "tree", "tree table", "menu bar", "tool bar", "page tab list", "landmark"),
        *("form", "article", "popup menu"),
    )
)
"""Roles that hold what is acted upon: climbing never ends on one of them."""

TEXT_INPUTS = frozenset(
    ("entry", "text", "password text", "spin button", "combo box", "terminal", "editbar", "autocomplete")
)
"""Roles that hold typed text even where the program forgets the state "editable"."""

NAMED_TEXT = frozenset(("static", "label"))
"""Roles whose name is their text, to the last blank."""

POPUPS = frozenset(("menu item", "check menu item", "radio menu item", "tearoff menu item", "menu", "list item"))
"""Roles of what stands in menus that drop down over other elements."""


def role_name(number: int) -> str:
    """The name of AT-SPI role `number`; "unknown" for numbers newer than this table."""
    return ROLES[number] if 0 <= number < len(ROLES) else "unknown"


def state_bits(words: Sequence[int]) -> int:
    """One integer out of the 32-bit words in which states travel, lowest states first."""
    if len(words) == 2:
        # As every program sends them, for thousands of elements.
        return words[0] | words[1] << 32
    return sum(word << (32 * index) for index, word in enumerate(words))


@lru_cache(maxsize=1024)
def state_names(bits: int) -> tuple[str, ...]:
    """The names of the states that are told of elements, in AT-SPI's order."""
    return tuple(name for index, name in enumerate(STATES) if bits >> index & 1 and name in _TOLD_STATES)


def only_bullets(text: str) -> bool:
    """True for text that a program shows instead of a secret: nothing but bullets."""
    return bool(text) and all(char in "•●∙⬤" for char in text)
