from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

import understudy.dataset
from understudy.dataset import DamagedPart, NoKey
from understudy.dataset.flatten import Levels
from understudy.dataset.tables import TABLES, schema


def test_a_version_comes_back_whole(sealed: SimpleNamespace) -> None:
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    assert list(dataset.tables) == list(TABLES)
    for name, table in dataset.tables.items():
        assert table.schema == schema(name)
    episodes = list(dataset.episodes())
    assert [row["task"] for row in episodes] == [f"Order a {sealed.planted}"] * 2
    assert episodes[0]["recording_id"] != episodes[1]["recording_id"]
    assert (episodes[0]["start_ms"], episodes[0]["end_ms"], episodes[0]["steps"]) == (0, 5000, 4)
    steps = list(dataset.steps(episodes[0]["episode_id"]))
    assert [step["kind"] for step in steps] == ["click", "type", "wait", "drag"]
    click = steps[0]
    assert (click["x"], click["y"], click["target_role"]) == (50, 40, "entry")
    assert (click["target_x"], click["target_y"], click["target_width"], click["target_height"]) == (20, 30, 100, 20)
    assert click["target_path"] == ["frame", "panel", "entry"]
    assert (click["screen_width"], click["screen_height"]) == (320, 200)
    assert steps[1]["text"] == sealed.planted.lower()
    assert len(list(dataset.steps())) == 8
    assert len(list(dataset.still_ids())) == 6
    image = dataset.still(click["still_id"])
    assert np.asarray(image).shape == (200, 320, 3)
    again = Image.open(io.BytesIO(dataset.still_webp(click["still_id"])))
    assert again.format == "WEBP"
    dataset.verify()


def test_times_are_relative_and_no_clock_is_told(sealed: SimpleNamespace) -> None:
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    marks = dataset.tables["marks"].to_pylist()
    assert "clock" not in {mark["kind"] for mark in marks}
    assert marks[0]["time_ms"] == 0
    for table in dataset.tables.values():
        for name in table.column_names:
            if name.endswith("_ms") and table[name].null_count < len(table):
                assert max(value for value in table[name].to_pylist() if value is not None) < 60_000
    assert "2026" not in str([table.to_pylist() for table in dataset.tables.values()])


def test_application_use_tells_spans_and_switches(seal_at: Callable[..., SimpleNamespace]) -> None:
    timed = seal_at("timed", Levels(timing="bucketed"))
    dataset = understudy.dataset.open(timed.folder, timed.keys)
    spans = list(next(dataset.batches("app_usage")).to_pylist())
    assert [(row["state"], row["app"], row["start_ms"], row["end_ms"]) for row in spans] == [
        ("focused", "Chromium", 0, 5000),
        ("focused", "Gedit", 5000, 7000),
        ("out_of_scope", "", 7000, 8000),
        ("focused", "Gedit", 8000, 8500),
        ("paused", "", 8500, 9500),
        ("focused", "Gedit", 9500, 10000),
    ]
    assert [row["switched"] for row in spans] == [False, True, True, True, True, True]


def test_a_key_that_is_missing_is_told_by_part(sealed: SimpleNamespace) -> None:
    one, two = sealed.keys
    with pytest.raises(NoKey, match=two):
        understudy.dataset.open(sealed.folder, {one: sealed.keys[one]})

    def keys(part_id: str) -> bytes:
        if part_id == two:
            raise LookupError("part of an erased recording")
        return bytes(sealed.keys[part_id])

    with pytest.raises(NoKey, match="part of an erased recording"):
        understudy.dataset.open(sealed.folder, keys)
    dataset = understudy.dataset.open(sealed.folder, keys, allow_missing=True)
    assert dataset.unopened == (two,)
    assert len(list(dataset.steps())) == 4
    assert len(list(dataset.still_ids())) == 3


def test_a_wrong_key_opens_nothing(sealed: SimpleNamespace) -> None:
    one, two = sealed.keys
    dataset = understudy.dataset.open(sealed.folder, {one: sealed.keys[two], two: sealed.keys[one]})
    with pytest.raises(DamagedPart, match="key doesn't open"):
        list(dataset.episodes())
    with pytest.raises(DamagedPart, match="key is another's"):
        list(dataset.still_ids())


