"""libxkbcommon and libxkbcommon-x11 by ctypes: the server's keymap, and what a key means in a given state.

The two libraries come with every desktop; the Python package of that name needs their headers to build, so the
dozen calls that we need are bound here. Nothing is loaded at import.
"""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int, c_int32, c_size_t, c_uint8, c_uint16, c_uint32, c_void_p
from typing import Any

from understudy.capture.source import CaptureUnavailable
from understudy.capture.x11.connect import Connection, raw_pointer

SHIFT, LOCK, CONTROL = 1, 2, 4
"""Real modifiers whose bit X fixes; the others (Mod1–Mod5) mean what the keymap says."""

NO_SYMBOL = 0

_EFFECTIVE_MODS = 1 << 3
_LOCKED_MODS = 1 << 2
_EFFECTIVE_LAYOUT = 1 << 7
_KEY_DOWN = 1

COMPOSE_NOTHING, COMPOSE_COMPOSING, COMPOSE_COMPOSED, COMPOSE_CANCELLED = range(4)

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "xkb_context_new": (c_void_p, (c_int,)),
    "xkb_context_unref": (None, (c_void_p,)),
    "xkb_keymap_unref": (None, (c_void_p,)),
    "xkb_keymap_min_keycode": (c_uint32, (c_void_p,)),
    "xkb_keymap_max_keycode": (c_uint32, (c_void_p,)),
    "xkb_state_new": (c_void_p, (c_void_p,)),
    "xkb_state_unref": (None, (c_void_p,)),
    "xkb_state_update_mask": (c_int, (c_void_p, c_uint32, c_uint32, c_uint32, c_uint32, c_uint32, c_uint32)),
    "xkb_state_update_key": (c_int, (c_void_p, c_uint32, c_int)),
    "xkb_state_serialize_mods": (c_uint32, (c_void_p, c_int)),
    "xkb_state_serialize_layout": (c_uint32, (c_void_p, c_int)),
    "xkb_state_key_get_one_sym": (c_uint32, (c_void_p, c_uint32)),
    "xkb_state_key_get_utf8": (c_int, (c_void_p, c_uint32, c_char_p, c_size_t)),
    "xkb_keysym_get_name": (c_int, (c_uint32, c_char_p, c_size_t)),
    "xkb_keysym_from_name": (c_uint32, (c_char_p, c_int)),
    "xkb_keysym_to_utf8": (c_int, (c_uint32, c_char_p, c_size_t)),
    "xkb_utf32_to_keysym": (c_uint32, (c_uint32,)),
    "xkb_compose_table_new_from_locale": (c_void_p, (c_void_p, c_char_p, c_int)),
    "xkb_compose_table_unref": (None, (c_void_p,)),
    "xkb_compose_state_new": (c_void_p, (c_void_p, c_int)),
    "xkb_compose_state_unref": (None, (c_void_p,)),
    "xkb_compose_state_feed": (c_int, (c_void_p, c_uint32)),
    "xkb_compose_state_reset": (None, (c_void_p,)),
    "xkb_compose_state_get_status": (c_int, (c_void_p,)),
    "xkb_compose_state_get_utf8": (c_int, (c_void_p, c_char_p, c_size_t)),
}
_X11_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "xkb_x11_setup_xkb_extension": (
        c_int,
        (c_void_p, c_uint16, c_uint16, c_int, *(ctypes.POINTER(t) for t in (c_uint16, c_uint16, c_uint8, c_uint8))),
    ),
    "xkb_x11_get_core_keyboard_device_id": (c_int32, (c_void_p,)),
    "xkb_x11_keymap_new_from_device": (c_void_p, (c_void_p, c_void_p, c_int32, c_int)),
    "xkb_x11_state_new_from_device": (c_void_p, (c_void_p, c_void_p, c_int32)),
}


def _load(name: str, package: str, signatures: dict[str, tuple[Any, tuple[Any, ...]]]) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(name)
    except OSError as error:
        raise CaptureUnavailable(f"{name} is missing: sudo apt-get install -y {package}") from error
    for function, (result, arguments) in signatures.items():
        bound = getattr(library, function)
        bound.restype, bound.argtypes = result, arguments
    return library


class Xkb:
    """The two libraries and one context; `close` frees it. Raises CaptureUnavailable when a library is missing."""

    def __init__(self) -> None:
        self.lib = _load("libxkbcommon.so.0", "libxkbcommon0", _SIGNATURES)
        self.x11 = _load("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", _X11_SIGNATURES)
        self.context: int | None = self.lib.xkb_context_new(0)
        self._names: dict[int, str] = {}
        self._texts: dict[int, str] = {}

    def name(self, keysym: int) -> str:
        """The keysym's X name ("a", "Return", "dead_acute"); "NoSymbol" for none."""
        name = self._names.get(keysym)
        if name is None:
            buffer = ctypes.create_string_buffer(64)
            self.lib.xkb_keysym_get_name(keysym, buffer, 64)
            name = self._names[keysym] = buffer.value.decode("ascii")
        return name

    def keysym(self, name: str) -> int:
        """The keysym of that X name (upper and lower case differ), NO_SYMBOL when there is none."""
        return int(self.lib.xkb_keysym_from_name(name.encode("ascii", "replace"), 0))

    def keysym_of_character(self, character: str) -> int:
        """The keysym that stands for one character, NO_SYMBOL when there is none."""
        return int(self.lib.xkb_utf32_to_keysym(ord(character)))

    def text_of_keysym(self, keysym: int) -> str:
        """The characters that a keysym stands for, "" when it stands for none (arrows, modifiers, dead keys)."""
        text = self._texts.get(keysym)
        if text is None:
            buffer = ctypes.create_string_buffer(16)
            self.lib.xkb_keysym_to_utf8(keysym, buffer, 16)
            text = self._texts[keysym] = buffer.value.decode("utf-8")
        return text

    def close(self) -> None:
        """Free the context; twice is harmless."""
        if self.context is not None:
            self.lib.xkb_context_unref(self.context)
            self.context = None


