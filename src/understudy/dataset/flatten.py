"""Episodes and steps as rows: a recording's part of each table. Pure: the same recording gives the same rows.

What the motion and timing levels withhold is withheld here, before anything is written.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from understudy.dataset import pacing, thinning
from understudy.dataset.activity import app_usage_rows, mark_rows
from understudy.dataset.pacing import Clock
from understudy.dataset.tables import TABLES, schema
from understudy.records.actions import Episode, QualityParts, Step
from understudy.records.consent import Consent
from understudy.records.elements import Element
from understudy.records.events import Geometry
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, TreeNode
from understudy.records.levels import Motion, Timing
from understudy.records.recording import Recording

Row = dict[str, Any]


@dataclass(frozen=True)
class Levels:
    """How much of motion and rhythm a version tells."""

    motion: Motion = "targets"
    timing: Timing = "none"


def still_id(pseudonym: str, nth: int) -> str:
    """The id of a still by its place among `stills_needed`, from 0: unique over all recordings.

    Not by the frame's own number: how many frames lie between two steps tells how long they are apart.
    """
    return f"{pseudonym}-f{nth:06d}"


def observation_id(pseudonym: str, nth: int) -> str:
    """The id of an observation by its place among those that steps refer to, from 0: unique over all recordings."""
    return f"{pseudonym}-o{nth:06d}"


def end_id(episode_id: str) -> str:
    """The id of the observation of what was there once the episode's last action was done; not each has one."""
    return f"{episode_id}-end"


def stills_needed(episodes: Sequence[Episode]) -> list[int]:
    """The frames (their `seq`) that steps refer to, each once, in order."""
    return sorted({step.frame_seq for episode in episodes for step in episode.steps if step.frame_seq is not None})


def tables_of(
    recording: Recording, episodes: Sequence[Episode], *, pseudonym: str, consent: Consent, levels: Levels
) -> dict[str, pa.Table]:
    """The recording's rows of every table. `pseudonym` names the recording in all of them."""
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    clock = pacing.clock_of(episodes, recording.info.start_ns, motion=levels.motion, timing=levels.timing)
    paced = not pacing.nominal(levels.motion, levels.timing)
    rows["app_usage"] = app_usage_rows(recording, pseudonym, clock)
    rows["marks"] = mark_rows(recording, pseudonym, clock, paced=paced)
    needed = {step.tree_seq for episode in episodes for step in episode.steps}
    trees = [tree for tree in recording.tree if tree.seq in needed]
    rows["observations"] = [
        _observation_row(tree, observation_id(pseudonym, nth), pseudonym) for nth, tree in enumerate(trees)
    ]
    telling = _Telling(
        clock=clock,
        screens=_Screens(recording),
        trees={tree.seq: (observation_id(pseudonym, nth), tree) for nth, tree in enumerate(trees)},
        stills={seq: still_id(pseudonym, nth) for nth, seq in enumerate(stills_needed(episodes))},
    )
    paths = _Paths(recording, clock)
    strokes = _Strokes(recording, levels.timing)
    for nth, episode in enumerate(episodes):
        episode_id = f"{pseudonym}-e{episode.index:04d}"
        after = _after(recording, episode, episodes[nth + 1] if nth + 1 < len(episodes) else None)
        if after is not None:
            rows["observations"].append(_observation_row(after, end_id(episode_id), pseudonym))
        rows["episodes"].append(_episode_row(recording, episode, episode_id, pseudonym, consent, clock))
        # Steps number from 0 in their episode, whatever they were in the recording.
        for index, step in enumerate(episode.steps):
            step_id = f"{episode_id}-s{index:05d}"
            names = {"step_id": step_id, "episode_id": episode_id}
            rows["steps"].append(names | {"index": index} | _step_row(step, episode.start_ns, telling))
            points = paths.of(step, episode.start_ns, levels.motion)
            if points:
                rows["trajectories"].append(names | {"level": levels.motion, "points": points})
            rows["keystrokes"].extend(names | row for row in strokes.rows(step))
        if episode.quality is not None:
            rows["episodes"][-1]["quality_parts"]["busy"] = _busy(
                rows["episodes"][-1], rows["steps"][-len(episode.steps) :]
            )
    return {name: pa.Table.from_pylist(rows[name], schema=schema(name)) for name in TABLES}


def _after(recording: Recording, episode: Episode, following: Episode | None) -> ElementTree | None:
    """The last tree that was read after an episode's last action and before the next episode; None: none was."""
    ended_ns = episode.end_ns
    until_ns = following.start_ns if following is not None else None
    found = [
        tree for tree in recording.tree if tree.started_ns >= ended_ns and (until_ns is None or tree.time_ns < until_ns)
    ]
    return found[-1] if found else None


def _ms(time_ns: int, since_ns: int) -> int:
    return (time_ns - since_ns) // 1_000_000


