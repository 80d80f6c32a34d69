"""BrowserGym actions: one line an episode, what was done in web pages as calls of the coordinate set.

Layout: `trajectories.jsonl`, `images/STILL.webp`. A line is an object with `episode_id`, `goal`, `action_set`, `steps`
(`screenshot`, `url`, `action`, `words`) and `understudy`. Coordinates are px of the picture beside, which shows the
whole screen. Nothing is told by BrowserGym's element ids: it gives those out itself while a page is open, and no
recording has any.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from understudy.export.keynames import PLAYWRIGHT, named
from understudy.export.openai import NOTCH_PX
from understudy.export.pyautogui_calls import farthest, seconds
from understudy.export.scaling import Grid, Picture
from understudy.export.story import Source, Story, StoryStep
from understudy.export.telling import COMMON_LOSSES, Told, write_lines
from understudy.export.terms import terms
from understudy.export.unsayable import Unsayable
from understudy.export.words import tell_action
from understudy.export.written import Written
from understudy.records.actions import Action

ACTION_SET = {"subsets": ["coord", "nav"], "multiaction": True}
"""The arguments of the `HighLevelActionSet` that reads the actions."""

DOCUMENTS = ("document web", "document frame")
"""AT-SPI roles of a web page's root."""
BUTTONS = ("left", "middle", "right")
HISTORY = {"back": "go_back()", "forward": "go_forward()"}
LOSES = (
    *COMMON_LOSSES,
    "Everything outside web pages: other programs and the browser's own controls are left out.",
    "Element ids: BrowserGym gives them out while a page is open, so the set of actions by id has none to name.",
    "Where the page lies on the screen: pictures and places are those of the whole screen.",
    "Triple clicks: the step is left out.",
    "The path of a drag; one that returns to its start keeps its farthest point where the path was kept, and is left "
    "out where it wasn't.",
    "Wheel notches: told as 100 px each. Repeated keys: told as several actions.",
)
USAGE = """```python
import json, pathlib
lines = pathlib.Path("trajectories.jsonl").read_text().splitlines()
episode = json.loads(lines[0])
print(episode["goal"], [step["action"] for step in episode["steps"]])
```"""
POINTING = ("click", "double_click", "triple_click", "long_press", "drag", "scroll")


def write(source: Source, folder: Path) -> Written:
    """Write the format into `folder`. A step outside web pages, or that the set can't say, is left out and counted."""
    said = terms(source.manifest)

    def line(story: Story, told: Sequence[Told[str]]) -> dict[str, Any]:
        return _line(story, told, said)

    return write_lines(source, folder, action_of, line)


def _line(story: Story, told: Sequence[Told[str]], said: dict[str, Any]) -> dict[str, Any]:
    return {
        "episode_id": story.id,
        "goal": story.task,
        "action_set": ACTION_SET,
        "steps": [
            {
                "screenshot": one.picture.path,
                "url": _page(one.step),
                "action": one.said,
                "words": tell_action(one.step.action, one.step.target),
            }
            for one in told
        ],
        "understudy": said,
    }


def action_of(step: StoryStep, picture: Picture) -> str:
    """A step as calls of the action set, one a line. Raises Unsayable."""
    action = step.action
    _check_page(step)
    grid = Grid(picture.screen, picture.size)
    match action.kind:
        case "click" | "double_click" | "triple_click" | "long_press":
            return _holding(action, _pressing(action, grid.place(action.x, action.y)))
        case "drag":
            return _holding(action, _drag(action, grid))
        case "scroll":
            x, y = grid.place(action.x, action.y)
            told = f"scroll_at({x}, {y}, {action.scroll_x * NOTCH_PX}, {action.scroll_y * NOTCH_PX})"
            return _holding(action, [told])
        case "type":
            if action.text_level != "text":
                raise Unsayable("the typed text was not kept")
            return f"keyboard_type({action.text!r})"
        case "press" | "hotkey":
            return "\n".join(_pressed(action))
        case "wait":
            return f"noop({round(seconds(action) * 1000)})"
    raise ValueError(f"an action of the kind {action.kind!r} has no BrowserGym action")


def _page(step: StoryStep) -> str:
    """The address of the page that the step happened in, "" when none is known."""
    return (step.target.url if step.target else "") or step.url


def _check_page(step: StoryStep) -> None:
    """Raises Unsayable unless the step happened in a web page, as far as the recording tells."""
    target = step.target
    in_document = target is not None and bool(target.url or any(role in DOCUMENTS for role in target.path))
    if not step.url and not in_document:
        raise Unsayable("it wasn't in a browser")
    if in_document or step.action.kind == "wait":
        return
    if target is not None:
        raise Unsayable("it was in the browser's own controls, not in a page")
    if step.action.kind in POINTING:
        raise Unsayable("it isn't known whether it was in a page or in the browser's own controls")


def _pressing(action: Action, place: tuple[int, int]) -> list[str]:
    x, y = place
    if action.button == "":
        raise Unsayable("its button has no name")
    if action.button in HISTORY:
        if action.kind != "click" or action.modifiers:
            raise Unsayable("BrowserGym has no such button")
        return [HISTORY[action.button]]
    button = "" if action.button == "left" else f", {action.button!r}"
    match action.kind:
        case "click":
            return [f"mouse_click({x}, {y}{button})"]
        case "double_click":
            return [f"mouse_dblclick({x}, {y}{button})"]
        case "triple_click":
            raise Unsayable("BrowserGym has no triple click")
        case "long_press":
            wait_ms = round(seconds(action) * 1000)
            return [f"mouse_down({x}, {y}{button})", f"noop({wait_ms})", f"mouse_up({x}, {y}{button})"]
    raise ValueError(f"an action of the kind {action.kind!r} presses no button")


def _drag(action: Action, grid: Grid) -> list[str]:
    (x, y), (to_x, to_y) = grid.place(action.x, action.y), grid.place(action.to_x, action.to_y)
    if action.button not in BUTTONS:
        raise Unsayable("BrowserGym has no such button")
    if action.button == "left" and (x, y) != (to_x, to_y):
        return [f"mouse_drag_and_drop({x}, {y}, {to_x}, {to_y})"]
    button = "" if action.button == "left" else f", {action.button!r}"
    moves = []
    if (x, y) == (to_x, to_y):
        far_x, far_y = grid.place(*farthest(action))
        moves = [f"mouse_move({far_x}, {far_y})"]
    return [f"mouse_down({x}, {y}{button})", *moves, f"mouse_up({to_x}, {to_y}{button})"]


def _holding(action: Action, told: list[str]) -> str:
    keys = [PLAYWRIGHT[modifier] for modifier in action.modifiers if modifier in PLAYWRIGHT]
    before = [f"keyboard_down({key!r})" for key in keys]
    after = [f"keyboard_up({key!r})" for key in reversed(keys)]
    return "\n".join([*before, *told, *after])


def _pressed(action: Action) -> list[str]:
    names = _keys(action)
    if action.count == 1 or len(names) == 1:
        return [f"keyboard_press({'+'.join(names)!r})"] * action.count
    before = [f"keyboard_down({name!r})" for name in names[:-1]]
    after = [f"keyboard_up({name!r})" for name in reversed(names[:-1])]
    return [*before, *[f"keyboard_press({names[-1]!r})"] * action.count, *after]


def _keys(action: Action) -> list[str]:
    names = [named(key, PLAYWRIGHT) for key in action.keys]
    known = [name for name in names if name is not None and name.isascii()]
    if not known or len(known) != len(names):
        raise Unsayable("Playwright has no name for one of its keys")
    return known
