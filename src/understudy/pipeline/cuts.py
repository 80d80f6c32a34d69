"""Moments that no action may span: pauses and spans outside the scope."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from understudy.records.events import Mark

CUTTING = ("pause", "resume", "left_scope", "entered_scope", "stop")


class Cuts:
    """The cutting marks of a recording, and the drops, which explain gaps that are no waits."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._cuts = sorted(mark.time_ns for mark in marks if mark.kind in CUTTING)
        self._gone = sorted(mark.time_ns for mark in marks if mark.kind in (*CUTTING, "dropped", "loss"))

    def between(self, after_ns: int, until_ns: int) -> bool:
        """True when a cut lies in (after_ns, until_ns]."""
        return bisect_right(self._cuts, after_ns) != bisect_right(self._cuts, until_ns)

    def unknown_between(self, after_ns: int, until_ns: int) -> bool:
        """True when something in (after_ns, until_ns] was not recorded, so that a gap there may be no rest."""
        return bisect_right(self._gone, after_ns) != bisect_right(self._gone, until_ns)

    def next_after(self, time_ns: int) -> int | None:
        """The first cut later than `time_ns`, None when there is none."""
        at = bisect_right(self._cuts, time_ns)
        return self._cuts[at] if at < len(self._cuts) else None
