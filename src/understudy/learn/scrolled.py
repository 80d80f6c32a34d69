"""Where elements lie in a page of which nothing is scrolled away.

People scroll until their target shows and then press it; an agent looks before it scrolls, and its hands scroll by
themselves. Where the recorded screen was scrolled to would give the answer away, and only in training (ADR 0251).
"""

from __future__ import annotations

import msgspec

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.records.geometry import Rect

HIDDEN_BEYOND_PX = 5_000
"""What ends further above the screen, or left of it, was put there to be out of sight, not scrolled to it."""


def unscrolled(observation: Observation) -> Observation:
    """The same with every element's contents moved down to where they begin.

    What an element holds is taken for scrolled where it begins above the element; lists that scroll sideways are left
    as they are. Sizes stay, and so do elements without bounds. A move that no scrolling made, of what pops up above its
    holder, is the same in every look at it.
    """
    elements = observation.elements
    tops: list[int | None] = [None] * len(elements)
    """Where what each element holds begins: its children, and for those without a place theirs."""
    for place in range(len(elements) - 1, -1, -1):
        own, top, parent = elements[place].bounds, tops[place], elements[place].parent
        if parent < 0:
            continue
        if own is not None and not own.empty and own.right > 0 and own.bottom > -HIDDEN_BEYOND_PX:
            top = own.y
        if top is not None:
            held = tops[parent]
            tops[parent] = top if held is None else min(held, top)
    moves_px: list[int] = []
    out: list[Shown] = []
    for place, element in enumerate(elements):
        move_px = moves_px[element.parent] if element.parent >= 0 else 0
        bounds, top = element.bounds, tops[place]
        if bounds is not None and move_px:
            there = Rect(bounds.x, bounds.y + move_px, bounds.width, bounds.height)
            out.append(msgspec.structs.replace(element, bounds=there))
        else:
            out.append(element)
        if bounds is not None and top is not None and not bounds.empty:
            move_px += max(0, bounds.y - top)
        moves_px.append(move_px)
    return msgspec.structs.replace(observation, elements=tuple(out)) if any(moves_px) else observation


def done_of(choice: Choice, observation: Observation) -> Done:
    """What was done, with its target as it looked and where it lies with nothing scrolled."""
    if choice.element is None or not 0 <= choice.element < len(observation.elements):
        return Done(choice=choice)
    place = unscrolled(observation).elements[choice.element].bounds
    return Done(choice=choice, target=observation.elements[choice.element], place=place)
