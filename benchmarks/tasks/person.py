"""The scripted person who demonstrates the tasks: looks, moves, presses and types with real X events, and slips."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from benchmarks.patience import Patience
from benchmarks.tasks.instances import Act, Instance
from understudy.act.agent import _middle
from understudy.act.agent_eyes import AgentEyes, Seen, View
from understudy.act.xtest import XTest
from understudy.capture.choose import make_source
from understudy.capture.source import DesktopEnv
from understudy.learn.acting import Observation
from understudy.records.events import Tree, Windows

THERE_S = 8.0
LATE_NS = 150_000_000
"""A program's windows are read within this of one another."""
FIELDS = ("text", "entry")
NEIGHBOURS = "abcdefghijklmnopqrstuvwxyz"


class PlainView:
    """Sees everything as it is: the person at the desk."""

    def __init__(self) -> None:
        self._windows: Windows | None = None
        self._trees: dict[int, list[Tree]] = {}

    def learn(self, record: Windows | Tree) -> None:
        """The windows changed, or one was read."""
        if isinstance(record, Windows):
            self._windows = record
        else:
            self._trees[record.pid] = [record, *self._trees.get(record.pid, [])[:9]]

    def seen(self, typed_into: frozenset[str] = frozenset()) -> Seen | None:
        """The window that has the keyboard."""
        if self._windows is None:
            return None
        active = next((each for each in self._windows.windows if each.id == self._windows.active), None)
        trees = self._trees.get(active.pid, []) if active is not None else []
        if active is None or not trees:
            return None
        popups = [each.rect for each in self._windows.windows if each.override and each.pid == active.pid]
        newest = max(tree.started_ns for tree in trees)
        now = [tree for tree in trees if tree.started_ns > newest - LATE_NS]
        # A menu that is open lies over its window.
        menu = next((each for each in now if each.bounds in popups and len(each.nodes) > 2), None)
        tree = menu or next((each for each in now if each.bounds not in popups), now[0])
        states = tuple((node.element.role, node.element.name, node.element.states, node.text) for node in tree.nodes)
        # Two looks are compared by what is told here.
        return Seen(Observation(elements=(), bounds=tree.bounds, title=repr(states)), tree, active)


class ScriptedPerson:
    """Performs instances as a person would. A context manager."""

    def __init__(self, env: DesktopEnv, view: View | None = None, *, pace: float = 1.0) -> None:
        self._env, self._pace = env, pace
        self.eyes = AgentEyes(make_source("elements", env), env, view or PlainView())

    def __enter__(self) -> ScriptedPerson:
        self.eyes.__enter__()
        self._hands = XTest(self._env.display)
        return self

    def __exit__(self, *_told: object) -> None:
        self._hands.close()
        self.eyes.__exit__(None, None, None)

    def perform(self, instance: Instance, slips: Sequence[int] = (), chance: random.Random | None = None) -> None:
        """Do what the instance's script says; the acts numbered in `slips` go wrong first and are mended."""
        chance = chance or random.Random(instance.seed)
        time.sleep(self._pace * chance.uniform(1.0, 1.5))  # to read what is there
        for index, act in enumerate(instance.script):
            self._act(act, chance, slip=index in slips)
            time.sleep(self._pace * chance.uniform(0.4, 0.8))

    def can_slip(self, act: Act) -> bool:
        """True for what may go wrong without harm."""
        return bool(act.slip) or act.kind == "type"

    def _act(self, act: Act, chance: random.Random, *, slip: bool) -> None:
        if act.kind == "hotkey":
            self._hands.key(act.keys)
        elif act.kind == "type":
            self._type(act.text, chance, slip=slip)
        else:
            if slip:
                self._wrong(act, chance)
            self._press(act, chance)

    def _type(self, text: str, chance: random.Random, *, slip: bool) -> None:
        if slip:
            at = chance.randrange(1, len(text)) if len(text) > 1 else 1
            wrong = "".join(chance.choice(NEIGHBOURS) for _ in range(chance.randrange(1, 3)))
            self._letters(text[:at] + wrong, chance)
            time.sleep(self._pace * 0.25)
            for _ in wrong:
                self._hands.key("BackSpace")
                time.sleep(self._pace * 0.08)
            text = text[at:]
        self._letters(text, chance)

    def _letters(self, text: str, chance: random.Random) -> None:
        for letter in text:
            self._hands.type_text(letter)
            time.sleep(self._pace * chance.uniform(0.02, 0.07))

    def _press(self, act: Act, chance: random.Random) -> None:
        seen, index = self._find(act)
        self._press_at(seen, index, chance, button=3 if act.kind == "context" else 1)

    def _press_at(self, seen: Seen, index: int, chance: random.Random, *, button: int = 1) -> None:
        place = _middle(seen, index)
        if place is None:
            raise AssertionError("what is to be pressed can't be seen")
        self._hands.move(*place, self._pace * chance.uniform(0.15, 0.3))
        time.sleep(self._pace * chance.uniform(0.12, 0.25))
        self._hands.click(button)

    def _wrong(self, act: Act, chance: random.Random) -> None:
        """Press a neighbour first, and undo what that did where pressing the right one doesn't."""
        seen, index = self._find(act)
        role = seen.tree.nodes[index].element.role
        # The element that acts, not a label or cell that stands in the same thing as another one's.
        others = [
            i
            for i, node in enumerate(seen.tree.nodes)
            if i != index and node.element.role == role and node.parent == seen.tree.nodes[index].parent
        ] or [i for i, node in enumerate(seen.tree.nodes) if i != index and node.element.role == role]
        others = [i for i in others if seen.tree.nodes[i].element.name not in ("back", "equals", "Apply")]
        if not others:
            return
        wrong = chance.choice(others)
        if role == "table cell":
            wrong = min(others, key=lambda i: abs(i - index))
        self._press_at(seen, wrong, chance, button=3 if act.kind == "context" else 1)
        time.sleep(self._pace * 0.5)
        if act.slip == "toggle":
            name = seen.tree.nodes[wrong].element.name
            self._press(Act("click", role, named=name), chance)
        elif act.slip == "back":
            self._press(Act("click", "push button", named="back"), chance)
        elif act.slip == "escape":
            self._hands.key("Escape")
        time.sleep(self._pace * 0.4)

    def _find(self, act: Act) -> tuple[Seen, int]:
        patience = Patience(THERE_S)
        while True:
            seen = self.eyes.settled(THERE_S)
            if seen is not None:
                for index, node in enumerate(seen.tree.nodes):
                    element = node.element
                    right = element.role == act.role or (act.role in FIELDS and element.role in FIELDS)
                    named = element.name == act.named if act.named else act.part in element.name
                    if right and named and _middle(seen, index) is not None:
                        return seen, index
            if patience.over:
                raise AssertionError(f"no {act.role} {act.named or act.part!r} is in front")
