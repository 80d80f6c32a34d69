"""The visible indicator and the hotkeys, a process of its own: `python -m understudy.recorder.indicator FD PARENT`.

The window lies above all others without taking the focus; a click on it pauses and resumes. Hotkeys are grabbed, so
that the program in front never sees them.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import sys
import time
from typing import Literal

import msgspec
import xcffib
import xcffib.xproto as xp
from PIL import Image

from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.capture.x11.connect import connect, screen_of
from understudy.recorder.confine import die_with, forbid_dumps
from understudy.recorder.hotkeys import Hotkey
from understudy.recorder.logs import only_our_lines
from understudy.recorder.picture import HEIGHT_PX, Shown, draw
from understudy.recorder.wire import Wire

WINDOW_CLASS = "Understudy"
"""Class part of WM_CLASS of Understudy's own windows: never part of a recording."""

DISPLAY_GONE = 3
"""The indicator's exit code when the X server went away."""

RAISE_EVERY_S = 0.5
"""At most this often the indicator comes back to the top: two always-on-top windows must not fight."""

_LOCKS = (0, xp.ModMask.Lock, xp.ModMask._2, xp.ModMask.Lock | xp.ModMask._2)
_MASKS = {"shift": xp.ModMask.Shift, "ctrl": xp.ModMask.Control, "alt": xp.ModMask._1, "super": xp.ModMask._4}

Wish = Literal["pause", "stop"]


class IndicatorJob(msgspec.Struct, frozen=True, tag="indicator_job"):
    """The first message: where to show, what, and which keys."""

    desktop: DesktopEnv
    shown: Shown
    hotkey_pause: str
    hotkey_stop: str


class Wanted(msgspec.Struct, frozen=True, tag="wanted"):
    """The person pressed a hotkey or clicked the indicator; `time_ns` is when that reached the indicator."""

    wish: Wish
    time_ns: int


class IndicatorReady(msgspec.Struct, frozen=True, tag="indicator_ready"):
    """The indicator is on the screen. `taken` names hotkeys that another program already holds."""

    taken: tuple[str, ...]


class IndicatorFailed(msgspec.Struct, frozen=True, tag="indicator_failed"):
    """The indicator can't be shown: nothing may be recorded without it."""

    message: str


FromIndicator = Wanted | IndicatorReady | IndicatorFailed


