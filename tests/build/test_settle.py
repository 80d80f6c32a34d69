"""Scores, templates and near-duplicates over all recordings of a version, and what is left out for scoring low."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from understudy.build import BuildError, build_dataset, open_dataset
from understudy.records.events import Mark


def put(stage: Any, recording_id: str, *, word: str = "Kumquat", outcome: str = "", shade: int = 40) -> str:  # noqa: ANN401
    recording = stage.made.make_recording(recording_id, word=word, shade=shade)
    if outcome:
        last = recording.mark[-1]
        told = Mark(time_ns=last.time_ns, seq=last.seq, kind="outcome", detail=outcome)
        marks = (*recording.mark[:-1], told, msgspec.structs.replace(last, seq=last.seq + 1))
        recording = msgspec.structs.replace(recording, mark=marks)
    return str(stage.put(recording))


def build(stage: Any, **options: Any) -> Any:  # noqa: ANN401
    return build_dataset(stage.home, "orders", identity=stage.identity, second_pass=False, **options)


def episodes(stage: Any, **options: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    dataset = open_dataset(stage.home, "orders", identity=stage.identity, **options)
    dataset.verify()
    return list(dataset.episodes())


def test_episodes_have_a_score_with_parts_and_a_template(stage: Any) -> None:  # noqa: ANN401
    put(stage, "a1" * 16, outcome="success")
    put(stage, "a2" * 16, outcome="failure", word="Rhubarbpie")
    build(stage)
    done, failed = episodes(stage)
    assert done["quality_parts"]["succeeded"] == 1 and failed["quality_parts"]["succeeded"] == 0
    assert 0.5 < done["quality"] <= 1 and failed["quality"] <= 0.25
    assert set(done["quality_parts"]) == {"fresh", "grounded", "busy", "readable", "succeeded", "unique", "direct"}
    assert None not in done["quality_parts"].values()
    assert done["template"] == failed["template"] == "order a ·"
    assert len(done["likeness"]) == 64


def test_of_near_duplicates_one_is_unique(stage: Any) -> None:  # noqa: ANN401
    put(stage, "a1" * 16)
    put(stage, "a2" * 16)
    put(stage, "a3" * 16, word="Rhubarbpie")
    build(stage)
    assert [row["quality_parts"]["unique"] for row in episodes(stage)] == [1.0, 0.5, 1.0]


def test_what_scores_too_low_is_left_out_and_counted(stage: Any) -> None:  # noqa: ANN401
    done = put(stage, "a1" * 16, outcome="success")
    failed = put(stage, "a2" * 16, outcome="failure", word="Rhubarbpie")
    result = build(stage, min_quality=0.5)
    assert result.recordings == (done,) and result.episodes == 1
    assert result.below_quality == 1 and [one.reason for one in result.left_out] == ["below-quality"]
    assert [row["quality"] >= 0.5 for row in episodes(stage)] == [True]
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert (manifest["min_quality"], manifest["below_quality"]) == (0.5, 1)
    names = {file["name"] for part in manifest["parts"] for file in part["files"]}
    assert {path.name for path in result.folder.iterdir()} == names | {"manifest.json", "README.md"}
    assert failed not in result.recordings


def two_tasks(stage: Any) -> None:  # noqa: ANN401
    """A recording of two episodes: the first fails, the second succeeds."""
    recording = stage.made.make_recording("a1" * 16)
    ms = stage.made.ms
    marks = [
        Mark(time_ns=ms(10), seq=0, kind="task", detail="Order a Kumquat"),
        Mark(time_ns=ms(4000), seq=0, kind="outcome", detail="failure"),
        Mark(time_ns=ms(4100), seq=0, kind="task", detail="Drag it away"),
        Mark(time_ns=ms(9600), seq=0, kind="outcome", detail="success"),
    ]
    both = sorted([*recording.mark, *marks], key=lambda mark: mark.time_ns)
    stage.put(
        msgspec.structs.replace(
            recording, mark=tuple(msgspec.structs.replace(mark, seq=seq) for seq, mark in enumerate(both))
        )
    )


def test_one_of_a_recordings_episodes_is_left_out_with_all_that_is_its_own(stage: Any) -> None:  # noqa: ANN401
    two_tasks(stage)
    build(stage)
    whole = open_dataset(stage.home, "orders", identity=stage.identity)
    assert [(row["task"], row["outcome"]) for row in whole.episodes()] == [
        ("Order a Kumquat", "failure"), ("Drag it away", "success"),
    ]  # fmt: skip
    result = build(stage, min_quality=0.3)
    assert result.below_quality == 1 and result.episodes == 1 and not result.left_out
    left = open_dataset(stage.home, "orders", identity=stage.identity)
    left.verify()
    (kept,) = left.episodes()
    assert kept["task"] == "Drag it away" and kept["index"] == 0
    ids = {row["episode_id"] for name in ("steps", "trajectories") for row in left.tables[name].to_pylist()}
    assert ids == {kept["episode_id"]}
    needed = {step["still_id"] for step in left.steps()} - {None}
    assert set(left.still_ids()) == needed and needed < set(whole.still_ids())
    assert all(left.still_webp(still) == whole.still_webp(still) for still in needed)


def test_settling_again_gives_the_same_rows(stage: Any) -> None:  # noqa: ANN401
    put(stage, "a1" * 16)
    put(stage, "a2" * 16)
    build(stage)
    build(stage)
    assert episodes(stage, version=1) == episodes(stage, version=2)


def test_when_nothing_is_good_enough_there_is_no_version(stage: Any) -> None:  # noqa: ANN401
    put(stage, "a1" * 16, outcome="failure")
    with pytest.raises(BuildError, match="1 left out: no episode of it reaches the quality asked for"):
        build(stage, min_quality=0.9)
    with pytest.raises(BuildError, match="from 0 to 1, not 7"):
        build(stage, min_quality=7)


def test_the_observer_effect_is_refused_in_words_for_few_people(stage: Any) -> None:  # noqa: ANN401
    put(stage, "a1" * 16)
    result = build(stage)
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert manifest["observed"] == [] and "fewer than 5 people" in manifest["unobserved"]
    dataset = open_dataset(stage.home, "orders", identity=stage.identity)
    assert "Not told: fewer than 5 people" in dataset.card.markdown


def test_the_observer_effect_of_a_group_stands_in_the_card(stage: Any) -> None:  # noqa: ANN401
    for person in range(5):
        consent = f"{person:02x}" * 16
        with stage.catalogue() as catalogue:
            catalogue.add_contributor(f"w-{person}")
        stage.consent(consent, contributor=f"w-{person}")
        for session in range(6):
            recording = stage.made.make_recording(f"{person}{session:x}" * 16, consent_id=consent)
            info = msgspec.structs.replace(recording.info, contributor=f"w-{person}")
            stage.put(msgspec.structs.replace(recording, info=info))
    result = build(stage)
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert [(one["measure"], one["people"], one["sessions"], one["after"]) for one in manifest["observed"]] == [
        ("pace", 5, 6, None), ("corrections", 5, 6, None), ("applications", 5, 6, None),
    ]  # fmt: skip
    assert manifest["unobserved"] == "" and "w-0" not in json.dumps(manifest)
    dataset = open_dataset(stage.home, "orders", identity=stage.identity)
    assert "no change found over 5 people in the first 6 sessions" in dataset.card.markdown
