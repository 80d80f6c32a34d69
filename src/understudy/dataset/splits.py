"""Splits of a dataset: which episodes are for training, which are held out. Pure.

A unit (a contributor, or a task template) is drawn by a keyed hash of its name alone, so it lies on the same side in
every version, however the dataset grows. Near-duplicates of what is in training are never held out: they are in no
part of the split. So an episode never changes sides; it can only drop out of what is held out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from understudy.dataset.likeness import groups
from understudy.dataset.templates import alone

By = Literal["contributor", "template"]
Side = Literal["train", "validation", "test"]

HELD_OUT = 0.2
"""The share of units that is held out for testing, where nothing else is asked for."""


@dataclass(frozen=True)
class Case:
    """What of an episode decides its side. `template` "" for work without a task: then its recording stands for it."""

    episode_id: str
    contributor: str
    recording_id: str
    template: str
    likeness: tuple[int, ...] = ()


def case_of(row: Mapping[str, Any]) -> Case:
    """A row of `episodes` as a case. Versions without templates have what the task alone tells."""
    template = row["template"] if row["template"] is not None else alone(row["task"])
    return Case(row["episode_id"], row["contributor"], row["recording_id"], template, tuple(row["likeness"] or ()))


def split(
    cases: Sequence[Case], *, by: By = "contributor", test: float = HELD_OUT, validation: float = 0.0, key: str = ""
) -> dict[str, Side | None]:
    """The side of each episode by its id; None for a near-duplicate of one on an earlier side (of train, validation and
    test).

    `test` and `validation` are the expected shares of units; with few units the real ones lie far off, down to none.
    `key` makes another draw, for repeating an experiment. Raises ValueError for shares that leave nothing to train.
    """
    if test < 0 or validation < 0 or test + validation >= 1:
        raise ValueError(f"test and validation must be at least 0 and together below 1, not {test} and {validation}")
    drawn = [_side(_unit(case, by), by, test, validation, key) for case in cases]
    found: dict[int, int] = {}
    first = groups([case.likeness for case in cases])
    for side, group in zip(drawn, first, strict=True):
        found[group] = min(found.get(group, len(ORDER)), ORDER.index(side))
    return {
        case.episode_id: side if ORDER.index(side) == found[group] else None
        for case, side, group in zip(cases, drawn, first, strict=True)
    }


ORDER: tuple[Side, ...] = ("train", "validation", "test")


def _unit(case: Case, by: By) -> str:
    if by == "contributor":
        return case.contributor
    if by == "template":
        return f"t {case.template}" if case.template else f"r {case.recording_id}"
    raise ValueError(f'a split is by contributor or by template, not by "{by}"')


def _side(unit: str, by: By, test: float, validation: float, key: str) -> Side:
    digest = hashlib.blake2b(
        f"{by}\0{unit}".encode(), digest_size=8, key=hashlib.blake2b(key.encode()).digest(), person=b"understudy split"
    )
    drawn = int.from_bytes(digest.digest(), "big") / 2**64
    return "test" if drawn < test else "validation" if drawn < test + validation else "train"
