"""What a recording holds, counted: for people who want to see it without looking at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from understudy.records.events import Mark, Windows
from understudy.records.kept import STREAMS, Frame, TextRun
from understudy.spool.reader import Piece


@dataclass(frozen=True)
class Contents:
    """Counts over one recording.

    `records` by stream; `dropped` by (stream, reason); `texts` kept runs by level; `applications` the seconds that each
    had the keyboard focus, most first, by program (or window class) name; `lost` the number of loss marks; `paused_s`
    the seconds of pauses; `forgotten` how often the last minutes were forgotten, `forgotten_s` the seconds that went;
    `image_bytes` of all frames; `tasks` the task marks' texts in order; `first_ns` and `last_ns`
    the least and greatest time of any record, None without one.
    """

    records: dict[str, int]
    dropped: dict[tuple[str, str], int]
    texts: dict[str, int]
    applications: dict[str, float]
    lost: int
    paused_s: float
    forgotten: int
    forgotten_s: float
    image_bytes: int
    tasks: tuple[str, ...]
    first_ns: int | None
    last_ns: int | None


def count_contents(pieces: Iterable[Piece]) -> Contents:
    """Count what the pieces of one recording hold, in order."""
    records: Counter[str] = Counter()
    dropped: Counter[tuple[str, str]] = Counter()
    texts: Counter[str] = Counter()
    applications: Counter[str] = Counter()
    tasks: list[str] = []
    lost = image_bytes = paused_ns = forgotten = forgotten_ns = 0
    first_ns: int | None = None
    last_ns: int | None = None
    focus: tuple[str, int] | None = None
    pause_ns: int | None = None
    for piece in pieces:
        for stream, kept in piece.records.items():
            records[stream] += len(kept)
            for record in kept:
                first_ns = record.time_ns if first_ns is None else min(first_ns, record.time_ns)
                last_ns = record.time_ns if last_ns is None else max(last_ns, record.time_ns)
                match record:
                    case Mark(kind="dropped"):
                        dropped[record.what or "all", record.reason or "policy"] += 1
                    case Mark(kind="loss"):
                        lost += 1
                    case Mark(kind="task"):
                        tasks.append(record.detail)
                    case Mark(kind="pause"):
                        pause_ns = record.time_ns
                    case Mark(kind="resume") if pause_ns is not None:
                        paused_ns += record.time_ns - pause_ns
                        pause_ns = None
                    case Mark(kind="forgotten"):
                        forgotten += 1
                        gone_ns = int(record.detail or 0) * 1_000_000
                        forgotten_ns += gone_ns
                        pause_ns = None
                        if focus:
                            applications[focus[0]] += max(0, record.time_ns - gone_ns - focus[1])
                            focus = None
                    case TextRun():
                        texts[record.level] += 1
                    case Frame():
                        image_bytes += sum(len(patch.webp) for patch in record.patches)
                    case Windows():
                        if focus:
                            applications[focus[0]] += record.time_ns - focus[1]
                        name = _focused(record)
                        focus = (name, record.time_ns) if name else None
    if focus and last_ns is not None:
        applications[focus[0]] += max(0, last_ns - focus[1])
    return Contents(
        records={stream: records[stream] for stream in (*STREAMS, *sorted(set(records) - set(STREAMS)))},
        dropped=dict(sorted(dropped.items(), key=lambda item: -item[1])),
        texts=dict(texts),
        applications={name: ns / 1e9 for name, ns in applications.most_common()},
        lost=lost,
        paused_s=paused_ns / 1e9,
        forgotten=forgotten,
        forgotten_s=forgotten_ns / 1e9,
        image_bytes=image_bytes,
        tasks=tuple(tasks),
        first_ns=first_ns,
        last_ns=last_ns,
    )


def _focused(windows: Windows) -> str:
    for window in windows.windows:
        if window.id == windows.active:
            return window.program or window.app
    return ""
