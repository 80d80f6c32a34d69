"""What the guard's state asks of the sources: whose pixels may be read, whose elements are needed."""

from __future__ import annotations

from collections.abc import Callable

from understudy.capture.source import Allow, Control, Crawl, SourceName
from understudy.redact.guard import Guard


class Steering:
    """Tells the sources what has changed since they were told. `tell` tells one of them."""

    def __init__(self, guard: Guard, tell: Callable[[SourceName, Control], None]) -> None:
        self._guard, self._tell = guard, tell
        self._allowed: frozenset[int] = frozenset()
        self._crawled: tuple[int, ...] = ()

    def steer(self) -> None:
        """Tell what has changed."""
        if self._guard.allowed_windows != self._allowed:
            self._allowed = self._guard.allowed_windows
            self._tell("screen", Allow(tuple(sorted(self._allowed))))
        if self._guard.crawl_pids != self._crawled:
            self._crawled = self._guard.crawl_pids
            self._tell("elements", Crawl(self._crawled))
        elif due := self._guard.crawl_due():
            self._tell("elements", Crawl(self._crawled, due))

    def anew(self) -> None:
        """A source knows nothing of it: all is told again."""
        self._allowed, self._crawled = frozenset(), ()

    def pictures_anew(self) -> None:
        """Pictures were lost here. What the screen source believes to be known is not: all of it anew."""
        self._tell("screen", Allow(()))
        self._allowed = frozenset()
