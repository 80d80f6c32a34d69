"""Geometry of the report's charts: numbers in, positions out. The template draws, it never computes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NICE_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
"""Steps of a time axis that people read at a glance."""
TICKS = 10
BINS = 20

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Tick:
    """One mark of a time axis: `at` in share of the width."""

    at: float
    label: str


@dataclass(frozen=True)
class Span:
    """A bar on a time axis, `start` and `width` in shares of the width; `label` says it in words."""

    start: float
    width: float
    label: str


@dataclass(frozen=True)
class Lane:
    """A row of spans. `tone` is "app" with its number, or the state: "out", "paused", "none"."""

    name: str
    tone: str
    spans: tuple[Span, ...]
    total_s: float


@dataclass(frozen=True)
class Timeline:
    """Who had the focus, and what was removed, over one recording."""

    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    removed: tuple[Span, ...]
    length_s: float


@dataclass(frozen=True)
class Bar:
    """A bar of a histogram: `height` in share of the tallest."""

    low_ms: int
    high_ms: int
    count: int
    height: float


@dataclass(frozen=True)
class Histogram:
    """Counts of times; `median_at` in share of the width. What lies beyond the last bar is counted in it."""

    bars: tuple[Bar, ...]
    top_ms: int
    low_ms: int
    median_ms: float
    median_at: float
    count: int


@dataclass(frozen=True)
class Barcode:
    """The rhythm of one typed text: a bar a key, as long as it was down. Shares of the longest text's time."""

    words: str
    anchor: str
    keys: tuple[Span, ...]
    length_ms: int


def clock(ms: float) -> str:
    """ "1:02.5" for 62,500 ms."""
    tenths = round(ms / 100)
    minutes, rest = divmod(tenths, 600)
    return f"{minutes}:{rest // 10:02d}.{rest % 10}"


def span_words(seconds: float) -> str:
    """A length of time for people: "4.2 s", "3 min 10 s", "1 h 05 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def bytes_words(count: float) -> str:
    """A size for people, decimal units: "412 kB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    raise ValueError("unreachable: the last unit takes every size")


def ticks(length_ms: float) -> tuple[Tick, ...]:
    """At most TICKS marks at round times from 0."""
    step_s = next((step for step in NICE_S if length_ms / 1000 / step <= TICKS), NICE_S[-1])
    count = int(length_ms / 1000 // step_s)
    return tuple(Tick(n * step_s * 1000 / length_ms, _round_time(n * step_s)) for n in range(count + 1) if length_ms)


def _round_time(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d}"


def timeline(usage: Sequence[Row], removed: Iterable[tuple[int, str]]) -> Timeline | None:
    """The spans of one recording as lanes, most used application first. None without spans.

    `removed` are (ms since the recording's start, what was removed in words).
    """
    if not usage:
        return None
    first, last = usage[0]["start_ms"], max(row["end_ms"] for row in usage)
    length = max(1, last - first)
    lanes: dict[tuple[str, str], list[Span]] = {}
    totals: dict[tuple[str, str], float] = {}
    for row in usage:
        key = _lane(row)
        seconds = (row["end_ms"] - row["start_ms"]) / 1000
        words = f"{key[0]}, {clock(row['start_ms'])} to {clock(row['end_ms'])}"
        span = Span((row["start_ms"] - first) / length, (row["end_ms"] - row["start_ms"]) / length, words)
        lanes.setdefault(key, []).append(span)
        totals[key] = totals.get(key, 0) + seconds
    ordered = sorted(lanes, key=lambda key: (key[1] != "app", -totals[key]))
    apps = [key for key in ordered if key[1] == "app"]
    return Timeline(
        ticks=ticks(length),
        lanes=tuple(
            Lane(key[0], f"app{apps.index(key) % 5}" if key[1] == "app" else key[1], tuple(lanes[key]), totals[key])
            for key in ordered
        ),
        removed=tuple(
            Span(min(1.0, max(0.0, (at - first) / length)), 0, f"{clock(at)}: {words}") for at, words in removed
        ),
        length_s=length / 1000,
    )


def _lane(row: Row) -> tuple[str, str]:
    match row["state"]:
        case "focused":
            return row["app"] or "Unknown program", "app"
        case "out_of_scope":
            return "Outside the scope", "out"
        case "paused":
            return "Paused", "paused"
        case "no_focus":
            return "No window", "none"
    raise ValueError(f"app_usage has the unknown state {row['state']!r}")


def histogram(values_ms: Sequence[int], top_ms: int, low_ms: int = 0) -> Histogram | None:
    """Counts in BINS bars from `low_ms` to `top_ms`; None without values."""
    if not values_ms:
        return None
    width = (top_ms - low_ms) / BINS
    counts = [0] * BINS
    for value in values_ms:
        counts[min(BINS - 1, max(0, int((value - low_ms) / width)))] += 1
    tallest = max(counts)
    ordered = sorted(values_ms)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    bars = tuple(
        Bar(round(low_ms + n * width), round(low_ms + (n + 1) * width), count, count / tallest)
        for n, count in enumerate(counts)
    )
    at = min(1.0, max(0.0, (median - low_ms) / (top_ms - low_ms)))
    return Histogram(bars, top_ms, low_ms, median, at, len(values_ms))


def barcodes(texts: Sequence[tuple[str, str, Sequence[Row]]]) -> tuple[Barcode, ...]:
    """The rhythm of each (words, anchor, rows of keystrokes), all on one scale; texts without times are left out."""
    timed: list[tuple[str, str, list[tuple[int, int]], int]] = []
    for words, anchor, rows in texts:
        keys: list[tuple[int, int]] = []
        up = 0
        for row in rows:
            down = max(0, up + (row["flight_ms"] or 0))
            up = down + (row["dwell_ms"] or 0)
            keys.append((down, row["dwell_ms"] or 0))
        if keys:
            timed.append((words, anchor, keys, max(down + dwell for down, dwell in keys)))
    longest = max((length for *_, length in timed), default=1) or 1
    return tuple(
        Barcode(
            words,
            anchor,
            tuple(Span(down / longest, dwell / longest, f"{dwell} ms") for down, dwell in keys),
            length,
        )
        for words, anchor, keys, length in timed
    )
