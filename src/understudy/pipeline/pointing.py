"""Pointer events → single gestures: clicks, long presses, drags, wheel notches. Nothing is joined here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from understudy.pipeline.cuts import Cuts
from understudy.pipeline.draft import Draft, named
from understudy.pipeline.left_out import Leavings
from understudy.pipeline.thresholds import NS_PER_MS, Thresholds
from understudy.pipeline.windows import WindowHistory
from understudy.records.actions import Button
from understudy.records.events import Pointer

BUTTONS: dict[int, Button] = {1: "left", 2: "middle", 3: "right", 8: "back", 9: "forward"}


@dataclass(slots=True)
class _Press:
    """A button that is down."""

    down: Pointer
    path: list[tuple[int, int, int]]
    seqs: list[int]
    farthest_px: int = 0


def gestures(
    pointer: Sequence[Pointer], windows: WindowHistory, cuts: Cuts, thresholds: Thresholds, leavings: Leavings
) -> list[Draft]:
    """One draft a press and release, one a wheel notch, in order of their start.

    Moves while a button is down belong to its press. A press that a stop or the recording's end leaves open counts as
    what it was until then. Free moves and releases without a press are left out.
    """
    done: list[Draft] = []
    open_: dict[int, _Press] = {}
    free = leavings.of["pointer", "free_move"]
    stray = leavings.of["pointer", "release_without_press"]
    next_stop = cuts.next_stop(pointer[0].time_ns - 1) if pointer else None
    for event in pointer:
        if next_stop is not None and event.time_ns > next_stop:
            done += [_gesture(press, None, thresholds) for press in open_.values()]
            open_.clear()
            next_stop = cuts.next_stop(event.time_ns)
        kind = event.kind
        if kind == "move":
            if open_:
                _moved(open_, event)
            else:
                free.append(event.seq)
        elif kind == "down":
            if event.button in open_:
                done.append(_gesture(open_.pop(event.button), None, thresholds))
            open_[event.button] = _Press(event, [(event.time_ns, event.x, event.y)], [event.seq])
        elif kind == "up":
            if event.button in open_:
                done.append(_gesture(open_.pop(event.button), event, thresholds))
            else:
                stray.append(event.seq)
        elif kind == "scroll":
            done.append(_notch(event, windows))
        else:
            raise ValueError(f"pointer event {event.seq} has the unknown kind {kind!r}")
    done += [_gesture(press, None, thresholds) for press in open_.values()]
    done.sort(key=lambda draft: (draft.start_ns, draft.pointer_seqs[0]))
    return done


def _moved(presses: dict[int, _Press], event: Pointer) -> None:
    for nth, press in enumerate(presses.values()):
        press.path.append((event.time_ns, event.x, event.y))
        press.farthest_px = max(press.farthest_px, abs(event.x - press.down.x), abs(event.y - press.down.y))
        if nth == 0:
            # With two buttons down a move is told of the first one only: each record belongs to one action.
            press.seqs.append(event.seq)


def _gesture(press: _Press, up: Pointer | None, thresholds: Thresholds) -> Draft:
    down = press.down
    if up is not None:
        press.path.append((up.time_ns, up.x, up.y))
        press.seqs.append(up.seq)
        press.farthest_px = max(press.farthest_px, abs(up.x - down.x), abs(up.y - down.y))
    draft = Draft(
        kind="click",
        start_ns=down.time_ns,
        end_ns=press.path[-1][0],
        last_ns=down.time_ns,
        x=down.x,
        y=down.y,
        button=BUTTONS.get(down.button, ""),
        modifiers=named(down.modifiers),
        pointer_seqs=press.seqs,
    )
    if press.farthest_px > thresholds.drag_px:
        draft.kind = "drag"
        draft.path = press.path
        _, draft.to_x, draft.to_y = press.path[-1]
    elif draft.end_ns - draft.start_ns >= thresholds.long_press_ms * NS_PER_MS:
        draft.kind = "long_press"
    return draft


def _notch(event: Pointer, windows: WindowHistory) -> Draft:
    window = windows.under(event.time_ns, event.x, event.y)
    return Draft(
        kind="scroll",
        start_ns=event.time_ns,
        end_ns=event.time_ns,
        last_ns=event.time_ns,
        x=event.x,
        y=event.y,
        scroll_x=event.scroll_x,
        scroll_y=event.scroll_y,
        modifiers=named(event.modifiers),
        pointer_seqs=[event.seq],
        place=window.id if window else None,
    )
