"""UI-TARS: one line an episode, a chat of pictures and actions; coordinates in thousandths of the screen.

Layout: `trajectories.jsonl`, `images/STILL.webp`. A line is an object with `episode_id`, `messages` and `understudy`.
The first user's message says the task and which actions there are; then a user's message with a picture and an
assistant's with `Action: …` take turns. Actions of one step stand in one message, an empty line between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from understudy.export.keynames import PYAUTOGUI
from understudy.export.pyautogui_calls import keys_of
from understudy.export.scaling import Grid, Picture
from understudy.export.story import Source, Story, StoryStep
from understudy.export.telling import COMMON_LOSSES, Told, write_lines
from understudy.export.terms import terms
from understudy.export.unsayable import Unsayable
from understudy.export.words import tell_action
from understudy.export.written import Written
from understudy.records.actions import Action

CELLS = (1000, 1000)
CLICKS = {"left": "click", "right": "right_single"}
HISTORY = {"back": "alt left", "forward": "alt right"}

PROMPT = """You work on a computer that you see in pictures. Answer each picture with the next action of the task.

Write `Action: ` and one of these; where one takes several, put an empty line between them:
click(start_box='(x,y)')
left_double(start_box='(x,y)')
right_single(start_box='(x,y)')
drag(start_box='(x,y)', end_box='(x,y)')
scroll(start_box='(x,y)', direction='up')  # or down, left, right
type(content='text')
hotkey(key='ctrl c')
press(key='ctrl')  # hold a key during the actions that follow
release(key='ctrl')
wait()

x and y are thousandths of the picture's width and height.

Task: {task}"""
"""The first message: `{task}` is the episode's. UI-TARS' own prompts can be put in its place."""

MISREAD = {
    "Action: ": "Action:\\x20",
    "point=": "point\\x3d",
    "<point>": "<point\\x3e",
    "[EOS]": "[EOS\\x5d",
    "')": "'\\x29",
}
"""What UI-TARS' own parser replaces or splits at wherever it stands, and how to write it inside a text."""

LOSES = (
    *COMMON_LOSSES,
    "Places: told in thousandths of the screen, which is up to 2 px beside on a screen 1920 px wide.",
    "Triple clicks, long presses, middle clicks, double clicks and drags with another button than the left, drags that "
    "return to their start: the step is left out.",
    "The path of a drag.",
    "The mouse's back and forward buttons: told as Alt+Left and Alt+Right.",
    "How far something was scrolled, how long a wait took.",
    "Repeated keys: told as several actions.",
    "Held modifiers go beyond UI-TARS' own prompts: told as press and release, which its parser reads.",
    "Spaces at the start of a typed text: they are told, and UI-TARS' own parser drops them.",
    "Thoughts: nobody wrote them. How the task ended: no `finished` is made up.",
)
USAGE = """```python
import json, pathlib
lines = pathlib.Path("trajectories.jsonl").read_text().splitlines()
episode = json.loads(lines[0])
print(episode["messages"][1]["content"])
```"""

Message = dict[str, Any]


def write(source: Source, folder: Path) -> Written:
    """Write the format into `folder`. A step that UI-TARS can't say is left out and counted."""
    said = terms(source.manifest)

    def line(story: Story, told: Sequence[Told[str]]) -> dict[str, Any]:
        return _line(story, told, said)

    return write_lines(source, folder, response, line)


def _line(story: Story, told: Sequence[Told[str]], said: Message) -> Message:
    messages: list[Message] = []
    for nth, one in enumerate(told):
        content: list[Message] = [] if nth else [{"type": "text", "text": PROMPT.replace("{task}", story.task)}]
        content.append({"type": "image_url", "image_url": {"url": one.picture.path}})
        messages.append({"role": "user", "content": content})
        messages.append({"role": "assistant", "content": one.said})
    words = [tell_action(one.step.action, one.step.target) for one in told]
    return {
        "episode_id": story.id,
        "messages": messages,
        "understudy": {**said, "task": story.task, "steps_in_words": words},
    }


