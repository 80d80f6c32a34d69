"""What a card tells of quality, corrections, splits and the observer effect, and of whom it keeps silent."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import msgspec
import pyarrow as pa
import pytest

import understudy.dataset
from understudy.dataset.findings import FEWEST, findings, in_words, observer_words
from understudy.dataset.flatten import Levels, tables_of
from understudy.dataset.manifest import Manifest, Notice, ObservedEffect, read_manifest
from understudy.dataset.revise import revise
from understudy.dataset.sealing import part_key
from understudy.dataset.tables import schema
from understudy.dataset.writer import finish_version, write_part

MANIFEST = Manifest(
    format=1, dataset="d", version="v", number=1, revision=1, product_version="0", purpose="train-own-agent",
    motion="targets", timing="none", demo=False, parts=(), min_quality=0.5, below_quality=3,
    unobserved="too few people",
)  # fmt: skip


def blank(table: str) -> dict[str, object]:
    values = {"string": "", "int32": 0, "int64": 0, "bool": False}
    return {f.name: None if f.nullable else values.get(str(f.type), []) for f in schema(table)}


def tables(people: int, *, scored: bool = True) -> dict[str, pa.Table]:
    episodes = [
        blank("episodes")
        | {"episode_id": f"e{n}", "contributor": f"p{n}", "task": "t", "quality": 0.75 if scored else None}
        for n in range(people)
    ]
    labels = [("slip", 0, "missed"), ("repair", 0, "missed"), (None, None, None), ("within", 1, "typed")]
    steps = [
        blank("steps")
        | {
            "episode_id": f"e{n}",
            "kind": "click",
            "correction": label,
            "correction_span": span,
            "correction_rule": rule,
        }
        for n in range(people)
        for label, span, rule in labels
    ]
    steps.append(blank("steps") | {"episode_id": "e0", "kind": "wait"})
    return {
        name: pa.Table.from_pylist(rows, schema=schema(name))
        for name, rows in (("episodes", episodes), ("steps", steps))
    }


def test_counts() -> None:
    found = findings(tables(6), for_others=True)
    assert found.scored == 6 and found.median == 0.75 and (0.7, 0.8, 6) in found.scores
    assert found.corrections == {"missed": 6, "typed": 6} and found.corrected == pytest.approx(18 / 24)
    assert found.units == {"contributor": 6, "template": 1} and sum(found.splits["contributor"].values()) == 6


def test_corrections_of_few_people_are_told_to_nobody_else() -> None:
    few = findings(tables(FEWEST - 1), for_others=True)
    assert few.corrections is None and few.corrected is None
    assert in_words(MANIFEST, few)["Corrections"] == [
        "How often people corrected themselves is not told of fewer than 5 people; the steps are labelled."
    ]
    assert findings(tables(1), for_others=False).corrected == pytest.approx(0.75)


def test_in_words() -> None:
    told = in_words(MANIFEST, findings(tables(6), for_others=True))
    assert list(told) == ["Quality", "Corrections", "Splits", "Observer effect"]
    assert "median 0.75" in told["Quality"][0] and "3 episodes that scored below 0.5" in told["Quality"][1]
    assert "12 spans" in told["Corrections"][0] and "75.0 %" in told["Corrections"][0]
    assert told["Observer effect"] == ["Not told: too few people."]
    assert in_words(MANIFEST, findings(tables(2, scored=False), for_others=True))["Quality"] == [
        "The episodes are not scored."
    ]


def test_the_observer_effect_in_words() -> None:
    pace = ObservedEffect(measure="pace", people=6, sessions=12, p=0.002, after=5, before=2.4, behind=1.8)
    slips = ObservedEffect(measure="corrections", people=6, sessions=12, p=0.4)
    apps = ObservedEffect(measure="applications", people=6, sessions=12, p=0.001, after=3, behind=0.25)
    assert observer_words([pace, slips, apps], "") == [
        "Pace: changed after session 5 of 12 over 6 people (p = 0.002), from 2.4 to 1.8 s an action.",
        "Corrections: no change found over 6 people in the first 12 sessions (p = 0.400).",
        "Applications: changed after session 3 of 12 over 6 people (p = 0.001); 25 % of the actions went to others "
        "than before.",
    ]
    assert observer_words([], "") == ["Not told: this version is older than the measurement."]


def test_versions_written_before_scores_open_without_them(tmp_path: Path, fabricated: ModuleType) -> None:
    older = tables_of(
        fabricated.make_recording(), [], pseudonym="x", consent=fabricated.make_consent(), levels=Levels()
    )
    row = blank("episodes") | {"episode_id": "e", "task": "Pay 5", "contributor": "p", "purposes": ["train-own-agent"]}
    older["episodes"] = pa.Table.from_pylist([row], schema=schema("episodes")).drop_columns(
        ["quality_parts", "template", "likeness"]
    )
    older["steps"] = older["steps"].drop_columns(["correction", "correction_span", "correction_rule"])
    key, part_id, version_id = bytes(32), "01" * 16, "f0" * 16
    notice = Notice(version="1", language="en", sha256="ab" * 32)
    part = write_part(tmp_path, part_id, part_key(key, version_id), notice=notice, tables=older, stills=())
    manifest = msgspec.structs.replace(MANIFEST, version=version_id, parts=(part,), unobserved="", min_quality=0.0)
    finish_version(tmp_path, manifest)
    dataset = understudy.dataset.open(tmp_path, {part_id: part_key(key, version_id)})
    (episode,) = dataset.episodes()
    assert (episode["quality"], episode["quality_parts"], episode["template"], episode["likeness"]) == (None,) * 4
    assert "correction" in dataset.tables["steps"].column_names
    assert dataset.split(by="template") and "The episodes are not scored." in dataset.card.markdown
    assert "older than the measurement" in dataset.card.markdown


def test_an_erasure_takes_the_groups_figures_out(tmp_path: Path, fabricated: ModuleType) -> None:
    empty = tables_of(
        fabricated.make_recording(), [], pseudonym="x", consent=fabricated.make_consent(), levels=Levels()
    )
    notice = Notice(version="1", language="en", sha256="ab" * 32)
    parts = tuple(
        write_part(tmp_path, id_, part_key(bytes(32), id_), notice=notice, tables=empty, stills=())
        for id_ in ("01" * 16, "02" * 16)
    )
    effect = ObservedEffect(measure="pace", people=5, sessions=6, p=0.001, after=3, before=2.0, behind=1.5)
    finish_version(tmp_path, msgspec.structs.replace(MANIFEST, parts=parts, observed=(effect,), unobserved=""))
    revise(tmp_path, frozenset({parts[0].id}), "forgotten")
    revised, _, _ = read_manifest(tmp_path)
    assert revised.observed == () and "erased" in revised.unobserved and len(revised.parts) == 1
