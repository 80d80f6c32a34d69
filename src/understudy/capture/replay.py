"""The replay source: a golden recording of raw records, so that every later stage is testable without a desktop.

Golden recordings hold fabricated content only. The recorder never writes one: `dump_golden` is for the tests that
make them. A file is JSON lines, one raw record each, in order of time; pixel bytes are base64.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

import msgspec

from understudy.capture.source import Channel, Pause, Resume, SourceName, Stop
from understudy.records.events import (
    ElementAt,
    Grab,
    Insert,
    Key,
    Pointer,
    Raw,
    RawFrame,
    Tree,
    Windows,
)

SOURCE_OF: dict[type, SourceName] = {
    Pointer: "input",
    Key: "input",
    Grab: "input",
    Windows: "screen",
    RawFrame: "screen",
    ElementAt: "elements",
    Insert: "elements",
    Tree: "elements",
}
"""Which source yields a record; marks and ticks belong to whoever sends them."""


class BadGolden(ValueError):
    """A file that is no golden recording; the message names the file and the line."""


def load_golden(path: Path) -> list[Raw]:
    """All records of a golden recording, in the file's order.

    Raises BadGolden for lines that are no raw record and for times that go back, FileNotFoundError for no file.
    """
    decoder = msgspec.json.Decoder(Raw)
    records: list[Raw] = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            record: Raw = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadGolden(f"{path}:{number}: no raw record: {error}") from error
        if records and record.time_ns < records[-1].time_ns:
            raise BadGolden(f"{path}:{number}: the time goes back; lines must be in order of time_ns")
        records.append(record)
    return records


def dump_golden(records: Iterable[Raw], path: Path) -> None:
    """Write fabricated records as a golden recording; for tests."""
    encoder = msgspec.json.Encoder()
    path.write_bytes(b"".join(encoder.encode(record) + b"\n" for record in records))


class ReplaySource:
    """Yields the records of a golden recording that the source `name` would yield; all of them when name is None.

    `speed` 1 keeps the recording's pace, 2 is twice as fast, 0 sends everything at once. Times and sequence numbers
    are the recording's own. Returns at its end or at `Stop`; while paused nothing is sent, what falls due is lost.
    """

    name: SourceName

    def __init__(self, path: Path, name: SourceName | None = None, *, speed: float = 0.0) -> None:
        if name is not None and name not in get_args(SourceName):
            raise ValueError(f"no source is called {name!r}: input, screen or elements")
        if speed < 0:
            raise ValueError(f"speed is {speed}, expected 0 (at once) or more")
        self.name = name or "input"
        self._only = name
        self._path = path
        self._speed = speed

    def run(self, channel: Channel) -> None:
        """Hand the records down the channel; EOFError when the recorder is gone."""
        paused = False
        started_s = time.monotonic()
        records = self._mine(load_golden(self._path))
        first_ns: int | None = None
        for time_ns, group in itertools.groupby(records, key=lambda record: record.time_ns):
            first_ns = time_ns if first_ns is None else first_ns
            due_s = started_s + (time_ns - first_ns) / 1e9 / self._speed if self._speed else 0.0
            while True:
                for control in channel.poll(max(0.0, due_s - time.monotonic()) if self._speed else 0.0):
                    if isinstance(control, Stop):
                        return
                    if isinstance(control, Pause | Resume):
                        paused = isinstance(control, Pause)
                if time.monotonic() >= due_s:
                    break
            if not paused:
                channel.send(list(group))

    def _mine(self, records: list[Raw]) -> Iterator[Raw]:
        return (r for r in records if self._only is None or SOURCE_OF.get(type(r), self._only) == self._only)