def response(step: StoryStep, picture: Picture) -> str:
    """A step as the model's answer. Raises Unsayable."""
    return "Action: " + "\n\n".join(actions(step, picture))


def actions(step: StoryStep, picture: Picture) -> list[str]:
    """A step as UI-TARS' actions: one, or several where it has no single word. Raises Unsayable."""
    action = step.action
    grid = Grid(picture.screen, CELLS)
    match action.kind:
        case "click" | "double_click" | "triple_click" | "long_press" | "drag":
            box = _box(grid, step, action.x, action.y)
            return _holding(action, _drag(step, box, grid) if action.kind == "drag" else _pressing(action, box))
        case "scroll":
            return _holding(action, _scroll(action, _box(grid, step, action.x, action.y)))
        case "type":
            if action.text_level != "text":
                raise Unsayable("the typed text was not kept")
            return [f"type(content={quoted(action.text)})"]
        case "press" | "hotkey":
            return _keys(action)
        case "wait":
            return ["wait()"]
    raise ValueError(f"an action of the kind {action.kind!r} has no UI-TARS action")


def _keys(action: Action) -> list[str]:
    names = keys_of(action)
    if action.count == 1 or len(names) == 1:
        return [f"hotkey(key={quoted(' '.join(names))})"] * action.count
    before = [f"press(key={quoted(name)})" for name in names[:-1]]
    after = [f"release(key={quoted(name)})" for name in reversed(names[:-1])]
    return [*before, *[f"hotkey(key={quoted(names[-1])})"] * action.count, *after]


def quoted(text: str) -> str:
    """A text as UI-TARS writes it: in single quotes, escaped as Python would, on one line."""
    body = "".join(_escaped(character) for character in text)
    for misread, written in MISREAD.items():
        body = body.replace(misread, written)
    return f"'{body}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return ascii(character)[1:-1]


def _box(grid: Grid, step: StoryStep, x: int | None, y: int | None) -> str:
    u, v = grid.place(x, y, step.target.bounds if step.target else None)
    return f"'({u},{v})'"


def _pressing(action: Action, box: str) -> list[str]:
    if action.button == "":
        raise Unsayable("its button has no name")
    match action.kind:
        case "click" if action.button in HISTORY:
            return [f"hotkey(key='{HISTORY[action.button]}')"]
        case "click" if action.button in CLICKS:
            return [f"{CLICKS[action.button]}(start_box={box})"]
        case "double_click" if action.button == "left":
            return [f"left_double(start_box={box})"]
        case "click" | "double_click":
            raise Unsayable("UI-TARS has no such click with this button")
        case "triple_click":
            raise Unsayable("UI-TARS has no triple click")
        case "long_press":
            raise Unsayable("UI-TARS can't hold a button down")
    raise ValueError(f"an action of the kind {action.kind!r} presses no button")


def _drag(step: StoryStep, box: str, grid: Grid) -> list[str]:
    action = step.action
    to = _box(grid, step, action.to_x, action.to_y)
    if action.button != "left":
        raise Unsayable("UI-TARS drags with the left button only")
    if box == to:
        raise Unsayable("UI-TARS has no drag that ends where it began")
    return [f"drag(start_box={box}, end_box={to})"]


def _scroll(action: Action, box: str) -> list[str]:
    directions = ["down" if action.scroll_y > 0 else "up"] if action.scroll_y else []
    directions += ["right" if action.scroll_x > 0 else "left"] if action.scroll_x else []
    if not directions:
        raise Unsayable("it scrolled by nothing")
    return [f"scroll(start_box={box}, direction='{direction}')" for direction in directions]


def _holding(action: Action, told: list[str]) -> list[str]:
    keys = [PYAUTOGUI[modifier] for modifier in action.modifiers if modifier in PYAUTOGUI]
    before = [f"press(key='{key}')" for key in keys]
    after = [f"release(key='{key}')" for key in reversed(keys)]
    return [*before, *told, *after]