class Indicator:
    """The window and the grabs, on one X connection. Raises xcffib.ConnectionException when the server is gone."""

    def __init__(self, job: IndicatorJob) -> None:
        self._x = connect(job.desktop)
        setup = self._x.get_setup()
        self._screen = screen_of(self._x)
        self._keycodes = range(setup.min_keycode, setup.max_keycode + 1)
        self._window = self._x.generate_id()
        self._gc = self._x.generate_id()
        self._wishes: dict[int, Wish] = {}
        self._raised_s = 0.0
        self._picture = draw(job.shown)
        self._open()
        self.taken = tuple(
            text
            for wish, text in (("pause", job.hotkey_pause), ("stop", job.hotkey_stop))
            if not self._grab(Hotkey.parse(text), "pause" if wish == "pause" else "stop")
        )

    def _open(self) -> None:
        events = xp.EventMask.Exposure | xp.EventMask.ButtonPress | xp.EventMask.VisibilityChange
        x, width = self._place()
        self._x.core.CreateWindow(
            *(self._screen.root_depth, self._window, self._screen.root, x, 0, width, HEIGHT_PX, 0),
            *(xp.WindowClass.InputOutput, self._screen.root_visual),
            xp.CW.OverrideRedirect | xp.CW.EventMask,
            [1, events],
        )
        for name, kind, data in (
            ("WM_CLASS", "STRING", b"understudy\0" + WINDOW_CLASS.encode() + b"\0"),
            ("_NET_WM_NAME", "UTF8_STRING", b"Understudy"),
        ):
            self._x.core.ChangeProperty(
                xp.PropMode.Replace, self._window, self._atom(name), self._atom(kind), 8, len(data), data
            )
        self._x.core.ChangeProperty(
            *(xp.PropMode.Replace, self._window, self._atom("_NET_WM_PID"), xp.Atom.CARDINAL, 32, 1),
            struct.pack("=I", os.getpid()),
        )
        self._x.core.CreateGC(self._gc, self._window, 0, [])
        self._x.core.MapWindow(self._window)
        self._x.flush()

    def _atom(self, name: str) -> int:
        return int(self._x.core.InternAtom(False, len(name), name).reply().atom)

    def _place(self) -> tuple[int, int]:
        """Left edge and width, px: at the top, right of the middle, where few programs keep buttons."""
        width = self._picture.width
        return max(0, self._screen.width_in_pixels * 2 // 3 - width // 2), width

    def _grab(self, hotkey: Hotkey, wish: Wish) -> bool:
        """Grab one hotkey with every state of the locks; False when another program holds it."""
        modifiers = sum(_MASKS[name] for name in hotkey.modifiers)
        keycode = self._keycode(hotkey.keysym)
        if keycode is None:
            return False
        self._wishes[keycode] = wish
        try:
            for locks in _LOCKS:
                self._x.core.GrabKeyChecked(
                    *(True, self._screen.root, modifiers | locks, keycode),
                    *(xp.GrabMode.Async, xp.GrabMode.Async),
                ).check()
        except xp.AccessError:
            return False
        return True

    def _keycode(self, keysym: str) -> int | None:
        value = _keysym_value(keysym)
        count = len(self._keycodes)
        reply = self._x.core.GetKeyboardMapping(self._keycodes.start, count).reply()
        for index, keycode in enumerate(self._keycodes):
            row = reply.keysyms[index * reply.keysyms_per_keycode : (index + 1) * reply.keysyms_per_keycode]
            if value in row[:2]:
                return keycode
        return None

    def show(self, shown: Shown) -> None:
        """Show something else."""
        self._picture = draw(shown)
        x, width = self._place()
        self._x.core.ConfigureWindow(self._window, xp.ConfigWindow.X | xp.ConfigWindow.Width, [x, width])
        self._paint(self._picture)

    def _paint(self, picture: Image.Image) -> None:
        data = picture.convert("RGBX").tobytes("raw", "BGRX")
        self._x.core.PutImage(
            *(xp.ImageFormat.ZPixmap, self._window, self._gc, picture.width, picture.height, 0, 0, 0),
            *(self._screen.root_depth, len(data), data),
        )
        self._x.flush()

    def fileno(self) -> int:
        """The X connection's descriptor."""
        return int(self._x.get_file_descriptor())

    def events(self) -> list[Wanted]:
        """What the person wanted since the last call."""
        wanted: list[Wanted] = []
        while (event := self._x.poll_for_event()) is not None:
            if isinstance(event, xp.ExposeEvent):
                self._paint(self._picture)
            elif isinstance(event, xp.VisibilityNotifyEvent):
                self._raise(event)
            elif isinstance(event, xp.ButtonPressEvent):
                wanted.append(Wanted("pause", time.monotonic_ns()))
            elif isinstance(event, xp.KeyPressEvent) and event.detail in self._wishes:
                wanted.append(Wanted(self._wishes[event.detail], time.monotonic_ns()))
        return wanted

    def _raise(self, event: xp.VisibilityNotifyEvent) -> None:
        now_s = time.monotonic()
        if event.state != xp.Visibility.Unobscured and now_s - self._raised_s >= RAISE_EVERY_S:
            self._raised_s = now_s
            self._x.core.ConfigureWindow(self._window, xp.ConfigWindow.StackMode, [xp.StackMode.Above])
            self._x.flush()

    def close(self) -> None:
        """Take the window and the grabs away."""
        self._x.disconnect()


_KEYSYMS = {"pause": 0xFF13, "escape": 0xFF1B, "print": 0xFF61, "home": 0xFF50, "end": 0xFF57, "insert": 0xFF63}


def _keysym_value(name: str) -> int:
    """X keysym of a hotkey's main key: letters and digits, F1 to F12, and a few named keys (X11/keysymdef.h)."""
    lower = name.lower()
    if len(lower) == 1 and lower.isascii() and lower.isalnum():
        return ord(lower)
    if lower.startswith("f") and lower[1:].isdigit() and 1 <= int(lower[1:]) <= 12:
        return 0xFFBD + int(lower[1:])
    if lower in _KEYSYMS:
        return _KEYSYMS[lower]
    raise ValueError(f"hotkey {name!r}: expected a letter, a digit, F1 to F12 or one of {', '.join(_KEYSYMS)}")


def run(descriptor: int) -> int:
    """Show the indicator until the recorder says stop or is gone; the exit code."""
    connection = socket.socket(fileno=descriptor)
    messages = Wire[IndicatorJob](connection, IndicatorJob).wait(10)
    if not messages:
        return 1
    wire: Wire[Shown] = Wire(connection, Shown)
    try:
        indicator = Indicator(messages[0])
    except (CaptureUnavailable, xcffib.XcffibException, ValueError) as error:
        wire.send(IndicatorFailed(f"the indicator can't be shown: {error or type(error).__name__}"))
        return 1
    wire.send(IndicatorReady(indicator.taken))
    try:
        while True:
            select.select([wire.fileno(), indicator.fileno()], [], [], 1.0)
            for wanted in indicator.events():
                wire.send(wanted)
            for shown in wire.receive():
                indicator.show(shown)
    except (EOFError, BrokenPipeError):
        return 0
    except xcffib.ConnectionException:
        return DISPLAY_GONE
    finally:
        indicator.close()


def main() -> None:
    """Entry point of the process."""
    descriptor, parent = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forbid_dumps()
    only_our_lines()
    die_with(parent)
    sys.exit(run(descriptor))


if __name__ == "__main__":
    main()
