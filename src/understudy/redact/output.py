"""What may go on, numbered anew: the only place where a record becomes `Redacted`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from understudy.records.kept import Kept, stream_of
from understudy.records.redacted import Redacted


class Output:
    """Records that may be kept, each stream numbered without gaps and in order of time."""

    def __init__(self) -> None:
        self._seqs: dict[str, int] = {}
        self._times: dict[str, int] = {}
        self._waiting: list[Redacted] = []

    def add(self, record: Kept) -> None:
        """Number a record anew: gaps would count what was dropped. Late ones take the time of the one before."""
        stream = stream_of(record)
        seq = self._seqs.get(stream, 0)
        self._seqs[stream] = seq + 1
        time_ns = self._times[stream] = max(self._times.get(stream, 0), record.time_ns)
        self._waiting.append(Redacted(msgspec.structs.replace(record, seq=seq, time_ns=time_ns)))

    def take(self) -> list[Redacted]:
        """What was added since the last call."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def unwind(self, kept: Mapping[str, int]) -> None:
        """What was added since is forgotten; `kept` are the records left of each stream, numbers go on from there."""
        self._waiting.clear()
        self._seqs = dict(kept)
