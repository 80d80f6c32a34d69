"""What was recorded, held against what was made: which events are there, in which order, at which time."""

from __future__ import annotations

import itertools
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load import DOWN, KEY_DOWN, KEY_UP, MOVE, UP, Made
from understudy.records.recording import Recording

SLACK_NS = 1_000_000
"""A time is true when it lies this near to the span between before the event was sent and after the answer."""
AHEAD = 400
"""How far to look for an event's record before it counts as lost."""


@dataclass(frozen=True)
class Event:
    """An event as a recorder tells it.

    `what` is (x, y) of a move, a button, a notch of the wheel, or a key's code; () where it doesn't tell that so.
    """

    kind: str
    what: tuple[int, ...]
    time_ns: int


@dataclass(frozen=True)
class Judged:
    """`made` events of the kinds that the recorder tells, `recorded` of them; `out_of_order` of all that it tells.

    Errors in ms: how far outside the span of its making an event's time lies, 0 inside.
    """

    made: int
    recorded: int
    out_of_order: int
    within_1_ms: float
    error_p50_ms: float
    error_p95_ms: float
    error_max_ms: float


def expected(made: Sequence[Made], *, keys: bool) -> list[tuple[str, tuple[int, ...], Made]]:
    """What a recording should hold, in order: a wheel's notch is one event, its button 4 to 7 goes down and up."""
    found: list[tuple[str, tuple[int, ...], Made]] = []
    for one in made:
        if one.kind == MOVE:
            found.append(("move", (one.x, one.y), one))
        elif one.kind in (DOWN, UP) and one.detail in (4, 5):
            if one.kind == DOWN:
                found.append(("scroll", (1 if one.detail == 5 else -1,), one))
        elif one.kind in (DOWN, UP):
            found.append(("down" if one.kind == DOWN else "up", (one.detail,), one))
        elif keys and one.kind in (KEY_DOWN, KEY_UP):
            found.append(("key down" if one.kind == KEY_DOWN else "key up", (one.detail,), one))
    return found


def of_recording(recording: Recording, *, keys: bool) -> list[Event]:
    """The events that an Understudy recording tells, by time."""
    found = []
    for one in recording.pointer:
        what = {"move": (one.x, one.y), "scroll": (one.scroll_y,)}.get(one.kind, (one.button,))
        found.append(Event(one.kind, what, one.time_ns))
    if keys:
        found += [Event("key down" if k.down else "key up", (k.keycode,), k.time_ns) for k in recording.keys]
    return found


def judge(made: Sequence[Made], events: Sequence[Event], *, keys: bool) -> Judged:
    """Hold one against the other. Pointer and keys are two streams, each in its own order."""
    wanted = expected(made, keys=keys)
    errors: list[float] = []
    recorded = 0
    for of_keys in (False, True):
        mine = [one for one in wanted if one[0].startswith("key") == of_keys]
        told = [one for one in events if one.kind.startswith("key") == of_keys]
        at = 0
        for kind, what, one in mine:
            near = range(at, min(at + AHEAD, len(told)))
            found = next((i for i in near if told[i].kind == kind and told[i].what in (what, ())), None)
            if found is None:
                continue
            at = found + 1
            recorded += 1
            errors.append(outside_ms(told[found].time_ns, one))
    in_streams = [[e.time_ns for e in events if e.kind.startswith("key") == of_keys] for of_keys in (False, True)]
    return Judged(
        made=len(wanted),
        recorded=recorded,
        out_of_order=sum(later < earlier for times in in_streams for earlier, later in itertools.pairwise(times)),
        within_1_ms=sum(error <= SLACK_NS / 1e6 for error in errors) / len(errors) if errors else 0.0,
        error_p50_ms=percentile(errors, 50),
        error_p95_ms=percentile(errors, 95),
        error_max_ms=max(errors, default=0.0),
    )


def outside_ms(time_ns: int, one: Made) -> float:
    """How far a time lies outside the span in which the server made the event."""
    return max(one.before_ns - time_ns, time_ns - one.after_ns, 0) / 1e6


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of them lie; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def ages_ms(recording: Recording, made: Sequence[Made]) -> list[float]:
    """Age of the picture at each press: 0 when the next frame says that nothing had changed by then."""
    frames = recording.frame
    times = [frame.time_ns for frame in frames]
    ages = []
    for one in made:
        if one.kind != DOWN or one.detail != 1:
            continue
        index = bisect_right(times, one.before_ns)
        if index == 0:
            continue
        following = frames[index] if index < len(frames) else None
        stale = following is not None and following.changed_ns < one.before_ns
        ages.append((one.before_ns - times[index - 1]) / 1e6 if stale else 0.0)
    return ages


def latencies_ms(made: Sequence[Made], handled: Sequence[tuple[int, int]], kind: int) -> list[float]:
    """From the sending of events of that kind to their handlers in the page; `handled`: (stamped, handled) times, ns.

    An event's own stamp is the X server's time of it, in whole ms: by that it finds the one that was sent.
    """
    sent = [one for one in made if one.kind == kind and (kind != DOWN or one.detail == 1)]
    before = [one.before_ns for one in sent]
    found = []
    for stamped_ns, handled_ns in handled:
        index = bisect_left(before, stamped_ns + 1_500_000) - 1
        if index >= 0 and stamped_ns - sent[index].after_ns < 3_000_000:
            found.append((handled_ns - sent[index].before_ns) / 1e6)
    return found


def told(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and the greatest."""
    if not values:
        return {}
    return {
        "p50": round(statistics.median(values), 2),
        "p95": round(percentile(values, 95), 2),
        "max": round(max(values), 2),
        "n": len(values),
    }
