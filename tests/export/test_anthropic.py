"""Conversations with the computer tool are what Anthropic's own library takes, message by message, action by action."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from anthropic.types import beta
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter

from understudy.export import anthropic as ours
from understudy.export.formats import export
from understudy.export.scaling import Picture
from understudy.export.story import StoryStep, stories
from understudy.records.actions import Action

if TYPE_CHECKING:
    from tests.export.conftest import Memory

PICTURE = Picture("f1", "images/f1.webp", (1280, 800), (1280, 800))
ACTIONS_20250124 = {
    *("key", "hold_key", "type", "cursor_position", "mouse_move", "left_mouse_down", "left_mouse_up", "left_click"),
    *("left_click_drag", "right_click", "middle_click", "double_click", "triple_click", "scroll", "wait", "screenshot"),
}


def step(**fields: Any) -> StoryStep:  # noqa: ANN401
    return StoryStep(
        id="s", index=0, action=Action(**{"start_ns": 0, "end_ns": 0, **fields}), duration_known=True, target=None,
        target_confidence="none", still_id="f1", frame_age_ms=0.0, screen=(1280, 800), app="", window_title="", url="",
    )  # fmt: skip


def input_model(action: str) -> type[BaseModel]:
    """The library's model of one action's input, refusing what it doesn't know."""
    name = "BetaComputer" + "".join(part.title() for part in action.split("_")) + "Input"
    module = importlib.import_module("anthropic.types.beta.beta_computer_" + action + "_input")
    known = getattr(module, name)
    return type(name, (known,), {"model_config": ConfigDict(extra="forbid", strict=True)})


def check_input(given_input: dict[str, Any]) -> None:
    assert given_input["action"] in ACTIONS_20250124
    fields = {key: value for key, value in given_input.items() if key != "action"}
    read = input_model(given_input["action"]).model_validate(fields)
    assert read.model_dump(exclude_unset=True) == fields


@pytest.fixture(scope="module")
def line(full: Memory, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("anthropic") / "out"
    export(full, "anthropic", out)
    [text] = (out / "trajectories.jsonl").read_text().splitlines()
    read: dict[str, Any] = json.loads(text)
    return read


def test_the_library_takes_tools_and_messages(line: dict[str, Any]) -> None:
    [tool] = line["tools"]
    assert beta.BetaToolComputerUse20250124.model_validate(tool, strict=True).model_dump(exclude_unset=True) == tool
    TypeAdapter(beta.BetaToolComputerUse20250124Param).validate_python(tool)
    messages = TypeAdapter(list[beta.BetaMessageParam])
    messages.validate_python(line["messages"])
    for message in line["messages"]:
        for block in message["content"]:
            if block["type"] == "tool_use":
                assert beta.BetaToolUseBlock.model_validate(block).model_dump(exclude_unset=True) == block
                check_input(block["input"])


def test_each_use_is_answered_once_and_the_last_picture_is_the_next_steps(full: Memory, line: dict[str, Any]) -> None:
    [story] = stories(full)
    messages = line["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * (len(messages) // 2)
    assert messages[0]["content"][0] == {"type": "text", "text": story.task}
    assert messages[0]["content"][1]["source"]["url"] == f"images/{story.steps[0].still_id}.webp"
    for used, answered in zip(messages[1::2], messages[2::2], strict=False):
        ids = [block["id"] for block in used["content"]]
        assert [block["tool_use_id"] for block in answered["content"]] == ids
        assert [("content" in block) for block in answered["content"]] == [False] * (len(ids) - 1) + [True]
    pictures = [message["content"][-1]["content"][0]["source"]["url"] for message in messages[2::2]]
    assert pictures == [f"images/{step.still_id}.webp" for step in story.steps[1:]]


def test_ids_are_unique_and_purpose_and_conditions_travel_with_the_line(line: dict[str, Any]) -> None:
    ids = [block["id"] for message in line["messages"][1::2] for block in message["content"]]
    assert len(ids) == len(set(ids)) and len(ids) >= 18
    assert line["understudy"]["purpose"] == "train-own-agent" and len(line["understudy"]["conditions"]) >= 3
    assert line["understudy"]["scale"] == {"screen_px": [1280, 800], "picture_px": [1280, 800]}
    assert line["betas"] == ["computer-use-2025-01-24"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            {"kind": "click", "button": "left", "x": 640, "y": 360},
            [{"action": "left_click", "coordinate": [640, 360]}],
        ),
        (
            {"kind": "click", "button": "left", "x": 3, "y": 4, "modifiers": ("ctrl", "shift")},
            [{"action": "left_click", "coordinate": [3, 4], "text": "ctrl+shift"}],
        ),
        (
            {"kind": "long_press", "button": "left", "x": 3, "y": 4, "end_ns": 2_600_000_000},
            [
                {"action": "mouse_move", "coordinate": [3, 4]},
                {"action": "left_mouse_down"},
                {"action": "wait", "duration": 3},
                {"action": "left_mouse_up"},
            ],
        ),
        (
            {"kind": "scroll", "x": 3, "y": 4, "scroll_y": -2},
            [{"action": "scroll", "coordinate": [3, 4], "scroll_direction": "up", "scroll_amount": 2}],
        ),
        ({"kind": "hotkey", "keys": ("ctrl", "Prior")}, [{"action": "key", "text": "ctrl+Page_Up"}]),
        ({"kind": "hotkey", "keys": ("ctrl", "+")}, [{"action": "key", "text": "ctrl+plus"}]),
        (
            {"kind": "wait", "end_ns": 230 * 10**9},
            [{"action": "wait", "duration": part} for part in (100, 100, 30)],
        ),
    ],
)
def test_what_actions_become(fields: dict[str, Any], told: list[dict[str, Any]]) -> None:
    assert ours.actions(step(**fields), PICTURE) == told
    for one in told:
        check_input(one)


@given(st.text())
def test_any_text_is_taken_as_it_is(text: str) -> None:
    [told] = ours.actions(step(kind="type", text=text, text_level="text"), PICTURE)
    check_input(told)
    assert told["text"] == text
