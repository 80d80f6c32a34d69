"""Forced slips: the first action replaced by a wrong one of its kind, to see whether a policy recovers."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from understudy.learn.acting import Choice, Done, Observation
from understudy.learn.evaluate import target_of

SURVIVED = frozenset(
    ("check box", "radio button", "page tab", "entry", "spin button", "combo box", "menu item", "check menu item")
)
"""Roles of which a wrong one can be pressed and mended: pages and programs don't end a task at it."""


class FirstSlip:
    """The first action that has a wrong one like it slips: another element of the same role is pressed, or the text
    gets a wrong character at its end. One slip an episode; `seed` makes it the same each time."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._slipped = False

    def __call__(self, observation: Observation, choice: Choice, done: Sequence[Done]) -> Choice | None:
        """See `Slip`."""
        if self._slipped:
            return None
        wrong = self._wrong(observation, choice)
        self._slipped = wrong is not None
        return wrong

    def _wrong(self, observation: Observation, choice: Choice) -> Choice | None:
        if choice.kind == "type" and choice.text:
            return msgspec.structs.replace(choice, text=choice.text + self._random.choice("qxzj"))
        target = target_of(choice, observation)
        if choice.kind != "click" or target is None or target.role not in SURVIVED:
            return None
        others = [
            index
            for index, each in enumerate(observation.elements)
            if each.role == target.role and index != choice.element and each.bounds is not None
            and "showing" in each.states and "selected" not in each.states and "checked" not in each.states
        ]  # fmt: skip
        return msgspec.structs.replace(choice, element=self._random.choice(others)) if others else None
