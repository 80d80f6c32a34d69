"""The recipe for pixels, run on a tiny random model of a real class: from rows and pictures to a model that answers."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

from understudy.learn import vision
from understudy.learn.endpoint import Answer
from understudy.learn.vision import (
    Recipe,
    Sight,
    VisionMissing,
    action_of,
    conversation,
    conversations,
    in_px,
    tune,
)


def _load(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"learn_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


STEP: dict[str, Any] = {
    **{"kind": "click", "x": 200, "y": 150, "to_x": None, "to_y": None, "text": "", "keys": [], "still_id": "s"},
    **{"scroll_x": 0, "scroll_y": 0, "screen_width": 800, "screen_height": 600},
}
RED, BLUE = (Image.new("RGB", (80, 60), name) for name in ("red", "blue"))


class Rows:
    """As much of a dataset as the recipe reads."""

    def __init__(self, *steps: dict[str, Any], outcome: str | None = "success") -> None:
        self.rows = steps
        self.outcome = outcome
        self.opened = 0

    def episodes(self) -> Iterator[dict[str, Any]]:
        yield {"episode_id": "e", "task": "Press the red one", "outcome": self.outcome}

    def steps(self, episode_id: str) -> Iterator[dict[str, Any]]:
        yield from self.rows

    def still(self, still_id: str) -> Image.Image:
        self.opened += 1
        return Image.new("RGBA", (800, 600), "red")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"kind": "click", "x": 250, "y": 250}),
        ({"x": 800, "y": 0}, {"kind": "click", "x": 1000, "y": 0}),
        ({"kind": "drag", "to_x": 400, "to_y": 600}, {"kind": "drag", "x": 250, "y": 250, "to_x": 500, "to_y": 1000}),
        ({"kind": "drag"}, None),
        ({"kind": "type", "x": None, "text": "<EMAIL_1> é"}, {"kind": "type", "text": "<EMAIL_1> é"}),
        ({"kind": "type", "x": None}, None),
        ({"kind": "hotkey", "x": None, "keys": ["Control_L", "s"]}, {"kind": "hotkey", "keys": ["Control_L", "s"]}),
        ({"kind": "scroll", "scroll_y": 3}, {"kind": "scroll", "x": 250, "y": 250, "dx": 0, "dy": 3}),
        ({"screen_width": None}, None),
    ],
)
def test_a_step_in_words(changes: dict[str, Any], expected: dict[str, Any] | None) -> None:
    said = action_of(STEP | changes)
    assert (None if said is None else json.loads(said)) == expected


def test_what_can_be_said_becomes_a_conversation_and_the_rest_stands_in_its_past() -> None:
    silent = STEP | {"kind": "type", "x": None, "y": None}
    blind = STEP | {"still_id": None}
    rows = Rows(STEP, silent, blind, STEP | {"x": 400})
    made = list(conversations(rows, most_side_px=400))  # type: ignore[arg-type]
    assert [json.loads(each["completion"][0]["content"][0]["text"])["x"] for each in made] == [250, 500]
    asked = made[1]["prompt"][0]["content"]
    assert asked[0] == {"type": "image"}
    assert "Task: Press the red one" in asked[1]["text"]
    assert '{"kind": "type"} {"kind": "click", "x": 250, "y": 250}' in asked[1]["text"]
    assert made[0]["images"][0].size == (400, 300)
    assert made[0]["images"][0].mode == "RGB"
    assert rows.opened == 2


def test_what_failed_is_left_out_unless_it_is_wanted() -> None:
    rows = Rows(STEP, outcome="failure")
    assert list(conversations(rows)) == []  # type: ignore[arg-type]
    assert len(list(conversations(rows, keep=lambda _row: True))) == 1  # type: ignore[arg-type]


def test_places_in_px() -> None:
    assert in_px(Answer("click", x=500, y=250), 800, 600) == Answer("click", x=400, y=150)
    assert in_px(Answer("type", text="a"), 800, 600) == Answer("type", text="a")


def test_nothing_to_learn_from_and_a_folder_in_use(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no step to learn from"):
        tune([], Recipe(base="nowhere"), tmp_path / "new")
    with pytest.raises(FileExistsError, match="expected a new folder"):
        tune([], Recipe(base="nowhere"), tmp_path)


def test_without_the_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "trl", None)
    with pytest.raises(VisionMissing, match=r"trl is missing.*understudy\[vision\]"):
        tune(examples(), Recipe(base=str(tmp_path)), tmp_path / "new")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model's folder, made without any download."""
    folder = tmp_path_factory.mktemp("tiny") / "base"
    _load("tiny_vision").make(folder)
    return folder


def examples() -> list[dict[str, Any]]:
    said = ('{"kind": "click", "x": 100, "y": 5}', '{"kind": "click", "x": 900, "y": 5}')
    return [conversation("press it", [], picture, words) for picture, words in zip((RED, BLUE), said, strict=True)]


def test_the_whole_model_learns_to_say_actions(base: Path, tmp_path: Path) -> None:
    heard: list[tuple[int, float]] = []
    recipe = Recipe(base=str(base), steps=30, batch=2, accumulate=1, rate=2e-2, rank=0)
    tuned = tune(examples(), recipe, tmp_path / "tuned", lambda step, loss: heard.append((step, loss)))
    assert tuned.examples == 2
    assert tuned.losses[-1] < 0.5 * tuned.losses[0]
    assert [loss for _, loss in heard] == list(tuned.losses)
    assert isinstance(Sight(tmp_path / "tuned", most_tokens=8).answer("press it", [], RED), Answer)


def test_adapters_learn_and_leave_the_model_as_it_was(base: Path, tmp_path: Path) -> None:
    before = (base / "model.safetensors").read_bytes()
    recipe = Recipe(base=str(base), steps=6, batch=2, accumulate=1, rate=2e-2, rank=4)
    tuned = tune(lambda: iter(examples()), recipe, tmp_path / "adapted")
    assert tuned.losses[-1] < tuned.losses[0]
    assert (base / "model.safetensors").read_bytes() == before
    written = sorted(path.name for path in (tmp_path / "adapted").iterdir())
    assert "adapter_model.safetensors" in written
    assert "model.safetensors" not in written
    assert isinstance(Sight(tmp_path / "adapted", most_tokens=2).answer("press it", [], BLUE), Answer)


def test_nothing_is_asked_of_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vision, "_packages", lambda: pytest.fail("it went on without a model on this machine"))
    with pytest.raises(FileNotFoundError, match="nobody/has-this-model: no such folder"):
        tune(examples(), Recipe(base="nobody/has-this-model", steps=1), tmp_path / "new")
