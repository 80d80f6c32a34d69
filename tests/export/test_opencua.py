"""Lines have AgentNet's fields, each of its type; code is pyautogui's, and pyautogui itself takes it."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from understudy.export.formats import export
from understudy.export.opencua import pyautogui
from understudy.export.story import StoryStep
from understudy.records.actions import Action

if TYPE_CHECKING:
    from tests.export.conftest import Memory

EPISODE: dict[str, tuple[type, ...]] = {
    "task_id": (str,),
    "instruction": (str,),
    "task_completed": (bool, type(None)),
    "alignment_score": (int, type(None)),
    "efficiency_score": (int, type(None)),
    "task_difficulty": (int, type(None)),
    "reason": (str,),
    "actual_task": (str,),
    "natural_language_task": (str,),
    "traj": (list,),
}
STEP: dict[str, tuple[type, ...]] = {"index": (int,), "image": (str,), "value": (dict,)}
VALUE: dict[str, tuple[type, ...]] = {
    "observation": (str,),
    "thought": (str,),
    "action": (str,),
    "code": (str,),
    "last_step_correct": (bool, type(None)),
    "last_step_redundant": (bool, type(None)),
    "reflection": (str,),
}
VOCABULARY = {
    *("click", "doubleClick", "rightClick", "middleClick", "tripleClick", "moveTo", "dragTo", "scroll", "hscroll"),
    *("write", "press", "hotkey", "wait", "terminate"),
}
BEYOND = {"mouseDown", "mouseUp", "keyDown", "keyUp", "sleep"}
"""pyautogui's own words for what AgentNet has none: told in the format's losses."""


def step(**fields: Any) -> StoryStep:  # noqa: ANN401
    return StoryStep(
        id="s", index=0, action=Action(**{"start_ns": 0, "end_ns": 0, **fields}), duration_known=True, target=None,
        target_confidence="none", still_id="f1", frame_age_ms=0.0, screen=(1280, 800), app="", window_title="", url="",
    )  # fmt: skip


def check(given: dict[str, Any], fields: dict[str, tuple[type, ...]]) -> None:
    assert [name for name in given if name != "understudy"] == list(fields)
    for name, types in fields.items():
        assert isinstance(given[name], types), name


def called(code: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(module, function, keyword arguments) of each call; every statement is one."""
    found = []
    for statement in ast.parse(code).body:
        assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call), code
        function = statement.value.func
        assert isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
        named = {word.arg or "": ast.literal_eval(word.value) for word in statement.value.keywords}
        found.append((function.value.id, function.attr, named))
    return found


def test_every_field_is_there_and_of_its_type(full: Memory, tmp_path: Path) -> None:
    export(full, "opencua", tmp_path / "out")
    for text in (tmp_path / "out" / "trajectories.jsonl").read_text().splitlines():
        line = json.loads(text)
        check(line, EPISODE)
        assert line["understudy"]["purpose"] == "train-own-agent" and line["understudy"]["conditions"]
        for index, told in enumerate(line["traj"]):
            check(told, STEP)
            check(told["value"], VALUE)
            assert told["index"] == index and (tmp_path / "out" / told["image"]).is_file()
            for module, function, named in called(told["value"]["code"]):
                assert (module, function) == ("computer", "wait") or module == "pyautogui"
                assert function in VOCABULARY | BEYOND
                if "x" in named:
                    # Readers turn shares into px in the words that they know, and in no others.
                    assert function in VOCABULARY and 0 <= named["x"] <= 1 and 0 <= named["y"] <= 1
            assert all(
                re.fullmatch(r"[01]\.\d{4}", share) for share in re.findall(r"[xy]=([^,)]+)", told["value"]["code"])
            )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "click", "button": "left", "x": 640, "y": 400}, "pyautogui.click(x=0.5000, y=0.5000)"),
        ({"kind": "double_click", "button": "left", "x": 640, "y": 400}, "pyautogui.doubleClick(x=0.5000, y=0.5000)"),
        ({"kind": "type", "text": "it's", "text_level": "text"}, 'pyautogui.write(message="it\'s")'),
        ({"kind": "press", "keys": ("Return",)}, "pyautogui.press('enter')"),
        ({"kind": "hotkey", "keys": ("ctrl", "c")}, "pyautogui.hotkey(['ctrl', 'c'])"),
        ({"kind": "scroll", "x": 640, "y": 400, "scroll_y": 5}, "pyautogui.scroll(-5, x=0.5000, y=0.5000)"),
        ({"kind": "wait", "end_ns": 5}, "computer.wait()"),
        (
            {"kind": "long_press", "button": "left", "x": 640, "y": 400, "end_ns": 1_500_000_000},
            "pyautogui.moveTo(x=0.5000, y=0.5000)\npyautogui.mouseDown(button='left')\npyautogui.sleep(1.5)\n"
            "pyautogui.mouseUp(button='left')",
        ),
    ],
)
def test_what_actions_become(fields: dict[str, Any], code: str) -> None:
    assert pyautogui(step(**fields)) == code
