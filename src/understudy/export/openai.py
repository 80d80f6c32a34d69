"""OpenAI computer-use actions: one line an episode, the items of a conversation, screen pixels, stills beside it.

Layout: `trajectories.jsonl`, `images/STILL.webp`. A line is an object with `episode_id`, `tools`, `items`, `metadata`
and `understudy`; `items` are those of the Responses API: the task with the first picture, then for each action a
`computer_call` and a `computer_call_output` with the picture after it. `metadata` is a map of strings, as the API's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from understudy.export.keynames import OPENAI, named, switches
from understudy.export.metadata import as_strings
from understudy.export.scaling import Grid, Picture
from understudy.export.story import Source, Story, StoryStep
from understudy.export.telling import COMMON_LOSSES, Told, write_lines
from understudy.export.terms import terms
from understudy.export.unsayable import Unsayable
from understudy.export.words import tell_action
from understudy.export.written import Written
from understudy.records.actions import Action

BUTTONS = {"left": "left", "middle": "wheel", "right": "right", "back": "back", "forward": "forward"}
NOTCH_PX = 100
"""The tool scrolls by px, a wheel by notches: 100 px a notch, what browsers scroll by one notch of 120 units."""
LONGEST_PATH = 50
"""Most points of a drag's path: enough for any curve that a hand draws."""

LOSES = (
    *COMMON_LOSSES,
    "Long presses, drags with another button than the left, and drags that return to their start where their path "
    "wasn't kept: the step is left out.",
    "Alt+Tab with more than one Tab: the step is left out.",
    "Triple clicks, double clicks with other buttons, and repeated keys: told as several actions with the same "
    "picture.",
    "Wheel notches: told as 100 px each.",
    "How long a wait took. Of a drag's path at most 50 points, and how fast it went.",
)
USAGE = """```python
import json, pathlib
lines = pathlib.Path("trajectories.jsonl").read_text().splitlines()
episode = json.loads(lines[0])
print(episode["items"][1]["action"])
```"""

Call = dict[str, Any]


def write(source: Source, folder: Path) -> Written:
    """Write the format into `folder`. A step that the tool can't say is left out and counted."""
    said = terms(source.manifest)

    def line(story: Story, told: Sequence[Told[list[Call]]]) -> dict[str, Any]:
        return _line(story, told, said)

    return write_lines(source, folder, lambda step, picture: actions(step, picture), line, one_size=True)


def _line(story: Story, told: Sequence[Told[list[Call]]], said: Call) -> Call:
    task: list[Call] = [{"type": "input_text", "text": story.task}]
    if told:
        # "original": whatever scales the picture would part it from the coordinates.
        task.append({"type": "input_image", "image_url": told[0].picture.path, "detail": "original"})
    items: list[Call] = [{"type": "message", "role": "user", "content": task}]
    for nth, one in enumerate(told):
        after = told[nth + 1].picture.path if nth + 1 < len(told) else None
        for part, call in enumerate(one.said):
            name = f"{one.step.index}_{part}"
            items.append(
                {
                    "type": "computer_call",
                    "id": f"cu_{name}",
                    "call_id": f"call_{name}",
                    "action": call,
                    "pending_safety_checks": [],
                    "status": "completed",
                }
            )
            # Between the parts of one step nothing was seen; after the last step nothing was recorded.
            shown = one.picture.path if part + 1 < len(one.said) else after
            if shown is not None:
                output = {"type": "computer_screenshot", "image_url": shown}
                items.append({"type": "computer_call_output", "call_id": f"call_{name}", "output": output})
    tools: list[Call] = []
    if told:
        width, height = told[0].picture.screen
        tools = [
            {
                "type": "computer_use_preview",
                "environment": "linux",
                "display_width": width,
                "display_height": height,
            }
        ]
    words = [tell_action(one.step.action, one.step.target) for one in told]
    return {
        "episode_id": story.id,
        "tools": tools,
        "items": items,
        "metadata": as_strings(said),
        "understudy": {**said, "steps_in_words": words},
    }


def actions(step: StoryStep, picture: Picture | None = None) -> list[Call]:
    """A step as the tool's actions: one, or several where it has no single word. Raises Unsayable."""
    action = step.action
    screen = picture.screen if picture else step.screen
    if screen is None:
        raise Unsayable("the size of the screen is unknown")
    grid = Grid(screen, screen)
    match action.kind:
        case "click":
            return [_click(action, grid)]
        case "double_click":
            if action.button != "left":
                return [_click(action, grid)] * 2
            return [_double(action, grid)]
        case "triple_click":
            if action.button != "left":
                return [_click(action, grid)] * 3
            return [_double(action, grid), _click(action, grid)]
        case "long_press":
            raise Unsayable("the tool can't hold a button down")
        case "drag":
            if action.button != "left":
                raise Unsayable("the tool drags with the left button only")
            return [{"type": "drag", "path": _path(action, grid), **_held(action)}]
        case "scroll":
            amount = {"scroll_x": action.scroll_x * NOTCH_PX, "scroll_y": action.scroll_y * NOTCH_PX}
            return [{"type": "scroll", **_at(grid, action.x, action.y), **amount, **_held(action)}]
        case "type":
            if action.text_level != "text":
                raise Unsayable("the typed text was not kept")
            return [{"type": "type", "text": action.text}]
        case "press" | "hotkey":
            if switches(action.keys, action.count):
                raise Unsayable("the tool can't hold one key over several presses of another")
            return [{"type": "keypress", "keys": _keys(action)} for _ in range(action.count)]
        case "wait":
            return [{"type": "wait"}]
    raise ValueError(f"an action of the kind {action.kind!r} has no computer-use action")


def _at(grid: Grid, x: int | None, y: int | None) -> Call:
    u, v = grid.place(x, y)
    return {"x": u, "y": v}


def _click(action: Action, grid: Grid) -> Call:
    if action.button == "":
        raise Unsayable("its button has no name")
    return {"type": "click", "button": BUTTONS[action.button], **_at(grid, action.x, action.y), **_held(action)}


def _double(action: Action, grid: Grid) -> Call:
    # Only here the API asks for the held keys even where there are none.
    return {"type": "double_click", **_at(grid, action.x, action.y), "keys": _held(action).get("keys")}


def _path(action: Action, grid: Grid) -> list[Call]:
    start, end = (action.x, action.y), (action.to_x, action.to_y)
    # A hand that left the screen for a moment drew nothing there.
    inner = [(x, y) for _, x, y in action.path[1:-1] if 0 <= x < grid.screen[0] and 0 <= y < grid.screen[1]]
    if start == end and not inner:
        raise Unsayable("it returned to its start, and its path was not kept")
    stride = max(1, -(-len(inner) // (LONGEST_PATH - 2)))
    return [_at(grid, x, y) for x, y in (start, *inner[::stride], end)]


def _held(action: Action) -> Call:
    return (
        {"keys": [OPENAI[modifier] for modifier in action.modifiers if modifier in OPENAI]} if action.modifiers else {}
    )


def _keys(action: Action) -> list[str]:
    names = [named(key, OPENAI) for key in action.keys]
    if not names or any(name is None for name in names):
        raise Unsayable("the tool has no name for one of its keys")
    return [name.upper() for name in names if name is not None]
