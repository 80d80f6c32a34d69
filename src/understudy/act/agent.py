"""The agent's loop: look, choose, see that what was chosen is there and takes it, do it with real X events, look again.

It stops rather than guesses: where the policy isn't sure, where the screen isn't known, where what was chosen isn't to
be found. Whatever may not be done unasked (what can't be taken back, typing into a password field) is asked for first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

import xcffib

from understudy.act.agent_eyes import BETWEEN_S, AgentEyes, Seen
from understudy.act.replay_hands import Hands
from understudy.act.xtest import NotTypeable
from understudy.learn.acting import Choice, Done, Observation, Policy, Shown
from understudy.learn.scrolled import done_of
from understudy.records.actions import Action
from understudy.records.elements import Element

End = Literal["done", "hotkey", "unsure", "unknown_screen", "refused", "lost", "no_value", "step_limit", "going_round"]
"""How a performance ended; `END_WORDS` says each in words."""

END_WORDS: dict[End, str] = {
    "done": "done, as far as the policy can tell",
    "hotkey": "stopped by the hotkey",
    "unsure": "stopped: it isn't sure what comes next",
    "unknown_screen": "stopped: the window in front can't be seen (out of the policy's scope, or its program tells "
    "nothing)",
    "refused": "stopped: you said no",
    "lost": "stopped: what it wanted to act on isn't there any more, is covered, or takes nothing",
    "no_value": "stopped: it would type something that nobody named",
    "step_limit": "stopped: too many steps",
    "going_round": "stopped: the same thing again and again, and nothing changes",
}

BY_POINTER = ("click", "double_click", "triple_click", "long_press", "drag", "scroll")
BY_KEYS = ("type", "hotkey", "press")
IN_POPUPS = ("menu", "menu item", "check menu item", "radio menu item", "tearoff menu item", "list item")
"""Roles of what may stand outside its window's own bounds."""
TYPED_AT_ONCE = 12
"""Characters between two looks at whether the person wants it to stop."""
LONG_PRESS_S = 0.8
USABLE = frozenset({"enabled", "sensitive"})


class Stopped(Exception):
    """The performance ends here; `end` says why."""

    def __init__(self, end: End) -> None:
        super().__init__(END_WORDS[end])
        self.end: End = end


@dataclass(frozen=True)
class Limits:
    """`sure`: the least probability that is acted upon unasked. `patience_s`: how long to wait for a window or an
    element. `steps`: most steps of one task. `rounds`: how often the same thing may be done with nothing changing."""

    sure: float = 0.5
    patience_s: float = 5.0
    steps: int = 40
    rounds: int = 3


@dataclass(frozen=True)
class Intent:
    """What is about to be done: step `number` from 1, chosen from `observation`, on `target` as the policy sees it.

    `text` is what will really be typed, None where that is for nobody's eyes.
    """

    number: int
    choice: Choice
    observation: Observation
    target: Shown | None
    text: str | None = ""


class Person(Protocol):
    """The one whom the agent tells and asks. In the way stands only what must be decided."""

    def tell(self, intent: Intent) -> None:
        """This is about to be done."""

    def stops(self) -> bool:
        """True once the person wants it to stop; asked many times a second."""

    def allows(self, intent: Intent, why: Literal["unsure", "irreversible"]) -> bool:
        """True: do it although it is unsure, or can't be taken back."""

    def secret(self, intent: Intent) -> str | None:
        """What to type into a password field, told now for this once; None: don't."""


@dataclass(frozen=True)
class Rules:
    """What a policy of the person's says: `irreversible` tells whether pressing an element can't be taken back; `value`
    turns what was chosen to be typed into the real text, None where it isn't known."""

    irreversible: Callable[[Shown], bool]
    value: Callable[[str], str | None]


@dataclass
class Report:
    """What was done, and how it ended. `seconds` from the first look to the last."""

    end: End = "done"
    done: list[Done] = field(default_factory=list)
    seconds: float = 0.0
    choosing_s: float = 0.0


