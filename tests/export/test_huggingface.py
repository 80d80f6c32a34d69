"""The folder for Hugging Face: `datasets` reads back every step with its picture, the hub's library its card."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import datasets
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard
from PIL import Image

from understudy.export import huggingface
from understudy.export.formats import export
from understudy.export.story import stories
from understudy.export.terms import CONDITIONS
from understudy.export.words import tell_action

if TYPE_CHECKING:
    from tests.export.conftest import Memory


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may ask a hub; what is read before the test began is set where it was read to."""
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def load(folder: Path, config: str | None = None) -> datasets.Dataset:
    return datasets.load_dataset(str(folder), config, split="train", cache_dir=str(folder.parent / "cache"))


def pixels(image: Image.Image) -> bytes:
    return image.convert("RGB").tobytes()


@pytest.mark.parametrize("levels", ["full", "targets"])
def test_every_step_comes_back_as_it_is_in_the_dataset(
    request: pytest.FixtureRequest, tmp_path: Path, levels: str
) -> None:
    source: Memory = request.getfixturevalue(levels)
    export(source, "huggingface", tmp_path / "out")
    steps = load(tmp_path / "out", "steps")
    assert isinstance(steps.features["image"], datasets.Image)
    own = source.tables["steps"].to_pylist()
    columns = source.tables["steps"].column_names
    found = steps.to_list()
    assert [{name: row[name] for name in columns} for row in found] == own
    paths = {row["step_id"]: row["points"] for row in source.tables["trajectories"].to_pylist()}
    assert [row["path"] for row in found] == [paths.get(row["step_id"], []) for row in own]
    [story] = stories(source)
    assert {row["task"] for row in found} == {story.task}
    assert [row["words"] for row in found] == [tell_action(step.action, step.target) for step in story.steps]


def test_pictures_come_back_pixel_for_pixel_and_targets_lie_on_them(full: Memory, tmp_path: Path) -> None:
    export(full, "huggingface", tmp_path / "out")
    for row in load(tmp_path / "out"):
        assert row["image"].size == (row["screen_width"], row["screen_height"])
        assert pixels(row["image"]) == pixels(Image.open(io.BytesIO(full.stills[row["still_id"]])))
        if row["x"] is not None:
            assert 0 <= row["x"] < row["image"].width and 0 <= row["y"] < row["image"].height


def test_saved_to_disk_it_loads_from_disk(full: Memory, tmp_path: Path) -> None:
    export(full, "huggingface", tmp_path / "out")
    steps = load(tmp_path / "out")
    steps.save_to_disk(str(tmp_path / "saved"))
    again = datasets.load_from_disk(str(tmp_path / "saved"))
    assert again.features == steps.features
    assert [row["step_id"] for row in again] == [row["step_id"] for row in steps]
    assert pixels(again[3]["image"]) == pixels(steps[3]["image"])


def test_the_default_configuration_is_the_steps_and_episodes_are_another(full: Memory, tmp_path: Path) -> None:
    export(full, "huggingface", tmp_path / "out")
    assert datasets.get_dataset_config_names(str(tmp_path / "out")) == ["steps", "episodes"]
    assert "image" in load(tmp_path / "out").column_names
    assert load(tmp_path / "out", "episodes").to_list() == full.tables["episodes"].to_pylist()


def test_the_card_says_purpose_and_conditions_in_the_hubs_own_fields(full: Memory, tmp_path: Path) -> None:
    export(full, "huggingface", tmp_path / "out")
    card = DatasetCard.load(tmp_path / "out" / "README.md")
    assert (card.data.license, card.data.license_link) == ("other", "LICENSE.md")
    assert "purpose:train-own-agent" in card.data.tags
    assert card.data.extra_gated_prompt.endswith(CONDITIONS[-1]) and card.data.viewer is False
    assert card.data.understudy["conditions"] == list(CONDITIONS)
    terms = (tmp_path / "out" / "LICENSE.md").read_text()
    assert all(condition in terms for condition in CONDITIONS) and "train-own-agent" in terms
    metadata = pq.read_schema(tmp_path / "out" / huggingface.STEPS).metadata
    assert json.loads(metadata[b"understudy"])["purpose"] == "train-own-agent"
    for said in ("## What was recorded", "## What was removed", "## Limits", "secure field"):
        assert said in card.text


def test_a_step_without_a_picture_has_a_null_image(full: Memory, tmp_path: Path) -> None:
    table = full.tables["steps"]
    rows = table.to_pylist()
    rows[2]["still_id"] = rows[2]["frame_age_ms"] = None
    changed = {**full.tables, "steps": type(table).from_pylist(rows, schema=table.schema)}
    exported = export(type(full)(full.manifest, changed, full.stills), "huggingface", tmp_path / "out")
    steps = load(tmp_path / "out")
    assert steps[2]["image"] is None and steps[3]["image"] is not None
    assert exported.counts["steps"] == len(steps)


def test_a_still_that_steps_share_is_stored_once(full: Memory, tmp_path: Path) -> None:
    exported = export(full, "huggingface", tmp_path / "out")
    ids = full.tables["steps"]["still_id"].to_pylist()
    assert len(set(ids)) < len(ids)
    assert exported.counts["stills"] == len(full.stills)
    size = (tmp_path / "out" / huggingface.STEPS).stat().st_size
    assert size < sum(len(full.stills[still]) for still in set(ids)) + 40_000


def test_small_row_groups_lose_nothing(full: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface, "GROUP_BYTES", 1)
    export(full, "huggingface", tmp_path / "out")
    file = pq.ParquetFile(tmp_path / "out" / huggingface.STEPS)
    assert file.num_row_groups == file.metadata.num_rows == full.tables["steps"].num_rows
    assert file.read(["step_id"])["step_id"].to_pylist() == full.tables["steps"]["step_id"].to_pylist()


def test_an_empty_dataset_keeps_its_columns(full: Memory, tmp_path: Path) -> None:
    empty = type(full)(full.manifest, {name: table.slice(0, 0) for name, table in full.tables.items()}, {})
    export(empty, "huggingface", tmp_path / "out")
    # `datasets` itself refuses splits without rows.
    file = pq.ParquetFile(tmp_path / "out" / huggingface.STEPS)
    assert file.metadata.num_rows == 0 and "image" in file.schema_arrow.names
