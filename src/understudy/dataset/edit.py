"""Episodes trimmed, split, merged, relabelled and deleted: one part's tables to new ones. Pure.

What an operation doesn't touch keeps its ids. A changed episode takes an id that follows from the old one and the
operation, and its steps take theirs from it, so the same edits give the same ids wherever they are made. Times are
moved to the episode's new start, never rounded anew: a version tells no more of rhythm than the one it came from.
Observations that no step needs any more go. `app_usage` and `marks` are the recording's, not an episode's, and stay.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from understudy.dataset.edit_operations import AnyOperation, Delete, Merge, Relabel, Split, Trim, counted
from understudy.dataset.flatten import end_id
from understudy.dataset.tables import schema

Row = dict[str, Any]

CUT = "edit"
"""The cause of an episode's end that somebody chose."""

UNSCORED: Row = {"quality": None, "quality_parts": {}, "likeness": None}
"""What was measured on the whole is not true of a piece, of a joined episode, or of another task."""


@dataclass(frozen=True)
class _Step:
    """A step as it is now: its row in the source, and its start since the start of the episode that it is in now."""

    row: Row
    start_ms: int

    @property
    def known_end_ms(self) -> int | None:
        """Its end, None where the timing level withholds its duration."""
        duration_ms: int | None = self.row["duration_ms"]
        return None if duration_ms is None else self.start_ms + duration_ms


@dataclass(frozen=True)
class _Episode:
    """An episode as it is now: its row (`index` and `steps` are set at the end) and its steps."""

    row: Row
    steps: tuple[_Step, ...]


def edit_tables(tables: Mapping[str, pa.Table], operations: Sequence[AnyOperation]) -> dict[str, pa.Table]:
    """One part's tables after the operations, each done to what the ones before it left.

    Episodes are numbered within the part, from 0. Raises EditError for an operation that can't be done.
    """
    episodes = _episodes(tables)
    for operation in operations:
        counted(tuple(len(episode.steps) for episode in episodes), operation)
        episodes = _done(episodes, operation)
    return _tables(tables, episodes)


def stills_of(tables: Mapping[str, pa.Table]) -> frozenset[str]:
    """The ids of the stills that the part's steps need."""
    return frozenset(tables["steps"]["still_id"].drop_null().to_pylist())


def _episodes(tables: Mapping[str, pa.Table]) -> list[_Episode]:
    steps: dict[str, list[_Step]] = {}
    for row in tables["steps"].to_pylist():
        steps.setdefault(row["episode_id"], []).append(_Step(row, row["start_ms"]))
    return [_Episode(row, tuple(steps.get(row["episode_id"], ()))) for row in tables["episodes"].to_pylist()]


def _done(episodes: list[_Episode], operation: AnyOperation) -> list[_Episode]:
    """The episodes after an operation that can be done."""
    match operation:
        case Trim(nth, first, last):
            whole = episodes[nth]
            until = len(whole.steps) if last is None else last + 1
            return [*episodes[:nth], _piece(whole, first, until, "trim", first, until), *episodes[nth + 1 :]]
        case Split(nth, before):
            whole = episodes[nth]
            halves = (
                _piece(whole, 0, before, "split", before, 0),
                _piece(whole, before, len(whole.steps), "split", before, 1),
            )
            return [*episodes[:nth], *halves, *episodes[nth + 1 :]]
        case Merge(numbers):
            return [
                *episodes[: numbers[0]],
                _joined(episodes[numbers[0] : numbers[-1] + 1]),
                *episodes[numbers[-1] + 1 :],
            ]
        case Relabel(nth, task):
            whole = episodes[nth]
            changes = {"episode_id": _id(whole.row, "relabel", task), "task": task, "outcome": None}
            changes |= {**UNSCORED, "template": None}
            return [*episodes[:nth], _Episode(whole.row | changes, whole.steps), *episodes[nth + 1 :]]
        case Delete(nth):
            return [*episodes[:nth], *episodes[nth + 1 :]]
    raise TypeError(f"no operation on episodes: {type(operation).__name__}")


def _piece(whole: _Episode, first: int, until: int, *operation: str | int) -> _Episode:
    """The steps `first` to `until` (not included) as an episode of its own.

    Whether the task was done is said of the whole, so a piece says nothing of it.
    """
    kept = whole.steps[first:until]
    begin_ms = min(step.start_ms for step in kept) if first else 0
    row = whole.row | {
        "episode_id": _id(whole.row, *operation),
        "start_ms": whole.row["start_ms"] + begin_ms,
        "outcome": None,
        **UNSCORED,
    }
    if until < len(whole.steps):
        row |= {"end_ms": _end_ms(whole, first, until), "cause": CUT}
    return _Episode(row, tuple(_shifted(step, -begin_ms) for step in kept))


