"""The recorder's own hotkeys: found in no recording, whatever they are set to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

from understudy.records.events import Key, Modifier

# Shift, AltGr and locks change the keysym of the main key; these modifiers are the ones that a combination names.
_NAMED: tuple[Modifier, ...] = ("ctrl", "alt", "super", "shift")

MODIFIER_KEYSYMS = {
    "Shift_L": "shift",
    "Shift_R": "shift",
    "Control_L": "ctrl",
    "Control_R": "ctrl",
    "Alt_L": "alt",
    "Alt_R": "alt",
    "Meta_L": "alt",
    "Meta_R": "alt",
    "Super_L": "super",
    "Super_R": "super",
}


@dataclass(frozen=True)
class Hotkey:
    """A combination such as ctrl+alt+shift+p: the modifiers that must be held, and the main key's keysym name."""

    modifiers: frozenset[Modifier]
    keysym: str

    @classmethod
    def parse(cls, text: str) -> Hotkey:
        """From "ctrl+alt+Pause". Raises ValueError when a modifier is unknown or there is none."""
        *names, keysym = text.split("+")
        unknown = [name for name in names if name not in get_args(Modifier)]
        if unknown or not names or not keysym:
            raise ValueError(f"hotkey {text!r}: expected modifiers and one key, such as ctrl+alt+p")
        return cls(frozenset(cast("list[Modifier]", names)), keysym)


class HotkeyFilter:
    """Takes the recorder's hotkeys out of a stream of keys, their modifiers and their autorepeat included.

    A modifier's press is held back until it is clear whether it belongs to a hotkey (any other event tells), so that
    a recording holds no trace of one. Held presses come out, late but with their own time, with the next other key.
    """

    def __init__(self, hotkeys: tuple[Hotkey, ...]) -> None:
        self._hotkeys = hotkeys
        self._waiting: list[Key] = []
        self._swallowed: set[int] = set()
        self._down: set[int] = set()

    def see(self, key: Key) -> list[Key]:
        """The keys that may go on, in order."""
        if key.keycode in self._swallowed:
            if not key.down:
                self._swallowed.discard(key.keycode)
            return []
        if key.down:
            self._down.add(key.keycode)
        elif key.keycode not in self._down:
            # Pressed before we were listening: the Return that started the recording, the hotkey that resumed it.
            return []
        else:
            self._down.discard(key.keycode)
        if key.down and key.keysym in MODIFIER_KEYSYMS:
            self._waiting.append(key)
            return []
        if key.down and self._is_hotkey(key):
            self._swallowed |= {key.keycode, *(held.keycode for held in self._waiting)}
            self._waiting.clear()
            return []
        return [*self._flush(), key]

    def flush(self, before_ns: int) -> list[Key]:
        """Modifier presses older than `before_ns`, which have waited long enough (a lone Ctrl is no hotkey)."""
        if self._waiting and self._waiting[-1].time_ns < before_ns:
            return self._flush()
        return []

    def anew(self) -> HotkeyFilter:
        """A filter for the same hotkeys that has seen nothing."""
        return HotkeyFilter(self._hotkeys)

    def _flush(self) -> list[Key]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def _is_hotkey(self, key: Key) -> bool:
        held = frozenset(name for name in key.modifiers if name in _NAMED)
        return any(key.keysym.lower() == hotkey.keysym.lower() and held == hotkey.modifiers for hotkey in self._hotkeys)
