"""What a key press means: keysym, text and modifiers, from the state that the event itself carries.

No key is ever followed up or down here: modifiers and layout come from each event, so that a missed event can't
make later text wrong. Only compose and dead keys have a memory, of one sequence.
"""

from __future__ import annotations

import ctypes
import logging
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from understudy.capture.x11.connect import Connection
from understudy.capture.x11.xkb import (
    COMPOSE_CANCELLED,
    COMPOSE_COMPOSED,
    COMPOSE_COMPOSING,
    CONTROL,
    LOCK,
    NO_SYMBOL,
    SHIFT,
    Keymap,
    Xkb,
)
from understudy.records.events import Modifier

log = logging.getLogger(__name__)

COMPOSE_LOCALES = ("C.UTF-8", "en_US.UTF-8")
"""Compose tables to fall back on where the locale in force has none."""

_NAMES_KEPT = {"\r": "\n", "\n": "\n", "\t": "\t"}
"""Control characters that are text: Return gives a line feed, Tab a tab; the others (Escape, BackSpace) are none."""


@dataclass(frozen=True)
class Meaning:
    """What a press gives: `keysym` is X's name; `text` "" when it produces none."""

    keysym: str
    text: str


class Compose:
    """Dead keys and compose sequences of one locale. Without a table, every key stands for itself."""

    def __init__(self, xkb: Xkb, locale: str) -> None:
        self._xkb = xkb
        self._table: int | None = None
        self._state: int | None = None
        for name in (locale, *COMPOSE_LOCALES):
            self._table = xkb.lib.xkb_compose_table_new_from_locale(xkb.context, name.encode("ascii", "replace"), 0)
            if self._table:
                self._state = xkb.lib.xkb_compose_state_new(self._table, 0)
                return
        log.warning("no compose table: dead keys are recorded without the characters that they make")

    def feed(self, keysym: int, text: str) -> str:
        """The text that a press makes, given the presses before it; `text` is what it makes alone."""
        if self._state is None:
            return text
        lib = self._xkb.lib
        # Modifier keys are ignored by the library: they neither continue nor end a sequence.
        lib.xkb_compose_state_feed(self._state, keysym)
        status = lib.xkb_compose_state_get_status(self._state)
        if status == COMPOSE_COMPOSING:
            return ""
        if status == COMPOSE_COMPOSED:
            buffer = ctypes.create_string_buffer(64)
            lib.xkb_compose_state_get_utf8(self._state, buffer, 64)
            lib.xkb_compose_state_reset(self._state)
            return buffer.value.decode("utf-8")
        if status == COMPOSE_CANCELLED:
            # Programs drop the whole sequence, the key that broke it included.
            lib.xkb_compose_state_reset(self._state)
            return ""
        return text

    def reset(self) -> None:
        """Forget a sequence begun."""
        if self._state is not None:
            self._xkb.lib.xkb_compose_state_reset(self._state)

    def close(self) -> None:
        """Free the table; twice is harmless."""
        if self._state is not None:
            self._xkb.lib.xkb_compose_state_unref(self._state)
            self._state = None
        if self._table is not None:
            self._xkb.lib.xkb_compose_table_unref(self._table)
            self._table = None


class Keyboard:
    """The meaning of the keys of one server; `reload` when its keymap has changed.

    `overlay` holds keys that single requests have redefined since (as `xdotool type` does for characters outside the
    layout): they are applied in the order of the record stream, which a keymap read later would not keep.
    """

    def __init__(self, connection: Connection, locale: str) -> None:
        self._connection = connection
        self._xkb = Xkb()
        self._compose = Compose(self._xkb, locale)
        self._overlay: dict[int, tuple[int, ...]] = {}
        self._modifiers: dict[int, tuple[Modifier, ...]] = {}
        try:
            self._keymap = Keymap(self._xkb, connection)
        except BaseException:
            self._compose.close()
            self._xkb.close()
            raise

    def reload(self, *, forget_overlay: bool = True) -> None:
        """Read the server's keymap anew."""
        fresh = Keymap(self._xkb, self._connection)
        self._keymap.close()
        self._keymap = fresh
        self._modifiers.clear()
        if forget_overlay:
            self._overlay.clear()

    def redefine(self, keycode: int, keysyms: Sequence[int]) -> None:
        """A key got a new list of keysyms by the core request; their order is that of the core protocol."""
        self._overlay[keycode] = tuple(keysyms)

    def press(self, keycode: int, state: int) -> Meaning:
        """What a press of `keycode` gives while the event's state field is `state`."""
        keysym, text = self._read(keycode, state)
        if state & (CONTROL | self._keymap.alt | self._keymap.super):
            # A shortcut is no text, and does not disturb a sequence begun.
            return Meaning(self._xkb.name(keysym), "")
        text = self._compose.feed(keysym, text)
        return Meaning(self._xkb.name(keysym), _printable(text))

    def name(self, keycode: int, state: int) -> str:
        """The keysym name of a key, without a press."""
        return self._xkb.name(self._read(keycode, state)[0])

    def _read(self, keycode: int, state: int) -> tuple[int, str]:
        """(keysym, text alone). State: real modifiers in bits 0–7, the layout in bits 13–14 (XKB's core state)."""
        mods, layout = state & 0xFF, (state >> 13) & 3
        keysyms = self._overlay.get(keycode)
        if keysyms is None:
            return self._keymap.read(keycode, mods, layout)
        keysym = self._level_of(keysyms, mods, layout)
        return keysym, self._xkb.text_of_keysym(keysym)

    def _level_of(self, keysyms: tuple[int, ...], mods: int, layout: int) -> int:
        """The keysym that the core protocol's rules choose: pairs a group, level 3 behind (X11 protocol, section 5)."""
        shifted = bool(mods & SHIFT) != bool(mods & LOCK)
        level3 = bool(self._keymap.level3 and mods & self._keymap.level3)
        for base in (4 + 2 * min(layout, 1) if level3 else 2 * min(layout, 1), 0):
            pair = (*keysyms[base : base + 2], NO_SYMBOL, NO_SYMBOL)[:2]
            if pair[0] != NO_SYMBOL:
                if shifted and pair[1] != NO_SYMBOL:
                    return pair[1]
                text = self._xkb.text_of_keysym(pair[0])
                upper = text.upper() if shifted and len(text.upper()) == 1 else text
                return pair[0] if upper == text else self._xkb.keysym_of_character(upper)
        return NO_SYMBOL

    def modifiers(self, state: int) -> tuple[Modifier, ...]:
        """The names of the modifiers in force in an event's state field."""
        mods = state & 0xFF
        found = self._modifiers.get(mods)
        if found is None:
            keymap = self._keymap
            bits: tuple[tuple[int, Modifier], ...] = (
                (SHIFT, "shift"),
                (CONTROL, "ctrl"),
                (keymap.alt, "alt"),
                (keymap.super, "super"),
                (keymap.level3, "altgr"),
                (LOCK, "caps"),
                (keymap.num, "num"),
            )
            found = self._modifiers[mods] = tuple(name for bit, name in bits if mods & bit)
        return found

    def forget(self) -> None:
        """Drop a compose sequence begun (after a pause or a loss)."""
        self._compose.reset()

    def close(self) -> None:
        """Free everything; twice is harmless."""
        self._compose.close()
        self._keymap.close()
        self._xkb.close()


def _printable(text: str) -> str:
    if text in _NAMES_KEPT:
        return _NAMES_KEPT[text]
    return "" if any(unicodedata.category(character) == "Cc" for character in text) else text
