"""Browsers' key codes → X's: what a page's keydown told, as a keyboard would have sent it.

Key codes are those of the DOM's `KeyboardEvent.keyCode` (UI Events, appendix of legacy key attributes), keycodes those
of evdev plus 8, keysyms those of a US layout. A page tells no layout: the character of the press is its keypress's.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from understudy.records.events import Modifier


class KeyName(NamedTuple):
    """A key: X keycode (0 when the browser told none) and keysym name."""

    keycode: int
    keysym: str


_LETTER_CODES = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnm",
        (*range(24, 34), *range(38, 47), *range(52, 59)),
        strict=True,
    )
)
_NAMED: dict[int, KeyName] = {
    8: KeyName(22, "BackSpace"),
    9: KeyName(23, "Tab"),
    13: KeyName(36, "Return"),
    16: KeyName(50, "Shift_L"),
    17: KeyName(37, "Control_L"),
    18: KeyName(64, "Alt_L"),
    19: KeyName(127, "Pause"),
    20: KeyName(66, "Caps_Lock"),
    27: KeyName(9, "Escape"),
    32: KeyName(65, "space"),
    33: KeyName(112, "Prior"),
    34: KeyName(117, "Next"),
    35: KeyName(115, "End"),
    36: KeyName(110, "Home"),
    37: KeyName(113, "Left"),
    38: KeyName(111, "Up"),
    39: KeyName(114, "Right"),
    40: KeyName(116, "Down"),
    45: KeyName(118, "Insert"),
    46: KeyName(119, "Delete"),
    91: KeyName(133, "Super_L"),
    92: KeyName(134, "Super_R"),
    93: KeyName(135, "Menu"),
    106: KeyName(63, "KP_Multiply"),
    107: KeyName(86, "KP_Add"),
    109: KeyName(82, "KP_Subtract"),
    110: KeyName(91, "KP_Decimal"),
    111: KeyName(106, "KP_Divide"),
    144: KeyName(77, "Num_Lock"),
    145: KeyName(78, "Scroll_Lock"),
    173: KeyName(121, "XF86AudioMute"),
    174: KeyName(122, "XF86AudioLowerVolume"),
    175: KeyName(123, "XF86AudioRaiseVolume"),
    224: KeyName(133, "Super_L"),
    225: KeyName(108, "ISO_Level3_Shift"),
    **{
        code: KeyName(keycode, name)
        for code, keycode, name in (
            (186, 47, "semicolon"),
            (59, 47, "semicolon"),
            (187, 21, "equal"),
            (61, 21, "equal"),
            (188, 59, "comma"),
            (189, 20, "minus"),
            (190, 60, "period"),
            (191, 61, "slash"),
            (192, 49, "grave"),
            (219, 34, "bracketleft"),
            (220, 51, "backslash"),
            (221, 35, "bracketright"),
            (222, 48, "apostrophe"),
        )
    },
    **{
        code: KeyName(keycode, f"KP_{code - 96}")
        for code, keycode in zip(range(96, 106), (90, 87, 88, 89, 83, 84, 85, 79, 80, 81), strict=True)
    },
    **{code: KeyName(code - 112 + 67 if code < 122 else code - 122 + 95, f"F{code - 111}") for code in range(112, 124)},
    **{code: KeyName(10 + (code - 49) % 10, chr(code)) for code in range(48, 58)},
    **{code: KeyName(_LETTER_CODES[chr(code).lower()], chr(code).lower()) for code in range(65, 91)},
}
UNKNOWN = KeyName(0, "VoidSymbol")
"""A key that the browser didn't name: an input method's (229), a vendor's."""

_HELD: dict[str, Modifier] = {
    "Shift_L": "shift",
    "Control_L": "ctrl",
    "Alt_L": "alt",
    "Super_L": "super",
    "Super_R": "super",
    "ISO_Level3_Shift": "altgr",
}
_ASCII_NAMES = {
    **{" ": "space", "!": "exclam", '"': "quotedbl", "#": "numbersign", "$": "dollar", "%": "percent"},
    **{"&": "ampersand", "'": "apostrophe", "(": "parenleft", ")": "parenright", "*": "asterisk", "+": "plus"},
    **{",": "comma", "-": "minus", ".": "period", "/": "slash", ":": "colon", ";": "semicolon", "<": "less"},
    **{"=": "equal", ">": "greater", "?": "question", "@": "at", "[": "bracketleft", "\\": "backslash"},
    **{"]": "bracketright", "^": "asciicircum", "_": "underscore", "`": "grave", "{": "braceleft", "|": "bar"},
    **{"}": "braceright", "~": "asciitilde"},
}


def key_of(code: int) -> KeyName:
    """The key of a browser's key code; UNKNOWN for codes without one."""
    return _NAMED.get(code, UNKNOWN)


def keysym_of(character: str) -> str:
    """The keysym name of a character: "a", "at", "U20AC"."""
    if character.isascii() and character.isalnum():
        return character
    return _ASCII_NAMES.get(character) or f"U{ord(unicodedata.normalize('NFC', character)[0]):04X}"


def modifier_of(keysym: str) -> Modifier | None:
    """The modifier that a key holds while it is down; None for keys that hold none (locks, whose state isn't told)."""
    return _HELD.get(keysym)
