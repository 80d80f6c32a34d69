"""Anthropic's computer tool (computer_20250124): one line an episode, the messages of a conversation.

Layout: `trajectories.jsonl`, `images/STILL.webp`. A line is an object with `episode_id`, `betas`, `tools`, `messages`
and `understudy`. The user's first message holds the task and the first picture; then each step is an assistant's
message of `tool_use` blocks, answered by their `tool_result` blocks with the picture after it. Pictures are scaled as
the service would, and the coordinates with them: they are px of the picture that stands before the action.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from understudy.export.keynames import CHARACTERS, switches
from understudy.export.pyautogui_calls import farthest, seconds
from understudy.export.scaling import Grid, Picture, Size
from understudy.export.story import Source, Story, StoryStep
from understudy.export.telling import COMMON_LOSSES, Told, write_lines
from understudy.export.terms import terms
from understudy.export.unsayable import Unsayable
from understudy.export.words import tell_action
from understudy.export.written import Written
from understudy.records.actions import Action

TOOL = "computer_20250124"
BETA = "computer-use-2025-01-24"
LONGEST_EDGE_PX = 1568
MOST_PX = 1_150_000
"""Beyond either the service scales pictures down before the model sees them (its guide to vision)."""
LONGEST_WAIT_S = 100
"""The longest wait that the tool takes; a longer one is told as several."""
CLICKS = {"left": "left_click", "middle": "middle_click", "right": "right_click"}
HISTORY = {"back": "alt+Left", "forward": "alt+Right"}
KEYSYMS = {character: keysym for keysym, character in CHARACTERS.items()} | {
    "Prior": "Page_Up",
    "Next": "Page_Down",
    "ISO_Left_Tab": "Tab",
}

LOSES = (
    *COMMON_LOSSES,
    "Pixels of pictures beyond 1568 px or 1.15 megapixels: they are scaled down, places with them; the exact places "
    "are in `understudy`.",
    "Drags with another button than the left, long presses with another button or with a modifier: the step is left "
    "out.",
    "Alt+Tab with more than one Tab: the step is left out.",
    "The path of a drag; one that returns to its start keeps its farthest point where the path was kept, and is left "
    "out where it wasn't.",
    "The mouse's back and forward buttons: told as Alt+Left and Alt+Right.",
    "Double and triple clicks with other buttons, repeated keys: told as several actions.",
    "How long a wait or a long press took: told in whole seconds.",
)
USAGE = """```python
import json, pathlib
lines = pathlib.Path("trajectories.jsonl").read_text().splitlines()
episode = json.loads(lines[0])
print(episode["messages"][1]["content"][0]["input"])
```"""

Block = dict[str, Any]


def fit(size: Size) -> Size:
    """The largest size of the same shape that the service doesn't scale down further, px."""
    width, height = size
    factor = min(1.0, LONGEST_EDGE_PX / max(size), math.sqrt(MOST_PX / (width * height)))
    return max(1, int(width * factor)), max(1, int(height * factor))


def write(source: Source, folder: Path) -> Written:
    """Write the format into `folder`. A step that the tool can't say is left out and counted."""
    said = terms(source.manifest)

    def line(story: Story, told: Sequence[Told[list[Block]]]) -> dict[str, Any]:
        return _line(story, told, said)

    return write_lines(source, folder, actions, line, fit=fit, one_size=True)


def _line(story: Story, told: Sequence[Told[list[Block]]], said: Block) -> Block:
    # The service takes no empty text.
    first: list[Block] = [{"type": "text", "text": story.task}] if story.task else []
    if told:
        first.append(_image(told[0].picture))
    messages: list[Block] = [{"role": "user", "content": first}]
    steps: list[Block] = []
    for nth, one in enumerate(told):
        ids = [f"toolu_{one.step.index}_{part}" for part in range(len(one.said))]
        uses = [
            {"type": "tool_use", "id": name, "name": "computer", "input": call}
            for name, call in zip(ids, one.said, strict=True)
        ]
        messages.append({"role": "assistant", "content": uses})
        results: list[Block] = [{"type": "tool_result", "tool_use_id": name} for name in ids]
        if nth + 1 < len(told):
            # Between the parts of one step nothing was seen: the last of them shows what came of all.
            results[-1]["content"] = [_image(told[nth + 1].picture)]
            messages.append({"role": "user", "content": results})
        steps.append({"tool_use_ids": ids, "words": tell_action(one.step.action, one.step.target), **_places(one.step)})
    tools: list[Block] = []
    scale: Block = {}
    if told:
        picture = told[0].picture
        tools = [
            {
                "type": TOOL,
                "name": "computer",
                "display_width_px": picture.size[0],
                "display_height_px": picture.size[1],
            }
        ]
        scale = {"screen_px": list(picture.screen), "picture_px": list(picture.size)}
    return {
        "episode_id": story.id,
        "betas": [BETA],
        "tools": tools,
        "messages": messages,
        "understudy": {**said, "scale": scale, "steps": steps},
    }


