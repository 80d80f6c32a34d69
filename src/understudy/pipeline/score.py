"""How much an episode is worth to whoever learns from it: a score from 0 to 1, and what it is made of. Pure.

It rates the recording of a task, never the person: nothing in it is a speed, and it is not to be added up by person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from understudy.records.actions import ActionKind, Episode, QualityParts, Step
from understudy.records.recording import Recording

FRESH = ((300.0, 1.0), (1000.0, 0.5))
"""A picture up to this old (ms) counts this much, an older one nothing: 300 ms is the recorder's own bar for 95 % of
pictures while things move; within a second much of a page still stands as it did."""
CONFIDENCE: Mapping[str, float] = {
    **{"rested": 1.0, "pressed": 1.0, "focus": 1.0, "scrolled": 0.9, "moving": 0.6, "window": 0.0, "none": 0.0}
}
"""Share of targets that are right, by `target_confidence`: measured with benchmarks/bench_elements.py (rested 76 of 76,
pressed 51 of 51, moving 3 of 5, window 0 of 8; scrolled 12 of 12, less a tenth: bounds lag behind a scroll)."""
AIMED: tuple[ActionKind, ...] = ("click", "double_click", "triple_click", "long_press", "drag", "type")
"""Actions that mean an element; keys and scrolls can do without."""
WEIGHTS: Mapping[str, float] = {
    **{"succeeded": 3.0, "grounded": 3.0, "direct": 3.0, "fresh": 2.0, "readable": 2.0, "unique": 1.0, "busy": 0.5}
}
"""What each part counts. By what a fault in it teaches: the wrong thing (3: a slip, an unknown element, an undone
task), only half of the right thing (2: an old picture, a text that is gone), nothing new (1: a duplicate). Time without
action costs nobody but the reader (0.5). Reasoned, not fitted."""
FAILED = 0.25
"""What a failed task leaves of the score: it never reaches that of the worst that was done."""
_TOKEN = re.compile(r"<[A-Z_]+_\d+>")


def parts_of(recording: Recording, episode: Episode, outcome: str | None) -> QualityParts:
    """The parts of an episode of labelled steps, without two: `unique`, which one recording can't tell, and `busy`,
    which is taken from the times that a dataset tells, so that it tells no more of them.

    `outcome` is "success", "failure" or None where nobody judged it.
    """
    acted = [step for step in episode.steps if step.action.kind != "wait"]
    frames = {frame.seq: frame.masked_px / max(1, frame.width * frame.height) for frame in recording.frame}
    lost = sum(
        mark.kind == "dropped" and mark.what in ("keys", "text") and episode.start_ns <= mark.time_ns <= episode.end_ns
        for mark in recording.mark
    )
    whole = {tree.seq for tree in recording.tree if tree.nodes}
    aimed = [step for step in acted if step.action.kind in AIMED]
    return QualityParts(
        fresh=_mean([_fresh(step) for step in acted]) if recording.frame else None,
        grounded=_mean([_grounded(step, whole) for step in aimed]),
        readable=_mean([1 - _taken(step, frames) for step in acted] + [0.0] * lost),
        succeeded=None if outcome not in ("success", "failure") else float(outcome == "success"),
        direct=_mean([float(step.correction not in ("slip", "undo")) for step in acted]),
    )


def score(parts: QualityParts) -> float:
    """From 0 to 1: the mean of the parts that apply by `WEIGHTS`, and a quarter of it for a task that failed."""
    values: dict[str, float | None] = msgspec.structs.asdict(parts)
    known = [(WEIGHTS[name], value) for name, value in values.items() if value is not None]
    if not known:
        return 0.0
    mean = sum(weight * value for weight, value in known) / sum(weight for weight, _ in known)
    return _rounded(mean * (FAILED if parts.succeeded == 0 else 1.0))


def _fresh(step: Step) -> float:
    if step.frame_age_ms is None:
        return 0.0
    return next((worth for most_ms, worth in FRESH if step.frame_age_ms <= most_ms), 0.0)


def _grounded(step: Step, whole: set[int]) -> float:
    """How surely its element is known; half where nothing that stood around it is known."""
    return CONFIDENCE[step.target_confidence] * (1.0 if step.tree_seq in whole else 0.5)


def _taken(step: Step, masked: Mapping[int, float]) -> float:
    """The share of a step that redaction took: all of its text or element, or so much of its picture."""
    action, target = step.action, step.target
    if action.text_level not in (None, "text") or _TOKEN.search(action.text):
        return 1.0
    if target is not None and (target.secure or _TOKEN.search(target.name)):
        return 1.0
    return masked.get(-1 if step.frame_seq is None else step.frame_seq, 0.0)


def _mean(values: list[float]) -> float | None:
    return _rounded(sum(values) / len(values)) if values else None


def _rounded(value: float) -> float:
    return round(value, 3)
