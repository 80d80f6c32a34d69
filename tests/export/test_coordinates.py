"""Every format's places, read back as its readers do, lie on the element that was acted upon: on the very pixels."""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from understudy import dataset as datasets_on_disk
from understudy.build import build_dataset, open_dataset
from understudy.cli.export import register
from understudy.dataset.flatten import Levels
from understudy.export import anthropic
from understudy.export.formats import export
from understudy.export.scaling import Grid, Size, scaled
from understudy.export.story import Source, StoryStep, stories
from understudy.export.unsayable import Unsayable
from understudy.records.geometry import Rect
from understudy.records.recording import Recording

if TYPE_CHECKING:
    from tests.export.conftest import Memory
    from tests.export.scene import Scene

Place = tuple[int, int]
SIZES = ((1280, 800), (1600, 1000))


def load(relative: str) -> ModuleType:
    path = Path(__file__).parents[1] / relative
    name = f"places_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCENE = load("export/scene.py")


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def scene(request: pytest.FixtureRequest) -> Scene:
    made: Scene = SCENE.Scene(*request.param).everything()
    return made


@pytest.fixture(scope="module")
def shown(scene: Scene, to_memory: Callable[[Recording, Levels], Memory]) -> Memory:
    return to_memory(scene.recording(), Levels(motion="full"))


# How each format is read: (step, picture on disk, (x, y) on that picture) for each place of each step.
Read = Iterator[tuple[StoryStep, Path, Place]]


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "trajectories.jsonl").read_text().splitlines()]


def of(steps: list[StoryStep], words: str) -> StoryStep:
    """The step that these words tell, the first one not asked for yet."""
    for nth, step in enumerate(steps):
        if step.target is not None and f"“{step.target.name}”" in words:
            return steps.pop(nth)
    raise AssertionError(f"no step for {words!r}")


def pointing(source: Source) -> list[StoryStep]:
    return [step for story in stories(source) for step in story.steps if step.action.x is not None]


def read_opencua(folder: Path, source: Source) -> Read:
    steps = pointing(source)
    for told in (step for line in lines(folder) for step in line["traj"]):
        picture = folder / told["image"]
        width, height = Image.open(picture).size
        places = []
        for call in ast.walk(ast.parse(told["value"]["code"])):
            if isinstance(call, ast.Call):
                share = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
                if "x" in share:
                    assert 0 <= share["x"] <= 1 and 0 <= share["y"] <= 1
                    places.append((int(share["x"] * width), int(share["y"] * height)))
        if places:
            step = of(steps, told["value"]["action"])
            yield from ((step, picture, place) for place in places[:1])


def read_openai(folder: Path, source: Source) -> Read:
    steps = {step.index: step for step in pointing(source)}
    for line in lines(folder):
        shown = line["items"][0]["content"][1]["image_url"]
        for item in line["items"][1:]:
            if item["type"] == "computer_call":
                at = item["action"].get("path", [item["action"]])[0]
                if "x" in at:
                    yield steps[int(item["call_id"].split("_")[1])], folder / shown, (at["x"], at["y"])
            else:
                shown = item["output"]["image_url"]


def read_anthropic(folder: Path, source: Source) -> Read:
    steps = {step.index: step for step in pointing(source)}
    for line in lines(folder):
        picture = ""
        for message in line["messages"]:
            for block in message["content"]:
                if block["type"] == "image":
                    picture = block["source"]["url"]
                elif block["type"] == "tool_result" and "content" in block:
                    picture = block["content"][0]["source"]["url"]
                elif block["type"] == "tool_use":
                    at = block["input"].get("start_coordinate") or block["input"].get("coordinate")
                    # What follows within a step happens where its first part went.
                    if at and block["id"].endswith("_0"):
                        yield steps[int(block["id"].split("_")[1])], folder / picture, tuple(at)


def read_uitars(folder: Path, source: Source) -> Read:
    steps = pointing(source)
    for line in lines(folder):
        words = iter(line["understudy"]["steps_in_words"])
        for asked, answered in zip(line["messages"][::2], line["messages"][1::2], strict=True):
            picture = folder / asked["content"][-1]["image_url"]["url"]
            width, height = Image.open(picture).size
            told = next(words)
            found = re.search(r"start_box='\((\d+),(\d+)\)'", answered["content"])
            if found:
                u, v = int(found[1]), int(found[2])
                yield of(steps, told), picture, (int(u / 1000 * width), int(v / 1000 * height))


