"""The elements on screen before a step, as a table of their own."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import understudy.dataset
from understudy.dataset.edit import edit_tables
from understudy.dataset.edit_operations import Delete
from understudy.dataset.flatten import Levels, tables_of
from understudy.dataset.manifest import Manifest, Notice
from understudy.dataset.sealing import part_key
from understudy.dataset.writer import finish_version, write_part


def test_a_step_tells_what_was_on_screen_and_which_of_it_was_meant(sealed: SimpleNamespace) -> None:
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    click, typed, *_ = dataset.steps()
    # What a step refers to is there, and what was seen when nobody acted any more.
    seen = dataset.tables["observations"].to_pylist()
    (first, second), ends = seen[::2], seen[1::2]
    episodes = {row["episode_id"] for row in dataset.tables["episodes"].to_pylist()}
    assert len(ends) == 2 and {row["observation_id"].removesuffix("-end") for row in ends} <= episodes
    assert click["observation_id"] == first["observation_id"] and first["recording_id"] != second["recording_id"]
    assert click["target_index"] == 1 and typed["observation_id"] is None and typed["target_index"] is None
    assert (first["x"], first["y"], first["width"], first["height"]) == (0, 0, 320, 100) and first["complete"]
    frame, entry, combo = first["elements"]
    assert (frame["role"], frame["parent"], frame["x"]) == ("frame", -1, None)
    assert (entry["role"], entry["name"], entry["parent"]) == ("entry", f"Name of {sealed.planted}", 0)
    assert (entry["x"], entry["y"], entry["width"], entry["height"]) == (20, 30, 100, 20)
    assert (entry["states"], entry["value_class"], combo["text"]) == ("focused,editable", "text", "Express")


def test_observations_go_with_the_episodes_that_needed_them(fabricated: ModuleType, sealed: SimpleNamespace) -> None:
    recording = fabricated.make_recording()
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    part = dataset.parts[0]
    tables = {name: dataset.table_of(part, name) for name in dataset.tables}
    assert tables["observations"].num_rows == 2
    assert edit_tables(tables, [])["observations"] == tables["observations"]
    assert edit_tables(tables, [Delete(0)])["observations"].num_rows == 0
    empty = tables_of(recording, [], pseudonym="x", consent=fabricated.make_consent(), levels=Levels())
    assert empty["observations"].num_rows == 0


def test_versions_written_before_there_were_observations_read_with_none(
    tmp_path: Path, fabricated: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = fabricated.make_recording()
    tables = tables_of(recording, [], pseudonym="x", consent=fabricated.make_consent(), levels=Levels())
    tables["steps"] = tables["steps"].drop_columns(["observation_id", "target_index"])
    older = {name: table for name, table in tables.items() if name != "observations"}
    monkeypatch.setattr("understudy.dataset.writer.TABLES", older)
    key, part_id, version_id = bytes(32), "01" * 16, "f0" * 16
    notice = Notice(version="1", language="en", sha256="ab" * 32)
    part = write_part(tmp_path, part_id, part_key(key, version_id), notice=notice, tables=older, stills=())
    manifest = Manifest(
        format=1, dataset="desk", version=version_id, number=1, revision=1, product_version="0.1.0",
        purpose="train-own-agent", motion="targets", timing="none", demo=False, parts=(part,),
    )  # fmt: skip
    finish_version(tmp_path, manifest)
    dataset = understudy.dataset.open(tmp_path, {part_id: part_key(key, version_id)})
    assert dataset.tables["observations"].num_rows == 0
    assert "observation_id" in dataset.tables["steps"].column_names
    dataset.verify()
