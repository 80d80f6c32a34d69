"""What `inspect` tells of quality: scores with their parts, corrections beside the steps, the observer effect."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import Any

import msgspec

from understudy.catalogue import Catalogue
from understudy.dataset import Dataset
from understudy.dataset.findings import observer_words
from understudy.dataset.manifest import ObservedEffect
from understudy.dataset.pacing import nominal
from understudy.pipeline.observer import MOST_GAP_S, Session, alone
from understudy.records.consent import IMPORTED
from understudy.settings import Home

PARTS = {
    "fresh": "new pictures",
    "grounded": "known elements",
    "busy": "time in use",
    "readable": "not redacted",
    "succeeded": "done",
    "unique": "no near-duplicate",
    "direct": "no slips",
}
"""The parts of a score in words, in the order in which they are told."""
LABELS = {"slip": "slip", "undo": "takes it back", "repair": "instead", "within": "corrected while typing"}


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """An episode's score, None where it has none, its parts that apply by name, and its steps' corrections by index."""

    quality: float | None
    parts: dict[str, float]
    template: str | None
    corrections: dict[int, dict[str, Any]]

    @property
    def words(self) -> str:
        """The score, and the parts that fall short; "" without a score."""
        if self.quality is None:
            return ""
        short = [f"{PARTS[name]} {value:.2f}" for name, value in self.parts.items() if value < 1]
        return f"quality {self.quality:.2f}" + (f": {', '.join(short)}" if short else "")


def rated(dataset: Dataset) -> dict[str, Rated]:
    """Every episode's rating by its id."""
    corrections: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    columns = ["episode_id", "index", "correction", "correction_span", "correction_rule"]
    for step in dataset.tables["steps"].select(columns).to_pylist():
        if step["correction"] is not None:
            told = {"part": step["correction"], "span": step["correction_span"], "rule": step["correction_rule"]}
            corrections[step["episode_id"]][step["index"]] = told
    return {
        row["episode_id"]: Rated(
            quality=None if row["quality"] is None else round(row["quality"], 3),
            parts={
                name: round(value, 3) for name in PARTS if (value := (row["quality_parts"] or {}).get(name)) is not None
            },
            template=row["template"],
            corrections=corrections.get(row["episode_id"], {}),
        )
        for row in dataset.episodes()
    }


def correction_words(told: dict[str, Any] | None) -> str:
    """A step's part in a correction, in words; "" for none."""
    return "" if told is None else f"{LABELS[told['part']]} ({told['rule']})"


def observer_lines(home: Home, dataset: Dataset) -> list[str]:
    """The observer effect: over the group where the version tells it, in one's own work to oneself, or why not."""
    manifest = dataset.manifest
    if manifest.observed:
        return observer_words(manifest.observed, "")
    sessions = _own(home, dataset)
    if sessions is None:
        return observer_words((), manifest.unobserved)
    found = alone(sessions)
    lines = observer_words([_effect(effect) for effect in found.effects], found.why_not)
    if found.effects and nominal(manifest.motion, manifest.timing):
        lines.append("Pace: this version's clock tells none; for yourself, build one with --timing bucketed.")
    return [*lines, "This is about you alone, and stands in no card."]


def _effect(effect: msgspec.Struct) -> ObservedEffect:
    return ObservedEffect(**msgspec.structs.asdict(effect))


def _own(home: Home, dataset: Dataset) -> list[Session] | None:
    """One session a recording, in order, when all are the own work of the only person that this home knows."""
    rows = [row for row in dataset.episodes() if not row["notice_version"].startswith(IMPORTED) and not row["demo"]]
    people = {row["contributor"] for row in rows}
    with Catalogue.open(home.catalogue) as catalogue:
        known = {consent.contributor for consent in catalogue.consents() if consent.method != "provenance"}
    if len(people) != 1 or people != known or any(row["profile"] != "own-work" for row in rows):
        return None
    episodes = {row["episode_id"]: row for row in rows}
    steps: dict[str, list[dict[str, Any]]] = defaultdict(list)
    columns = ["episode_id", "kind", "start_ms", "app", "correction"]
    for step in dataset.tables["steps"].select(columns).to_pylist():
        if step["episode_id"] in episodes and step["kind"] != "wait":
            steps[episodes[step["episode_id"]]["recording_id"]].append(step)
    paced = not nominal(dataset.manifest.motion, dataset.manifest.timing)
    (person,) = people
    return [_session(person, listed, paced=paced) for listed in steps.values()]


def _session(person: str, steps: list[dict[str, Any]], *, paced: bool) -> Session:
    gaps = sorted(
        gap_s
        for one, two in itertools.pairwise(steps)
        if one["episode_id"] == two["episode_id"]
        and (gap_s := (two["start_ms"] - one["start_ms"]) / 1000) <= MOST_GAP_S
    )
    return Session(
        person=person,
        pace_s=gaps[len(gaps) // 2] if gaps and paced else None,
        corrections=sum(step["correction"] is not None for step in steps) / len(steps),
        apps=Counter(step["app"] for step in steps),
    )
