"""When to ask which element lies under the pointer."""

from __future__ import annotations

from understudy.capture.source import Ask, Left
from understudy.records.events import Pointer

REST_NS = 16_000_000
"""A pointer that has not moved for 16 ms rests: twice the gap between two moves of a 125 Hz mouse (8 ms), and an
answer, confirmed by a second one, takes some 40 ms more: it is there before a click after 100 ms."""

SCROLL_REST_NS = 650_000_000
"""After a scroll the tree's bounds lag the pixels by up to 500 ms without an event; ask again once that is over."""


class PointerRest:
    """Watches pointer records and says when to ask: once each time the pointer comes to rest, and at each press; and
    when a place that was asked about has been left."""

    def __init__(self) -> None:
        self._asked = False
        self._moved_ns: int | None = None
        self._scrolled_ns: int | None = None
        self._x = self._y = 0

    def see(self, record: Pointer) -> Ask | Left | None:
        """Take a record; what to tell at once (a press, a place left), else None."""
        if record.kind == "down":
            return Ask(x=record.x, y=record.y, time_ns=record.time_ns, cause="press")
        if record.kind == "up":
            # What was under the pointer may be gone after a click: ask about what is there now.
            self._moved_ns, self._x, self._y = record.time_ns, record.x, record.y
            return None
        if record.kind == "scroll":
            self._scrolled_ns = record.time_ns
        self._moved_ns, self._x, self._y = record.time_ns, record.x, record.y
        if record.kind == "move" and self._asked:
            self._asked = False
            return Left()
        return None

    def due(self, now_ns: int, told_ns: int) -> Ask | None:
        """The question to ask now that time has passed, else None. Moves up to `told_ns` have been seen here."""
        if self._moved_ns is not None and told_ns - self._moved_ns >= REST_NS:
            self._moved_ns, self._asked = None, True
            return Ask(x=self._x, y=self._y, time_ns=now_ns, cause="rest")
        if self._scrolled_ns is not None and now_ns - self._scrolled_ns >= SCROLL_REST_NS:
            self._scrolled_ns, self._asked = None, True
            return Ask(x=self._x, y=self._y, time_ns=now_ns, cause="rest")
        return None
