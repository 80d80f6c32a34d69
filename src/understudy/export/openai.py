"""OpenAI computer-use actions: one line an episode, the items of a conversation, screen pixels, stills beside it.

Layout: `trajectories.jsonl`, `images/STILL.webp`. A line is an object with `episode_id`, `tools`, `items` and
`metadata`; `items` are those of the Responses API: the task with the first picture, then for each action a
`computer_call` and a `computer_call_output` with the picture after it.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from understudy.export.keynames import OPENAI, named
from understudy.export.stills import StillFolder
from understudy.export.story import Source, Story, StoryStep, stories
from understudy.export.terms import terms
from understudy.export.unsayable import Unsayable
from understudy.export.words import tell_action
from understudy.export.written import Written
from understudy.records.actions import Action

BUTTONS = {"": "left", "left": "left", "middle": "wheel", "right": "right", "back": "back", "forward": "forward"}
NOTCH_PX = 100
"""The tool scrolls by px, a wheel by notches: 100 px a notch, what browsers scroll by one notch of 120 units."""
LONGEST_PATH = 50
"""Most points of a drag's path: enough for any curve that a hand draws."""
JSONL = "trajectories.jsonl"

Call = dict[str, Any]


def write(source: Source, folder: Path) -> Written:
    """Write the format into `folder`. A step that the tool can't say is left out and counted."""
    images = StillFolder(source, folder / "images")
    left_out: Counter[str] = Counter()
    episodes = steps = 0
    with (folder / JSONL).open("w", encoding="utf-8") as file:
        for story in stories(source):
            line, told = _line(story, images, left_out, terms(source.manifest))
            episodes += 1
            steps += told
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return Written(counts={"episodes": episodes, "steps": steps, "stills": images.count}, left_out=dict(left_out))


def _line(story: Story, images: StillFolder, left_out: Counter[str], said: Call) -> tuple[Call, int]:
    told: list[tuple[StoryStep, str, list[Call]]] = []
    for step in story.steps:
        try:
            told.append((step, images.put(step), actions(step)))
        except Unsayable as reason:
            left_out[str(reason)] += 1
    screen = next((step.screen for step, _, _ in told if step.screen), None)
    task: list[Call] = [{"type": "input_text", "text": story.task}]
    if told:
        task.append({"type": "input_image", "image_url": told[0][1]})
    items: list[Call] = [{"type": "message", "role": "user", "content": task}]
    for nth, (step, image, calls) in enumerate(told):
        after = told[nth + 1][1] if nth + 1 < len(told) else None
        for part, call in enumerate(calls):
            call_id = f"call_{step.index}_{part}"
            items.append({"type": "computer_call", "call_id": call_id, "action": call, "status": "completed"})
            # Between the parts of one step nothing was seen; after the last step nothing was recorded.
            shown = image if part + 1 < len(calls) else after
            if shown is not None:
                output = {"type": "computer_screenshot", "image_url": shown}
                items.append({"type": "computer_call_output", "call_id": call_id, "output": output})
    tool: Call = {"type": "computer_use_preview", "environment": "linux"}
    if screen is not None:
        tool |= {"display_width": screen[0], "display_height": screen[1]}
    metadata = {**said, "steps_in_words": [tell_action(step.action, step.target) for step, _, _ in told]}
    return {"episode_id": story.id, "tools": [tool], "items": items, "metadata": metadata}, len(told)


def actions(step: StoryStep) -> list[Call]:
    """A step as the tool's actions: one, or several where it has no single word. Raises Unsayable."""
    action = step.action
    match action.kind:
        case "click" | "long_press":
            return [_click(step)]
        case "double_click":
            if action.button not in ("", "left"):
                return [_click(step), _click(step)]
            return [{"type": "double_click", **_at(step, action.x, action.y), **_held(action)}]
        case "triple_click":
            if action.button not in ("", "left"):
                return [_click(step)] * 3
            return [{"type": "double_click", **_at(step, action.x, action.y), **_held(action)}, _click(step)]
        case "drag":
            return [{"type": "drag", "path": _path(step), **_held(action)}]
        case "scroll":
            amount = {"scroll_x": action.scroll_x * NOTCH_PX, "scroll_y": action.scroll_y * NOTCH_PX}
            return [{"type": "scroll", **_at(step, action.x, action.y), **amount, **_held(action)}]
        case "type":
            if action.text_level != "text":
                raise Unsayable("the typed text was not kept")
            return [{"type": "type", "text": action.text}]
        case "press" | "hotkey":
            return [{"type": "keypress", "keys": _keys(action)} for _ in range(action.count)]
        case "wait":
            return [{"type": "wait"}]
    raise ValueError(f"an action of the kind {action.kind!r} has no computer-use action")


def _at(step: StoryStep, x: int | None, y: int | None) -> Call:
    if x is None or y is None:
        raise Unsayable("it has no place on the screen")
    if step.screen is not None and not (0 <= x < step.screen[0] and 0 <= y < step.screen[1]):
        raise Unsayable("its place lies outside the screen")
    return {"x": x, "y": y}


def _click(step: StoryStep) -> Call:
    action = step.action
    return {
        "type": "click",
        "button": BUTTONS[action.button],
        **_at(step, action.x, action.y),
        **_held(action),
    }


def _path(step: StoryStep) -> list[Call]:
    action = step.action
    start, end = (action.x, action.y), (action.to_x, action.to_y)
    inner = [(x, y) for _, x, y in action.path[1:-1]]
    stride = max(1, -(-len(inner) // (LONGEST_PATH - 2)))
    points = [start, *inner[::stride], end]
    return [_at(step, x, y) for x, y in points]


def _held(action: Action) -> Call:
    return {"keys": [OPENAI[modifier] for modifier in action.modifiers]} if action.modifiers else {}


def _keys(action: Action) -> list[str]:
    names = [named(key, OPENAI) for key in action.keys]
    if not names or any(name is None for name in names):
        raise Unsayable("the tool has no name for one of its keys")
    return [name.upper() for name in names if name is not None]
