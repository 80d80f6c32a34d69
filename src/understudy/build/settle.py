"""What only all recordings of a version together tell: task templates, near-duplicates, and with them the scores."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from understudy.build.process import Outcome
from understudy.dataset.edit import edit_tables, stills_of
from understudy.dataset.edit_operations import Delete
from understudy.dataset.likeness import groups
from understudy.dataset.manifest import STILLS, Part
from understudy.dataset.sealing import part_key, unseal_table
from understudy.dataset.stills import StillFile
from understudy.dataset.tables import TABLES, schema
from understudy.dataset.templates import templates
from understudy.dataset.writer import replace_table, write_part
from understudy.pipeline.score import score
from understudy.records.actions import QualityParts
from understudy.seal.keys import dataset_key

Row = dict[str, Any]


@dataclass(frozen=True)
class Settled:
    """The outcomes in the order given, those without an episode that scores high enough without their part; `below`
    counts the episodes left out."""

    outcomes: tuple[Outcome, ...]
    below: int


def settle(folder: Path, outcomes: Sequence[Outcome], min_quality: float = 0.0) -> Settled:
    """Rate the episodes of all parts in `folder` and leave out those below `min_quality`.

    Of near-duplicates the best is unique, the next half as much, and so on. Doing it again changes nothing but nonces.
    Raises OSError (a full disk, say).
    """
    kept = [outcome for outcome in outcomes if outcome.part is not None]
    rows = [_episodes(folder, outcome) for outcome in kept]
    flat = [row for listed in rows for row in listed]
    for row, template in zip(flat, templates([told for outcome in kept for told in outcome.told]), strict=True):
        row["template"] = template or None
    _rate(flat)
    settled: list[Outcome] = []
    below = 0
    for outcome, listed in zip(kept, rows, strict=True):
        low = [place for place, row in enumerate(listed) if row["quality"] < min_quality]
        below += len(low)
        settled.append(_written(folder, outcome, listed, low))
    return Settled(tuple(settled), below)


def _rate(rows: Sequence[Row]) -> None:
    """Fill in `unique` and `quality` of all episodes of a version."""
    alike: dict[int, list[Row]] = defaultdict(list)
    for row, group in zip(rows, groups([row["likeness"] for row in rows]), strict=True):
        row["quality_parts"]["unique"] = 1.0
        row["quality"] = _score(row)
        alike[group].append(row)
    for listed in alike.values():
        for place, row in enumerate(sorted(listed, key=lambda row: -row["quality"])):
            row["quality_parts"]["unique"] = round(1 / (place + 1), 3)
            row["quality"] = _score(row)


def _score(row: Row) -> float:
    return score(QualityParts(**row["quality_parts"]))


def _episodes(folder: Path, outcome: Outcome) -> list[Row]:
    rows: list[Row] = _read(folder, outcome, "episodes").to_pylist()
    return rows


def _written(folder: Path, outcome: Outcome, rows: Sequence[Row], low: Sequence[int]) -> Outcome:
    """The outcome with its rows of `episodes` in place, those in `low` left out with all that belongs to them."""
    part = _part(outcome)
    if len(low) == len(rows):
        for file in part.files:
            (folder / file.name).unlink(missing_ok=True)
        return Outcome(outcome.job, None, "below-quality")
    table = pa.Table.from_pylist(list(rows), schema=schema("episodes"))
    if not low:
        return dataclasses.replace(outcome, part=replace_table(folder, part, _key(outcome), "episodes", table))
    tables = {name: _read(folder, outcome, name) for name in TABLES} | {"episodes": table}
    # From the last to the first: each operation sees the numbers that the ones before it left.
    tables = edit_tables(tables, [Delete(place) for place in reversed(low)])
    needed = stills_of(tables)
    file = next(file for file in part.files if file.content == STILLS)
    stills = StillFile(folder / file.name, part.id, _key(outcome))
    # Read before they are written over.
    pictures = [(still, stills.webp(still)) for still in stills.ids if still in needed]
    made = write_part(folder, part.id, _key(outcome), notice=part.notice, tables=tables, stills=pictures)
    return dataclasses.replace(
        outcome,
        part=made,
        episodes=tables["episodes"].num_rows,
        steps=tables["steps"].num_rows,
        told=tuple(told for place, told in enumerate(outcome.told) if place not in low),
    )


def _read(folder: Path, outcome: Outcome, name: str) -> pa.Table:
    part = _part(outcome)
    file = next(file for file in part.files if file.content == name)
    return unseal_table((folder / file.name).read_bytes(), file.name, part.id, name, _key(outcome))


def _key(outcome: Outcome) -> bytes:
    return part_key(dataset_key(outcome.job.recording_key), outcome.job.version_id)


def _part(outcome: Outcome) -> Part:
    if outcome.part is None:
        raise ValueError(f"recording {outcome.job.recording_id[:8]} has no part to settle")
    return outcome.part
