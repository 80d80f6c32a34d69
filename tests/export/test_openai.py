"""Items, tools and metadata are what OpenAI's own library takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openai.types.responses import ComputerUsePreviewTool, ResponseComputerToolCall, ResponseInputItemParam
from openai.types.responses.response_computer_tool_call_output_item import ResponseComputerToolCallOutputItem
from openai.types.shared_params import Metadata
from pydantic import TypeAdapter

from understudy.export.formats import export
from understudy.export.metadata import LONGEST_VALUE, as_strings
from understudy.export.openai import actions
from understudy.export.story import StoryStep
from understudy.export.terms import terms
from understudy.export.unsayable import Unsayable
from understudy.records.actions import Action

if TYPE_CHECKING:
    from tests.export.conftest import Memory


def step(**fields: Any) -> StoryStep:  # noqa: ANN401
    return StoryStep(
        id="s", index=0, action=Action(**{"start_ns": 0, "end_ns": 0, **fields}), duration_known=True, target=None,
        target_confidence="none", still_id="f1", frame_age_ms=0.0, screen=(1280, 800), app="", window_title="", url="",
    )  # fmt: skip


def check_call(action: dict[str, Any]) -> None:
    call = {"type": "computer_call", "id": "c", "call_id": "c", "pending_safety_checks": [], "status": "completed"}
    read = ResponseComputerToolCall.model_validate({**call, "action": action}, strict=True)
    assert read.action is not None
    dumped = read.action.model_dump(exclude_unset=True)
    assert dumped == action and set(dumped) <= set(type(read.action).model_fields)


def test_the_library_takes_every_item(full: Memory, tmp_path: Path) -> None:
    export(full, "openai", tmp_path / "out")
    [text] = (tmp_path / "out" / "trajectories.jsonl").read_text().splitlines()
    line = json.loads(text)
    TypeAdapter(list[ResponseInputItemParam]).validate_python(line["items"])
    [tool] = line["tools"]
    assert ComputerUsePreviewTool.model_validate(tool, strict=True).model_dump() == tool
    calls = [item for item in line["items"] if item["type"] == "computer_call"]
    assert len(calls) >= 18 and len({call["call_id"] for call in calls}) == len(calls)
    for call in calls:
        assert ResponseComputerToolCall.model_validate(call, strict=True).model_dump(exclude_unset=True) == call
        check_call(call["action"])
    for item in line["items"]:
        if item["type"] == "computer_call_output":
            ResponseComputerToolCallOutputItem.model_validate({**item, "id": "o", "status": "completed"}, strict=True)


def test_metadata_is_the_map_that_the_api_takes(full: Memory) -> None:
    said = terms(full.manifest)
    strings = as_strings(said)
    TypeAdapter(Metadata).validate_python(strings, strict=True)
    assert len(strings) <= 16 and all(len(key) <= 64 for key in strings)
    assert strings["purpose"] == "train-own-agent"
    conditions = [value for key, value in strings.items() if key.startswith("condition_")]
    assert conditions == said["conditions"], f"none is cut at {LONGEST_VALUE} characters"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "long_press", "button": "left", "x": 5, "y": 5, "end_ns": 2 * 10**9}, "hold a button"),
        ({"kind": "drag", "button": "right", "x": 5, "y": 5, "to_x": 50, "to_y": 5}, "left button only"),
        ({"kind": "drag", "button": "left", "x": 5, "y": 5, "to_x": 5, "to_y": 5}, "path was not kept"),
        ({"kind": "click", "button": "", "x": 5, "y": 5}, "no name"),
        ({"kind": "hotkey", "keys": ("alt", "Tab"), "count": 2}, "over several presses"),
    ],
)
def test_what_the_tool_can_not_do_is_not_told_as_something_else(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsayable, match=reason):
        actions(step(**fields))


def test_a_drags_path_leaves_out_what_lies_off_the_screen() -> None:
    path = ((0, 5, 5), (1, -3, 9), (2, 40, 9), (3, 60, 9))
    [drag] = actions(step(kind="drag", button="left", x=5, y=5, to_x=60, to_y=9, path=path, modifiers=("ctrl",)))
    assert drag["path"] == [{"x": 5, "y": 5}, {"x": 40, "y": 9}, {"x": 60, "y": 9}] and drag["keys"] == ["CTRL"]
    check_call(drag)


def test_a_change_of_the_screens_size_leaves_out_what_comes_after(full: Memory, tmp_path: Path) -> None:
    """The tool is told one size for an episode: the same places would mean others."""
    import io

    from PIL import Image

    table = full.tables["steps"]
    rows = table.to_pylist()
    buffer = io.BytesIO()
    Image.new("RGB", (640, 480)).save(buffer, "WEBP", lossless=True)
    for row in rows[-2:]:
        row |= {"still_id": "other", "screen_width": 640, "screen_height": 480, "x": 5, "y": 5}
    changed = {**full.tables, "steps": type(table).from_pylist(rows, schema=table.schema)}
    source = type(full)(full.manifest, changed, {**full.stills, "other": buffer.getvalue()})
    for name in ("openai", "anthropic"):
        assert export(source, name, tmp_path / name).left_out == {
            "the screen's size changed, and the format states it once": 2
        }
    assert not export(source, "uitars", tmp_path / "uitars").left_out
