"""MCAP: its own reader finds every row, every time and every picture; the purpose stands in its metadata record."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import math
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mcap.reader import make_reader
from PIL import Image

from understudy.export import mcap
from understudy.export.formats import FORMATS, MissingPackage, check_installed, export
from understudy.export.story import Story, StoryStep, stories
from understudy.export.terms import CONDITIONS
from understudy.export.words import tell_action

if TYPE_CHECKING:
    from tests.export.conftest import Memory

Told = dict[str, list[tuple[int, dict[str, Any]]]]


def read(path: Path) -> Told:
    """Each stream's messages with their times, in the file's order of time."""
    told: Told = defaultdict(list)
    with path.open("rb") as file:
        for _, channel, message in make_reader(file, validate_crcs=True).iter_messages():
            told[channel.topic].append((message.log_time, json.loads(message.data)))
    return told


@pytest.fixture(scope="module")
def written(full: Memory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mcap") / "out"
    export(full, "mcap", folder)
    [path] = folder.glob("*.mcap")
    return path


@pytest.fixture(scope="module")
def told(written: Path) -> Told:
    return read(written)


def start_ns(story: Story, step: StoryStep) -> int:
    return story.start_ms * 1_000_000 + step.action.start_ns


def test_streams_and_schemas_are_those_that_viewers_know(written: Path) -> None:
    with written.open("rb") as file:
        summary = make_reader(file).get_summary()
    assert summary is not None and summary.statistics is not None
    names = {channel.topic: summary.schemas[channel.schema_id] for channel in summary.channels.values()}
    assert set(names) == set(mcap.SCHEMAS)
    assert names["/screen"].name == "foxglove.CompressedImage"
    assert names["/screen/action"].name == "foxglove.ImageAnnotations"
    assert {schema.encoding for schema in names.values()} == {"jsonschema"}
    assert {channel.message_encoding for channel in summary.channels.values()} == {"json"}
    assert summary.statistics.message_start_time >= 0


def test_purpose_and_conditions_are_its_metadata(written: Path) -> None:
    with written.open("rb") as file:
        [record] = make_reader(file).iter_metadata()
    assert record.name == "understudy" and record.metadata["recording"] == "r0"
    assert record.metadata["purpose"] == "train-own-agent"
    assert json.loads(record.metadata["conditions"]) == list(CONDITIONS)
    assert json.loads(record.metadata["demo"]) is True


@pytest.mark.parametrize("levels", ["full", "targets"])
def test_every_row_comes_back_at_its_time(request: pytest.FixtureRequest, tmp_path: Path, levels: str) -> None:
    source: Memory = request.getfixturevalue(levels)
    export(source, "mcap", tmp_path / "out")
    told = read(tmp_path / "out" / "r0.mcap")
    [story] = stories(source)
    rows = source.tables["steps"].to_pylist()
    strokes = source.tables["keystrokes"].to_pylist()
    assert len(told["/steps"]) == len(rows)
    for (time_ns, found), row, step in zip(told["/steps"], rows, story.steps, strict=True):
        assert time_ns == start_ns(story, step)
        assert found.pop("words") == tell_action(step.action, step.target)
        assert found.pop("keystrokes") == [stroke for stroke in strokes if stroke["step_id"] == row["step_id"]]
        assert found == row
    assert [body for _, body in told["/episodes"]] == source.tables["episodes"].to_pylist()
    for topic, column in (("/app_usage", "start_ms"), ("/marks", "time_ms")):
        table = source.tables[topic[1:]].to_pylist()
        assert [body for _, body in told[topic]] == table
        assert [time_ns for time_ns, _ in told[topic]] == [row[column] * 1_000_000 for row in table]
    pointed = sorted(
        (story.start_ms + point["t_ms"], row["step_id"], point["x"], point["y"])
        for row in source.tables["trajectories"].to_pylist()
        for point in row["points"]
    )
    assert pointed == sorted(
        (time_ns // 1_000_000, body["step_id"], body["x"], body["y"]) for time_ns, body in told["/pointer"]
    )


def test_messages_have_what_their_schemas_say(told: Told) -> None:
    for topic, (_, schema) in mcap.SCHEMAS.items():
        assert told[topic], topic
        for _, body in told[topic]:
            assert set(body) == set(schema["properties"]), topic
            for name, one in schema["properties"].items():
                kinds = one["type"] if isinstance(one["type"], list) else [one["type"]]
                python = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "array": list}
                python |= {"object": dict, "null": type(None)}
                assert any(isinstance(body[name], python[kind]) for kind in kinds), (topic, name, body[name])


def test_stills_are_the_datasets_own_each_once_and_before_its_step(full: Memory, told: Told) -> None:
    found = [(time_ns, base64.b64decode(body["data"])) for time_ns, body in told["/screen"]]
    assert sorted(webp for _, webp in found) == sorted(full.stills.values())
    assert {(body["format"], body["frame_id"]) for _, body in told["/screen"]} == {("webp", "screen")}
    [story] = stories(full)
    for step in story.steps:
        # What a viewer shows at the step's time is the step's own picture.
        shown = [webp for time_ns, webp in found if time_ns <= start_ns(story, step)][-1]
        assert shown == full.stills[step.still_id or ""]


def test_what_is_drawn_lies_on_the_target(full: Memory, told: Told) -> None:
    [story] = stories(full)
    checked = 0
    for (_, body), step in zip(told["/screen/action"], story.steps, strict=True):
        assert body["texts"][0]["text"] == tell_action(step.action, step.target)
        if step.action.x is None or step.target is None or step.target.bounds is None:
            continue
        box, [loop], place = step.target.bounds, body["points"], body["circles"][0]["position"]
        corners = {(point["x"], point["y"]) for point in loop["points"]}
        assert corners == {(x, y) for x in (box.x, box.right) for y in (box.y, box.bottom)} and loop["type"] == 2
        assert box.contains(math.floor(place["x"]), math.floor(place["y"]))
        picture = Image.open(io.BytesIO(full.stills[step.still_id or ""]))
        assert box.right <= picture.width and box.bottom <= picture.height
        checked += 1
    assert checked >= 10


def test_a_picture_stands_never_before_the_step_that_it_shows_the_end_of(full: Memory, tmp_path: Path) -> None:
    table = full.tables["steps"]
    rows = table.to_pylist()
    for row in rows:
        row["frame_age_ms"] = None if row["still_id"] is None else 60_000.0
    source = type(full)(
        full.manifest, {**full.tables, "steps": type(table).from_pylist(rows, schema=table.schema)}, full.stills
    )
    export(source, "mcap", tmp_path / "out")
    found = read(tmp_path / "out" / "r0.mcap")
    times = [time_ns for time_ns, _ in found["/screen"]]
    assert times == sorted(times) and times[0] >= 0


def test_without_the_package_one_line_names_the_extra(
    full: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "mcap" else find(name))
    with pytest.raises(MissingPackage, match=r"pip install 'understudy\[export\]'") as raised:
        export(full, "mcap", tmp_path / "out")
    assert "\n" not in str(raised.value) and not (tmp_path / "out").exists()
    for name in FORMATS:
        if name != "mcap":
            check_installed(name)


def test_the_package_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, understudy.export.formats; print([n for n in sys.modules if n.split('.')[0] == 'mcap'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