def _busy(episode: Row, steps: Sequence[Row]) -> float | None:
    """1 less the share of waits in an episode's time, both as they are told; None for one without time."""
    taken_ms = episode["end_ms"] - episode["start_ms"]
    idle_ms = sum(step["duration_ms"] or 0 for step in steps if step["kind"] == "wait")
    return round(1 - min(1.0, idle_ms / taken_ms), 3) if taken_ms > 0 else None


@dataclass(frozen=True)
class _Telling:
    """What the rows of a recording's steps are told with. `trees` and `stills` by their records' numbers."""

    clock: Clock
    screens: _Screens
    trees: Mapping[int, tuple[str, ElementTree]]
    stills: Mapping[int, str]


def _episode_row(
    recording: Recording, episode: Episode, episode_id: str, pseudonym: str, consent: Consent, clock: Clock
) -> Row:
    info = recording.info
    return {
        "episode_id": episode_id,
        "recording_id": pseudonym,
        "contributor": info.contributor,
        "index": episode.index,
        "task": episode.task,
        "start_ms": clock.since_start(episode.start_ns),
        "end_ms": clock.since_start(episode.end_ns),
        "steps": len(episode.steps),
        "cause": episode.cause,
        "consent_id": consent.id,
        "notice_version": consent.notice_version,
        "notice_sha256": consent.notice_sha256,
        "purposes": list(consent.purposes),
        "profile": info.profile,
        "policy_sha256": info.policy_sha256,
        "demo": consent.demo,
        "product_version": info.product_version,
        "schema_version": info.schema_version,
        "outcome": outcome_of(recording, episode),
        "quality": None,  # once all recordings of the version are known
        "quality_parts": _parts_told(episode.quality or QualityParts(), clock),
        "template": None,
        "likeness": list(episode.likeness) or None,
    }


def _parts_told(parts: QualityParts, clock: Clock) -> Row:
    """The score's parts; those that are shares of time in tenths where the clock tells nobody's pace."""
    told: Row = msgspec.structs.asdict(parts)
    if isinstance(clock, pacing.Nominal):
        for name in ("fresh", "busy"):
            told[name] = None if told[name] is None else round(told[name], 1)
    return told


def outcome_of(recording: Recording, episode: Episode) -> str | None:
    """What the recording's marks say of the episode: the first outcome told from its start on, before the next task."""
    for mark in recording.mark:
        if mark.time_ns > episode.start_ns and mark.kind == "task":
            return None
        if mark.time_ns >= episode.start_ns and mark.kind == "outcome":
            return mark.detail
    return None


def _observation_row(tree: ElementTree, name: str, pseudonym: str) -> Row:
    return {
        "observation_id": name,
        "recording_id": pseudonym,
        "x": tree.bounds.x,
        "y": tree.bounds.y,
        "width": tree.bounds.width,
        "height": tree.bounds.height,
        "url": tree.url,
        "complete": tree.complete,
        "elements": [_element_row(node) for node in tree.nodes],
        "hints": [node.hint for node in tree.nodes],
    }


def _element_row(node: TreeNode) -> Row:
    bounds = node.bounds
    return {
        "role": node.role,
        "name": node.name,
        "text": node.text,
        "value_class": node.value_class,
        "states": ",".join(node.states),
        "parent": node.parent,
        "x": bounds.x if bounds else None,
        "y": bounds.y if bounds else None,
        "width": bounds.width if bounds else None,
        "height": bounds.height if bounds else None,
        "secure": node.secure,
    }


def _target_index(target: Element | None, tree: ElementTree | None) -> int | None:
    if target is None or tree is None:
        return None
    return next((index for index, node in enumerate(tree.nodes) if node.id == target.id), None)


