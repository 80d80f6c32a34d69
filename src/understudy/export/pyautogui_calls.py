"""A step as calls of pyautogui, one a line: what OpenCUA's code and the scripts share."""

from __future__ import annotations

from collections.abc import Callable

from understudy.export.keynames import PYAUTOGUI, named
from understudy.export.story import StoryStep
from understudy.export.unsayable import Unsayable
from understudy.records.actions import Action

CLICKS = {"left": "click", "right": "rightClick", "middle": "middleClick"}
HISTORY = {"back": "['alt', 'left']", "forward": "['alt', 'right']"}
SLOWEST_JUMP_S = 0.3
"""Up to 0.1 s pyautogui's pointer jumps, and a program sees no drag."""

At = Callable[[int | None, int | None], str]
"""A place in px of the screen as arguments ("x=10, y=20"). Raises Unsayable for a place that can't be told."""


def calls(step: StoryStep, at: At, *, timed: bool = False) -> str:
    """The step as code. `timed` gives drags their time, for programs that watch the pointer move.

    Raises Unsayable with the reason why there is none.
    """
    action = step.action
    match action.kind:
        case "click" | "double_click" | "triple_click" | "long_press" | "drag":
            return _holding(action, _pressing(action, at, timed))
        case "scroll":
            return _holding(action, _scroll(action, at))
        case "type":
            if action.text_level != "text":
                raise Unsayable("the typed text was not kept")
            return f"pyautogui.write(message={action.text!r})"
        case "press":
            [key] = keys_of(action)
            return f"pyautogui.press({key!r})" if action.count == 1 else f"pyautogui.press({key!r}, {_times(action)})"
        case "hotkey":
            return _hotkey(action)
        case "wait":
            return "computer.wait()"
    raise ValueError(f"an action of the kind {action.kind!r} has no pyautogui code")


def seconds(action: Action) -> float:
    """How long an action took, s; one that was made on a coarser grid of time takes at least 0.1 s."""
    return max(0.1, (action.end_ns - action.start_ns) / 1e9)


def keys_of(action: Action) -> list[str]:
    """The names of the action's keys. Raises Unsayable when there is one that pyautogui doesn't know."""
    names = [named(key, PYAUTOGUI) for key in action.keys]
    known = [name for name in names if name is not None and name.isascii()]
    if not known or len(known) != len(names):
        raise Unsayable("pyautogui has no name for one of its keys")
    return known


def _pressing(action: Action, at: At, timed: bool) -> str:
    place = at(action.x, action.y)
    if action.button == "":
        raise Unsayable("its button has no name")
    if action.button in HISTORY:
        if action.kind != "click":
            raise Unsayable("pyautogui has no such button")
        # pyautogui presses no such button; these hotkeys do the same wherever the buttons do anything.
        return f"pyautogui.hotkey({HISTORY[action.button]})"
    button = repr(action.button)
    match action.kind:
        case "click":
            return f"pyautogui.{CLICKS[action.button]}({place})"
        case "double_click" | "triple_click":
            name = "doubleClick" if action.kind == "double_click" else "tripleClick"
            return f"pyautogui.{name}({place}" + (")" if action.button == "left" else f", button={button})")
        case "long_press":
            # The place stands in moveTo: readers that turn shares into px know the moves and clicks only.
            return (
                f"pyautogui.moveTo({place})\npyautogui.mouseDown(button={button})\n"
                f"pyautogui.sleep({seconds(action):.1f})\npyautogui.mouseUp(button={button})"
            )
        case "drag":
            return _drag(action, place, at, timed)
    raise ValueError(f"an action of the kind {action.kind!r} presses no button")


def _drag(action: Action, place: str, at: At, timed: bool) -> str:
    to = at(action.to_x, action.to_y)
    button, time = repr(action.button), f", duration={max(SLOWEST_JUMP_S, seconds(action)):.1f}" if timed else ""
    if place != to:
        return f"pyautogui.moveTo({place})\npyautogui.dragTo({to}{time}, button={button})"
    far = at(*farthest(action))
    return (
        f"pyautogui.moveTo({place})\npyautogui.mouseDown(button={button})\n"
        f"pyautogui.moveTo({far}{time})\npyautogui.moveTo({to}{time})\npyautogui.mouseUp(button={button})"
    )


def farthest(action: Action) -> tuple[int, int]:
    """The point of a drag's path that lies farthest from its start, px: what tells a drag that returns there.

    Raises Unsayable when no path was kept: without one, nothing of such a drag is left.
    """
    x, y = action.x or 0, action.y or 0
    if len(action.path) < 3:
        raise Unsayable("it returned to its start, and its path was not kept")
    _, far_x, far_y = max(action.path, key=lambda point: abs(point[1] - x) + abs(point[2] - y))
    return far_x, far_y


def _scroll(action: Action, at: At) -> str:
    place = at(action.x, action.y)
    # pyautogui scrolls up by positive numbers, and to the right.
    lines = [f"pyautogui.scroll({-action.scroll_y}, {place})"] if action.scroll_y else []
    lines += [f"pyautogui.hscroll({action.scroll_x}, {place})"] if action.scroll_x else []
    if not lines:
        raise Unsayable("it scrolled by nothing")
    return "\n".join(lines)


def _holding(action: Action, code: str) -> str:
    keys = [PYAUTOGUI[modifier] for modifier in action.modifiers if modifier in PYAUTOGUI]
    before = "".join(f"pyautogui.keyDown({key!r})\n" for key in keys)
    after = "".join(f"\npyautogui.keyUp({key!r})" for key in reversed(keys))
    return before + code + after


def _hotkey(action: Action) -> str:
    keys = keys_of(action)
    if action.count == 1:
        return f"pyautogui.hotkey({keys!r})"
    held, last = keys[:-1], keys[-1]
    lines = [f"pyautogui.keyDown({key!r})" for key in held]
    lines.append(f"pyautogui.press({last!r}, {_times(action)})")
    lines += [f"pyautogui.keyUp({key!r})" for key in reversed(held)]
    return "\n".join(lines)


def _times(action: Action) -> str:
    return f"presses={action.count}"
