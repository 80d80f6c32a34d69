"""What a policy sees and what it may choose: the contract between datasets, policies and whoever performs actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from understudy.records.actions import ActionKind, Button
from understudy.records.elements import ValueClass
from understudy.records.geometry import Rect

ChoiceKind = ActionKind | Literal["stop"]
"""The kinds of actions, and "stop": the policy holds the task to be done."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One element as a policy sees it.

    `role`, `states` are AT-SPI names; `name` and `text` scrubbed; `value_class` tells what it holds, never the value.
    `parent` is the index of its parent in the observation's `elements`, -1 at the top. `bounds` in root px, None when
    the program told none. `hint` is what its program calls it inside (`Element.hint`), scrubbed; "" when not told.
    """

    role: str
    parent: int = -1
    name: str = ""
    text: str = ""
    value_class: ValueClass = ""
    states: tuple[str, ...] = ()
    bounds: Rect | None = None
    hint: str = ""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What stood on the screen before an action: the elements of one window, parents before children.

    `bounds` is the window in root px. `complete` False: reading stopped early, what is absent may have been there.
    """

    elements: tuple[Shown, ...]
    bounds: Rect
    app: str = ""
    title: str = ""
    url: str = ""
    complete: bool = True


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy chose to do, or what was done.

    `element` is the index of the target in the observation that it was chosen from, None for none (keys, waits).
    `to_element` is where a drag ends. `text` for "type": the whole text to be typed. `keys` are keysym names
    for "hotkey" (modifiers first) and "press". `scroll_x`, `scroll_y` in wheel notches, + is right and down.
    `probability` is the policy's own estimate that this is right, 0 to 1; 1 for what was really done.
    """

    kind: ChoiceKind
    element: int | None = None
    to_element: int | None = None
    text: str = ""
    keys: tuple[str, ...] = ()
    count: int = 1
    button: Button = ""
    scroll_x: int = 0
    scroll_y: int = 0
    probability: float = 1.0


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """One action of the episode so far: the choice and the element that it went to, as it looked then.

    `place` is where that element lay with nothing scrolled away (`learn.scrolled`), None for where it showed.
    """

    choice: Choice
    target: Shown | None = None
    place: Rect | None = None


class Policy(Protocol):
    """Anything that chooses actions: learnt, random, or somebody else's model behind an address."""

    def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        """The next action towards `task`, given what is shown and what was done in this episode, oldest first."""
        ...
