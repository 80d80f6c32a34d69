"""LeRobot v3: the layout and columns that its specification asks for, the dataset's own content, and its own reader."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasets
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from understudy.export import lerobot
from understudy.export.formats import export
from understudy.export.lerobot_stats import levels, of_levels
from understudy.export.story import StoryStep, stories
from understudy.export.words import tell_action

if TYPE_CHECKING:
    from tests.export.conftest import Memory

ROOT = Path(__file__).parents[2]
READER = ROOT / ".venv-lerobot" / "bin" / "python"


@pytest.fixture(scope="module")
def written(full: Memory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lerobot") / "out"
    export(full, "lerobot", folder)
    return folder


def info(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "meta" / "info.json").read_text())
    return told


def frames(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "data").glob("*/*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def steps(source: Memory) -> list[StoryStep]:
    return [step for story in stories(source) for step in story.steps]


def changed(source: Memory, **columns: dict[int, Any]) -> Memory:
    """The dataset with other values in some columns of `steps`, by row."""
    table = source.tables["steps"]
    rows = table.to_pylist()
    for name, values in columns.items():
        for row, value in values.items():
            rows[row][name] = value
    steps = type(table).from_pylist(rows, schema=table.schema)
    return type(source)(source.manifest, {**source.tables, "steps": steps}, source.stills)


def test_the_layout_is_the_formats_own(written: Path) -> None:
    files = {str(path.relative_to(written)) for path in written.rglob("*") if path.is_file()}
    assert files == {
        "LICENSE.md",
        "README.md",
        "metadata.json",
        "data/chunk-000/file-000.parquet",
        "meta/episodes/chunk-000/file-000.parquet",
        "meta/info.json",
        "meta/stats.json",
        "meta/tasks.parquet",
    }
    told = info(written)
    assert told["codebase_version"] == "v3.0" and told["splits"] == {"train": "0:1"}
    assert told["data_path"] == "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
    assert (told["chunks_size"], told["fps"], told["video_path"]) == (1000, 1, None)
    assert told["understudy"]["purpose"] == "train-own-agent" and told["understudy"]["conditions"]


def test_every_frame_has_what_the_features_say(written: Path) -> None:
    told = info(written)
    schema = pq.read_schema(written / "data/chunk-000/file-000.parquet")
    assert schema.names == list(told["features"])
    for frame in frames(written):
        for name, feature in told["features"].items():
            if feature["dtype"] == "image":
                assert Image.open(io.BytesIO(frame[name]["bytes"])).size == tuple(feature["shape"][1::-1])
            elif feature["shape"] != [1]:
                assert len(frame[name]) == feature["shape"][0] == len(feature["names"])


def test_indices_and_times_are_the_grid_that_readers_count_on(written: Path) -> None:
    rows = frames(written)
    count = len(rows)
    assert [row["index"] for row in rows] == [row["frame_index"] for row in rows] == list(range(count))
    assert [row["timestamp"] for row in rows] == [float(number) for number in range(count)]
    assert [row["next.done"] for row in rows] == [False] * (count - 1) + [True]
    assert {row["episode_index"] for row in rows} == {row["task_index"] for row in rows} == {0}
    [episode] = pq.read_table(written / lerobot.EPISODES).to_pylist()
    assert (episode["dataset_from_index"], episode["dataset_to_index"], episode["length"]) == (0, count, count)
    assert (episode["data/chunk_index"], episode["data/file_index"]) == (0, 0)


@pytest.mark.parametrize("levels_of", ["full", "targets"])
def test_actions_places_texts_and_times_are_the_datasets(
    request: pytest.FixtureRequest, tmp_path: Path, levels_of: str
) -> None:
    source: Memory = request.getfixturevalue(levels_of)
    export(source, "lerobot", tmp_path / "out")
    own = steps(source)
    rows = frames(tmp_path / "out")
    assert len(rows) == len(own)
    for row, step in zip(rows, own, strict=True):
        action, vector = step.action, dict(zip(lerobot.ACTION, row["action"], strict=True))
        [kind] = [name for name, value in vector.items() if name.startswith("kind.") and value]
        assert kind == f"kind.{action.kind}" and row["step.kind"] == action.kind
        for name in ("x", "y", "to_x", "to_y"):
            place = getattr(action, name)
            assert vector[name] == (-1 if place is None else place)
        assert [name[7:] for name, value in vector.items() if name.startswith("button.") and value] == (
            [action.button] if action.button else []
        )
        assert {name[5:] for name, value in vector.items() if name.startswith("held.") and value} == set(
            action.modifiers
        )
        assert (vector["scroll_x"], vector["scroll_y"], vector["count"]) == (
            action.scroll_x,
            action.scroll_y,
            action.count,
        )
        duration_s = (action.end_ns - action.start_ns) / 1e9 if step.duration_known else -1
        assert vector["duration_s"] == pytest.approx(duration_s, abs=1e-3)
        assert (row["step.text"], row["step.keys"]) == (action.text, "+".join(action.keys))
        assert (row["step.id"], row["step.start_ms"]) == (step.id, action.start_ns // 1_000_000)
        assert row["step.words"] == tell_action(action, step.target)


def test_places_lie_inside_the_targets_on_the_pictures(written: Path) -> None:
    checked = 0
    for row in frames(written):
        x, y = row["action"][lerobot.ACTION.index("x")], row["action"][lerobot.ACTION.index("y")]
        left, top, width, height = row["target.box"]
        picture = Image.open(io.BytesIO(row[lerobot.SCREEN]["bytes"]))
        assert row["observation.state"][2:] == list(picture.size)
        if x >= 0 and width >= 0:
            assert left <= x < left + width and top <= y < top + height
            checked += 1
    assert checked >= 10


def test_the_state_is_where_the_last_action_left_the_pointer(full: Memory, written: Path) -> None:
    rows = frames(written)
    assert rows[0]["observation.state"][:2] == [-1, -1]
    pointer = [-1.0, -1.0]
    for row, step in zip(rows, steps(full), strict=True):
        assert row["observation.state"][:2] == pointer
        action = step.action
        if action.kind == "drag":
            pointer = [action.to_x, action.to_y]
        elif action.x is not None:
            pointer = [action.x, action.y]


def test_stills_are_the_datasets_own(full: Memory, written: Path) -> None:
    own = steps(full)
    for row, step in zip(frames(written), own, strict=True):
        assert row[lerobot.SCREEN]["bytes"] == full.stills[step.still_id or ""]
    assert (written / "data/chunk-000/file-000.parquet").stat().st_size < sum(map(len, full.stills.values())) + 40_000


def test_tasks_are_looked_up_by_number_as_lerobot_does(full: Memory, written: Path) -> None:
    tasks = pd.read_parquet(written / "meta/tasks.parquet")
    [story] = stories(full)
    assert tasks.iloc[0].name == story.task and tasks.loc[story.task].task_index == 0


def test_datasets_reads_it_by_its_card(written: Path, tmp_path: Path) -> None:
    rows = datasets.load_dataset(str(written), split="train", cache_dir=str(tmp_path))
    assert rows[0][lerobot.SCREEN].size == (1280, 800)
    assert len(rows[0]["action"]) == len(lerobot.ACTION)


def test_statistics_are_those_of_the_content(full: Memory, written: Path) -> None:
    stats = json.loads((written / "meta/stats.json").read_text())
    rows = frames(written)
    actions = np.array([row["action"] for row in rows], np.float64)
    assert stats["action"]["count"] == [len(rows)]
    for what, value in (("min", actions.min(0)), ("max", actions.max(0)), ("mean", actions.mean(0))):
        assert stats["action"][what] == pytest.approx(value, abs=1e-4)
    assert stats["action"]["std"] == pytest.approx(actions.std(0), abs=1e-3)
    assert set(stats) == {name for name, one in info(written)["features"].items() if one["dtype"] != "string"}
    count = stats[lerobot.SCREEN]["count"][0]
    assert count == lerobot.SAMPLED < len(rows)
    chosen = [steps(full)[round(n * (len(rows) - 1) / (count - 1))] for n in range(count)]
    pixels = np.stack(
        [np.asarray(Image.open(io.BytesIO(full.stills[step.still_id or ""])).convert("RGB")) for step in chosen]
    )
    assert np.ravel(stats[lerobot.SCREEN]["mean"]) == pytest.approx(pixels.mean((0, 1, 2)) / 255, abs=0.02)
    assert np.shape(stats[lerobot.SCREEN]["q50"]) == (3, 1, 1)
    [episode] = pq.read_table(written / lerobot.EPISODES).to_pylist()
    assert episode["stats/action/mean"] == stats["action"]["mean"]


def test_levels_give_exact_statistics() -> None:
    pixels = np.random.default_rng(3).integers(20, 200, (40, 50, 3), np.uint8)
    found = of_levels(levels(Image.fromarray(pixels)), 1)
    flat = pixels.reshape(-1, 3) / 255
    for what, value in (("min", flat.min(0)), ("max", flat.max(0)), ("mean", flat.mean(0)), ("std", flat.std(0))):
        assert np.ravel(found[what]) == pytest.approx(value), what
    expected = np.quantile(flat, [0.01, 0.5, 0.99], axis=0)
    assert np.array([np.ravel(found[q]) for q in ("q01", "q50", "q99")]) == pytest.approx(expected, abs=1 / 255)


def test_pictures_of_several_sizes_share_a_canvas_and_keep_their_coordinates(full: Memory, tmp_path: Path) -> None:
    first = steps(full)[0].still_id or ""
    buffer = io.BytesIO()
    Image.new("RGB", (640, 900), (200, 10, 10)).save(buffer, "WEBP", lossless=True)
    source = type(full)(full.manifest, full.tables, full.stills | {first: buffer.getvalue()})
    exported = export(source, "lerobot", tmp_path / "out")
    assert info(tmp_path / "out")["features"][lerobot.SCREEN]["shape"] == [900, 1280, 3]
    shown: dict[str, Image.Image] = {}
    for row in frames(tmp_path / "out"):
        picture = Image.open(io.BytesIO(row[lerobot.SCREEN]["bytes"])).convert("RGB")
        assert picture.size == (1280, 900)
        shown[Path(row[lerobot.SCREEN]["path"]).stem] = picture
        width, height = map(int, row["observation.state"][2:])
        own = Image.open(io.BytesIO(source.stills[Path(row[lerobot.SCREEN]["path"]).stem])).convert("RGB")
        assert own.size == (width, height)
        assert picture.crop((0, 0, width, height)).tobytes() == own.tobytes()
        assert row["action"][lerobot.ACTION.index("x")] < width
    # What lay right of the small picture can't be said on it.
    assert sum(exported.left_out.values()) == len(steps(full)) - len(frames(tmp_path / "out"))


def test_what_it_can_not_say_is_left_out_and_counted(full: Memory, tmp_path: Path) -> None:
    own = steps(full)
    typed = [number for number, step in enumerate(own) if step.action.kind == "type"]
    source = changed(
        full,
        text_level=dict.fromkeys(typed, "shape"),
        still_id={0: None},
        x={2: 5000},
    )
    exported = export(source, "lerobot", tmp_path / "out")
    assert dict(exported.left_out) == {
        "there is no picture before it": 1,
        "the typed text was not kept": len(typed),
        "its place lies outside the screen": 1,
    }
    rows = frames(tmp_path / "out")
    assert [row["frame_index"] for row in rows] == list(range(len(own) - 2 - len(typed)))
    assert not any(row["step.kind"] == "type" for row in rows)


def test_files_and_chunks_follow_on_one_another(full: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lerobot, "FILE_BYTES", 1)
    monkeypatch.setattr(lerobot, "CHUNK_FILES", 2)
    table = full.tables["episodes"]
    ids = full.tables["steps"]["step_id"].to_pylist()
    row = table.to_pylist()[0]
    episodes = [row | {"episode_id": f"e{n}", "index": n, "task": f"task {n % 2}"} for n in range(5)]
    source = changed(full, episode_id={n: f"e{n % 5}" for n in range(len(ids))})
    source = type(full)(
        full.manifest,
        {**source.tables, "episodes": type(table).from_pylist(episodes, schema=table.schema)},
        full.stills,
    )
    export(source, "lerobot", tmp_path / "out")
    files = sorted(str(path.relative_to(tmp_path / "out/data")) for path in (tmp_path / "out/data").rglob("*.parquet"))
    assert files == [
        f"chunk-{chunk:03d}/file-{file:03d}.parquet" for chunk, file in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0))
    ]
    rows = frames(tmp_path / "out")
    assert [row["index"] for row in rows] == list(range(len(ids)))
    for episode in pq.read_table(tmp_path / "out" / lerobot.EPISODES).to_pylist():
        path = lerobot.DATA.format(chunk_index=episode["data/chunk_index"], file_index=episode["data/file_index"])
        found = pq.read_table(tmp_path / "out" / path).to_pylist()
        assert [row["index"] for row in found] == list(
            range(episode["dataset_from_index"], episode["dataset_to_index"])
        )
        assert {row["task_index"] for row in found} == {episode["episode_index"] % 2}
    assert info(tmp_path / "out")["total_tasks"] == 2


def test_an_empty_dataset_keeps_its_columns(full: Memory, tmp_path: Path) -> None:
    empty = type(full)(full.manifest, {name: table.slice(0, 0) for name, table in full.tables.items()}, {})
    export(empty, "lerobot", tmp_path / "out")
    assert frames(tmp_path / "out") == [] and info(tmp_path / "out")["total_frames"] == 0


@pytest.mark.skipif(not READER.exists(), reason="make lerobot installs LeRobot (2 GB) and runs this")
def test_lerobot_itself_reads_it(full: Memory, written: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [READER, ROOT / "tools" / "lerobot_reads.py", written],
        env={"HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    rows = frames(written)
    [story] = stories(full)
    assert (found["episodes"], found["fps"], found["purpose"]) == (1, 1, "train-own-agent")
    assert len(found["frames"]) == len(rows)
    for read, row, step in zip(found["frames"], rows, story.steps, strict=True):
        assert read["task"] == story.task
        for name, value in row.items():
            if name != lerobot.SCREEN:
                assert read[name] == pytest.approx(value, abs=1e-4), name
        picture = Image.open(io.BytesIO(full.stills[step.still_id or ""])).convert("RGB")
        assert read[lerobot.SCREEN]["shape"] == [3, picture.height, picture.width]
        assert read[lerobot.SCREEN]["sha256"] == hashlib.sha256(picture.tobytes()).hexdigest()
    for action, after in zip(found["next_actions"], rows[1:], strict=False):
        assert action == pytest.approx(after["action"], abs=1e-4)
    assert found["policy"] == ["action", "observation.images.screen", "observation.state"]
    assert found["batch"]["action"] == [4, len(lerobot.ACTION)]
    assert np.shape(found["stats"]["observation.images.screen"]["mean"]) == (3, 1, 1)
