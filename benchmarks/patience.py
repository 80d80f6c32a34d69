"""How long to wait for programs on a machine whose host takes its cores away: not counting the time that it took."""

from __future__ import annotations

import os
import time
from pathlib import Path

STAT = Path("/proc/stat")
LEAST_SHARE = 0.1
"""Time goes on at least this fast: what never comes is given up in the end."""


class Patience:
    """`over` once `timeout_s` have passed since it was made, without what was stolen: at most ten times as long."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._began_s, self._stolen_s = time.monotonic(), stolen_s()

    @property
    def over(self) -> bool:
        """True when nothing more is to be waited for."""
        passed_s = time.monotonic() - self._began_s
        if passed_s < self._timeout_s:
            return False
        stolen = min(stolen_s() - self._stolen_s, (1 - LEAST_SHARE) * passed_s)
        return passed_s - stolen >= self._timeout_s


def stolen_s() -> float:
    """Time since boot in which a core had work and was not given to this machine, of one core on average (proc(5)).

    The first line sums up all cores; a clock counts the time of one.
    """
    ticks = int(STAT.read_text().split("\n", 1)[0].split()[8])
    return ticks / os.sysconf("SC_CLK_TCK") / (os.cpu_count() or 1)
