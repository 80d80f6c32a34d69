"""Real X events through the XTEST extension, each logged with the time it was sent: ground truth for tests.

Used by the demo's performer, the tests and later the replay. Programs can't tell these events from a person's.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

import xcffib.xproto
import xcffib.xtest

from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import connect, disconnect, screen_of
from understudy.capture.x11.xkb import SHIFT, Keymap, Xkb

ALIASES = {
    "ctrl": "Control_L",
    "shift": "Shift_L",
    "alt": "Alt_L",
    "super": "Super_L",
    "altgr": "ISO_Level3_Shift",
    "enter": "Return",
    "esc": "Escape",
    "space": "space",
}
"""Names that combinations may use besides X's keysym names."""

CONTROLS = {"\n": "Return", "\t": "Tab", "\b": "BackSpace", "\x1b": "Escape"}

MOVE_HZ = 125
"""Steps a second of a smooth move: the report rate of a common mouse."""

_PRESS, _RELEASE = 2, 3
_BUTTON_PRESS, _BUTTON_RELEASE, _MOTION = 4, 5, 6

SentKind = Literal["key_down", "key_up", "down", "up", "move"]
_TYPES: dict[SentKind, int] = {
    "key_down": _PRESS,
    "key_up": _RELEASE,
    "down": _BUTTON_PRESS,
    "up": _BUTTON_RELEASE,
    "move": _MOTION,
}


class NotTypeable(ValueError):
    """A character or key that the keyboard layout in force does not have."""


@dataclass(frozen=True)
class Sent:
    """One event as it was sent: the server made it between `before_ns` and `after_ns` (monotonic clock).

    `detail` is the button or keycode (0 for moves); `x`, `y` the position asked for, root px (0 for keys, and for
    buttons, which act where the pointer is).
    """

    kind: SentKind
    detail: int
    x: int
    y: int
    before_ns: int
    after_ns: int