class Keymap:
    """The keymap that the server had when this was made, and what its keys mean.

    `layout` (0–3) and `locked` (real modifier bits) are the keyboard's at that moment. `alt`, `super`, `level3` and
    `num` are the real modifier bits that those keys set, 0 where the keymap has no such key.
    Raises CaptureUnavailable when the server gives no keymap.
    """

    def __init__(self, xkb: Xkb, connection: Connection) -> None:
        self.xkb = xkb
        self._keymap: int | None = None
        self._state: int | None = None
        pointer = raw_pointer(connection)
        pairs = (c_uint16(), c_uint16(), c_uint8(), c_uint8())
        if not xkb.x11.xkb_x11_setup_xkb_extension(pointer, 1, 0, 0, *(ctypes.byref(value) for value in pairs)):
            raise CaptureUnavailable("the X server has no XKEYBOARD extension, without which keys have no meaning")
        device = xkb.x11.xkb_x11_get_core_keyboard_device_id(pointer)
        self._keymap = xkb.x11.xkb_x11_keymap_new_from_device(xkb.context, pointer, device, 0) if device >= 0 else None
        if not self._keymap:
            raise CaptureUnavailable("the X server gave no keymap: its keyboard may just have gone; start again")
        now = xkb.x11.xkb_x11_state_new_from_device(self._keymap, pointer, device)
        self.layout = int(xkb.lib.xkb_state_serialize_layout(now, _EFFECTIVE_LAYOUT)) if now else 0
        self.locked = int(xkb.lib.xkb_state_serialize_mods(now, _LOCKED_MODS)) & 0xFF if now else 0
        xkb.lib.xkb_state_unref(now)
        self._state = xkb.lib.xkb_state_new(self._keymap)
        self._in_force = (-1, -1)
        self._cache: dict[tuple[int, int, int], tuple[int, str]] = {}
        first, last = xkb.lib.xkb_keymap_min_keycode(self._keymap), xkb.lib.xkb_keymap_max_keycode(self._keymap)
        self.keycodes = range(first, last + 1)
        plain = {self.read(keycode, 0, 0)[0]: keycode for keycode in reversed(self.keycodes)}
        self.alt = self._mask_of(plain, "Alt_L", "Meta_L", "Alt_R")
        self.super = self._mask_of(plain, "Super_L", "Super_R")
        self.level3 = self._mask_of(plain, "ISO_Level3_Shift", "Mode_switch")
        self.num = self._mask_of(plain, "Num_Lock")

    def _mask_of(self, plain: dict[int, int], *names: str) -> int:
        """The real modifier bits that the first key of these names sets, by pressing it in a state of its own."""
        for name in names:
            keycode = plain.get(self.xkb.keysym(name))
            if keycode is not None:
                lib = self.xkb.lib
                state = lib.xkb_state_new(self._keymap)
                lib.xkb_state_update_key(state, keycode, _KEY_DOWN)
                mask = int(lib.xkb_state_serialize_mods(state, _EFFECTIVE_MODS)) & 0xFF
                lib.xkb_state_unref(state)
                if mask:
                    return mask
        return 0

    def read(self, keycode: int, mods: int, layout: int) -> tuple[int, str]:
        """(keysym, text) of a key pressed while the real modifiers `mods` and the layout are in force."""
        wanted = (keycode, mods, layout)
        found = self._cache.get(wanted)
        if found is None:
            lib = self.xkb.lib
            if self._in_force != (mods, layout):
                lib.xkb_state_update_mask(self._state, mods, 0, 0, 0, 0, layout)
                self._in_force = (mods, layout)
            buffer = ctypes.create_string_buffer(16)
            lib.xkb_state_key_get_utf8(self._state, keycode, buffer, 16)
            found = int(lib.xkb_state_key_get_one_sym(self._state, keycode)), buffer.value.decode("utf-8")
            self._cache[wanted] = found
        return found

    def find(self, keysym: int) -> tuple[int, int] | None:
        """(keycode, extra modifiers) that give `keysym` in the layout now, fewest modifiers first; None for none.

        Shift and level 3 (AltGr) are tried, on top of the modifiers that are locked.
        """
        for extra in sorted({0, SHIFT, self.level3, SHIFT | self.level3}, key=lambda mask: (mask.bit_count(), mask)):
            for keycode in self.keycodes:
                if self.read(keycode, self.locked | extra, self.layout)[0] == keysym:
                    return keycode, extra
        return None

    def close(self) -> None:
        """Free the keymap; twice is harmless."""
        if self._state is not None:
            self.xkb.lib.xkb_state_unref(self._state)
            self._state = None
        if self._keymap is not None:
            self.xkb.lib.xkb_keymap_unref(self._keymap)
            self._keymap = None
