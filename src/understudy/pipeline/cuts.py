"""Moments that no action may span: pauses and spans outside the scope."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from understudy.records.events import Mark

STOPS = ("start", "pause", "resume", "stop", "forgotten")
"""Marks between which nothing at all was recorded: they cut what is open."""
SCOPE = ("left_scope", "entered_scope")
"""The keyboard went elsewhere or came back. The pointer's scope is that of the window beneath it: a click that takes
the focus out of scope, or into it, is one click, and may be the first of a double click."""
CUTTING = (*STOPS, *SCOPE)


class Cuts:
    """The cutting marks of a recording, and the removals, which explain gaps that are no waits."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._cuts = sorted(mark.time_ns for mark in marks if mark.kind in CUTTING)
        self._stops = sorted(mark.time_ns for mark in marks if mark.kind in STOPS)
        self._gone = sorted(mark.time_ns for mark in marks if mark.kind in (*CUTTING, "dropped", "loss"))

    def between(self, after_ns: int, until_ns: int) -> bool:
        """True when a cut lies in (after_ns, until_ns]."""
        return bisect_right(self._cuts, after_ns) != bisect_right(self._cuts, until_ns)

    def stopped_between(self, after_ns: int, until_ns: int) -> bool:
        """True when the recording itself stopped in (after_ns, until_ns]."""
        return bisect_right(self._stops, after_ns) != bisect_right(self._stops, until_ns)

    def unknown_between(self, after_ns: int, until_ns: int) -> bool:
        """True when something in (after_ns, until_ns] was not recorded, so that a gap there may be no rest."""
        return bisect_right(self._gone, after_ns) != bisect_right(self._gone, until_ns)

    def next_stop(self, time_ns: int) -> int | None:
        """The first stop of the recording later than `time_ns`, None when there is none."""
        at = bisect_right(self._stops, time_ns)
        return self._stops[at] if at < len(self._stops) else None