class XTest:
    """A pair of hands on the display `display`. A context manager; `clock` is the log of all that was sent.

    Raises CaptureUnavailable when the display can't be reached, NotTypeable for characters outside the layout.
    """

    def __init__(self, display: str) -> None:
        self.clock: list[Sent] = []
        self._env = DesktopEnv(display=display)
        self._connection = connect(self._env)
        try:
            self._root = screen_of(self._connection).root
            self._xtest = self._connection(xcffib.xtest.key)
            self._xkb = Xkb()
        except BaseException:
            disconnect(self._connection)
            raise

    def __enter__(self) -> XTest:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the display; twice is harmless."""
        self._xkb.close()
        disconnect(self._connection)
        self._connection = None

    def _send(self, kind: SentKind, detail: int, x: int = 0, y: int = 0) -> None:
        before_ns = time.monotonic_ns()
        self._xtest.FakeInput(_TYPES[kind], detail, 0, self._root, x, y, 0)
        # A reply means that the server has made the event.
        self._connection.core.GetInputFocus().reply()
        self.clock.append(Sent(kind, detail, x, y, before_ns, time.monotonic_ns()))

    def pause(self, seconds: float) -> None:
        """Do nothing for that long."""
        time.sleep(seconds)

    def position(self) -> tuple[int, int]:
        """Where the pointer is, root px."""
        reply = self._connection.core.QueryPointer(self._root).reply()
        return reply.root_x, reply.root_y

    def move(self, x: int, y: int, duration_s: float = 0.0) -> None:
        """Move the pointer to (x, y), root px: at once, or in `duration_s` along a slightly bent minimum-jerk path."""
        if duration_s > 0:
            self._glide(x, y, duration_s)
        else:
            self._send("move", 0, x, y)

    def _glide(self, x: int, y: int, duration_s: float) -> None:
        from_x, from_y = self.position()
        dx, dy = x - from_x, y - from_y
        start_s = time.monotonic()
        steps = max(1, round(duration_s * MOVE_HZ))
        last = (from_x, from_y)
        for step in range(1, steps + 1):
            t = step / steps
            done = t**3 * (10 - 15 * t + 6 * t * t)
            # A hand's path bows by a few percent of its length; deterministic, so that runs can be compared.
            bow = 0.04 * math.sin(math.pi * done)
            point = round(from_x + dx * done - dy * bow), round(from_y + dy * done + dx * bow)
            time.sleep(max(0.0, start_s + t * duration_s - time.monotonic()))
            if point != last or step == steps:
                self._send("move", 0, *point)
                last = point

    def down(self, button: int = 1) -> None:
        """Press a button and hold it: 1 left, 2 middle, 3 right, 8 back, 9 forward."""
        self._send("down", button)

    def up(self, button: int = 1) -> None:
        """Let a button go."""
        self._send("up", button)

    def click(self, button: int = 1, count: int = 1) -> None:
        """Click `count` times where the pointer is, as fast as a person's double click."""
        for index in range(count):
            if index:
                time.sleep(0.09)
            self.down(button)
            time.sleep(0.06)
            self.up(button)

    def scroll(self, notches: int, horizontal: bool = False) -> None:
        """Turn the wheel: + is down, or right when `horizontal`; a notch each 40 ms."""
        button = (6 if horizontal else 4) + (notches > 0)
        for index in range(abs(notches)):
            if index:
                time.sleep(0.04)
            self.down(button)
            self.up(button)

    def drag(self, x: int, y: int, duration_s: float = 0.5) -> None:
        """Press the left button here, move to (x, y) in `duration_s`, and let it go there."""
        self.down(1)
        time.sleep(0.08)
        self.move(x, y, duration_s)
        time.sleep(0.08)
        self.up(1)

    def key(self, combination: str) -> None:
        """Press and release a combination: keysym names joined by "+", modifiers first ("ctrl+c", "plus")."""
        *modifiers, last = combination.split("+")
        for name in (*modifiers, last):
            self._find(name)  # nothing may stay pressed because a later key is missing
        for name in modifiers:
            self.key_down(name)
            time.sleep(0.015)
        self._tap(last)
        for name in reversed(modifiers):
            time.sleep(0.015)
            self.key_up(name)

    def key_down(self, name: str) -> None:
        """Press a key by its keysym name ("Shift_L", "a") and hold it."""
        self._send("key_down", self._find(name)[0])

    def key_up(self, name: str) -> None:
        """Let a key go."""
        self._send("key_up", self._find(name)[0])

    def keycode(self, name: str) -> int:
        """The keycode of a key by its keysym name, in the layout now. Raises NotTypeable when it has none."""
        return self._find(name)[0]

    def type_text(self, text: str, delay_s: float = 0.05) -> None:
        """Type `text` with the layout in force (shift and AltGr levels; \\n is Return), `delay_s` between keys.

        Raises NotTypeable before the first key when a character isn't on the layout.
        """
        with self._keymap() as keymap:
            missing = [c for c in dict.fromkeys(text) if self._lookup(keymap, CONTROLS.get(c, c)) is None]
        if missing:
            raise NotTypeable(f"the keyboard layout has no key for {' '.join(map(repr, missing))}: change the layout")
        for index, character in enumerate(text):
            if index:
                time.sleep(delay_s)
            self._tap(CONTROLS.get(character, character))

    def _tap(self, name: str) -> None:
        keycode, modifiers = self._find(name)
        held = [self._find(modifier)[0] for modifier in modifiers]
        for modifier in held:
            self._send("key_down", modifier)
        self._send("key_down", keycode)
        time.sleep(0.012)
        self._send("key_up", keycode)
        for modifier in reversed(held):
            self._send("key_up", modifier)

    def _keymap(self) -> _OpenKeymap:
        return _OpenKeymap(self._xkb, self._connection)

    def _find(self, name: str) -> tuple[int, tuple[str, ...]]:
        """(keycode, names of the modifier keys to hold) for a keysym name, an alias or one character."""
        # The layout can change at any time, and reading it takes a few ms: ask anew each time.
        with self._keymap() as keymap:
            found = self._lookup(keymap, name)
        if found is None:
            raise NotTypeable(f"the keyboard layout has no key for {name!r}: change the layout")
        return found

    def _lookup(self, keymap: Keymap, name: str) -> tuple[int, tuple[str, ...]] | None:
        keysyms = [self._xkb.keysym(ALIASES.get(name, name))]
        if len(name) == 1:
            # Layouts name a character by its old keysym or by its code point.
            keysyms = [self._xkb.keysym_of_character(name), 0x01000000 | ord(name)]
        for keysym in keysyms:
            found = keymap.find(keysym) if keysym else None
            if found is not None:
                keycode, extra = found
                names = ("Shift_L",) * bool(extra & SHIFT) + ("ISO_Level3_Shift",) * bool(extra & keymap.level3)
                return keycode, names
        return None


class _OpenKeymap:
    """The keymap in force, closed again at the end of the block."""

    def __init__(self, xkb: Xkb, connection: object) -> None:
        self._keymap = Keymap(xkb, connection)

    def __enter__(self) -> Keymap:
        return self._keymap

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keymap.close()
