"""Elements as Windows' UI Automation and macOS' accessibility tell them (AgentNetTool's words) → ours."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Mapping

from understudy.records.elements import Element
from understudy.records.geometry import Rect

MOST_NODES = 2_000
MOST_CHARS = 1_000
_FRAME_CHARS = 300

_ROLES = {
    **{"button": "push button", "splitbutton": "push button", "menubutton": "push button", "popupbutton": "combo box"},
    **{"edit": "entry", "textfield": "entry", "searchfield": "entry", "combobox": "combo box", "textarea": "text"},
    **{"securetextfield": "password text", "document": "document text", "webarea": "document web"},
    **{"text": "label", "statictext": "label", "hyperlink": "link", "link": "link", "image": "image"},
    **{"checkbox": "check box", "radiobutton": "radio button", "list": "list", "listitem": "list item", "row": "row"},
    **{"menuitem": "menu item", "menubaritem": "menu item", "menu": "menu", "menubar": "menu bar", "slider": "slider"},
    **{"tabitem": "page tab", "tab": "page tab list", "tabgroup": "page tab list", "tree": "tree", "table": "table"},
    **{"treeitem": "tree item", "toolbar": "tool bar", "window": "frame", "pane": "panel", "group": "panel"},
    **{"cell": "table cell", "dataitem": "table cell", "scrollarea": "scroll pane", "scrollbar": "scroll bar"},
}
"""AT-SPI's names for roles, by theirs without "Control", "AX" and case."""
_EDITABLE = frozenset(("entry", "text", "password text", "document text", "combo box"))
_SECRET_LABEL = re.compile(
    r"pass(?:wor[dt]|code|phrase)|kennwort|mot de passe|contrase|senha|密码|パスワード|비밀번호"
    r"|\b(?:pin|cvv|cvc|otp|security code|one-time code)\b",
    re.IGNORECASE,
)
"""Windows tells no more of a password field than its label."""
_CHILDREN = ("Children", "AXChildrenInNavigationOrder", "AXVisibleChildren", "AXRows", "AXChildren", "AXColumns")


def elements(tree: object) -> tuple[Element, ...]:
    """The nodes of one answer, the outermost first; () when it is none. `pid` is 0 in all of them."""
    found: list[Element] = []
    waiting: list[tuple[object, tuple[str, ...]]] = [(tree, ())]
    while waiting and len(found) < MOST_NODES:
        node, path = waiting.pop()
        if not isinstance(node, Mapping):
            continue
        element = _element(node, path)
        if element is not None:
            found.append(element)
            path = element.path
        for key in _CHILDREN:
            children = node.get(key)
            if isinstance(children, list):
                waiting += [(child, path) for child in children[:MOST_NODES]]
    return tuple(found)


def _element(node: Mapping[str, object], path: tuple[str, ...]) -> Element | None:
    told = _text(node, "ControlType", "AXRole")
    if not told:
        return None
    role = _role(told)
    if _text(node, "AXSubrole") == "AXSecureTextField":
        role = "password text"
    name = _text(node, "Name", "AXTitle", "AXDescription", "AXHelp")
    bounds = _bounds(node)
    secure = role == "password text" or (role in _EDITABLE and bool(_SECRET_LABEL.search(name)))
    states = ["editable"] if role in _EDITABLE else []
    if _true(node.get("AXFocused")):
        states.append("focused")
    if _true(node.get("AXEnabled")):
        states.append("enabled")
    own_path = (*path[-20:], role)
    # Their answers carry no identity: what looks the same at the same place is taken for the same.
    likeness = repr((own_path, name, bounds)).encode(errors="replace")
    return Element(
        id=hashlib.sha256(likeness).hexdigest()[:16],
        role=role,
        name=name,
        bounds=bounds,
        states=tuple(states),
        path=own_path,
        url=_text(node, "AXURL"),
        secure=secure,
        value=_text(node, "AXValue"),
    )


def _role(told: str) -> str:
    bare = told.removeprefix("AX").removesuffix("Control")
    return _ROLES.get(bare.lower()) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare).lower()[:40]


def _text(node: Mapping[str, object], *keys: str) -> str:
    """The first of `keys` that holds words."""
    for key in keys:
        value = node.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()[:MOST_CHARS]
    return ""


def _true(value: object) -> bool:
    return value in (True, 1, "1", "True", "true")


def _bounds(node: Mapping[str, object]) -> Rect | None:
    frame = node.get("BoundingRectangle", node.get("AXFrame"))
    if isinstance(frame, str) and len(frame) <= _FRAME_CHARS:
        # AgentNetTool writes macOS frames as the words of a Python dictionary.
        try:
            frame = ast.literal_eval(frame)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return None
    if not isinstance(frame, Mapping):
        return None
    if "left" in frame:
        left, top, right, bottom = (frame.get(key) for key in ("left", "top", "right", "bottom"))
        if not (_number(left) and _number(top) and _number(right) and _number(bottom)):
            return None
        return _rect(left, top, right - left, bottom - top)  # type: ignore[operator, arg-type]
    x, y, width, height = (frame.get(key) for key in ("x", "y", "w", "h"))
    if not (_number(x) and _number(y) and _number(width) and _number(height)):
        return None
    return _rect(x, y, width, height)  # type: ignore[arg-type]


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6


def _rect(x: float, y: float, width: float, height: float) -> Rect | None:
    if width <= 0 or height <= 0:
        return None
    return Rect(int(x // 1), int(y // 1), round(width), round(height))
