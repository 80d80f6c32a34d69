"""What a version's card tells of its quality: scores, corrections, splits, the observer effect. Counted, in words.

How often one person corrects themselves is told to nobody else: below `FEWEST` people the share of corrections is left
out of whatever others may read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from understudy.dataset.manifest import Manifest, ObservedEffect
from understudy.dataset.splits import By, case_of, split

FEWEST = 5
"""People over whom something about people may be told."""
BOUNDS = (0.5, 0.7, 0.8, 0.9, 0.95)
"""Where the bands of scores end; the last one is up to 1."""


@dataclass(frozen=True)
class Findings:
    """`scores`: how many episodes in each band (its lower and upper bound), () where none is scored; `median` of them.

    `corrections`: spans by rule; None where that would be told of too few people. `corrected`: the share of steps that
    were a slip, took one back, or repaired one; None likewise. `splits`: episodes by side for each way of splitting.
    """

    scored: int
    median: float | None
    scores: tuple[tuple[float, float, int], ...]
    corrections: dict[str, int] | None
    corrected: float | None
    units: dict[By, int]
    splits: dict[By, dict[str, int]]


def findings(tables: Mapping[str, pa.Table], *, for_others: bool) -> Findings:
    """Count them. `for_others`: somebody may read it whose own work it isn't."""
    rows: list[dict[str, Any]] = (
        tables["episodes"]
        .select(["episode_id", "recording_id", "contributor", "task", "template", "likeness", "quality"])
        .to_pylist()
    )
    scores = np.array([row["quality"] for row in rows if row["quality"] is not None], dtype=np.float64)
    counts, _ = np.histogram(scores, bins=[0, *BOUNDS, 1.0000001])
    bands = zip((0.0, *BOUNDS), (*BOUNDS, 1.0), (int(count) for count in counts), strict=True)
    cases = [case_of(row) for row in rows]
    ways: tuple[By, By] = ("contributor", "template")
    told = not for_others or len({case.contributor for case in cases}) >= FEWEST
    spans, share = _corrections(tables["steps"]) if told else (None, None)
    return Findings(
        scored=len(scores),
        median=round(float(np.median(scores)), 2) if len(scores) else None,
        scores=tuple(bands) if len(scores) else (),
        corrections=spans,
        corrected=share,
        units={
            "contributor": len({case.contributor for case in cases}),
            "template": len({case.template for case in cases if case.template}),
        },
        splits={by: dict(Counter(side or "none" for side in split(cases, by=by).values())) for by in ways},
    )


def _corrections(steps: pa.Table) -> tuple[dict[str, int], float]:
    """Spans by rule, and the share of steps in them, waits apart."""
    spans: set[tuple[str, int]] = set()
    rules: Counter[str] = Counter()
    inside = total = 0
    for step in steps.select(["episode_id", "kind", "correction_span", "correction_rule"]).to_pylist():
        total += step["kind"] != "wait"
        if step["correction_span"] is None:
            continue
        inside += 1
        span = (step["episode_id"], step["correction_span"])
        if span not in spans:
            spans.add(span)
            rules[step["correction_rule"]] += 1
    return dict(rules.most_common()), inside / total if total else 0.0


def in_words(manifest: Manifest, found: Findings) -> dict[str, list[str]]:
    """Lines by heading: Quality, Corrections, Splits, Observer effect."""
    return {
        "Quality": _quality(manifest, found),
        "Corrections": _correction_words(found),
        "Splits": _splits(found),
        "Observer effect": observer_words(manifest.observed, manifest.unobserved),
    }


def _quality(manifest: Manifest, found: Findings) -> list[str]:
    if found.median is None:
        return ["The episodes are not scored."]
    listed = ", ".join(f"{low:g} to {high:g}: {count}" for low, high, count in found.scores if count)
    lines = [f"Scores (0 to 1) of {found.scored} episode(s): median {found.median:.2f}; {listed}."]
    if manifest.min_quality:
        lines.append(f"{manifest.below_quality} episodes that scored below {manifest.min_quality:g} were left out.")
    return [*lines, "It rates recordings as material to learn from, and nobody's work."]


def _correction_words(found: Findings) -> list[str]:
    if found.corrections is None or found.corrected is None:
        return [
            f"How often people corrected themselves is not told of fewer than {FEWEST} people; the steps are labelled."
        ]
    total = sum(found.corrections.values())
    listed = ", ".join(f"{count} {rule}" for rule, count in found.corrections.items())
    return [f"{total} spans in which somebody corrected themselves{f' ({listed})' if listed else ''}; "
            f"{100 * found.corrected:.1f} % of the steps."]  # fmt: skip


def _splits(found: Findings) -> list[str]:
    lines = []
    for by, sides in found.splits.items():
        told = ", ".join(f"{sides.get(side, 0)} {side}" for side in ("train", "test"))
        left = f"; {sides['none']} near-duplicates on neither side" if sides.get("none") else ""
        lines.append(f"By {by} (there are {found.units[by]}), by default: {told}{left}.")
    return lines


def observer_words(effects: Sequence[ObservedEffect], why_not: str) -> list[str]:
    """The observer effect in words, or why it isn't told."""
    if not effects:
        return [f"Not told: {why_not}." if why_not else "Not told: this version is older than the measurement."]
    return [_effect_words(effect) for effect in effects]


def _effect_words(effect: ObservedEffect) -> str:
    who = f"over {effect.people} people" if effect.people > 1 else "in your own work"
    name = effect.measure.capitalize()
    if effect.after is None:
        return f"{name}: no change found {who} in the first {effect.sessions} sessions (p = {effect.p:.3f})."
    change = f"changed after session {effect.after} of {effect.sessions} {who} (p = {effect.p:.3f})"
    if effect.measure == "pace":
        return f"Pace: {change}, from {effect.before:.1f} to {effect.behind:.1f} s an action."
    if effect.measure == "corrections":
        return f"Corrections: {change}, from {_share(effect.before)} to {_share(effect.behind)} of the steps."
    if effect.measure == "applications":
        return f"Applications: {change}; {_share(effect.behind)} of the actions went to others than before."
    raise ValueError(f"no measure is called {effect.measure!r}")


def _share(value: float | None) -> str:
    return f"{100 * (value or 0):.0f} %"
