"""Keys as recorders built on pynput name them → X keysym names and the text that they make."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from understudy.records.events import Modifier

_NAMED = {
    **{"alt": "Alt_L", "alt_l": "Alt_L", "alt_r": "Alt_R", "alt_gr": "ISO_Level3_Shift"},
    **{"ctrl": "Control_L", "ctrl_l": "Control_L", "ctrl_r": "Control_R"},
    **{"shift": "Shift_L", "shift_l": "Shift_L", "shift_r": "Shift_R"},
    **{"cmd": "Super_L", "cmd_l": "Super_L", "cmd_r": "Super_R"},
    **{"backspace": "BackSpace", "delete": "Delete", "enter": "Return", "tab": "Tab", "esc": "Escape"},
    **{"up": "Up", "down": "Down", "left": "Left", "right": "Right", "home": "Home", "end": "End"},
    **{"page_up": "Prior", "page_down": "Next", "insert": "Insert", "menu": "Menu", "pause": "Pause"},
    **{"caps_lock": "Caps_Lock", "num_lock": "Num_Lock", "scroll_lock": "Scroll_Lock", "print_screen": "Print"},
    **{"space": "space", "media_play_pause": "XF86AudioPlay", "media_volume_mute": "XF86AudioMute"},
    **{"media_volume_down": "XF86AudioLowerVolume", "media_volume_up": "XF86AudioRaiseVolume"},
    **{"media_previous": "XF86AudioPrev", "media_next": "XF86AudioNext"},
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}
"""pynput.keyboard.Key's members."""

_WRITTEN = {
    **{"backspace": "BackSpace", "enter": "Return", "shift": "Shift_L", "ctrl": "Control_L", "alt": "Alt_L"},
    **{"caps lock": "Caps_Lock", "page up": "Prior", "page down": "Next", "print screen": "Print", "esc": "Escape"},
}
"""What AgentNetTool writes for Windows key codes that pynput gives no character for, besides what `_NAMED` has."""

_ASCII = dict(
    zip(
        " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        (
            *("space", "exclam", "quotedbl", "numbersign", "dollar", "percent", "ampersand", "apostrophe"),
            *("parenleft", "parenright", "asterisk", "plus", "comma", "minus", "period", "slash", "colon"),
            *("semicolon", "less", "equal", "greater", "question", "at", "bracketleft", "backslash"),
            *("bracketright", "asciicircum", "underscore", "grave", "braceleft", "bar", "braceright"),
            "asciitilde",
        ),
        strict=True,
    )
)

MODIFIERS: dict[str, Modifier] = {
    **{"Shift_L": "shift", "Shift_R": "shift", "Control_L": "ctrl", "Control_R": "ctrl"},
    **{"Alt_L": "alt", "Alt_R": "alt", "Super_L": "super", "Super_R": "super", "ISO_Level3_Shift": "altgr"},
}
"""Keysyms that hold a modifier. Caps Lock and Num Lock are missing: a recording doesn't tell how they stood."""

_ACCENTS = {
    **{"acute": "\u0301", "grave": "\u0300", "circumflex": "\u0302", "diaeresis": "\u0308", "tilde": "\u0303"},
    **{"ring": "\u030a", "cedilla": "\u0327", "caron": "\u030c"},
}
_ACCENTED = re.compile(f"([A-Za-z])({'|'.join(_ACCENTS)})")
_KEYPAD = re.compile("KP_([0-9])")
_X_WITHOUT_TEXT = re.compile("(?:KP_|ISO_|dead_|XF86)[A-Za-z0-9_]{1,40}|Multi_key|Hyper_[LR]")

_CONTROL_CHARS = {8: "BackSpace", 9: "Tab", 13: "Return", 27: "Escape", 127: "Delete"}


class Symbol(NamedTuple):
    """A key: X keysym name, and the text that it makes alone ("" for none)."""

    keysym: str
    text: str


def symbol(name: str, held: frozenset[Modifier]) -> Symbol | None:
    """What a key is, by pynput's name of it or the character that it made; None for names that tell nothing.

    `held` are the modifiers down: under Control a recorder sees a control character (or AgentNetTool's capital in
    its place) instead of the letter.
    """
    if len(name) == 1:
        return _character(name, held)
    known = _NAMED.get(name) or _WRITTEN.get(name.lower()) or _NAMED.get(name.lower())
    if known is not None:
        return Symbol(known, " " if known == "space" else "")
    return _x_name(name)


def _x_name(name: str) -> Symbol | None:
    """openadapt-capture tells X's own names of keys that it has no other for."""
    if (accented := _ACCENTED.fullmatch(name)) is not None:
        char = unicodedata.normalize("NFC", accented[1] + _ACCENTS[accented[2]])
        return Symbol(name, char) if len(char) == 1 else None
    if name == "ssharp":
        return Symbol(name, "ß")
    if (digit := _KEYPAD.fullmatch(name)) is not None:
        return Symbol(name, digit[1])
    return Symbol(name, "") if _X_WITHOUT_TEXT.fullmatch(name) else None


def _character(char: str, held: frozenset[Modifier]) -> Symbol | None:
    code = ord(char)
    if code < 32 or code == 127:
        if "ctrl" not in held and code in _CONTROL_CHARS:
            return Symbol(_CONTROL_CHARS[code], "")
        return Symbol(chr(code + 96), "") if 1 <= code <= 26 else None
    if 0xD800 <= code <= 0xDFFF or not (char.isprintable() or char == " "):
        return None
    if "ctrl" in held and "shift" not in held and char.isascii():
        char = char.lower()
    return Symbol(_keysym(char), char)


def _keysym(char: str) -> str:
    if char.isascii():
        return _ASCII.get(char, char)
    return f"U{ord(char):04X}"
