"""The recorder's hotkeys grabbed on the X server, so that the program in front never sees them."""

from __future__ import annotations

from collections.abc import Mapping

import xcffib.xproto as xp

from understudy.capture.x11.connect import Connection, screen_of
from understudy.recorder.controls import Wish
from understudy.recorder.hotkeys import Hotkey

_LOCKS = (0, xp.ModMask.Lock, xp.ModMask._2, xp.ModMask.Lock | xp.ModMask._2)
_MASKS = {"shift": xp.ModMask.Shift, "ctrl": xp.ModMask.Control, "alt": xp.ModMask._1, "super": xp.ModMask._4}
_ANY_MODIFIERS = sum(_MASKS.values())

_KEYSYMS = {"pause": 0xFF13, "escape": 0xFF1B, "print": 0xFF61, "home": 0xFF50, "end": 0xFF57, "insert": 0xFF63}

_US_KEYCODES = {
    letter: first + index
    for first, row in ((10, "1234567890"), (24, "qwertyuiop"), (38, "asdfghjkl"), (52, "zxcvbnm"))
    for index, letter in enumerate(row)
}
"""Where a letter lies on a US keyboard (evdev's codes + 8): for layouts that have no Latin letters."""


class HotkeyGrabs:
    """Grabs the hotkeys wherever the keyboard mapping has them, again when it changes.

    `codes` are the keycodes by wish; `taken` names hotkeys that another program holds.
    """

    def __init__(self, connection: Connection, hotkeys: Mapping[Wish, str]) -> None:
        self._core, self._root = connection.core, screen_of(connection).root
        setup = connection.get_setup()
        self._keycodes = range(setup.min_keycode, setup.max_keycode + 1)
        self._hotkeys = {wish: Hotkey.parse(text) for wish, text in hotkeys.items()}
        self._texts = hotkeys
        self.codes: dict[Wish, int] = {}
        self.taken: tuple[str, ...] = ()
        self.follow()

    def follow(self) -> bool:
        """Look where the keys are by now; True when one has moved."""
        count = len(self._keycodes)
        reply = self._core.GetKeyboardMapping(self._keycodes.start, count).reply()
        rows = [
            list(reply.keysyms[at : at + reply.keysyms_per_keycode])
            for at in range(0, count * reply.keysyms_per_keycode, reply.keysyms_per_keycode)
        ]
        codes = {wish: code for wish, hotkey in self._hotkeys.items() if (code := self._keycode(hotkey.keysym, rows))}
        if codes == self.codes and self.codes:
            return False
        for wish, code in self.codes.items():
            for locks in _LOCKS:
                self._core.UngrabKey(code, self._root, _mask(self._hotkeys[wish]) | locks)
        self.codes = codes
        self.taken = tuple(
            text for wish, text in self._texts.items() if wish not in codes or not self._grab(wish, codes[wish])
        )
        return True

    def wish(self, code: int, state: int) -> Wish | None:
        """What a key press asks for; None when it is none of ours."""
        for wish, each in self.codes.items():
            if each == code and _mask(self._hotkeys[wish]) == state & _ANY_MODIFIERS:
                return wish
        return None

    def _keycode(self, keysym: str, rows: list[list[int]]) -> int | None:
        value = keysym_value(keysym)
        # Keysyms of a key come two a layout: the first layout that has it counts, whichever is in force.
        for column in range(0, max(map(len, rows), default=0), 2):
            for code, row in zip(self._keycodes, rows, strict=True):
                if value in row[column : column + 2]:
                    return code
        return _US_KEYCODES.get(keysym.lower())

    def _grab(self, wish: Wish, code: int) -> bool:
        """Grab one hotkey with every state of the locks; False when another program holds it."""
        try:
            for locks in _LOCKS:
                self._core.GrabKeyChecked(
                    *(True, self._root, _mask(self._hotkeys[wish]) | locks, code),
                    *(xp.GrabMode.Async, xp.GrabMode.Async),
                ).check()
        except xp.AccessError:
            return False
        return True


def _mask(hotkey: Hotkey) -> int:
    return sum(_MASKS[name] for name in hotkey.modifiers)


def keysym_value(name: str) -> int:
    """X keysym of a hotkey's main key: letters and digits, F1 to F12, and a few named keys (X11/keysymdef.h)."""
    lower = name.lower()
    if len(lower) == 1 and lower.isascii() and lower.isalnum():
        return ord(lower)
    if lower.startswith("f") and lower[1:].isdigit() and 1 <= int(lower[1:]) <= 12:
        return 0xFFBD + int(lower[1:])
    if lower in _KEYSYMS:
        return _KEYSYMS[lower]
    raise ValueError(f"hotkey {name!r}: expected a letter, a digit, F1 to F12 or one of {', '.join(_KEYSYMS)}")
