"""Steps → episodes: by task marks where the recording has them, else by long pauses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from understudy.records.actions import Episode, Step
from understudy.records.events import Mark
from understudy.records.recording import Recording

LONG_PAUSE_S = 300.0
"""A gap of this length ends an episode: longer than any wait for a program that people sit through, shorter than a
break. Activity trackers call a person away after 3 to 10 minutes."""

NS_PER_S = 1_000_000_000


def segment(recording: Recording, steps: Sequence[Step], pause_s: float = LONG_PAUSE_S) -> list[Episode]:
    """The episodes of a recording in order of time, `index` counted from 0; steps keep their own index.

    With task marks, each opens an episode named by its detail and pauses don't matter; what lies before the first
    one takes the recording's own task. Without, a gap of `pause_s` or more between two steps ends an episode. A wait
    that long belongs to no episode, nor does one that a task mark follows; an episode without steps is left out.
    """
    tasks = [mark for mark in recording.mark if mark.kind == "task"]
    parts = _by_tasks(recording.info.task, tasks, steps) if tasks else _by_pauses(recording.info.task, steps, pause_s)
    return [
        Episode(
            index=index,
            task=task,
            start_ns=part[0].action.start_ns,
            end_ns=max(step.action.end_ns for step in part),
            steps=tuple(part),
            cause=cause,
        )
        for index, (task, part, cause) in enumerate(parts)
    ]


_Part = tuple[str, list[Step], Literal["end", "task", "pause"]]


def _by_tasks(first: str, tasks: Sequence[Mark], steps: Sequence[Step]) -> list[_Part]:
    bounds = [(first, steps[0].action.start_ns if steps else 0), *((mark.detail, mark.time_ns) for mark in tasks)]
    parts: list[_Part] = []
    for nth, (task, start_ns) in enumerate(bounds):
        until_ns = bounds[nth + 1][1] if nth + 1 < len(bounds) else None
        part = [
            step
            for step in steps
            if (nth == 0 or step.action.start_ns >= start_ns) and (until_ns is None or step.action.start_ns < until_ns)
        ]
        while part and part[-1].action.kind == "wait":
            part.pop()
        while part and part[0].action.kind == "wait":
            part.pop(0)
        if part:
            parts.append((task or first, part, "end" if until_ns is None else "task"))
    return parts


def _by_pauses(task: str, steps: Sequence[Step], pause_s: float) -> list[_Part]:
    parts: list[_Part] = []
    part: list[Step] = []
    end_ns = 0
    for step in steps:
        action = step.action
        if action.kind == "wait" and action.end_ns - action.start_ns >= pause_s * NS_PER_S:
            continue
        if part and action.start_ns - end_ns >= pause_s * NS_PER_S:
            parts.append((task, part, "pause"))
            part = []
        part.append(step)
        end_ns = max(end_ns, action.end_ns)
    if part:
        parts.append((task, part, "end"))
    return parts
