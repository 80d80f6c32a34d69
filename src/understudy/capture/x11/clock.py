"""The X server's clock: 32 bits of milliseconds that become nanoseconds of the monotonic clock."""

from __future__ import annotations

import logging
import select
import time

import xcffib.xproto
from xcffib.xproto import CW, Atom, EventMask, PropMode, WindowClass

from understudy.capture.source import CaptureUnavailable
from understudy.capture.x11.connect import Connection, next_event, screen_of

log = logging.getLogger(__name__)

_WRAP_MS = 1 << 32
_TOLERANCE_MS = 5


def unwrap_ms(server_ms: int, near_ms: int) -> int:
    """The time with these low 32 bits that is nearest to `near_ms`. The counter wraps every 49.7 days."""
    ahead = (server_ms - near_ms) % _WRAP_MS
    return near_ms + (ahead - _WRAP_MS if ahead >= _WRAP_MS // 2 else ahead)


class ServerClock:
    """Turns a server's milliseconds into monotonic ns.

    Xorg and Xvfb count the same clock (CLOCK_MONOTONIC, whole ms, rounded down): `offset_ms` is then 0. A server that
    counts otherwise (a remote one) is calibrated by one stamp `server_ms`, made between two monotonic times.
    """

    def __init__(self, server_ms: int, between_ns: tuple[int, int]) -> None:
        first_ms, last_ms = between_ns[0] // 1_000_000, between_ns[1] // 1_000_000
        same = unwrap_ms(server_ms, last_ms)
        self.offset_ms = 0
        if not first_ms - _TOLERANCE_MS <= same <= last_ms + _TOLERANCE_MS:
            self.offset_ms = (first_ms + last_ms) // 2 - server_ms
            log.warning("the X server counts another clock; calibrated to within %d ms", last_ms - first_ms + 1)

    def time_ns(self, server_ms: int, now_ns: int) -> int:
        """The monotonic time of a server's stamp that came at about `now_ns`."""
        return (unwrap_ms(server_ms, now_ns // 1_000_000 - self.offset_ms) + self.offset_ms) * 1_000_000


def measure_clock(connection: Connection, timeout_s: float = 5.0) -> ServerClock:
    """The clock of a server, by a stamp of its own. Call it before `connection` selects any event.

    Raises CaptureUnavailable when the server doesn't answer in time.
    """
    window, core = connection.generate_id(), connection.core
    root = screen_of(connection).root
    core.CreateWindow(
        0, window, root, 0, 0, 1, 1, 0, WindowClass.InputOnly, 0, CW.EventMask, [EventMask.PropertyChange]
    )
    before_ns = time.monotonic_ns()
    core.ChangeProperty(PropMode.Replace, window, Atom.WM_NAME, Atom.STRING, 8, 0, b"")
    core.DestroyWindow(window)
    connection.flush()
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        event = next_event(connection)
        if isinstance(event, xcffib.xproto.PropertyNotifyEvent):
            return ServerClock(event.time, (before_ns, time.monotonic_ns()))
        if event is None:
            select.select([connection.get_file_descriptor()], [], [], 0.1)
    raise CaptureUnavailable(f"the X server did not answer within {timeout_s:.0f} s: is it stopped?")