def test_unknown_names_are_told(sealed: SimpleNamespace) -> None:
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    with pytest.raises(KeyError, match="no table"):
        dataset.tables["nonsense"]
    with pytest.raises(KeyError, match="no still"):
        dataset.still("nonsense")


def test_sealing_the_same_twice_opens_to_the_same(
    sealed: SimpleNamespace, seal_at: Callable[..., SimpleNamespace]
) -> None:
    other = seal_at("other")
    one, two = (understudy.dataset.open(version.folder, version.keys) for version in (sealed, other))
    for name in TABLES:
        assert one.tables[name].equals(two.tables[name], check_metadata=True)
    assert {still: one.still_webp(still) for still in one.still_ids()} == {
        still: two.still_webp(still) for still in two.still_ids()
    }


def test_application_use_on_the_nominal_clock_counts_steps_and_waits(sealed: SimpleNamespace) -> None:
    spans = list(next(understudy.dataset.open(sealed.folder, sealed.keys).batches("app_usage")).to_pylist())
    told = [(row["state"], row["app"], row["start_ms"], row["end_ms"]) for row in spans]
    assert told == [
        ("focused", "Chromium", 0, 2000),
        ("focused", "Gedit", 2000, 5000),
        ("focused", "Gedit", 5000, 7000),
    ]


def test_the_card_counts_what_opened(seal_at: Callable[..., SimpleNamespace]) -> None:
    timed = seal_at("timed", Levels(timing="bucketed"))
    card = understudy.dataset.open(timed.folder, timed.keys).card
    assert (card.recordings, card.contributors, card.episodes, card.steps, card.stills) == (2, 1, 2, 8, 6)
    assert card.kinds == {"click": 2, "type": 2, "wait": 2, "drag": 2}
    assert card.dropped == {("secure_field", "keys"): 2}
    assert card.apps == {"Chromium": 10.0, "Gedit": 6.0}
    assert card.recorded_s == 18.0
    assert "secure field (keys): 2" in card.markdown
    assert "one contributor" in card.markdown
    assert "anonym" not in card.markdown.lower()


@pytest.mark.parametrize(
    ("levels", "points", "strokes"),
    [
        (Levels(), [1, 2], 0),
        (Levels("coarse", "bucketed"), [5, 4], 15),
        (Levels("full", "full"), [18, 11], 15),
    ],
    ids=["targets", "coarse", "full"],
)
def test_levels_decide_how_much_motion_and_rhythm_is_told(
    seal_at: Callable[..., SimpleNamespace], levels: Levels, points: list[int], strokes: int
) -> None:
    version = seal_at("levels", levels)
    dataset = understudy.dataset.open(version.folder, version.keys)
    paths = next(dataset.batches("trajectories")).to_pylist()
    assert {row["level"] for row in paths} == {levels.motion}
    by_step = {row["step_id"][-1]: row["points"] for row in paths}
    assert [len(by_step["0"]), len(by_step["3"])] == points
    rows = next(dataset.batches("keystrokes"))
    assert len(rows) == strokes
    steps = list(next(dataset.batches("steps")).to_pylist())
    if levels.timing == "full":
        assert set(rows["dwell_ms"].to_pylist()) == {71}
        assert set(rows["flight_ms"].to_pylist()) == {None, 42}
        assert steps[0]["duration_ms"] == 87
    elif levels.timing == "bucketed":
        assert set(rows["dwell_ms"].to_pylist()) == {50}
        assert set(rows["flight_ms"].to_pylist()) == {None, 50}
    else:
        assert [step["duration_ms"] for step in steps] == [None, None, 2000, 500]
        assert [step["start_ms"] for step in steps] == [0, 1000, 2000, 4000]
        assert [point["t_ms"] for point in by_step["3"]] == [4000, 4500]
        assert [step["frame_age_ms"] for step in steps] == [0, 100, 100, 100]
    assert isinstance(rows, pa.Table)


def test_an_empty_recording_is_an_empty_part(tmp_path: Path, fabricated: ModuleType) -> None:
    from understudy.dataset.flatten import tables_of

    consent = fabricated.make_consent()
    tables = tables_of(fabricated.empty_recording(), [], pseudonym="0" * 32, consent=consent, levels=Levels())
    assert {name: len(table) for name, table in tables.items()} == dict.fromkeys(TABLES, 0)