def _end_ms(whole: _Episode, first: int, until: int) -> int:
    """When a piece that doesn't reach the whole's end ends, since the recording's start.

    Where the level withholds how long its last step took, that is when the next one began.
    """
    last = whole.steps[until - 1].known_end_ms
    ends = [whole.steps[until].start_ms if last is None else last]
    for step in whole.steps[first:until]:
        known = step.known_end_ms
        ends.append(step.start_ms if known is None else known)
    return min(int(whole.row["start_ms"]) + max(ends), int(whole.row["end_ms"]))


def _joined(episodes: Sequence[_Episode]) -> _Episode:
    """One episode of several. Its task is theirs, each said once; it was done as they were, if all say the same."""
    rows = [episode.row for episode in episodes]
    outcomes = {row["outcome"] for row in rows}
    start_ms = min(row["start_ms"] for row in rows)
    row = rows[0] | {
        "episode_id": _id(rows[0], "merge", *(other["episode_id"] for other in rows[1:])),
        "task": "; ".join(dict.fromkeys(row["task"] for row in rows if row["task"])),
        "start_ms": start_ms,
        "end_ms": max(row["end_ms"] for row in rows),
        "cause": rows[-1]["cause"],
        "outcome": outcomes.pop() if len(outcomes) == 1 else None,
        **UNSCORED,
        "template": None,
    }
    steps = (_shifted(step, one.row["start_ms"] - start_ms) for one in episodes for step in one.steps)
    return _Episode(row, tuple(steps))


def _shifted(step: _Step, by_ms: int) -> _Step:
    return dataclasses.replace(step, start_ms=step.start_ms + by_ms) if by_ms else step


def _id(row: Row, *operation: str | int) -> str:
    """The id of what an operation makes of an episode; long enough that it meets no other of the recording."""
    told = msgspec.json.encode([row["episode_id"], *operation])
    return f"{row['recording_id']}-e{hashlib.blake2b(told, digest_size=8).hexdigest()}"


def _tables(source: Mapping[str, pa.Table], episodes: Sequence[_Episode]) -> dict[str, pa.Table]:
    rows: dict[str, list[Row]] = {"episodes": [], "steps": [], "trajectories": [], "keystrokes": []}
    paths, strokes = _by_step(source["trajectories"]), _by_step(source["keystrokes"])
    for index, episode in enumerate(episodes):
        episode_id = episode.row["episode_id"]
        rows["episodes"].append(episode.row | {"index": index, "steps": len(episode.steps)})
        for nth, step in enumerate(episode.steps):
            old = step.row["step_id"]
            # Nothing is renamed in an episode that nothing was done to, whatever its steps are called.
            same = step.row["episode_id"] == episode_id
            names = {"step_id": old if same else f"{episode_id}-s{nth:05d}", "episode_id": episode_id}
            rows["steps"].append(step.row | names | {"index": nth, "start_ms": step.start_ms})
            moved_ms = step.start_ms - step.row["start_ms"]
            rows["trajectories"].extend(path | names | _moved(path, moved_ms) for path in paths.get(old, ()))
            rows["keystrokes"].extend(stroke | names for stroke in strokes.get(old, ()))
    made = {name: pa.Table.from_pylist(listed, schema=schema(name)) for name, listed in rows.items()}
    referred = {row["observation_id"] for row in rows["steps"] if row["observation_id"]}
    # What was there in the end belongs to an episode that nothing was done to; others have a new id.
    referred |= {end_id(row["episode_id"]) for row in rows["episodes"]}
    needed = pa.array(sorted(referred), pa.string())
    seen = source["observations"]
    made["observations"] = seen.filter(pc.is_in(seen["observation_id"], needed))
    return {name: made.get(name, table) for name, table in source.items()}


def _moved(path: Row, by_ms: int) -> dict[str, list[Row]]:
    return {"points": [point | {"t_ms": point["t_ms"] + by_ms} for point in path["points"]]}


def _by_step(table: pa.Table) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in table.to_pylist():
        found.setdefault(row["step_id"], []).append(row)
    return found


@dataclass(frozen=True)
class EpisodeLine:
    """An episode as lists show it. `number` counts through the version; times are since its recording's start."""

    number: int
    episode_id: str
    recording: str
    task: str
    steps: int
    start_ms: int
    end_ms: int


def episode_lines(parts: Sequence[pa.Table]) -> Iterator[EpisodeLine]:
    """The episodes of a version, from its parts' tables `episodes`, numbered as operations name them."""
    rows = (row for table in parts for row in table.to_pylist())
    for number, row in enumerate(rows):
        yield EpisodeLine(
            number, row["episode_id"], row["recording_id"], row["task"], row["steps"], row["start_ms"], row["end_ms"]
        )
