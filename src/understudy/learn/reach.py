"""Reaching what was chosen: an element out of sight is scrolled to before anything is done with it."""

from __future__ import annotations

from collections.abc import Sequence

from understudy.learn.acting import Choice, Done, Observation
from understudy.records.geometry import Rect

NOTCH_PX = 100
"""What a notch scrolls by, Chrome's; toolkits differ, so the screen is looked at after each scroll."""
MOST_TRIES = 4
"""Scrolls in a row towards one target: then it isn't where it says, or nothing scrolls."""
POPPED_UP = frozenset(("menu item", "check menu item", "radio menu item", "tearoff menu item"))
"""Options of what has popped up: they lie outside of what they hang in, and in sight."""
NEVER_AROUND = frozenset(("page tab", "menu", "menu bar", "combo box"))
"""What has other elements beneath it in the tree, but not in its bounds: a notebook's page hangs beneath its tab."""
POINTED = frozenset(("click", "double_click", "triple_click", "long_press", "type"))


def towards(choice: Choice, observation: Observation, done: Sequence[Done]) -> Choice | None:
    """The scroll that brings the choice's target into sight; None when it is in sight or can't be brought there."""
    if choice.kind not in POINTED or choice.element is None:
        return None
    target = observation.elements[choice.element]
    if target.bounds is None or target.role in POPPED_UP:
        return None
    x, y = target.bounds.x + target.bounds.width // 2, target.bounds.y + target.bounds.height // 2
    scrolled = 0
    for each in reversed(done):
        if each.choice.kind != "scroll":
            break
        scrolled += 1
    if scrolled >= MOST_TRIES:
        return None
    at = _hidden_by(observation, choice.element, x, y)
    if at is None:
        return None
    holder, seen = at
    middle_x, middle_y = seen.x + seen.width // 2, seen.y + seen.height // 2
    across = 0 if seen.x <= x < seen.right else _notches(x - middle_x)
    down = 0 if seen.y <= y < seen.bottom else _notches(y - middle_y)
    found = Choice(kind="scroll", element=holder, scroll_x=across, scroll_y=down, probability=choice.probability)
    return None if _failed(found, done) else found


def _notches(away_px: int) -> int:
    return max(1, round(abs(away_px) / NOTCH_PX)) * (1 if away_px > 0 else -1)


def _hidden_by(observation: Observation, element: int, x: int, y: int) -> tuple[int, Rect] | None:
    """The innermost holder that a place lies outside of, and what is seen of it; None where the place is in sight."""
    window = observation.bounds
    if window.empty:
        return None
    holder = observation.elements[element].parent
    while holder >= 0:
        bounds = observation.elements[holder].bounds
        if bounds is not None and observation.elements[holder].role not in NEVER_AROUND:
            seen = bounds.intersect(window)
            if not seen.empty and not (seen.x <= x < seen.right and seen.y <= y < seen.bottom):
                return holder, seen
        holder = observation.elements[holder].parent
    if window.contains(x, y):
        return None
    return 0, window


def _failed(scroll: Choice, done: Sequence[Done]) -> bool:
    """True where the same scroll was the last thing done: it would have got nearer if anything had moved."""
    if not done or done[-1].choice.kind != "scroll":
        return False
    before = done[-1].choice
    return (before.element, before.scroll_x, before.scroll_y) == (
        scroll.element,
        scroll.scroll_x,
        scroll.scroll_y,
    )
