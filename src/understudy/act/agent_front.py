"""Brings a program's window to the front: the window manager is asked, as a taskbar would."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

import xcffib.xproto

from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import connect, disconnect, next_event, screen_of
from understudy.capture.x11.windows import WindowTracker
from understudy.records.events import Windows, WindowState

_FROM_PAGER = 2
"""Source indication of _NET_ACTIVE_WINDOW (EWMH): asked for by the person, not by a program for itself."""
ACTIVE_S = 2.0
TURN_S = 0.04


class Front:
    """The windows of a display, and which is in front. A context manager.

    Raises CaptureUnavailable when the display can't be reached.
    """

    def __init__(self, env: DesktopEnv) -> None:
        self._env = env

    def __enter__(self) -> Front:
        self._connection: Any = connect(self._env)
        self._core = self._connection.core
        self._root = screen_of(self._connection).root
        name = "_NET_ACTIVE_WINDOW"
        self._atom = self._core.InternAtom(False, len(name), name).reply().atom
        self._tracker = WindowTracker(self._connection, self._env)
        self._last: Windows | None = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        disconnect(self._connection)

    def windows(self) -> Windows:
        """The windows as they are now."""
        while (event := next_event(self._connection)) is not None:
            self._tracker.handle(event)
        self._last = self._tracker.snapshot(time.monotonic_ns(), 0) or self._last
        if self._last is None:
            raise RuntimeError("the X server told no windows at the first look")
        return self._last

    def topmost(self, app: str) -> WindowState | None:
        """The uppermost ordinary window of a program (its class, or its executable's name); None: none is there."""
        wanted = app.casefold()
        for window in reversed(self.windows().windows):
            if not window.override and wanted in (window.app.casefold(), window.program.casefold()):
                return window
        return None

    def bring(self, window: WindowState) -> bool:
        """Bring a window to the front; True once it has the keyboard."""
        if self.windows().active == window.id:
            return True
        proto: Any = xcffib.xproto
        data = proto.ClientMessageData.synthetic([_FROM_PAGER, 0, 0, 0, 0], "IIIII")
        message = proto.ClientMessageEvent.synthetic(32, window.id, self._atom, data)
        mask = xcffib.xproto.EventMask.SubstructureRedirect | xcffib.xproto.EventMask.SubstructureNotify
        self._core.SendEvent(False, self._root, mask, message.pack())
        self._core.GetInputFocus().reply()
        deadline = time.monotonic() + ACTIVE_S
        while self.windows().active != window.id:
            if time.monotonic() >= deadline:
                return False
            time.sleep(TURN_S)
        return True
