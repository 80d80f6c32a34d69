"""The way of the records: held until all sources' are in order of time, then through the guard to the spool."""

from __future__ import annotations

import contextlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Literal

from understudy.recorder.flusher import Flusher
from understudy.recorder.job import Stats, StopCause
from understudy.recorder.merge import Merge
from understudy.records.events import Mark, MarkKind, Raw, RawFrame, Reason
from understudy.records.redacted import Redacted
from understudy.redact.guard import Guard
from understudy.spool.writer import Forgotten, SpoolFull, SpoolWriter

log = logging.getLogger(__name__)

BEHIND_NS = 1_000_000_000
"""Redaction that is so much behind lets pictures go."""


class Passage:
    """What waits for its turn and what may be kept, both in memory until it is sealed.

    The recorder's own records are numbered here; nothing gets to the spool on another way. What raises SpoolFull has
    lost what it was to write: nothing comes after that.
    """

    def __init__(self, guard: Guard, flusher: Flusher, writer: SpoolWriter, clock_ns: Callable[[], int]) -> None:
        self._guard, self._flusher, self._writer, self._clock_ns = guard, flusher, writer, clock_ns
        self._merge = Merge()
        self._buffer: list[Redacted] = []
        self._written = Counter[str]()
        self._seq = 0

    @property
    def busy(self) -> bool:
        """True while something waits for its turn or for being sealed."""
        return bool(self._buffer) or len(self._merge) > 0

    def next_seq(self) -> int:
        """The number of the recorder's own next record."""
        self._seq += 1
        return self._seq - 1

    def add(self, records: Iterable[Raw]) -> None:
        """Records that wait for their turn."""
        self._merge.add(records)

    def mark(
        self,
        kind: MarkKind,
        *,
        time_ns: int | None = None,
        reason: Reason = "",
        detail: str = "",
        what: Literal["", "pointer", "frame"] = "",
    ) -> None:
        """A mark of the recorder's own, at once: it waits for nothing."""
        when_ns = self._clock_ns() if time_ns is None else time_ns
        self._buffer += self._guard.feed(
            Mark(time_ns=when_ns, seq=self.next_seq(), kind=kind, reason=reason, detail=detail, what=what)
        )

    def feed(self, until_ns: int, deadline_ns: int | None = None) -> bool:
        """Feed what is held up to `until_ns` to the guard; False when the time was over before all was fed."""
        while (record := self._merge.pop(until_ns)) is not None:
            self._buffer += self._guard.feed(record)
            if deadline_ns is not None and self._clock_ns() > deadline_ns:
                return False
        return True

    def behind(self, until_ns: int) -> bool:
        """True when what should be fed up to `until_ns` has waited for too long."""
        return self._merge.since_ns() < until_ns - BEHIND_NS

    def discard(self, after_ns: int) -> None:
        """Let go what waits and is later than `after_ns`."""
        self._merge.discard(after_ns)

    def drop(self, unwanted: Callable[[Raw], bool]) -> int:
        """Let go what waits and is unwanted; how many."""
        return self._merge.drop(unwanted)

    def drop_pictures(self) -> bool:
        """Let go the pictures that wait, which cost the most. True when there were some: all are needed anew."""
        if not self._merge.drop(lambda record: isinstance(record, RawFrame)):
            return False
        log.warning("redaction is behind: pictures were let go")
        self._guard.forget_pictures()
        self.mark("dropped", reason="time_out", what="frame")
        return True

    def rekey(self) -> None:
        """Have the next frame be a key frame where a new segment is due."""
        if self._flusher.key_frame_wanted():
            self._guard.rekey()

    def flush(self) -> None:
        """Have what may be kept sealed and written soon. Raises SpoolFull."""
        batch, self._buffer = self._buffer, []
        if batch:
            self._flusher.put(batch)
            self._written.update(entry.stream for entry in batch)

    def check(self) -> None:
        """Raises SpoolFull when what was flushed could not be written."""
        self._flusher.check()

    def forget(self, since_ns: int) -> Forgotten:
        """What waits goes, and what is sealed since then, and what the guard knows of the desktop. Raises SpoolFull."""
        self._merge = Merge()
        self._buffer = []
        gone = self._flusher.forget(since_ns)
        self._guard.unwind(gone.kept, gone.noted)
        self._written = Counter(gone.kept)
        return gone

    def finish(self, now_ns: int) -> None:
        """Nothing more comes from the sources: what the guard still holds is decided."""
        self._buffer += self._guard.close(now_ns)

    def settle(self) -> None:
        """What was flushed is on disk, or `check` says why not; no `flush` after this."""
        self._flusher.end()

    def seal_end(self, cause: StopCause, stats: Stats) -> None:
        """What is left and the last marks, on disk; after `settle`, since nobody else may write. Raises SpoolFull."""
        self._flusher.check()
        self.mark("stats", detail=json.dumps(stats))
        self.mark("stop", detail=cause)
        self._writer.append(self._buffer)

    def close(self, stats: Stats) -> None:
        """The manifest, if the disk has room for it: without one the rest reads all the same."""
        with contextlib.suppress(SpoolFull):  # said once
            self._writer.close(stats)

    def counted(self) -> Stats:
        """How much was sealed, and how many records of each stream."""
        return {
            "sealed_bytes": self._writer.bytes_written,
            "stream_bytes": {
                "pictures": self._writer.picture_bytes,
                "everything else": self._writer.bytes_written - self._writer.picture_bytes,
            },
            "records": dict(sorted(self._written.items())),
        }
