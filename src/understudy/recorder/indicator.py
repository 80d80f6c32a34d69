"""The visible indicator, the hotkeys, the panel's entry and the watch over the screen's lock, a process of its own:
`python -m understudy.recorder.indicator FD PARENT`.

Without it nothing is recorded. It sees no content: which program has the focus, by name, is all that it is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import time
from collections.abc import Iterator

import xcffib
import xcffib.xproto as xp

from understudy.capture.source import CaptureUnavailable
from understudy.capture.x11.clock import ServerClock, measure_clock
from understudy.capture.x11.connect import Connection, Event, connect, disconnect, next_event
from understudy.recorder.bars import Bars
from understudy.recorder.confine import die_with, forbid_dumps
from understudy.recorder.controls import (
    IndicatorFailed,
    IndicatorJob,
    IndicatorReady,
    Keycodes,
    Wanted,
    Wish,
)
from understudy.recorder.hotkey_grabs import HotkeyGrabs
from understudy.recorder.lock_watch import BusLocks, LockWatch, XLocks
from understudy.recorder.logs import only_our_lines
from understudy.recorder.picture import Shown
from understudy.recorder.tray import Tray
from understudy.recorder.wire import Wire

log = logging.getLogger(__name__)

DISPLAY_GONE = 3
"""The indicator's exit code when the X server went away."""
JOB_S = 60.0
"""How long to wait for the job: the process is there before the recorder has its own."""

REMAP_S = 0.2
"""Keyboard mappings change in bursts (`xdotool type` remaps a key a letter): the hotkeys follow at most this often."""


class Indicator:
    """Everything of the indicator that lies on one X connection.

    Raises CaptureUnavailable without a display, ValueError for a hotkey that no keyboard has, and
    xcffib.ConnectionException when the server is gone.
    """

    def __init__(self, job: IndicatorJob) -> None:
        self._x: Connection = connect(job.desktop)
        self._clock: ServerClock = measure_clock(self._x)
        self._keys = HotkeyGrabs(self._x, job.hotkeys)
        self._bars = Bars(self._x, job.desktop, job.shown)
        self.locks = LockWatch()
        self._x_locks = XLocks(self._x, self.locks)
        self._remap_s: float | None = None

    @property
    def ready(self) -> IndicatorReady:
        """What the recorder is told at the start."""
        return IndicatorReady(self._keys.taken, self._keys.codes)

    def fileno(self) -> int:
        """The X connection's descriptor."""
        return int(self._x.get_file_descriptor())

    def show(self, shown: Shown) -> None:
        """Show something else."""
        self._bars.show(shown)

    def work(self) -> tuple[list[Wanted | Keycodes], float]:
        """Take what has come from the X server; (what it means, the seconds to the next call at most)."""
        told: list[Wanted | Keycodes] = [*self._drain()]
        due_s = self._bars.tend()
        now_s = time.monotonic()
        if self._remap_s is not None and now_s >= self._remap_s:
            self._remap_s = None
            if self._keys.follow():
                told.append(Keycodes(self._keys.codes))
        # What came along with the answers to our own questions shows in no descriptor.
        told += self._drain()
        if self._remap_s is not None:
            due_s = min(due_s, max(0.0, self._remap_s - now_s))
        return told, due_s

    def _drain(self) -> Iterator[Wanted]:
        while (event := next_event(self._x)) is not None:
            wish = self._wish(event)
            if wish is not None:
                yield Wanted(wish, self._time_ns(event.time))

    def _wish(self, event: Event) -> Wish | None:
        if isinstance(event, xp.KeyPressEvent):
            return self._keys.wish(event.detail, event.state)
        if isinstance(event, xp.MappingNotifyEvent):
            self._remap_s = self._remap_s or time.monotonic() + REMAP_S
        self._x_locks.take(event)
        return "pause" if self._bars.take(event) else None

    def _time_ns(self, server_ms: int) -> int:
        now_ns = time.monotonic_ns()
        return min(now_ns, self._clock.time_ns(server_ms, now_ns))

    def close(self) -> None:
        """Take the windows and the grabs away."""
        disconnect(self._x)


class Teller:
    """Tells the recorder; the first failure to do so ends the process's loop."""

    def __init__(self, wire: Wire[Shown], done: asyncio.Event) -> None:
        self._wire, self._done = wire, done

    def tell(self, message: Wanted | Keycodes) -> None:
        """Hand a message over."""
        try:
            self._wire.send(message)
        except OSError:
            self._done.set()

    def wish(self, wish: Wish) -> None:
        """Something is wanted now."""
        self.tell(Wanted(wish, time.monotonic_ns()))


async def attend(indicator: Indicator, job: IndicatorJob, wire: Wire[Shown]) -> int:
    """Serve the person until the recorder hangs up or the X server goes; the exit code."""
    loop = asyncio.get_running_loop()
    done, wake = asyncio.Event(), asyncio.Event()
    teller = Teller(wire, done)
    indicator.locks.begin(teller.wish)
    tray = Tray(job.desktop, job.shown, teller.wish)
    locks = BusLocks(job.desktop, indicator.locks)
    code = 0

    def hear() -> None:
        try:
            for shown in wire.receive():
                indicator.show(shown)
                tray.show(shown)
        except EOFError:
            done.set()
        wake.set()

    loop.add_reader(wire.fileno(), hear)
    # Asked once: of a server that is gone there is no descriptor to be had.
    server = indicator.fileno()
    loop.add_reader(server, wake.set)
    helpers = [asyncio.create_task(tray.run()), asyncio.create_task(locks.run())]
    try:
        while not done.is_set():
            wake.clear()
            told, due_s = indicator.work()
            for message in told:
                teller.tell(message)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), due_s)
    except xcffib.ConnectionException:
        code = DISPLAY_GONE
    finally:
        loop.remove_reader(server)
        loop.remove_reader(wire.fileno())
        for task in helpers:
            task.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
    return code


def run(descriptor: int) -> int:
    """Show the indicator until the recorder says stop or is gone; the exit code."""
    connection = socket.socket(fileno=descriptor)
    messages = Wire[IndicatorJob](connection, IndicatorJob).wait(JOB_S)
    if not messages:
        return 1
    wire: Wire[Shown] = Wire(connection, Shown)
    try:
        indicator = Indicator(messages[0])
    except (CaptureUnavailable, xcffib.XcffibException, ValueError) as error:
        wire.send(IndicatorFailed(f"the indicator can't be shown: {error or type(error).__name__}"))
        return 1
    try:
        wire.send(indicator.ready)
        return asyncio.run(attend(indicator, messages[0], wire))
    except BrokenPipeError:
        return 0
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
