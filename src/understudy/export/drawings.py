"""Where things are drawn on a still: the action's marks, the target's box, the part worth a closer look."""

from __future__ import annotations

import math
from dataclasses import dataclass

from understudy.export.story import StoryStep
from understudy.records.geometry import Rect

INSET_WIDTH, INSET_HEIGHT = 320, 200
"""Size of the closer look, px of the screen: a button with what stands around it."""
LONGEST_LABEL = 34


@dataclass(frozen=True)
class Drawing:
    """What to draw over one still, in px of the screen.

    `rings` is how many times a button was pressed (0 for keys); `path` a drag's points; `arrows` the scroll's
    directions as degrees clockwise from up; `label` what stands beside the place; `keys` the keys to draw as caps.
    `box` is the target's bounds within the screen; `inset` the part to show larger, None when that adds nothing.
    """

    x: int | None
    y: int | None
    rings: int
    held: bool
    path: str
    end: tuple[int, int] | None
    heading: float
    arrows: tuple[int, ...]
    label: str
    keys: tuple[str, ...]
    caret: tuple[int, int, int] | None
    box: Rect | None
    inset: Rect | None


def draw(step: StoryStep) -> Drawing | None:
    """The drawing for a step with a still; None for steps that show none (waits, or no picture)."""
    action = step.action
    if step.still_id is None or step.screen is None or action.kind == "wait":
        return None
    screen = Rect(0, 0, *step.screen)
    box = step.target.bounds.intersect(screen) if step.target and step.target.bounds else None
    if box is not None and box.empty:
        box = None
    points = [(x, y) for _, x, y in action.path] if action.kind == "drag" else []
    if action.kind == "drag" and len(points) < 2 and action.to_x is not None and action.to_y is not None:
        points = [(action.x or 0, action.y or 0), (action.to_x, action.to_y)]
    typed = action.kind == "type"
    caret = (box.x + min(12, box.width // 4), box.y + 6, min(box.height - 12, 24)) if typed and box else None
    return Drawing(
        x=action.x,
        y=action.y,
        rings={"click": 1, "double_click": 2, "triple_click": 3, "long_press": 1}.get(action.kind, 0),
        held=action.kind == "long_press",
        path=" ".join(f"{x},{y}" for x, y in points),
        end=points[-1] if points else None,
        heading=_heading(points),
        arrows=_arrows(action.scroll_x, action.scroll_y),
        label=_short(action.text) if typed and action.text_level == "text" else "",
        keys=action.keys if action.kind in ("press", "hotkey") else (),
        caret=caret,
        box=box,
        inset=_inset(action.x, action.y, points, box, screen),
    )


def _arrows(right: int, down: int) -> tuple[int, ...]:
    vertical = () if not down else (180,) if down > 0 else (0,)
    horizontal = () if not right else (90,) if right > 0 else (270,)
    return (*vertical, *horizontal)


def _heading(points: list[tuple[int, int]]) -> float:
    """The direction in which a path ends, degrees clockwise from right; 0 without a path."""
    if len(points) < 2:
        return 0.0
    end_x, end_y = points[-1]
    for x, y in reversed(points[:-1]):
        if abs(end_x - x) + abs(end_y - y) >= 6:
            return round(math.degrees(math.atan2(end_y - y, end_x - x)), 1)
    return 0.0


def _inset(x: int | None, y: int | None, points: list[tuple[int, int]], box: Rect | None, screen: Rect) -> Rect | None:
    if points:
        left, right = min(px for px, _ in points), max(px for px, _ in points)
        top, bottom = min(py for _, py in points), max(py for _, py in points)
        center_x, center_y, wide, high = (left + right) // 2, (top + bottom) // 2, right - left + 80, bottom - top + 80
    elif x is not None and y is not None:
        center_x, center_y, wide, high = x, y, 0, 0
    elif box is not None:
        center_x = box.x + min(box.width // 2, INSET_WIDTH // 2 - 20)
        center_y, wide, high = box.y + min(box.height // 2, INSET_HEIGHT // 2 - 20), 0, 0
    else:
        return None
    scale = max(1.0, wide / INSET_WIDTH, high / INSET_HEIGHT)
    width, height = round(INSET_WIDTH * scale), round(INSET_HEIGHT * scale)
    if width > screen.width * 0.7 or height > screen.height * 0.7:
        return None
    left = min(max(0, center_x - width // 2), screen.width - width)
    top = min(max(0, center_y - height // 2), screen.height - height)
    return Rect(left, top, width, height)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…"
