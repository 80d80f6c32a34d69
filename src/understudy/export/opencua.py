"""AgentNet training JSONL, as OpenCUA reads it: one line an episode, actions as pyautogui code, stills beside it.

Layout: `trajectories.jsonl`, `images/STILL.webp`. Coordinates are shares of the screen, 0 to 1 with 4 decimals.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from understudy.export.keynames import PYAUTOGUI, named
from understudy.export.stills import StillFolder
from understudy.export.story import Source, Story, StoryStep, stories
from understudy.export.terms import terms
from understudy.export.unsayable import Unsayable
from understudy.export.words import tell_action
from understudy.export.written import Written
from understudy.records.actions import Action

CLICKS = {"left": "click", "right": "rightClick", "middle": "middleClick", "": "click"}
HISTORY = {"back": "['alt', 'left']", "forward": "['alt', 'right']"}
JSONL = "trajectories.jsonl"


def write(source: Source, folder: Path) -> Written:
    """Write the format into `folder`. A step that pyautogui can't say is left out and counted."""
    images = StillFolder(source, folder / "images")
    left_out: Counter[str] = Counter()
    episodes = steps = 0
    with (folder / JSONL).open("w", encoding="utf-8") as file:
        for story in stories(source):
            line = _line(story, images, left_out, terms(source.manifest))
            episodes += 1
            steps += len(line["traj"])
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return Written(counts={"episodes": episodes, "steps": steps, "stills": images.count}, left_out=dict(left_out))


def _line(story: Story, images: StillFolder, left_out: Counter[str], said: dict[str, Any]) -> dict[str, Any]:
    trajectory: list[dict[str, Any]] = []
    for step in story.steps:
        try:
            code = pyautogui(step)
            image = images.put(step)
        except Unsayable as reason:
            left_out[str(reason)] += 1
            continue
        trajectory.append(
            {
                "index": len(trajectory),
                "image": image,
                "value": {
                    "observation": "",
                    "thought": "",
                    "action": tell_action(step.action, step.target),
                    "code": code,
                    "last_step_correct": None,
                    "last_step_redundant": None,
                    "reflection": "",
                },
            }
        )
    return {
        "task_id": story.id,
        "instruction": story.task,
        "task_completed": {"success": True, "failure": False}.get(story.row["outcome"] or ""),
        "alignment_score": None,
        "efficiency_score": None,
        "task_difficulty": None,
        "reason": "",
        "actual_task": "",
        "natural_language_task": story.task,
        "traj": trajectory,
        "understudy": said,
    }


def pyautogui(step: StoryStep) -> str:
    """A step as pyautogui calls, one a line. Raises Unsayable with the reason why there are none."""
    action = step.action
    match action.kind:
        case "click" | "double_click" | "triple_click" | "long_press" | "drag" | "scroll":
            return _holding(action, _pointing(step))
        case "type":
            if action.text_level != "text":
                raise Unsayable("the typed text was not kept")
            return f"pyautogui.write(message={action.text!r})"
        case "press":
            [key] = _keys(action)
            return (
                f"pyautogui.press({key!r})"
                if action.count == 1
                else f"pyautogui.press({key!r}, presses={action.count})"
            )
        case "hotkey":
            return _hotkey(action)
        case "wait":
            return "computer.wait()"
    raise ValueError(f"an action of the kind {action.kind!r} has no pyautogui code")


def share(value_px: int, size_px: int) -> str:
    """A pixel as its share of the screen, 4 decimals.

    Rounded up, so that a reader comes back to the pixel whether it truncates or rounds (screens to 4,999 px).
    """
    parts = -(-value_px * 10_000 // size_px)
    if int(parts / 10_000 * size_px) < value_px:
        # 406 / 800 is 0.5075 exactly, but 0.5075 * 800 is a hair under 406.
        parts += 1
    return f"{parts / 10_000:.4f}"


def _at(step: StoryStep, x: int | None, y: int | None) -> str:
    if x is None or y is None:
        raise Unsayable("it has no place on the screen")
    if step.screen is None:
        raise Unsayable("the size of the screen is unknown")
    width, height = step.screen
    if not (0 <= x < width and 0 <= y < height):
        raise Unsayable("its place lies outside the screen")
    return f"x={share(x, width)}, y={share(y, height)}"


def _pointing(step: StoryStep) -> str:
    action = step.action
    at = _at(step, action.x, action.y)
    button = "left" if action.button == "" else action.button
    if action.kind == "scroll":
        # pyautogui scrolls up by positive numbers, and to the right.
        lines = [f"pyautogui.scroll({-action.scroll_y}, {at})"] if action.scroll_y else []
        lines += [f"pyautogui.hscroll({action.scroll_x}, {at})"] if action.scroll_x else []
        return "\n".join(lines)
    if button in HISTORY:
        # pyautogui presses no such button; these hotkeys do the same wherever the buttons do anything.
        return f"pyautogui.hotkey({HISTORY[button]})"
    if action.kind == "click":
        return f"pyautogui.{CLICKS[button]}({at})"
    if action.kind in ("double_click", "triple_click"):
        name = "doubleClick" if action.kind == "double_click" else "tripleClick"
        return f"pyautogui.{name}({at})" if button == "left" else f"pyautogui.{name}({at}, button={button!r})"
    if action.kind == "long_press":
        seconds = max(0.1, (action.end_ns - action.start_ns) / 1e9)
        return (
            f"pyautogui.mouseDown({at}, button={button!r})\npyautogui.sleep({seconds:.1f})\n"
            f"pyautogui.mouseUp({at}, button={button!r})"
        )
    return _drag(step, at, button)


def _drag(step: StoryStep, at: str, button: str) -> str:
    action = step.action
    to = _at(step, action.to_x, action.to_y)
    if at != to or len(action.path) < 3:
        return f"pyautogui.moveTo({at})\npyautogui.dragTo({to}, button={button!r})"
    # A drag that returns to its start is told by its farthest point, or nothing of it would be left.
    x, y = action.x or 0, action.y or 0
    _, far_x, far_y = max(action.path, key=lambda point: abs(point[1] - x) + abs(point[2] - y))
    return (
        f"pyautogui.mouseDown({at}, button={button!r})\npyautogui.moveTo({_at(step, far_x, far_y)})\n"
        f"pyautogui.moveTo({to})\npyautogui.mouseUp(button={button!r})"
    )


def _holding(action: Action, code: str) -> str:
    keys = [named(modifier, PYAUTOGUI) for modifier in action.modifiers]
    before = "".join(f"pyautogui.keyDown({key!r})\n" for key in keys)
    after = "".join(f"\npyautogui.keyUp({key!r})" for key in reversed(keys))
    return before + code + after


def _hotkey(action: Action) -> str:
    keys = _keys(action)
    if action.count == 1:
        return f"pyautogui.hotkey({keys!r})"
    held, last = keys[:-1], keys[-1]
    lines = [f"pyautogui.keyDown({key!r})" for key in held]
    lines.append(f"pyautogui.press({last!r}, presses={action.count})")
    lines += [f"pyautogui.keyUp({key!r})" for key in reversed(held)]
    return "\n".join(lines)


def _keys(action: Action) -> list[str]:
    names = [named(key, PYAUTOGUI) for key in action.keys]
    if not names or any(name is None for name in names):
        raise Unsayable("pyautogui has no name for one of its keys")
    return [name for name in names if name is not None]