class Agent:
    """Performs tasks with `hands` where `eyes` look, as `policy` chooses. One at a time."""

    def __init__(
        self, eyes: AgentEyes, hands: Hands, policy: Policy, rules: Rules, person: Person, limits: Limits | None = None
    ) -> None:
        self._eyes, self._hands, self._policy = eyes, hands, policy
        self._rules, self._person = rules, person
        self._limits = limits or Limits()
        self._typed_into: frozenset[str] = frozenset()

    def perform(self, task: str) -> Report:
        """Do the task, told in the words that the policy knows: tokens for what is scrubbed. Never raises `Stopped`."""
        report = Report()
        began_s = time.monotonic()
        try:
            self._perform(task, report)
        except Stopped as stopped:
            report.end = stopped.end
        except (NotTypeable, xcffib.Error):
            # A key that the layout lacks, a window that closed under its hands.
            report.end = "lost"
        finally:
            self._hands.let_go()
            report.seconds = time.monotonic() - began_s
        return report

    def _perform(self, task: str, report: Report) -> None:
        again: list[tuple[Observation, Choice]] = []
        for number in range(1, self._limits.steps + 1):
            seen = self._look()
            began_s = time.monotonic()
            choice = self._policy.choose(task, seen.observation, tuple(report.done))
            report.choosing_s += time.monotonic() - began_s
            target = seen.observation.elements[choice.element] if choice.element is not None else None
            intent = Intent(number, choice, seen.observation, target, self._real_text(choice, seen))
            if choice.probability < self._limits.sure:
                self._ask(intent, "unsure")
            if choice.kind == "stop":
                self._person.tell(intent)
                return
            again = [*again, (seen.observation, _plain(choice))][-self._limits.rounds :]
            if len(again) == self._limits.rounds and all(each == again[0] for each in again):
                raise Stopped("going_round")
            if target is not None and choice.kind in BY_POINTER and self._rules.irreversible(target):
                self._ask(intent, "irreversible")
            elif choice.kind in ("press", "hotkey") and choice.keys[-1:] in (("Return",), ("KP_Enter",)):
                self._ask_of_return(intent, seen)
            self._person.tell(intent)
            self._check_stop()
            self._do(intent, seen)
            report.done.append(done_of(choice, seen.observation))
        raise Stopped("step_limit")

    # Looking

    def _look(self) -> Seen:
        seen = self._eyes.settled(self._limits.patience_s, self._typed_into)
        self._check_stop()
        if seen is None:
            raise Stopped("unknown_screen")
        return seen

    def _check_stop(self) -> None:
        if self._person.stops():
            raise Stopped("hotkey")

    def _ask(self, intent: Intent, why: Literal["unsure", "irreversible"]) -> None:
        if not self._person.allows(intent, why):
            raise Stopped("unsure" if why == "unsure" else "refused")

    def _ask_of_return(self, intent: Intent, seen: Seen) -> None:
        """Return presses what has the focus, or what a dialog or form presses by itself."""
        pressed = [
            each
            for each in seen.observation.elements
            if "focused" in each.states or "default" in each.states or "is default" in each.states
        ]
        if any(self._rules.irreversible(each) for each in pressed):
            self._ask(intent, "irreversible")

    # Doing

    def _real_text(self, choice: Choice, seen: Seen) -> str | None:
        if choice.kind != "type":
            return ""
        if self._secret(choice, seen):
            return None
        text = self._rules.value(choice.text)
        if text is None:
            raise Stopped("no_value")
        return text

    def _secret(self, choice: Choice, seen: Seen) -> bool:
        focus = [node.element for node in seen.tree.nodes if "focused" in node.element.states]
        if choice.element is not None:
            focus.append(seen.tree.nodes[choice.element].element)
        return any(each.secure or each.role == "password text" for each in focus)

    def _do(self, intent: Intent, seen: Seen) -> None:
        choice = intent.choice
        typed_into: frozenset[str] = frozenset()
        if choice.kind == "wait":
            self._wait(0.5)
        elif choice.kind in BY_POINTER:
            self._point(choice, seen)
        elif choice.kind == "type":
            typed_into = self._type(intent, seen)
        elif choice.kind in BY_KEYS:
            self._hands.perform(_action(choice), "")
        else:
            raise ValueError(f"a choice of the kind {choice.kind!r} can't be done")
        self._typed_into = typed_into

    def _wait(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            self._check_stop()
            time.sleep(0.05)

    def _point(self, choice: Choice, seen: Seen) -> None:
        if choice.element is None:
            raise Stopped("lost")
        x, y = self._reach(seen, choice.element)
        action = _action(choice, x, y)
        if choice.kind == "drag":
            if choice.to_element is None:
                raise Stopped("lost")
            to_x, to_y = _middle(seen, choice.to_element) or (x, y)
            action = _action(choice, x, y, to_x, to_y)
        self._hands.perform(action, "")

    def _reach(self, seen: Seen, index: int) -> tuple[int, int]:
        """The pointer rests on the element, which is on top there and takes a press; where. Raises Stopped."""
        deadline = time.monotonic() + self._limits.patience_s
        moved: tuple[int, int] | None = None
        node = seen.tree.nodes[index].element
        while True:
            place = _middle(seen, index)
            if place is not None and _takes(node):
                if moved != place:
                    self._hands.approach(Action(kind="click", start_ns=0, end_ns=0, x=place[0], y=place[1]))
                    moved = place
                under = self._eyes.at(*place)
                if under is not None and _same_thing(seen, index, under):
                    return place
            if time.monotonic() >= deadline:
                raise Stopped("lost")
            self._check_stop()
            time.sleep(BETWEEN_S)
            # It may have moved, or something may be in its way for a moment.
            later = self._eyes.look(self._limits.patience_s, self._typed_into)
            if later is not None:
                found = next((i for i, each in enumerate(later.tree.nodes) if each.element.id == node.id), None)
                if found is not None and found < len(later.observation.elements):
                    seen, index, node = later, found, later.tree.nodes[found].element

    def _type(self, intent: Intent, seen: Seen) -> frozenset[str]:
        index = intent.choice.element
        if index is not None and "focused" not in seen.tree.nodes[index].element.states:
            # As a person would: what has not the focus is pressed first.
            self._point(Choice(kind="click", element=index, button="left"), seen)
            seen = self._look()
        text = intent.text
        if text is not None and self._secret(Choice(kind="type"), seen):
            # The focus went to a password field that this was not meant for.
            raise Stopped("lost")
        if text is None and (text := self._person.secret(intent)) is None:
            raise Stopped("refused")
        for part in _parts(text):
            self._check_stop()
            self._hands.type(part)
        return frozenset(node.element.id for node in seen.tree.nodes if "focused" in node.element.states)


def _plain(choice: Choice) -> Choice:
    return Choice(
        kind=choice.kind, element=choice.element, to_element=choice.to_element, text=choice.text, keys=choice.keys
    )


def _parts(text: str) -> Iterator[str]:
    for start in range(0, len(text), TYPED_AT_ONCE):
        yield text[start : start + TYPED_AT_ONCE]


def _takes(element: Element) -> bool:
    """True unless the program says that it is switched off."""
    told = USABLE.intersection(element.states)
    return bool(told) or not element.states


def _middle(seen: Seen, index: int) -> tuple[int, int] | None:
    """The middle of what shows of an element, root px; None when nothing does."""
    element = seen.tree.nodes[index].element
    if element.bounds is None:
        return None
    shown = element.bounds
    if element.role not in IN_POPUPS:
        around = seen.tree.bounds
        at = index
        while at >= 0:
            parent = seen.tree.nodes[at].element
            if parent.role in ("scroll pane", "viewport", "document web") and parent.bounds is not None:
                around = around.intersect(parent.bounds)
            at = seen.tree.nodes[at].parent
        shown = shown.intersect(around)
    if shown.empty:
        return None
    return shown.x + shown.width // 2, shown.y + shown.height // 2


def _same_thing(seen: Seen, index: int, under: Element) -> bool:
    """True when what is told to be under the pointer is the element, something in it, or what it is a part of."""
    nodes = seen.tree.nodes
    wanted = nodes[index].element
    if under.id == wanted.id or (under.role, under.name, under.bounds) == (wanted.role, wanted.name, wanted.bounds):
        return True
    found = next((i for i, node in enumerate(nodes) if node.element.id == under.id), None)
    if found is None:
        return False
    return index in _line(seen, found) or found in _near(seen, index)


def _line(seen: Seen, index: int) -> Iterator[int]:
    """An element and all that it lies in."""
    while index >= 0:
        yield index
        index = seen.tree.nodes[index].parent


def _near(seen: Seen, index: int) -> Iterator[int]:
    """What an element is a part of, as long as it fills most of it: a label in its button, a cell in its row."""
    bounds = seen.tree.nodes[index].element.bounds
    for at in _line(seen, index):
        around = seen.tree.nodes[at].element.bounds
        if bounds is None or around is None or around.width * around.height > 8 * bounds.width * bounds.height:
            return
        yield at


def _action(choice: Choice, x: int | None = None, y: int | None = None, to_x: int = 0, to_y: int = 0) -> Action:
    """What the hands shall do for a choice."""
    if choice.kind == "stop":
        raise ValueError("to stop is nothing for hands")
    path: tuple[tuple[int, int, int], ...] = ()
    end_ns = 0
    if choice.kind == "drag" and x is not None and y is not None:
        end_ns = 500_000_000
        steps = 20
        path = tuple(
            (end_ns * i // steps, x + (to_x - x) * i // steps, y + (to_y - y) * i // steps) for i in range(steps + 1)
        )
    elif choice.kind == "long_press":
        end_ns = int(LONG_PRESS_S * 1e9)
    drag = choice.kind == "drag"
    return Action(
        kind=choice.kind,
        start_ns=0,
        end_ns=end_ns,
        x=x,
        y=y,
        to_x=to_x if drag else None,
        to_y=to_y if drag else None,
        path=path,
        button=choice.button,
        keys=choice.keys,
        count=choice.count,
        scroll_x=choice.scroll_x,
        scroll_y=choice.scroll_y,
    )