def read_browsergym(folder: Path, source: Source) -> Read:
    steps = pointing(source)
    for told in (step for line in lines(folder) for step in line["steps"]):
        found = re.search(r"(?:mouse_\w+|scroll_at)\((\d+), (\d+)", told["action"])
        if found:
            yield of(steps, told["words"]), folder / told["screenshot"], (int(found[1]), int(found[2]))


def read_pyautogui(folder: Path, source: Source) -> Read:
    """A script has no pictures: its comments name the dataset's stills."""
    steps = pointing(source)
    for script in sorted(folder.glob("*.py")):
        for comment, code in re.findall(r"    # \d+\. (.*)\n((?:    [^#\n].*\n)+)", script.read_text()):
            found, still = re.search(r"x=(\d+), y=(\d+)", code), re.search(r"\[(\S+)\]$", comment)
            if found and still:
                picture = folder / f"{still[1]}.webp"
                picture.write_bytes(source.still_webp(still[1]))
                yield of(steps, comment), picture, (int(found[1]), int(found[2]))


READERS: dict[str, Callable[[Path, Source], Read]] = {
    "opencua": read_opencua,
    "openai": read_openai,
    "anthropic": read_anthropic,
    "uitars": read_uitars,
    "browsergym": read_browsergym,
    "pyautogui": read_pyautogui,
}
PLACES = {"opencua": 22, "openai": 21, "anthropic": 20, "uitars": 15, "browsergym": 19, "pyautogui": 22}
"""Steps with a place in each format: an exporter that drops them all would pass otherwise."""


@pytest.mark.parametrize("name", READERS)
def test_places_hit_their_elements_on_the_pictures(shown: Memory, scene: Scene, tmp_path: Path, name: str) -> None:
    export(shown, name, tmp_path / "out")
    seen = set()
    for step, picture, (x, y) in READERS[name](tmp_path / "out", shown):
        assert step.target is not None and step.target.bounds is not None
        image = Image.open(picture).convert("RGB")
        colour = image.getpixel((x, y))
        # Drawn where readers put it, the place is on its element's own colour...
        assert colour == SCENE.colour_of(step.target.name) or step.target.name == "tiny", (name, step.target.name)
        # ... and back on the screen inside its bounds.
        screen = (scene.width, scene.height)
        back = Grid(screen, image.size).back(x, y)
        assert step.target.bounds.contains(*back), (name, step.target.name, back)
        if image.size == screen and name != "uitars":
            assert back == (step.action.x, step.action.y)
        seen.add(step.index)
    assert len(seen) == PLACES[name]


def test_pictures_are_scaled_for_anthropic_and_copied_for_the_others(
    shown: Memory, scene: Scene, tmp_path: Path
) -> None:
    for name in ("opencua", "openai", "anthropic", "uitars", "browsergym"):
        export(shown, name, tmp_path / name)
        for path in (tmp_path / name / "images").iterdir():
            size = Image.open(path).size
            if name == "anthropic":
                assert max(size) <= 1568 and size[0] * size[1] <= 1_150_000
                assert abs(size[0] / size[1] - scene.width / scene.height) < 0.01
            if size == (scene.width, scene.height):
                assert path.read_bytes() == shown.stills[path.stem]
            else:
                assert name == "anthropic"


def test_anthropics_exact_places_stand_beside_the_scaled_ones(shown: Memory, tmp_path: Path) -> None:
    export(shown, "anthropic", tmp_path / "out")
    [line] = lines(tmp_path / "out")
    exact = {step.index: [step.action.x, step.action.y] for step in pointing(shown)}
    told = [step for step in line["understudy"]["steps"] if "screen_px" in step]
    assert len(told) >= 19
    for step in told:
        assert step["screen_px"] == exact[int(step["tool_use_ids"][0].split("_")[1])]


@pytest.mark.parametrize("size", [(1280, 800), (1366, 768), (1024, 768), (800, 600)])
def test_a_screen_that_the_service_takes_is_not_scaled(size: Size) -> None:
    assert anthropic.fit(size) == size


@given(st.tuples(st.integers(1, 8000), st.integers(1, 8000)))
def test_no_picture_is_larger_than_the_service_takes(size: Size) -> None:
    width, height = anthropic.fit(size)
    assert 1 <= width <= min(1568, size[0]) and 1 <= height <= min(1568, size[1]) and width * height <= 1_150_000


