"""AgentNet training JSONL, as OpenCUA reads it: one line an episode, actions as pyautogui code, stills beside it.

Layout: `trajectories.jsonl`, `images/STILL.webp`. Coordinates are shares of the screen, 0 to 1 with 4 decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from understudy.export.pyautogui_calls import calls
from understudy.export.scaling import Picture, Size
from understudy.export.story import Source, Story, StoryStep
from understudy.export.telling import COMMON_LOSSES, Told, write_lines
from understudy.export.terms import terms
from understudy.export.unsayable import Unsayable
from understudy.export.words import tell_action
from understudy.export.written import Written

LOSES = (
    *COMMON_LOSSES,
    "The path of a drag; one that returns to its start keeps its farthest point where the path was kept, and is left "
    "out where it wasn't.",
    "The mouse's back and forward buttons: told as Alt+Left and Alt+Right.",
    "How long a wait took.",
    "Long presses and held modifiers go beyond AgentNet's own words: told with mouseDown, mouseUp, keyDown, keyUp and "
    "sleep.",
    "Thoughts, reflections and scores are empty: nobody wrote them. How the task ended is in task_completed, no "
    "computer.terminate is made up.",
)
USAGE = """```python
import json, pathlib
lines = pathlib.Path("trajectories.jsonl").read_text().splitlines()
episode = json.loads(lines[0])
print(episode["traj"][0]["value"]["code"])
```"""


def write(source: Source, folder: Path) -> Written:
    """Write the format into `folder`. A step that pyautogui can't say is left out and counted."""
    said = terms(source.manifest)

    def line(story: Story, told: Sequence[Told[str]]) -> dict[str, Any]:
        return _line(story, told, said)

    return write_lines(source, folder, lambda step, picture: pyautogui(step, picture), line)


def _line(story: Story, told: Sequence[Told[str]], said: dict[str, Any]) -> dict[str, Any]:
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
        "traj": [
            {
                "index": index,
                "image": one.picture.path,
                "value": {
                    "observation": "",
                    "thought": "",
                    "action": tell_action(one.step.action, one.step.target),
                    "code": one.said,
                    "last_step_correct": None,
                    "last_step_redundant": None,
                    "reflection": "",
                },
            }
            for index, one in enumerate(told)
        ],
        "understudy": said,
    }


def pyautogui(step: StoryStep, picture: Picture | None = None) -> str:
    """A step as pyautogui calls, one a line, on the picture's screen or the step's own. Raises Unsayable."""
    screen = picture.screen if picture else step.screen
    return calls(step, lambda x, y: _at(screen, x, y))


def share(value_px: int, size_px: int) -> str:
    """A pixel as its share of the screen, 4 decimals.

    Rounded up, so that a reader comes back to the pixel whether it truncates or rounds (screens to 4,999 px).
    """
    parts = -(-value_px * 10_000 // size_px)
    if int(parts / 10_000 * size_px) < value_px:
        # 406 / 800 is 0.5075 exactly, but 0.5075 * 800 is a hair under 406.
        parts += 1
    return f"{parts / 10_000:.4f}"


def _at(screen: Size | None, x: int | None, y: int | None) -> str:
    if x is None or y is None:
        raise Unsayable("it has no place on the screen")
    if screen is None:
        raise Unsayable("the size of the screen is unknown")
    width, height = screen
    if not (0 <= x < width and 0 <= y < height):
        raise Unsayable("its place lies outside the screen")
    return f"x={share(x, width)}, y={share(y, height)}"
