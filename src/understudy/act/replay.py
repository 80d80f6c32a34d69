"""Replay: a recording's actions once more, with real X events, each when what it needs is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import xcffib

from understudy.act.replay_eyes import Eyes
from understudy.act.replay_hands import Hands
from understudy.act.replay_plan import Planned
from understudy.act.replay_windows import Stage, WindowMissing
from understudy.act.xtest import NotTypeable
from understudy.records.actions import Action

SURE = ("rested",)
"""Confidences under which the recorded element must be there again; others are waited for, then passed over."""
SHORTEST_PAUSE_S = 0.15
"""Between two actions, whatever the recording says: programs need it."""
HEARD_S = 1.0
"""How long a program on a busy machine may take to have heard of one action before the next is done."""


class ReplayStopped(Exception):
    """A step could not be done. The message is one line: which step, why, what to do; never captured content."""

    def __init__(self, number: int, reason: str, mend: str = "") -> None:
        super().__init__(f"step {number}: {reason}" + (f"; {mend}" if mend else ""))
        self.number = number


@dataclass(frozen=True)
class Pace:
    """How long to wait for what. Pauses are the recorded ones, but no longer than `longest_pause_s`.

    `patience_s`: for a window, or an element that was surely there. `doubtful_s`: for one that may not have been.
    """

    longest_pause_s: float = 2.0
    patience_s: float = 10.0
    doubtful_s: float = 1.5


class Replay:
    """Performs a plan on one display: `stage` places windows, `eyes` look, `hands` act."""

    def __init__(self, stage: Stage, eyes: Eyes, hands: Hands, pace: Pace | None = None) -> None:
        self._stage, self._eyes, self._hands = stage, eyes, hands
        self._pace = pace or Pace()

    def perform(self, plan: Sequence[Planned], tell: Callable[[Planned], None]) -> None:
        """Do it all; `tell` hears of each step before it is done. Raises ReplayStopped at the first that can't be."""
        if not plan:
            return
        ended_ns: int | None = None
        self._set_up(plan)
        for item in plan:
            tell(item)
            if item.missing:
                raise ReplayStopped(item.number, item.missing, _fill(item))
            action = item.step.action if item.step else None
            if action is not None and action.kind == "wait":
                time.sleep(min(self._pace.longest_pause_s, (action.end_ns - action.start_ns) / 1e9))
            else:
                with _stopping(item.number):
                    self._pause(ended_ns, item.at_ns)
                    self._do(item, action)
            ended_ns = action.end_ns if action is not None else item.at_ns
        with _stopping(plan[-1].number):
            self._hands.let_go()
            # Who started the programs may end them now: what was done last is to be done by then.
            self._stage.wait_until_heard(self._pace.patience_s)

    def _set_up(self, plan: Sequence[Planned]) -> None:
        first = next((item for item in plan if item.windows is not None), None)
        if first is None or first.windows is None:
            return
        needed = frozenset(window.id for item in plan if (window := item.window) is not None)
        with _stopping(first.number):
            self._stage.set_up(first.windows, needed, self._pace.patience_s)

    def _pause(self, ended_ns: int | None, at_ns: int) -> None:
        recorded_s = 0.0 if ended_ns is None else (at_ns - ended_ns) / 1e9
        time.sleep(min(self._pace.longest_pause_s, max(SHORTEST_PAUSE_S, recorded_s)))
        self._stage.wait_until_heard(HEARD_S)

    def _do(self, item: Planned, action: Action | None) -> None:
        by_keys = action is None or action.x is None
        window = item.window
        if window is not None and item.windows is not None:
            self._stage.get_ready(window, item.windows, self._pace.patience_s, for_keys=by_keys)
        if action is None:
            self._hands.type(item.text)
            return
        if window is not None and action.x is not None and action.y is not None:
            self._stage.uncover(window, action.x, action.y)
        self._hands.approach(action)
        self._wait_for_target(item, action)
        self._hands.perform(action, item.text)

    def _wait_for_target(self, item: Planned, action: Action) -> None:
        target = item.step.target if item.step else None
        if target is None or item.step is None or item.step.target_confidence == "window":
            return
        if action.x is None or action.y is None:
            # The recorded focus may be one that the program told late: it is waited for, not insisted upon.
            self._eyes.wait_focus(target, self._pace.doubtful_s)
            return
        sure = item.step.target_confidence in SURE
        patience_s = self._pace.patience_s if sure else self._pace.doubtful_s
        if not self._eyes.wait_at(target, action.x, action.y, patience_s) and sure:
            raise ReplayStopped(
                item.number,
                f"the {target.role or 'element'} that was at ({action.x}, {action.y}) isn't there "
                f"(waited {patience_s:.0f} s)",
            )


@contextmanager
def _stopping(number: int) -> Iterator[None]:
    """What a display or a keyboard layout may say while this step is done, in one line."""
    try:
        yield
    except (WindowMissing, NotTypeable) as error:
        raise ReplayStopped(number, str(error)) from None
    except xcffib.ConnectionException:
        raise ReplayStopped(number, "the display went away") from None
    except xcffib.Error:
        raise ReplayStopped(number, "the window that it was for closed under its hands") from None


def _fill(item: Planned) -> str:
    if not item.needs:
        return ""
    return "to go on, give it: " + " ".join(f"--fill {name}" for name in item.needs)
