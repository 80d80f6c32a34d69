"""The one type that `seal` accepts."""

from __future__ import annotations

from typing import final

from understudy.records.kept import Kept, stream_of


@final
class Redacted:
    """A record that has passed the redaction rules.

    Only `redact/` makes these (a test searches the sources for any other maker), and `seal` refuses every other
    type when it runs, so raw capture has no way to disk. Raises TypeError for records that may never be kept.
    """

    __slots__ = ("record", "stream")

    record: Kept
    stream: str

    def __init__(self, record: Kept) -> None:
        self.stream = stream_of(record)
        self.record = record

    def __repr__(self) -> str:
        # Content stays out of logs and tracebacks.
        return f"Redacted({self.stream} seq={self.record.seq})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Redacted) and self.record == other.record

    def __hash__(self) -> int:
        return hash((self.stream, self.record.seq))