def _step_row(step: Step, since_ns: int, telling: _Telling) -> Row:
    action, target, clock = step.action, step.target, telling.clock
    bounds = target.bounds if target else None
    screen = telling.screens.at(action.start_ns)
    observed, tree = (None, None) if step.tree_seq is None else telling.trees.get(step.tree_seq, (None, None))
    return {
        "kind": action.kind,
        "start_ms": clock.between(since_ns, action.start_ns),
        "duration_ms": clock.duration(action.kind, action.start_ns, action.end_ns),
        **{"x": action.x, "y": action.y, "to_x": action.to_x, "to_y": action.to_y},
        "button": action.button,
        "modifiers": list(action.modifiers),
        "keys": list(action.keys),
        "count": action.count,
        "text": action.text,
        "text_level": action.text_level,
        "entered": None if action.text_level is None else action.entered,
        "corrections": action.corrections,
        "corrected": [{"at": each.at, "removed": each.removed} for each in action.corrected],
        "correction": step.correction,
        "correction_span": step.correction_span,
        "correction_rule": step.correction_rule,
        "scroll_x": action.scroll_x,
        "scroll_y": action.scroll_y,
        "still_id": None if step.frame_seq is None else telling.stills[step.frame_seq],
        "frame_age_ms": None if step.frame_age_ms is None else clock.age(step.frame_age_ms),
        "screen_width": screen.width if screen else None,
        "screen_height": screen.height if screen else None,
        "target_role": target.role if target else None,
        "target_name": target.name if target else None,
        "target_x": bounds.x if bounds else None,
        "target_y": bounds.y if bounds else None,
        "target_width": bounds.width if bounds else None,
        "target_height": bounds.height if bounds else None,
        "target_states": list(target.states) if target else [],
        "target_path": list(target.path) if target else [],
        "target_url": target.url if target else None,
        "target_value_class": target.value_class if target else None,
        "target_secure": target.secure if target else None,
        "observation_id": observed,
        "target_index": _target_index(target, tree),
        "target_confidence": step.target_confidence,
        "app": step.app,
        "window_title": step.window_title,
        "url": step.url,
    }


class _Strokes:
    """Dwell and flight of each key that a step was made from; a held key's repeats are part of its dwell."""

    def __init__(self, recording: Recording, timing: Timing) -> None:
        self._keys = {key.seq: key for key in recording.keys} if timing != "none" else {}
        self._timing = timing

    def rows(self, step: Step) -> list[Row]:
        downs: list[tuple[str, int, int | None]] = []
        # Keys whose name the policy withholds all have keycode 0: their releases are taken first down, first up.
        held: dict[int, list[int]] = {}
        for seq in sorted(step.action.key_seqs):
            key = self._keys.get(seq)
            if key is None or key.repeat:
                continue
            if key.down:
                held.setdefault(key.keycode, []).append(len(downs))
                downs.append((key.keysym, key.time_ns, None))
            elif held.get(key.keycode):
                nth = held[key.keycode].pop(0)
                downs[nth] = (*downs[nth][:2], key.time_ns)
        rows: list[Row] = []
        for index, (name, down_ns, up_ns) in enumerate(downs):
            before_ns = downs[index - 1][2] if index else None
            rows.append(
                {
                    "index": index,
                    "key": name,
                    "dwell_ms": None if up_ns is None else thinning.interval(_ms(up_ns, down_ns), self._timing),
                    "flight_ms": (
                        None if before_ns is None else thinning.interval(_ms(down_ns, before_ns), self._timing)
                    ),
                }
            )
        return rows


class _Screens:
    """The screen's geometry in force at a time; ask in any order."""

    def __init__(self, recording: Recording) -> None:
        frames = [(frame.time_ns, Rect(0, 0, frame.width, frame.height)) for frame in recording.frame]
        windows = [(snapshot.time_ns, snapshot.screen) for snapshot in recording.window]
        told = [
            (mark.time_ns, msgspec.json.decode(mark.detail, type=Geometry).screen)
            for mark in recording.mark
            if mark.kind == "geometry"
        ]
        self._known = sorted([*frames, *windows, *told], key=lambda known: known[0])

    def at(self, time_ns: int) -> Rect | None:
        found = bisect_right(self._known, time_ns, key=lambda known: known[0])
        if found:
            return self._known[found - 1][1]
        return self._known[0][1] if self._known else None


class _Paths:
    """The pointer's way to each step; ask in order of the steps."""

    def __init__(self, recording: Recording, clock: Clock) -> None:
        self._pointer = recording.pointer
        self._clock = clock
        self._next = 0

    def of(self, step: Step, since_ns: int, motion: Motion) -> list[dict[str, int]]:
        action, clock = step.action, self._clock
        first = self._next
        while self._next < len(self._pointer) and self._pointer[self._next].time_ns <= action.end_ns:
            self._next += 1
        moves: list[thinning.Point] = []
        if motion != "targets":
            for event in self._pointer[first : self._next]:
                point = (_ms(event.time_ns, since_ns), event.x, event.y)
                if not moves or moves[-1] != point:
                    moves.append(point)
        start_ms, end_ms = _ms(action.start_ns, since_ns), _ms(action.end_ns, since_ns)
        if motion == "targets":
            # Where there is no path, its ends tell the step's own times.
            start_ms = clock.between(since_ns, action.start_ns)
            end_ms = start_ms + (clock.duration(action.kind, action.start_ns, action.end_ns) or 0)
        ends: list[thinning.Point] = []
        if action.x is not None and action.y is not None:
            ends.append((start_ms, action.x, action.y))
        if action.to_x is not None and action.to_y is not None:
            ends.append((end_ms, action.to_x, action.to_y))
        return [{"t_ms": t_ms, "x": x, "y": y} for t_ms, x, y in thinning.path(moves, ends, motion)]
