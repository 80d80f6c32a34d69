"""Menus that opened under a hovering pointer → the presses that open them: movements are no actions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from understudy.learn.acting import Choice, Shown
from understudy.learn.examples import Turn

ITEMS = frozenset(("list item", "menu item", "menu"))
"""Roles of what a menu hangs in."""


def with_ways(turns: Sequence[Turn]) -> list[Turn]:
    """The turns, with a press on each item that a menu beside it hangs in, before what was pressed in that menu.

    People hover over such items until the menu comes; movements are no actions, and an agent has to open it somehow.
    """
    out: list[Turn] = []
    for turn in turns:
        if turn.choice.kind == "click" and turn.choice.element is not None:
            shown = {(each.role, each.name) for each in out[-1].observation.elements} if out else set()
            target = turn.observation.elements[turn.choice.element]
            if (target.role, target.name) not in shown:
                out += _ways_to(turn, turn.choice.element)
        out.append(turn)
    return out


def _ways_to(turn: Turn, target: int) -> list[Turn]:
    """The presses that open what `target` hangs in, the outermost first; part of a slip where the turn is."""
    observation, elements = turn.observation, turn.observation.elements
    found: list[Turn] = []
    below, item = target, elements[target].parent
    while item >= 0:
        if elements[item].role in ITEMS and elements[item].name and not _around(elements[item], elements[below]):
            kept = _without_below(elements, item)
            way = Turn(
                observation=msgspec.structs.replace(observation, elements=tuple(kept)),
                choice=Choice(kind="click", element=item, button="left"),
                correction=turn.correction,
            )
            found.insert(0, way)
            below = item
        item = elements[item].parent
    return found


def _around(item: Shown, inner: Shown) -> bool:
    """Whether an item's place holds the middle of another, as in a list within a list; menus lie beside theirs."""
    if item.bounds is None or inner.bounds is None:
        return True
    return item.bounds.contains(inner.bounds.x + inner.bounds.width // 2, inner.bounds.y + inner.bounds.height // 2)


def _without_below(elements: Sequence[Shown], item: int) -> list[Shown]:
    """The elements before a menu had opened beside `item`: without what hangs in it and lies elsewhere."""
    gone: set[int] = set()
    places: dict[int, int] = {-1: -1}
    kept: list[Shown] = []
    for place, each in enumerate(elements):
        if each.parent in gone or (each.parent == item and not _around(elements[item], each)):
            gone.add(place)
            continue
        places[place] = len(kept)
        kept.append(msgspec.structs.replace(each, parent=places[each.parent]))
    own = next((each.name for each in kept if each.parent == places[item] and each.name), None)
    if own is not None:
        # Its name was put together from all that hung in it.
        kept[places[item]] = msgspec.structs.replace(kept[places[item]], name=own)
    return kept
