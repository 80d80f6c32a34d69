"""A dataset version as episodes and steps again: what every export reads.

The rows of the tables become the records that they were made from, times in ns since the episode's start, so that no
format knows columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from understudy.dataset.manifest import Manifest
from understudy.dataset.thinning import COARSE_TIME_MS
from understudy.records.actions import Action, Correction
from understudy.records.elements import Element
from understudy.records.geometry import Rect

NS_PER_MS = 1_000_000

Row = Mapping[str, Any]


class Source(Protocol):
    """An opened dataset version: what `understudy.dataset.open` yields, and what tests fabricate."""

    @property
    def manifest(self) -> Manifest:
        """What the version says of itself."""

    @property
    def tables(self) -> Mapping[str, pa.Table]:
        """All tables by name (see `dataset.tables.TABLES`), parts in the manifest's order."""

    def still_webp(self, still_id: str) -> bytes:
        """A still as lossless WebP. Raises KeyError for an unknown id."""


@dataclass(frozen=True)
class StoryStep:
    """One step. `action` times are ns since the episode's start; its `path` is the drag's, empty when not kept.

    `path` is the way of the pointer to and through the step as the motion level leaves it: (t_ms, x, y), t since the
    episode's start. `duration_known` is False where the timing level withheld it (then the action ends as it starts).
    `still_id` and `frame_age_ms` are None without a picture; `screen` is (width, height) in px, None when unknown.
    """

    id: str
    index: int
    action: Action
    duration_known: bool
    target: Element | None
    target_confidence: str
    still_id: str | None
    frame_age_ms: float | None
    screen: tuple[int, int] | None
    app: str
    window_title: str
    url: str
    path: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class Story:
    """One episode with its steps; `row` is its row of the table `episodes`. Times in ms since the recording's start."""

    id: str
    recording_id: str
    index: int
    task: str
    start_ms: int
    end_ms: int
    cause: str
    row: Row
    steps: tuple[StoryStep, ...] = field(default=())


def stories(source: Source) -> Iterator[Story]:
    """Every episode with its steps, in the dataset's order."""
    paths: dict[str, tuple[tuple[int, int, int], ...]] = {
        row["step_id"]: tuple((point["t_ms"], point["x"], point["y"]) for point in row["points"])
        for row in source.tables["trajectories"].to_pylist()
    }
    steps: dict[str, list[StoryStep]] = defaultdict(list)
    for row in source.tables["steps"].to_pylist():
        steps[row["episode_id"]].append(_step(row, paths.get(row["step_id"], ())))
    for row in source.tables["episodes"].to_pylist():
        yield Story(
            id=row["episode_id"],
            recording_id=row["recording_id"],
            index=row["index"],
            task=row["task"],
            start_ms=row["start_ms"],
            end_ms=row["end_ms"],
            cause=row["cause"],
            row=row,
            steps=tuple(sorted(steps[row["episode_id"]], key=lambda step: step.index)),
        )


def _step(row: Row, path: tuple[tuple[int, int, int], ...]) -> StoryStep:
    start_ns = row["start_ms"] * NS_PER_MS
    duration_ms = row["duration_ms"]
    end_ns = start_ns + (duration_ms or 0) * NS_PER_MS
    action = Action(
        kind=row["kind"],
        start_ns=start_ns,
        end_ns=end_ns,
        x=row["x"],
        y=row["y"],
        to_x=row["to_x"],
        to_y=row["to_y"],
        path=_dragged(row, path),
        button=row["button"],
        modifiers=tuple(row["modifiers"]),
        keys=tuple(row["keys"]),
        count=row["count"],
        text=row["text"],
        text_level=row["text_level"],
        entered=row["entered"] or "typed",
        corrections=row["corrections"],
        corrected=tuple(Correction(**each) for each in row["corrected"]),
        scroll_x=row["scroll_x"],
        scroll_y=row["scroll_y"],
    )
    return StoryStep(
        id=row["step_id"],
        index=row["index"],
        action=action,
        duration_known=duration_ms is not None,
        target=_target(row),
        target_confidence=row["target_confidence"],
        still_id=row["still_id"],
        frame_age_ms=row["frame_age_ms"],
        screen=(row["screen_width"], row["screen_height"]) if row["screen_width"] else None,
        app=row["app"],
        window_title=row["window_title"],
        url=row["url"],
        path=path,
    )


def _dragged(row: Row, path: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """The part of a step's path that lies within its drag, in ns; () for other actions.

    It begins where the button went down, which the row tells exactly; its time may lie on a coarser grid.
    """
    if row["kind"] != "drag":
        return ()
    began = [
        nth
        for nth, (t_ms, x, y) in enumerate(path)
        if (x, y) == (row["x"], row["y"]) and abs(t_ms - row["start_ms"]) <= COARSE_TIME_MS
    ]
    first = began[0] if began else len(path)
    return tuple((t_ms * NS_PER_MS, x, y) for t_ms, x, y in path[first:])


def _target(row: Row) -> Element | None:
    if row["target_role"] is None:
        return None
    bounds = None
    if row["target_x"] is not None:
        bounds = Rect(row["target_x"], row["target_y"], row["target_width"], row["target_height"])
    return Element(
        id="",
        role=row["target_role"],
        name=row["target_name"] or "",
        bounds=bounds,
        states=tuple(row["target_states"]),
        path=tuple(row["target_path"]),
        url=row["target_url"] or "",
        secure=bool(row["target_secure"]),
        value_class=row["target_value_class"] or "",
    )
