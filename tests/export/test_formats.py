"""Each format tells the dataset: places inside their targets, nothing half written, purpose and conditions said."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasets
import duckdb
import pyarrow.parquet as pq
import pytest
from msgspec import structs
from PIL import Image

from understudy.cli import importing
from understudy.dataset.manifest import Notice
from understudy.dataset.tables import TABLES
from understudy.export.folder import FolderInUse
from understudy.export.formats import FORMATS, export
from understudy.export.openai import actions
from understudy.export.opencua import pyautogui, share
from understudy.export.story import StoryStep, stories
from understudy.export.terms import CONDITIONS, IMPORTED_CONDITION
from understudy.export.unsayable import Unsayable
from understudy.records.actions import Action
from understudy.records.consent import IMPORTED

if TYPE_CHECKING:
    from tests.export.conftest import Memory

PLACE = re.compile(r"x=(0\.\d{4}|1\.0000), y=(0\.\d{4}|1\.0000)")
IN_TARGET = ("click", "double_click", "scroll", "drag")


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "trajectories.jsonl").read_text().splitlines()]


def step(**fields: Any) -> StoryStep:  # noqa: ANN401
    return StoryStep(
        id="s",
        index=0,
        action=Action(start_ns=0, end_ns=fields.pop("end_ns", 0), **fields),
        duration_known=True,
        target=None,
        target_confidence="none",
        still_id="i",
        frame_age_ms=0.0,
        screen=(1280, 800),
        app="",
        window_title="",
        url="",
    )


def test_the_fabricated_order_holds_every_kind_that_the_tests_need(full: Memory) -> None:
    kinds = set(full.tables["steps"]["kind"].to_pylist())
    assert kinds == {"click", "double_click", "drag", "scroll", "type", "hotkey", "press", "wait"}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_purpose_conditions_and_losses(full: Memory, tmp_path: Path, name: str) -> None:
    exported = export(full, name, tmp_path / "out")
    said = json.loads((tmp_path / "out" / "metadata.json").read_text())
    assert said["purpose"] == "train-own-agent" and len(said["conditions"]) >= 3
    assert said["loses"] == list(FORMATS[name].loses) and said["format"] == name
    assert said["counts"] == dict(exported.counts)
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "copy in the clear" in readme and "train-own-agent" in readme
    assert exported.bytes == sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())


@pytest.mark.parametrize("name", FORMATS)
def test_exporting_twice_gives_the_same_bytes(full: Memory, tmp_path: Path, name: str) -> None:
    contents = []
    for folder in ("a", "b"):
        export(full, name, tmp_path / folder)
        files = sorted(path for path in (tmp_path / folder).rglob("*") if path.is_file())
        contents.append({str(path.relative_to(tmp_path / folder)): path.read_bytes() for path in files})
    assert contents[0] == contents[1]


def test_a_folder_with_something_in_it_is_refused_and_untouched(full: Memory, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FolderInUse, match="not empty"):
        export(full, "opencua", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_taken(full: Memory, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export(full, "opencua", tmp_path / "out")
    assert (tmp_path / "out" / "trajectories.jsonl").is_file()


def test_an_export_that_fails_leaves_nothing(full: Memory, tmp_path: Path) -> None:
    broken = type(full)(full.manifest, full.tables, {})
    with pytest.raises(KeyError):
        export(broken, "opencua", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("levels", ["full", "targets"])
def test_opencua_places_lie_inside_their_targets(request: pytest.FixtureRequest, tmp_path: Path, levels: str) -> None:
    source: Memory = request.getfixturevalue(levels)
    export(source, "opencua", tmp_path / "out")
    [line] = lines(tmp_path / "out")
    [story] = stories(source)
    assert [told["value"]["action"] for told in line["traj"]] and len(line["traj"]) == len(story.steps)
    checked = 0
    for told, original in zip(line["traj"], story.steps, strict=True):
        assert told["index"] == original.index
        image = Image.open(tmp_path / "out" / told["image"])
        assert original.screen == image.size
        if original.action.kind not in IN_TARGET or original.target is None:
            continue
        found = PLACE.search(told["value"]["code"])
        assert found and original.target.bounds
        # As readers do it: multiply and truncate, or round.
        for turn in (int, round):
            x, y = turn(float(found[1]) * image.width), turn(float(found[2]) * image.height)
            assert original.target.bounds.contains(x, y), told["value"]["code"]
        checked += 1
    assert checked >= 10


def test_openai_places_lie_inside_their_targets_and_pictures(full: Memory, tmp_path: Path) -> None:
    export(full, "openai", tmp_path / "out")
    [line] = lines(tmp_path / "out")
    [story] = stories(full)
    calls = {item["call_id"]: item["action"] for item in line["items"] if item["type"] == "computer_call"}
    checked = 0
    for original in story.steps:
        call = calls[f"call_{original.index}_0"]
        if original.action.kind in IN_TARGET and original.target is not None and original.target.bounds is not None:
            at = call["path"][0] if call["type"] == "drag" else call
            assert original.target.bounds.contains(at["x"], at["y"])
            checked += 1
    assert checked >= 10
    assert line["tools"] == [
        {"type": "computer_use_preview", "environment": "linux", "display_width": 1280, "display_height": 800}
    ]
    images = [item["output"]["image_url"] for item in line["items"] if item["type"] == "computer_call_output"]
    images.append(line["items"][0]["content"][1]["image_url"])
    assert all((tmp_path / "out" / image).is_file() for image in images)
    assert {path.name for path in (tmp_path / "out" / "images").iterdir()} == {Path(image).name for image in images}


def test_each_computer_call_is_answered_by_the_picture_after_it(full: Memory, tmp_path: Path) -> None:
    export(full, "openai", tmp_path / "out")
    [line] = lines(tmp_path / "out")
    [story] = stories(full)
    outputs = {item["call_id"]: item["output"]["image_url"] for item in line["items"] if "output" in item}
    for before, after in zip(story.steps, story.steps[1:], strict=False):
        assert outputs[f"call_{before.index}_0"] == f"images/{after.still_id}.webp"


def test_the_secret_word_of_a_scrubbed_run_is_its_token(full: Memory, tmp_path: Path) -> None:
    export(full, "opencua", tmp_path / "out")
    [line] = lines(tmp_path / "out")
    assert "pyautogui.write(message='<EMAIL_1>')" in [told["value"]["code"] for told in line["traj"]]


def test_parquet_reads_in_pyarrow_duckdb_and_datasets(full: Memory, tmp_path: Path) -> None:
    export(full, "parquet", tmp_path / "out")
    for name in TABLES:
        table = pq.read_table(tmp_path / "out" / f"{name}.parquet")
        assert table.to_pylist() == full.tables[name].to_pylist()
        assert json.loads(table.schema.metadata[b"understudy"])["purpose"] == "train-own-agent"
    kinds = duckdb.sql(f"select kind, count(*) from '{tmp_path}/out/steps.parquet' group by kind").fetchall()
    assert sum(count for _, count in kinds) == full.tables["steps"].num_rows
    stills = datasets.load_dataset(str(tmp_path / "out"), "stills", split="train", cache_dir=str(tmp_path / "cache"))
    by_id = {row["still_id"]: row["image"] for row in stills}
    assert set(by_id) == set(full.stills)
    for still, image in by_id.items():
        assert image.convert("RGB").tobytes() == Image.open(io.BytesIO(full.stills[still])).convert("RGB").tobytes()
    steps = datasets.load_dataset(str(tmp_path / "out"), "steps", split="train", cache_dir=str(tmp_path / "cache"))
    assert steps[0]["kind"] == full.tables["steps"].to_pylist()[0]["kind"]


def test_a_place_on_the_last_pixel_stays_on_the_screen() -> None:
    for size in (800, 1280, 1920, 3840):
        for pixel in range(0, size, 7):
            assert int(float(share(pixel, size)) * size) == pixel == round(float(share(pixel, size)) * size)
    assert share(1328, 1366) == "0.9722" and share(745, 768) == "0.9701", "AgentNet's own numbers"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "click", "x": 640, "y": 400, "button": "left"}, "pyautogui.click(x=0.5000, y=0.5000)"),
        ({"kind": "click", "x": 640, "y": 400, "button": "right"}, "pyautogui.rightClick(x=0.5000, y=0.5000)"),
        ({"kind": "click", "x": 640, "y": 400, "button": "back"}, "pyautogui.hotkey(['alt', 'left'])"),
        ({"kind": "triple_click", "x": 640, "y": 400, "button": "left"}, "pyautogui.tripleClick(x=0.5000, y=0.5000)"),
        (
            {"kind": "click", "x": 0, "y": 0, "button": "left", "modifiers": ("ctrl",)},
            "pyautogui.keyDown('ctrl')\npyautogui.click(x=0.0000, y=0.0000)\npyautogui.keyUp('ctrl')",
        ),
        ({"kind": "scroll", "x": 0, "y": 0, "scroll_y": 5}, "pyautogui.scroll(-5, x=0.0000, y=0.0000)"),
        ({"kind": "scroll", "x": 0, "y": 0, "scroll_x": -2}, "pyautogui.hscroll(-2, x=0.0000, y=0.0000)"),
        ({"kind": "type", "text": "it's\n", "text_level": "text"}, 'pyautogui.write(message="it\'s\\n")'),
        ({"kind": "press", "keys": ("Down",), "count": 3}, "pyautogui.press('down', presses=3)"),
        ({"kind": "hotkey", "keys": ("ctrl", "shift", "t")}, "pyautogui.hotkey(['ctrl', 'shift', 't'])"),
        (
            {"kind": "hotkey", "keys": ("alt", "Tab"), "count": 2},
            "pyautogui.keyDown('alt')\npyautogui.press('tab', presses=2)\npyautogui.keyUp('alt')",
        ),
        ({"kind": "wait"}, "computer.wait()"),
        (
            {"kind": "drag", "x": 0, "y": 0, "to_x": 640, "to_y": 400, "button": "left"},
            "pyautogui.moveTo(x=0.0000, y=0.0000)\npyautogui.dragTo(x=0.5000, y=0.5000, button='left')",
        ),
    ],
)
def test_pyautogui_code(fields: dict[str, Any], code: str) -> None:
    assert pyautogui(step(**fields)) == code
    compile(code, "step", "exec")


def test_a_drag_that_returns_keeps_its_farthest_point() -> None:
    path = ((0, 64, 80), (1, 640, 400), (2, 64, 80))
    code = pyautogui(step(kind="drag", x=64, y=80, to_x=64, to_y=80, button="left", path=path))
    assert "moveTo(x=0.5000, y=0.5000)" in code and code.endswith("mouseUp(button='left')")


@pytest.mark.parametrize("told", [pyautogui, actions])
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "type", "text": "Aa 9", "text_level": "shape"}, "not kept"),
        ({"kind": "type", "text_level": "timing"}, "not kept"),
        ({"kind": "press", "keys": ("XF86AudioMute",)}, "no name"),
        ({"kind": "click", "x": 1300, "y": 5, "button": "left"}, "outside the screen"),
        ({"kind": "click", "button": "left"}, "no place"),
    ],
)
def test_what_can_not_be_said_is_left_out_with_its_reason(
    told: Callable[[StoryStep], object], fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Unsayable, match=reason):
        told(step(**fields))


def test_openai_actions() -> None:
    assert actions(step(kind="click", x=3, y=4, button="middle", modifiers=("ctrl",))) == [
        {"type": "click", "button": "wheel", "x": 3, "y": 4, "keys": ["CTRL"]}
    ]
    assert [call["type"] for call in actions(step(kind="triple_click", x=3, y=4, button="left"))] == [
        "double_click",
        "click",
    ]
    assert actions(step(kind="hotkey", keys=("ctrl", "c"))) == [{"type": "keypress", "keys": ["CTRL", "C"]}]
    assert len(actions(step(kind="press", keys=("Down",), count=3))) == 3
    assert actions(step(kind="scroll", x=1, y=2, scroll_y=-2)) == [
        {"type": "scroll", "x": 1, "y": 2, "scroll_x": 0, "scroll_y": -200}
    ]
    long_path = tuple((n, n, n) for n in range(500))
    [drag] = actions(step(kind="drag", x=0, y=0, to_x=499, to_y=499, button="left", path=long_path))
    assert len(drag["path"]) <= 51 and drag["path"][-1] == {"x": 499, "y": 499}


def test_left_out_steps_are_counted_by_reason(full: Memory, tmp_path: Path) -> None:
    table = full.tables["steps"]
    rows = table.to_pylist()
    for row in rows:
        if row["kind"] == "type":
            row["text_level"], row["text"] = "shape", "aaa"
    changed = {**full.tables, "steps": type(table).from_pylist(rows, schema=table.schema)}
    exported = export(type(full)(full.manifest, changed, full.stills), "opencua", tmp_path / "out")
    assert dict(exported.left_out) == {"the typed text was not kept": 3}
    assert "the typed text was not kept" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize("name", FORMATS)
def test_imported_recordings_say_whose_terms_hold(full: Memory, tmp_path: Path, name: str) -> None:
    [part] = full.manifest.parts
    notice = Notice(version=f"{IMPORTED}1", language="en", sha256="7" * 64)
    manifest = structs.replace(full.manifest, parts=(structs.replace(part, notice=notice),))
    source = type(full)(manifest, full.tables, full.stills)
    export(source, name, tmp_path / "out", notices={"7" * 64: "Made by others, on their terms.", "8" * 64: "Another."})
    said = json.loads((tmp_path / "out" / "metadata.json").read_text())["conditions"]
    assert said == [*CONDITIONS, IMPORTED_CONDITION]
    card = (tmp_path / "out" / "README.md").read_text()
    assert IMPORTED_CONDITION in card and "Imported on the terms of the provenance import-1" in card
    notices = (tmp_path / "out" / "NOTICES.md").read_text()
    assert "Made by others" in notices and "Another" not in notices


def test_what_the_importer_writes_is_known_as_imported() -> None:
    assert importing.NOTICE_VERSION.startswith(IMPORTED)
