"""A dataset's recordings as sessions of people, and sessions as windows of steps: what an attacker learns and seeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from understudy.dataset import Dataset
from understudy.risk.traits import VIEWS, Numbers, View, traits

SHORTEST_STEPS = 30
"""Recordings of one person are joined, in their order, until a session has this many steps."""


@dataclass(frozen=True)
class Session:
    """Consecutive recordings of one person. `person` numbers them from 0; who that is stays with the dataset.

    `traits` has (steps, numbers) by view.
    """

    person: int
    steps: int
    traits: dict[View, Numbers]


@dataclass(frozen=True)
class Split:
    """What the attacker has of known people, and what he is to find the people of. Both in the order of the people."""

    people: int
    known: tuple[Session, ...]
    sought: tuple[Session, ...]


def sessions_of(dataset: Dataset) -> list[Session]:
    """All sessions, by person, in the order of their recordings. Raises DamagedPart as the reader does."""
    recordings: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for part in dataset.parts:
        whose = {row["contributor"] for row in dataset.table_of(part, "episodes").to_pylist()}
        if len(whose) == 1:
            recordings[whose.pop()].append({"part": part})
    sessions: list[Session] = []
    for person, contributor in enumerate(sorted(recordings)):
        joined: list[dict[str, list[Any]]] = []
        for recording in recordings[contributor]:
            rows = {
                name: dataset.table_of(recording["part"], name).to_pylist()
                for name in ("steps", "trajectories", "keystrokes")
            }
            if joined and len(joined[-1]["steps"]) < SHORTEST_STEPS:
                for name, more in rows.items():
                    joined[-1][name] += more
            else:
                joined.append(rows)
        # What is left over at the end is no session of its own.
        if len(joined) > 1 and len(joined[-1]["steps"]) < SHORTEST_STEPS:
            rest = joined.pop()
            for name, more in rest.items():
                joined[-1][name] += more
        sessions += [_session(person, rows) for rows in joined]
    return sessions


def _session(person: int, rows: dict[str, list[Any]]) -> Session:
    steps = sorted(rows["steps"], key=lambda step: (step["episode_id"], step["index"]))
    keys: dict[str, list[Any]] = defaultdict(list)
    for row in rows["keystrokes"]:
        keys[row["step_id"]].append(row)
    paths = {row["step_id"]: row["points"] for row in rows["trajectories"]}
    return Session(person=person, steps=len(steps), traits=traits(steps, paths, keys))


def split(sessions: Sequence[Session]) -> Split:
    """Of everybody with at least two sessions, the longer half is known to the attacker and the shorter half sought.

    People are numbered anew, from 0.
    """
    of: dict[int, list[Session]] = defaultdict(list)
    for session in sessions:
        of[session.person].append(session)
    known: list[Session] = []
    sought: list[Session] = []
    people = 0
    for _, own in sorted(of.items()):
        if len(own) < 2:
            continue
        order = sorted(range(len(own)), key=lambda nth: (-own[nth].steps, nth))
        half = (len(own) + 1) // 2
        known += [Session(people, own[nth].steps, own[nth].traits) for nth in sorted(order[:half])]
        sought += [Session(people, own[nth].steps, own[nth].traits) for nth in sorted(order[half:])]
        people += 1
    return Split(people, tuple(known), tuple(sought))


def rows_of(session: Session, views: Sequence[View]) -> Numbers:
    """(steps, numbers): these views' traits beside each other."""
    ordered = [view for view in VIEWS if view in views]
    return np.concatenate([session.traits[view] for view in ordered], axis=1)


def windows(rows: Numbers, steps: int) -> Numbers:
    """(windows, steps, numbers): every run of `steps` steps; of a shorter session one, its last step repeated."""
    if len(rows) < steps:
        rows = np.concatenate([rows, np.repeat(rows[-1:], steps - len(rows), axis=0)])
    return np.lib.stride_tricks.sliding_window_view(rows, steps, axis=0).transpose(0, 2, 1)
