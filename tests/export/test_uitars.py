"""UI-TARS' own parser reads every answer, and comes back to what was done and where."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ui_tars.action_parser import parse_action_to_structure_output, parsing_response_to_pyautogui_code

from understudy.export import uitars
from understudy.export.formats import export
from understudy.export.scaling import Picture
from understudy.export.story import StoryStep, stories
from understudy.records.actions import Action

if TYPE_CHECKING:
    from tests.export.conftest import Memory

SCREEN = (1280, 800)
PICTURE = Picture("f1", "images/f1.webp", SCREEN, SCREEN)


def step(**fields: Any) -> StoryStep:  # noqa: ANN401
    return StoryStep(
        id="s", index=0, action=Action(**{"start_ns": 0, "end_ns": 0, **fields}), duration_known=True, target=None,
        target_confidence="none", still_id="f1", frame_age_ms=0.0, screen=SCREEN, app="", window_title="", url="",
    )  # fmt: skip


def parsed(answer: str, size: tuple[int, int] = SCREEN) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = parse_action_to_structure_output(
        answer, factor=1000, origin_resized_height=size[1], origin_resized_width=size[0], model_type="doubao"
    )
    return read


def test_the_parser_reads_every_answer_of_an_episode(full: Memory, tmp_path: Path) -> None:
    export(full, "uitars", tmp_path / "out")
    [text] = (tmp_path / "out" / "trajectories.jsonl").read_text().splitlines()
    messages = json.loads(text)["messages"]
    [story] = stories(full)
    assert [message["role"] for message in messages] == ["user", "assistant"] * len(story.steps)
    assert story.task in messages[0]["content"][0]["text"] and "left_double(" in messages[0]["content"][0]["text"]
    checked = 0
    for told, asked, answered in zip(story.steps, messages[::2], messages[1::2], strict=True):
        assert asked["content"][-1]["image_url"]["url"] == f"images/{told.still_id}.webp"
        actions = parsed(answered["content"])
        code = parsing_response_to_pyautogui_code(actions, SCREEN[1], SCREEN[0], scale_factor=1)
        ast.parse(code)
        # The parser reads waits, and its code passes over them.
        assert ("Unrecognized" in code) == (told.action.kind == "wait")
        place = re.search(r"(?:click|doubleClick|moveTo)\((\d+\.\d+), (\d+\.\d+)", code)
        if place and told.target is not None and told.target.bounds is not None:
            assert told.target.bounds.contains(int(float(place[1])), int(float(place[2])))
            checked += 1
    assert checked >= 9


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"kind": "click", "button": "left", "x": 640, "y": 400}, "Action: click(start_box='(500,500)')"),
        ({"kind": "double_click", "button": "left", "x": 640, "y": 400}, "Action: left_double(start_box='(500,500)')"),
        ({"kind": "click", "button": "right", "x": 0, "y": 0}, "Action: right_single(start_box='(0,0)')"),
        (
            {"kind": "drag", "button": "left", "x": 640, "y": 400, "to_x": 1279, "to_y": 799, "modifiers": ("ctrl",)},
            "Action: press(key='ctrl')\n\ndrag(start_box='(500,500)', end_box='(999,999)')\n\nrelease(key='ctrl')",
        ),
        ({"kind": "hotkey", "keys": ("ctrl", "c")}, "Action: hotkey(key='ctrl c')"),
        ({"kind": "press", "keys": ("Down",), "count": 2}, "Action: hotkey(key='down')\n\nhotkey(key='down')"),
        (
            {"kind": "hotkey", "keys": ("alt", "Tab"), "count": 2},
            "Action: press(key='alt')\n\nhotkey(key='tab')\n\nhotkey(key='tab')\n\nrelease(key='alt')",
        ),
        (
            {"kind": "scroll", "x": 640, "y": 400, "scroll_y": 3},
            "Action: scroll(start_box='(500,500)', direction='down')",
        ),
        ({"kind": "wait", "end_ns": 9}, "Action: wait()"),
        ({"kind": "type", "text": "<EMAIL_1>", "text_level": "text"}, "Action: type(content='<EMAIL_1>')"),
    ],
)
def test_what_actions_become(fields: dict[str, Any], answer: str) -> None:
    assert uitars.response(step(**fields), PICTURE) == answer
    names = re.findall(r"^(?:Action: )?(\w+)\(", answer, re.MULTILINE)
    assert [action["action_type"] for action in parsed(answer)] == names


def test_keys_and_boxes_come_back() -> None:
    [action] = parsed(uitars.response(step(kind="press", keys=("apostrophe",)), PICTURE))
    assert action["action_inputs"] == {"key": "'"}
    drag = step(kind="drag", button="left", x=640, y=400, to_x=64, to_y=80)
    [action] = parsed(uitars.response(drag, PICTURE))
    assert action["action_inputs"]["start_box"] == "[0.5, 0.5, 0.5, 0.5]"
    assert action["action_inputs"]["end_box"] == "[0.05, 0.1, 0.05, 0.1]"


@given(st.text(min_size=1, max_size=60))
@example("it's \"5\\6\" ('a') \\' \\\\")
@example("x)\n\ny")
@example("Action: click(point='<point>1 2</point>') start_point=3 end_point=4 [EOS]")
@example("type(content='nested')")
@example("\u2028 \x00 \x1b é 漢")
def test_any_text_comes_back_from_the_parser(text: str) -> None:
    """Only spaces at its start are lost: the parser cuts them off every value."""
    answer = uitars.response(step(kind="type", text=text, text_level="text"), PICTURE)
    assert "\n" not in answer
    [action] = parsed(answer)
    assert action["action_type"] == "type"
    assert action["action_inputs"].get("content", "") == text.lstrip()


def test_places_are_thousandths_and_never_leave_the_screen() -> None:
    for size in ((1920, 1080), (800, 600), (3840, 2160), (999, 1001)):
        picture = Picture("f1", "i", size, size)
        for x, y in ((0, 0), (size[0] - 1, size[1] - 1), (size[0] // 3, size[1] // 7)):
            one = step(kind="click", button="left", x=x, y=y)
            [action] = parsed(uitars.actions(one, picture)[0].join(("Action: ", "")), size)
            left, top, _, _ = ast.literal_eval(action["action_inputs"]["start_box"])
            assert 0 <= left < 1 and 0 <= top < 1
            assert abs(left * size[0] - x) <= size[0] / 1000 + 1 and abs(top * size[1] - y) <= size[1] / 1000 + 1
