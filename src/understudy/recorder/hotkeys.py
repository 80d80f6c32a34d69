"""The recorder's own hotkeys: found in no recording, whatever they are set to."""

from __future__ import annotations

from collections.abc import Mapping
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
    `keycodes` tells on which key a hotkey was grabbed: with another layout in force that key has another name.
    """

    def __init__(self, hotkeys: tuple[Hotkey, ...], keycodes: Mapping[Hotkey, int] | None = None) -> None:
        self._hotkeys = hotkeys
        self._keycodes = dict(keycodes or {})
        self._waiting: list[Key] = []
        self._swallowed: set[int] = set()
        self._down: set[int] = set()
        self._completed: list[tuple[Hotkey, int]] = []

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
        pressed = self._hotkey(key) if key.down else None
        if pressed is not None:
            self._completed.append((pressed, key.time_ns))
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
        return HotkeyFilter(self._hotkeys, self._keycodes)

    def moved(self, keycodes: Mapping[Hotkey, int]) -> None:
        """Hotkeys lie on other keys from now on."""
        self._keycodes = dict(keycodes)

    def pressed(self) -> tuple[Hotkey, int] | None:
        """The first hotkey pressed since the last call, and when (ns); None when none was."""
        completed, self._completed = self._completed, []
        return completed[0] if completed else None

    def _flush(self) -> list[Key]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def _hotkey(self, key: Key) -> Hotkey | None:
        held = frozenset(name for name in key.modifiers if name in _NAMED)
        for hotkey in self._hotkeys:
            same = key.keysym.lower() == hotkey.keysym.lower() or key.keycode == self._keycodes.get(hotkey)
            if same and held == hotkey.modifiers:
                return hotkey
        return None
