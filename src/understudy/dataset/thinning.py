"""What the motion and timing levels leave of paths and times. Pure; whole numbers in, whole numbers out."""

from __future__ import annotations

from collections.abc import Sequence

from understudy.records.levels import Motion, Timing

TIME_GRID_MS = 100
"""Times of steps, spans and marks at timing "none" and "bucketed", where `pacing` has no nominal clock for them: the
reaction time of an interface, and coarser than the differences in dwell and flight (tens of ms) by which people are
told apart. Their pace shows through it all the same."""
KEY_BUCKET_MS = 50
KEY_LONGEST_MS = 1000
COARSE_TIME_MS = 250
COARSE_GRID_PX = 16

Point = tuple[int, int, int]
"""(t_ms, x, y)"""

KEPT_DURATIONS = ("wait", "drag", "long_press", "scroll")
"""Actions that aren't the same action without their duration."""


def at(time_ms: int, timing: Timing) -> int:
    """A time as the level tells it: rounded down to the grid, or exact at "full"."""
    if timing == "full":
        return time_ms
    if timing in ("none", "bucketed"):
        return time_ms // TIME_GRID_MS * TIME_GRID_MS
    raise ValueError(f'timing is none, bucketed or full, not "{timing}"')


def duration(kind: str, duration_ms: int, timing: Timing) -> int | None:
    """An action's duration as the level tells it.

    At "none" it is withheld (None) where it is only the hand's own rhythm: clicks, keys and typed text.
    """
    if timing == "none" and kind not in KEPT_DURATIONS:
        return None
    return at(duration_ms, timing)


def interval(interval_ms: int, timing: Timing) -> int:
    """A dwell or flight time: exact at "full", else rounded to 50 ms within ±1000 ms. Raises ValueError at "none"."""
    if timing == "full":
        return interval_ms
    if timing == "bucketed":
        bounded = max(-KEY_LONGEST_MS, min(KEY_LONGEST_MS, interval_ms))
        return (bounded + KEY_BUCKET_MS // 2) // KEY_BUCKET_MS * KEY_BUCKET_MS
    raise ValueError(f'no key intervals are told at timing "{timing}"')


def path(moves: Sequence[Point], ends: Sequence[Point], motion: Motion) -> list[Point]:
    """A cursor path as the level tells it.

    `moves` are all points on the way, `ends` where the action itself was: one, two for a drag, none for keys. "targets"
    keeps the ends alone, as they are; "coarse" one move each 250 ms on a grid of 16 px, then the ends, exact in place;
    "full" everything.
    """
    if motion == "targets":
        return list(ends)
    if motion == "full":
        return list(moves) or list(ends)
    if motion == "coarse":
        points: dict[int, Point] = {}
        for time_ms, x, y in moves:
            slot = time_ms // COARSE_TIME_MS * COARSE_TIME_MS
            points.setdefault(slot, (slot, _snap(x), _snap(y)))
        rough = [(time_ms // COARSE_TIME_MS * COARSE_TIME_MS, x, y) for time_ms, x, y in ends]
        return sorted([*points.values(), *rough], key=lambda point: point[0])
    raise ValueError(f'motion is targets, coarse or full, not "{motion}"')


def _snap(value_px: int) -> int:
    return (value_px + COARSE_GRID_PX // 2) // COARSE_GRID_PX * COARSE_GRID_PX
