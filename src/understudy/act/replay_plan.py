"""What a replay will do, in order: each step with what must be typed, or why it can't be done. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from understudy.records.actions import Step
from understudy.records.events import Mark, Reason, Windows, WindowState
from understudy.records.kept import TextRun
from understudy.records.recording import Recording

TOKEN = re.compile(r"<([A-Z][A-Z0-9_]*_\d+|THIRD_PARTY)>")
"""What stands for a replaced value in a scrubbed text; group 1 is its name ("EMAIL_1")."""

HARMLESS: frozenset[Reason] = frozenset({"out_of_scope", "own_window", "paused", "scrubbed", "keyboard_grab"})
"""Reasons for which keys were dropped that were never meant for a recorded program, or that a kept text tells of."""


@dataclass(frozen=True)
class Planned:
    """One thing to do. `number` counts from 1 over the whole plan; `words` tell it to people.

    `step` None: keys were pressed here of which nothing was kept; then `missing` says so, unless they were filled in.
    `text` is what to type (for texts only). `missing` is why this can't be done, "" when it can; `needs` names what to
    fill in for it (tokens, or the step's number). `windows` are those that were there, None when unknown.
    """

    number: int
    words: str
    at_ns: int
    step: Step | None
    text: str = ""
    missing: str = ""
    needs: tuple[str, ...] = ()
    windows: Windows | None = None

    @property
    def window(self) -> WindowState | None:
        """The window acted upon: the topmost under the pointer, a menu too; for keys the active one."""
        if self.windows is None:
            return None
        action = self.step.action if self.step else None
        if action is not None and action.kind == "wait":
            return None
        if action is not None and action.x is not None and action.y is not None:
            found = (each for each in reversed(self.windows.windows) if each.rect.contains(action.x, action.y or 0))
            return next(found, None)
        return next((each for each in self.windows.windows if each.id == self.windows.active), None)


def plan(
    recording: Recording,
    steps: Sequence[Step],
    fills: Mapping[str, str],
    *,
    tell: Callable[[Step], str],
    reason_words: Mapping[Reason, str],
) -> list[Planned]:
    """The whole replay of a recording's grounded steps, in order of time.

    `fills` gives values that the recording doesn't hold: by token ("EMAIL_1") or by number of the step ("7").
    """
    snapshots = _Snapshots(recording.window)
    runs = {run.seq: run for run in recording.text}
    moments: list[tuple[int, Step | Mark]] = [(step.action.start_ns, step) for step in steps]
    moments += [(mark.time_ns, mark) for mark in recording.mark if _takes_away(mark)]
    moments.sort(key=lambda moment: moment[0])
    planned = []
    for number, (at_ns, what) in enumerate(moments, 1):
        windows = snapshots.at(at_ns)
        if isinstance(what, Mark):
            planned.append(_gap(number, what, windows, fills, reason_words))
        elif what.action.kind == "type":
            planned.append(_typed(number, what, windows, runs, fills, tell(what)))
        else:
            planned.append(Planned(number, tell(what), at_ns, what, windows=windows))
    return planned


def _takes_away(mark: Mark) -> bool:
    return mark.kind == "dropped" and mark.what in ("keys", "text") and mark.reason not in HARMLESS


def _gap(
    number: int, mark: Mark, windows: Windows | None, fills: Mapping[str, str], reason_words: Mapping[Reason, str]
) -> Planned:
    text = fills.get(str(number))
    why = "" if text is not None else f"something was typed here that was not recorded: {reason_words[mark.reason]}"
    words = "Type what was not recorded"
    return Planned(number, words, mark.time_ns, None, text or "", why, (str(number),) if why else (), windows)


def _typed(
    number: int,
    step: Step,
    windows: Windows | None,
    runs: Mapping[int, TextRun],
    fills: Mapping[str, str],
    words: str,
) -> Planned:
    action = step.action
    given = fills.get(str(number))
    if given is not None:
        return Planned(number, words, action.start_ns, step, given, windows=windows)
    if action.text_level != "text":
        kept = {"shape": "only its shape was kept", "timing": "only when it was typed was kept"}
        why = f"what was typed is not in the recording: {kept.get(action.text_level or '', 'nothing of it was kept')}"
        return Planned(number, words, action.start_ns, step, "", why, (str(number),), windows)
    text = action.text
    if any(runs[seq].scrubbed for seq in action.text_seqs if seq in runs):
        needs = tuple(dict.fromkeys(name for name in TOKEN.findall(text) if name not in fills))
        if needs:
            why = "it was typed with something sensitive in it, which was replaced before it was recorded"
            return Planned(number, words, action.start_ns, step, "", why, needs, windows)
        text = TOKEN.sub(lambda found: fills[found[1]], text)
    return Planned(number, words, action.start_ns, step, text, windows=windows)


class _Snapshots:
    """The windows in force at a moment."""

    def __init__(self, snapshots: Sequence[Windows]) -> None:
        self._snapshots = snapshots
        self._times = [snapshot.time_ns for snapshot in snapshots]

    def at(self, time_ns: int) -> Windows | None:
        """The last snapshot until then; before the first one the first, None when there is none."""
        if not self._snapshots:
            return None
        return self._snapshots[max(0, bisect_right(self._times, time_ns) - 1)]