def _image(picture: Picture) -> Block:
    return {"type": "image", "source": {"type": "url", "url": picture.path}}


def _places(step: StoryStep) -> Block:
    """Where it was on the screen itself, so that scaling loses nothing."""
    action = step.action
    places = {"screen_px": [action.x, action.y]} if action.x is not None else {}
    return {**places, **({"to_screen_px": [action.to_x, action.to_y]} if action.to_x is not None else {})}


def actions(step: StoryStep, picture: Picture) -> list[Block]:
    """A step as inputs of the tool: one, or several where it has no single word. Raises Unsayable."""
    action = step.action
    grid = Grid(picture.screen, picture.size)
    inside = step.target.bounds if step.target else None
    match action.kind:
        case "click" | "double_click" | "triple_click" | "long_press" | "drag":
            place = list(grid.place(action.x, action.y, inside))
            return _drag(action, place, grid) if action.kind == "drag" else _pressing(action, place)
        case "scroll":
            return _scroll(action, list(grid.place(action.x, action.y, inside)))
        case "type":
            if action.text_level != "text":
                raise Unsayable("the typed text was not kept")
            return [{"action": "type", "text": action.text}]
        case "press" | "hotkey":
            if switches(action.keys, action.count):
                raise Unsayable("the tool can't hold one key over several presses of another")
            return [{"action": "key", "text": "+".join(_keys(action))} for _ in range(action.count)]
        case "wait":
            return _wait(seconds(action))
    raise ValueError(f"an action of the kind {action.kind!r} has no input of the computer tool")


def _pressing(action: Action, place: list[int]) -> list[Block]:
    if action.button == "":
        raise Unsayable("its button has no name")
    if action.button in HISTORY:
        if action.kind != "click" or action.modifiers:
            raise Unsayable("the tool has no such button")
        return [{"action": "key", "text": HISTORY[action.button]}]
    click = {"action": CLICKS[action.button], "coordinate": place, **_held(action)}
    match action.kind:
        case "click":
            return [click]
        case "double_click" | "triple_click":
            if action.button == "left":
                return [{**click, "action": action.kind}]
            return [click] * (2 if action.kind == "double_click" else 3)
        case "long_press":
            return _held_down(action, place, _wait(seconds(action)))
    raise ValueError(f"an action of the kind {action.kind!r} presses no button")


def _drag(action: Action, place: list[int], grid: Grid) -> list[Block]:
    to = list(grid.place(action.to_x, action.to_y))
    if action.button != "left":
        raise Unsayable("the tool drags with the left button only")
    if place != to:
        return [{"action": "left_click_drag", "start_coordinate": place, "coordinate": to, **_held(action)}]
    far = list(grid.place(*farthest(action)))
    return _held_down(action, place, [_move(far), _move(to)])


def _held_down(action: Action, place: list[int], meanwhile: list[Block]) -> list[Block]:
    if action.button != "left":
        raise Unsayable("the tool holds the left button only")
    if action.modifiers:
        raise Unsayable("the tool can't hold a key and a button down together")
    return [_move(place), {"action": "left_mouse_down"}, *meanwhile, {"action": "left_mouse_up"}]


def _move(place: list[int]) -> Block:
    return {"action": "mouse_move", "coordinate": place}


def _scroll(action: Action, place: list[int]) -> list[Block]:
    turns = [
        ("down" if action.scroll_y > 0 else "up", abs(action.scroll_y)),
        ("right" if action.scroll_x > 0 else "left", abs(action.scroll_x)),
    ]
    blocks = [
        {
            "action": "scroll",
            "coordinate": place,
            "scroll_direction": direction,
            "scroll_amount": notches,
            **_held(action),
        }
        for direction, notches in turns
        if notches
    ]
    if not blocks:
        raise Unsayable("it scrolled by nothing")
    return blocks


def _wait(duration_s: float) -> list[Block]:
    left = max(1, round(duration_s))
    waits = [LONGEST_WAIT_S] * (left // LONGEST_WAIT_S) + [left % LONGEST_WAIT_S]
    return [{"action": "wait", "duration": part} for part in waits if part]


def _held(action: Action) -> Block:
    return {"text": "+".join(action.modifiers)} if action.modifiers else {}


def _keys(action: Action) -> list[str]:
    """X keysym names, which the tool takes as they are."""
    if not action.keys or not all(action.keys):
        raise Unsayable("one of its keys has no name")
    return [KEYSYMS.get(key, key) for key in action.keys]
