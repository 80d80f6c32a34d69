"""Which clock a version's times are told by: the recording's own, on a grid, or a nominal one that tells nobody's pace.

The nominal clock keeps what an agent needs of time, which is order and where to wait: a step takes one second whoever
did it, and a wait is as long as the largest round number below it. How quickly somebody works is not in it. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Protocol

from understudy.dataset import thinning
from understudy.records.actions import Episode
from understudy.records.levels import Motion, Timing

STEP_MS = 1000
"""From the start of a step to the start of the next on the nominal clock, no wait between them."""
WAITS_MS = (2000, 5000, 10_000, 30_000, 60_000, 300_000)
"""What a wait is told as: the largest of these that it reached. The first is the shortest wait that is a step, the last
the pause that ends an episode."""
NOMINAL_MS = {"drag": 500, "long_press": 1000, "scroll": 500}
"""Durations of the actions that aren't the same action without one, on the nominal clock."""
AGES_MS = (0.0, 100.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0)
"""What the age of a picture is told as: the smallest of these that isn't below it; the last for all older ones."""

NS_PER_MS = 1_000_000


def nominal(motion: Motion, timing: Timing) -> bool:
    """Whether a version of these levels has the nominal clock: where neither paths nor keys tell the real one."""
    return motion == "targets" and timing == "none"


def wait(wait_ms: int) -> int:
    """A wait as the nominal clock tells it; 0 for less than the shortest."""
    found = bisect_right(WAITS_MS, wait_ms)
    return WAITS_MS[found - 1] if found else 0


class Clock(Protocol):
    """Tells the times of one recording."""

    def since_start(self, time_ns: int) -> int:
        """ms since the recording's start."""

    def between(self, start_ns: int, time_ns: int) -> int:
        """ms from the start of an episode to a time in it."""

    def duration(self, kind: str, start_ns: int, end_ns: int) -> int | None:
        """ms that an action took; None where that is withheld."""

    def age(self, age_ms: float) -> float:
        """ms, how old a picture was."""


def clock_of(episodes: Iterable[Episode], start_ns: int, *, motion: Motion, timing: Timing) -> Clock:
    """The clock for a recording that began at `start_ns`, by the version's levels."""
    return Nominal(episodes, start_ns) if nominal(motion, timing) else Grid(start_ns, timing)


class Grid:
    """The recording's own times, exact or on the grid of `thinning.at`."""

    def __init__(self, start_ns: int, timing: Timing) -> None:
        self._start_ns, self._timing = start_ns, timing

    def since_start(self, time_ns: int) -> int:
        """ms since the recording's start."""
        return self.between(self._start_ns, time_ns)

    def between(self, start_ns: int, time_ns: int) -> int:
        """ms from one time to another."""
        return thinning.at((time_ns - start_ns) // NS_PER_MS, self._timing)

    def duration(self, kind: str, start_ns: int, end_ns: int) -> int | None:
        """ms that an action took; None where that is only the hand's rhythm."""
        return thinning.duration(kind, (end_ns - start_ns) // NS_PER_MS, self._timing)

    def age(self, age_ms: float) -> float:
        """ms, to a tenth."""
        return round(age_ms, 1)


class Nominal:
    """One second a step, and waits in a few lengths.

    What lies between two steps has the time of the step before it, and as much more as a wait of that length is told
    to be, never past the next step. Times never run backwards.
    """

    def __init__(self, episodes: Iterable[Episode], start_ns: int) -> None:
        actions = sorted(
            (step.action for episode in episodes for step in episode.steps),
            key=lambda action: (action.start_ns, action.end_ns),
        )
        self._starts_ns = [start_ns]
        self._ends_ns = [start_ns]
        self._told_ms = [0]
        """When each step began and ended, and what its beginning is told as; the recording's start before the first."""
        self._takes_ms = [0]
        for action in actions:
            idle_ms = wait((action.start_ns - self._ends_ns[-1]) // NS_PER_MS)
            self._told_ms.append(self._told_ms[-1] + self._takes_ms[-1] + idle_ms)
            self._starts_ns.append(action.start_ns)
            # A wait is idle time of its own: it ends where it begins, and what follows it comes after that.
            waits = action.kind == "wait"
            self._ends_ns.append(action.start_ns if waits else max(action.end_ns, self._ends_ns[-1]))
            self._takes_ms.append(0 if waits else STEP_MS)

    def since_start(self, time_ns: int) -> int:
        """ms since the recording's start."""
        nth = max(0, bisect_right(self._starts_ns, time_ns) - 1)
        over = time_ns >= max(self._ends_ns[nth], self._starts_ns[nth] + 1)
        told_ms = self._told_ms[nth] + over * (self._takes_ms[nth] + wait((time_ns - self._ends_ns[nth]) // NS_PER_MS))
        return min(told_ms, self._told_ms[nth + 1]) if nth + 1 < len(self._told_ms) else told_ms

    def between(self, start_ns: int, time_ns: int) -> int:
        """ms from one time to another."""
        return self.since_start(time_ns) - self.since_start(start_ns)

    def duration(self, kind: str, start_ns: int, end_ns: int) -> int | None:
        """The wait's, the kind's nominal one, or None."""
        if kind == "wait":
            return wait((end_ns - start_ns) // NS_PER_MS)
        return NOMINAL_MS.get(kind)

    def age(self, age_ms: float) -> float:
        """ms, as one of few."""
        return next((age for age in AGES_MS if age_ms <= age), AGES_MS[-1])
