"""The X server's clock: 32 bits of milliseconds that become nanoseconds of the monotonic clock."""

from __future__ import annotations

import logging

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
