"""The screen source: window snapshots, and the pixels of the windows that the recorder allowed.

Both live in one process, because a picture means something only together with the stacking that it was taken in.
Under one short server grab it reads stacking, geometry and the damaged rectangles. It never reads the root window,
frames, title bars, or any window that it was not told to read. A still screen costs nothing.
"""

from __future__ import annotations

import itertools
import logging
import select
import time

import msgspec
import xcffib
import xcffib.damage

from understudy.capture.source import (
    Allow,
    CaptureUnavailable,
    Channel,
    Control,
    DesktopEnv,
    Pause,
    Press,
    Resume,
    SourceName,
    Stop,
)
from understudy.capture.x11.clock import measure_clock
from understudy.capture.x11.connect import Connection, connect, disconnect, has_extension, next_event
from understudy.capture.x11.pixels import Pixels
from understudy.capture.x11.windows import WindowTracker
from understudy.records.events import Placement, RawFrame, Windows

log = logging.getLogger(__name__)

GRABS_PER_S = 10.0
"""Most grabs on damage in a second, unless more are asked for."""
LARGE_PX = 300_000
"""What changes this much at a time (a page that scrolls, a film) is looked at half as often, unless more was asked for:
each look costs in proportion to what it takes."""
WINDOWS_S = 0.02
"""Least time between two window snapshots: a window dragged tells of each step."""
HEARTBEAT_S = 2.0
"""How long to wait when nothing happens."""


class ScreenSource:
    """Yields `Windows` and `RawFrame`. Settings: the desktop it sits on, and how often a second it looks at most.

    `run` raises CaptureUnavailable when COMPOSITE, DAMAGE or XFIXES is missing, or when the server goes.
    """

    name: SourceName = "screen"

    def __init__(self, env: DesktopEnv, grabs_per_s: float = GRABS_PER_S) -> None:
        self._env, self._grabs_per_s = env, grabs_per_s

    def run(self, channel: Channel) -> None:
        """Hand records down the channel until `Stop`; EOFError when the recorder is gone."""
        connection = connect(self._env)
        try:
            for extension in ("Composite", "DAMAGE", "XFIXES"):
                if not has_extension(connection, extension):
                    raise CaptureUnavailable(f"the X server lacks the {extension} extension: switch it on")
            _Session(connection, self._env, 1 / self._grabs_per_s).run(channel)
        except xcffib.ConnectionException as error:
            raise CaptureUnavailable("the X server is gone") from error
        finally:
            disconnect(connection)


class _Session:
    def __init__(self, connection: Connection, env: DesktopEnv, pause_s: float) -> None:
        self._connection, self._pause_s = connection, pause_s
        self._core = connection.core
        self._seq = itertools.count()
        self._clock = measure_clock(connection)
        self._tracker = WindowTracker(connection, env)
        self._pixels = Pixels(connection)
        self._allowed: frozenset[int] = frozenset()
        self._paused = False
        self._stack_changed = True
        self._stack: tuple[Placement, ...] = ()
        self._next_grab_s = 0.0
        self._next_look_s = 0.0

    def run(self, channel: Channel) -> None:
        waiting = [channel.fileno(), self._connection.get_file_descriptor()]
        while True:
            self._drain()
            self._work(channel)
            # What the work read from the socket along with its replies shows in no descriptor.
            self._drain()
            ready, _, _ = select.select(waiting, [], [], self._timeout_s())
            if channel.fileno() in ready:
                for control in channel.poll(0):
                    if isinstance(control, Stop):
                        return
                    self._obey(control, channel)

    def _timeout_s(self) -> float:
        if self._paused:
            return HEARTBEAT_S
        now_s = time.monotonic()
        due = [HEARTBEAT_S]
        if self._tracker.dirty:
            due.append(self._next_look_s - now_s)
        if self._wanted:
            due.append(self._next_grab_s - now_s)
        return max(0.0, min(due))

    @property
    def _wanted(self) -> bool:
        return bool(self._allowed or self._stack) and (self._pixels.pending or self._stack_changed)

    def _drain(self) -> None:
        while (event := next_event(self._connection)) is not None:
            if isinstance(event, xcffib.damage.NotifyEvent):
                self._pixels.damaged(event.damage, self._damaged_ns(event.timestamp))
            else:
                self._tracker.handle(event)

    def _damaged_ns(self, server_ms: int) -> int:
        now_ns = time.monotonic_ns()
        return min(now_ns, self._clock.time_ns(server_ms, now_ns))

    def _obey(self, control: Control, channel: Channel) -> None:
        now_ns = time.monotonic_ns()
        if isinstance(control, Allow):
            self._allowed = frozenset(control.windows)
            if not self._paused:
                self._pixels.allow(self._allowed, now_ns)
                self._stack_changed = True
        elif isinstance(control, Press):
            self._drain()
            if self._pixels.pending and not self._paused:
                self._frame(channel)
        elif isinstance(control, Pause):
            self._paused = True
            self._pixels.forget()
        elif isinstance(control, Resume) and self._paused:
            self._paused = False
            self._tracker.forget()
            self._pixels.allow(self._allowed, now_ns)
            self._stack_changed = True

    def _work(self, channel: Channel) -> None:
        if self._paused:
            return
        if self._tracker.dirty and time.monotonic() >= self._next_look_s:
            self._look(channel)
        if self._wanted and time.monotonic() >= self._next_grab_s:
            self._frame(channel)

    def _look(self, channel: Channel) -> None:
        self._next_look_s = time.monotonic() + WINDOWS_S
        windows = self._tracker.snapshot(time.monotonic_ns(), 0)
        if windows is not None:
            channel.send([_numbered(windows, next(self._seq))])
            self._stack_changed = True

    def _frame(self, channel: Channel) -> None:
        """One look at the screen under a server grab: nothing can move or change between its parts."""
        self._core.GrabServer()
        try:
            # After a round trip all earlier events are here: no window has a parent that we don't know of.
            self._core.GetInputFocus().reply()
            self._drain()
            self._tracker.look()
            now_ns = time.monotonic_ns()
            toplevels = self._tracker.toplevels
            self._pixels.hidden({top.client for top in toplevels}, now_ns)
            patches = self._pixels.read(toplevels, now_ns)
        finally:
            self._core.UngrabServer()
            self._connection.flush()
        taken_px = sum(patch.rect.width * patch.rect.height for patch in patches)
        large = taken_px >= LARGE_PX and self._pause_s >= 1 / GRABS_PER_S
        self._next_grab_s = time.monotonic() + self._pause_s * (2 if large else 1)
        self._stack_changed = False
        stack = tuple(
            Placement(top.client, top.frame_rect if top.override else top.rect, self._pixels.captured(top.client))
            for top in toplevels
        )
        if patches or stack != self._stack:
            self._stack = stack
            screen = self._tracker.screen
            seq = next(self._seq)
            channel.send([RawFrame(time_ns=now_ns, seq=seq, screen=screen, stack=stack, patches=patches)])


def _numbered(windows: Windows, seq: int) -> Windows:
    return msgspec.structs.replace(windows, seq=seq)