@given(
    screen=st.integers(300, 5200),
    cells=st.one_of(st.just(1000), st.integers(200, 1568)),
    at=st.floats(0, 0.999999),
    width=st.integers(1, 200),
    offset=st.floats(0, 0.999999),
)
def test_readers_come_back_into_the_element(screen: int, cells: int, at: float, width: int, offset: float) -> None:
    cells = min(cells, screen) if cells != 1000 else cells
    value = int(at * screen)
    low = max(0, value - int(offset * width))
    bounds = Rect(low, 0, min(low + width, screen) - low, 1000)
    u, _ = Grid((screen, 1000), (cells, 1000)).place(value, 500, bounds)
    assert 0 <= u < max(cells, 2)
    cell_px = screen / cells
    for reading in (u / cells * screen, u * (screen / cells)):
        for back in (int(reading), round(reading)):
            assert abs(back - value) <= 2 * cell_px + 1
            if bounds.width >= 2 * cell_px + 1:
                assert low <= back < low + width


@given(st.integers(1, 6000).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_without_scaling_places_stay_as_they_are(sized: tuple[int, int]) -> None:
    size, value = sized
    grid = Grid((size, size), (size, size))
    assert grid.place(value, value) == (value, value) and grid.back(value, value) == (value, value)


@pytest.mark.parametrize(("x", "y"), [(None, 5), (5, None), (-1, 5), (5, -1), (1280, 5), (5, 800)])
def test_places_off_the_screen_are_refused(x: int | None, y: int | None) -> None:
    with pytest.raises(Unsayable, match="place"):
        Grid((1280, 800), (1000, 1000)).place(x, y)


def test_what_was_masked_stays_masked_when_scaled() -> None:
    """No fringe of a mask is lighter or darker than what lies on its two sides."""
    image = Image.new("RGB", (1920, 1080), (200, 200, 200))
    image.paste((0, 0, 0), (400, 300, 901, 601))
    path = io.BytesIO()
    image.save(path, "WEBP", lossless=True)
    small = Image.open(io.BytesIO(scaled(path.getvalue(), (1429, 804)))).convert("L")
    assert small.getextrema() == (0, 200)
    assert small.crop((299, 225, 669, 446)).getextrema() == (0, 0)


def test_a_step_whose_picture_shows_another_screen_is_left_out(full: Memory, tmp_path: Path) -> None:
    table = full.tables["steps"]
    rows = table.to_pylist()
    rows[2]["screen_width"] = 640
    changed = {**full.tables, "steps": type(table).from_pylist(rows, schema=table.schema)}
    for name in ("opencua", "openai", "anthropic", "uitars", "browsergym"):
        exported = export(type(full)(full.manifest, changed, full.stills), name, tmp_path / name)
        assert exported.left_out["the screen's size changed between its picture and it"] == 1
    exported = export(type(full)(full.manifest, changed, full.stills), "pyautogui", tmp_path / "pyautogui")
    assert exported.left_out["the screen's size had changed"] == 1


def test_a_recording_on_disk_goes_through_the_command_into_every_format(tmp_path: Path) -> None:
    """Sealed, built, exported by the command; then the dataset, opened by its folder, is what the export is held to."""
    stage = load("build/conftest.py").Stage(tmp_path / "home", load("dataset/fabricated.py"))
    stage.consent("c2" * 16, retention_days=36500)
    stage.put(SCENE.Scene(1440, 900).everything().recording("a1" * 16, "c2" * 16))
    build_dataset(stage.home, "scene", identity=stage.identity)
    app = typer.Typer()
    register(app)

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = stage.home

    opened = open_dataset(stage.home, "scene", identity=stage.identity)
    keys = {part.id: opened._keys[part.id] for part in opened.parts}
    source = datasets_on_disk.open(opened.folder, keys)
    for name, read in READERS.items():
        out = tmp_path / name
        done = CliRunner().invoke(app, ["export", "scene", "--to", name, "--out", str(out)])
        assert done.exit_code == 0, done.output
        hits = 0
        for step, picture, place in read(out, source):
            assert step.target is not None and step.target.bounds is not None
            image = Image.open(picture).convert("RGB")
            assert step.target.bounds.contains(*Grid((1440, 900), image.size).back(*place)), (name, step.target.name)
            hits += 1
        # The default motion level keeps no path, so the drag that returns to its start is gone.
        assert hits >= PLACES[name] - 1
        said = json.loads((out / "metadata.json").read_text())
        assert said["purpose"] == "train-own-agent" and said["conditions"]
