"""X keysym names in the words of the formats."""

from __future__ import annotations

from collections.abc import Sequence

CHARACTERS = {
    "space": " ",
    "exclam": "!",
    "quotedbl": '"',
    "numbersign": "#",
    "dollar": "$",
    "percent": "%",
    "ampersand": "&",
    "apostrophe": "'",
    "parenleft": "(",
    "parenright": ")",
    "asterisk": "*",
    "plus": "+",
    "comma": ",",
    "minus": "-",
    "period": ".",
    "slash": "/",
    "colon": ":",
    "semicolon": ";",
    "less": "<",
    "equal": "=",
    "greater": ">",
    "question": "?",
    "at": "@",
    "bracketleft": "[",
    "backslash": "\\",
    "bracketright": "]",
    "asciicircum": "^",
    "underscore": "_",
    "grave": "`",
    "braceleft": "{",
    "bar": "|",
    "braceright": "}",
    "asciitilde": "~",
}
"""Keysyms of ASCII characters that aren't their own name."""

PYAUTOGUI = {
    "ctrl": "ctrl",
    "alt": "alt",
    "shift": "shift",
    "super": "win",
    "Return": "enter",
    "KP_Enter": "enter",
    "Tab": "tab",
    "BackSpace": "backspace",
    "Delete": "delete",
    "KP_Delete": "delete",
    "Escape": "esc",
    "space": "space",
    "Up": "up",
    "Down": "down",
    "Left": "left",
    "Right": "right",
    "Home": "home",
    "End": "end",
    "Page_Up": "pageup",
    "Prior": "pageup",
    "Page_Down": "pagedown",
    "Next": "pagedown",
    "Insert": "insert",
    "Menu": "apps",
    "Print": "printscreen",
    "Pause": "pause",
    **{f"F{number}": f"f{number}" for number in range(1, 25)},
}
"""Names that pyautogui's KEYBOARD_KEYS has."""

OPENAI = {
    "ctrl": "CTRL",
    "alt": "ALT",
    "shift": "SHIFT",
    "super": "SUPER",
    "Return": "ENTER",
    "KP_Enter": "ENTER",
    "Tab": "TAB",
    "BackSpace": "BACKSPACE",
    "Delete": "DELETE",
    "KP_Delete": "DELETE",
    "Escape": "ESC",
    "space": "SPACE",
    "Up": "ARROWUP",
    "Down": "ARROWDOWN",
    "Left": "ARROWLEFT",
    "Right": "ARROWRIGHT",
    "Home": "HOME",
    "End": "END",
    "Page_Up": "PAGEUP",
    "Prior": "PAGEUP",
    "Page_Down": "PAGEDOWN",
    "Next": "PAGEDOWN",
    "Insert": "INSERT",
    **{f"F{number}": f"F{number}" for number in range(1, 25)},
}
"""Names that the computer-use tool's key presses have."""

PLAYWRIGHT = {
    "ctrl": "Control",
    "alt": "Alt",
    "shift": "Shift",
    "super": "Meta",
    "Return": "Enter",
    "KP_Enter": "NumpadEnter",
    "Tab": "Tab",
    "BackSpace": "Backspace",
    "Delete": "Delete",
    "KP_Delete": "Delete",
    "Escape": "Escape",
    "space": "Space",
    "Up": "ArrowUp",
    "Down": "ArrowDown",
    "Left": "ArrowLeft",
    "Right": "ArrowRight",
    "Home": "Home",
    "End": "End",
    "Page_Up": "PageUp",
    "Prior": "PageUp",
    "Page_Down": "PageDown",
    "Next": "PageDown",
    "Insert": "Insert",
    "Menu": "ContextMenu",
    "Print": "PrintScreen",
    "Pause": "Pause",
    **{f"F{number}": f"F{number}" for number in range(1, 13)},
}
"""Names that Playwright's keyboard has, which BrowserGym's actions press."""


def switches(keys: Sequence[str], count: int) -> bool:
    """True for Alt+Tab, Tab and its like: repeated under one held modifier it goes on, with the modifier let go it
    goes back.
    """
    return count > 1 and keys[-1] in ("Tab", "ISO_Left_Tab") and bool({"alt", "super"} & set(keys[:-1]))


def named(keysym: str, names: dict[str, str]) -> str | None:
    """A keysym (or modifier) by the format's own name; characters stand for themselves. None when it has no word."""
    if keysym in names:
        return names[keysym]
    if len(keysym) == 1:
        return keysym
    return CHARACTERS.get(keysym)
