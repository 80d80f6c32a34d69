"""Records of several sources, in order of time."""

from __future__ import annotations

import heapq
import sys
from collections.abc import Callable, Iterable

from understudy.records.events import Raw

# At the same nanosecond: state before the events that happen in it.
_RANK = {"Windows": 0, "Grab": 1, "ElementAt": 2, "Insert": 3}


class Merge:
    """Holds records until their time is past, then gives them out in order of `time_ns`.

    Records of one source at the same time keep their order. A record that comes later than the time already given
    out is given out next: late, never lost.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, int, Raw]] = []
        self._count = 0

    def add(self, records: Iterable[Raw]) -> None:
        """Take records, in any order of time."""
        for record in records:
            self._count += 1
            rank = _RANK.get(type(record).__name__, 4)
            heapq.heappush(self._heap, (record.time_ns, rank, self._count, record))

    def pop(self, until_ns: int) -> Raw | None:
        """The first held record, when its `time_ns` <= `until_ns`; else None."""
        if self._heap and self._heap[0][0] <= until_ns:
            return heapq.heappop(self._heap)[3]
        return None

    def since_ns(self) -> int:
        """The time of the first held record; the end of time when none is held."""
        return self._heap[0][0] if self._heap else sys.maxsize

    def release(self, until_ns: int) -> list[Raw]:
        """All held records with `time_ns` <= `until_ns`, in order."""
        released: list[Raw] = []
        while self._heap and self._heap[0][0] <= until_ns:
            released.append(heapq.heappop(self._heap)[3])
        return released

    def discard(self, after_ns: int) -> int:
        """Forget held records later than `after_ns`; how many."""
        kept = [entry for entry in self._heap if entry[0] <= after_ns]
        dropped = len(self._heap) - len(kept)
        heapq.heapify(kept)
        self._heap = kept
        return dropped

    def drop(self, unwanted: Callable[[Raw], bool]) -> int:
        """Forget held records that are unwanted; how many."""
        kept = [entry for entry in self._heap if not unwanted(entry[3])]
        dropped = len(self._heap) - len(kept)
        heapq.heapify(kept)
        self._heap = kept
        return dropped

    def __len__(self) -> int:
        return len(self._heap)
