"""The agent's loop on a made-up window: it does what was chosen, asks where it must, and stops rather than guesses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pytest

from understudy.act.agent import Agent, Intent, Limits, Report, Rules
from understudy.act.agent_eyes import Seen
from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.records.actions import Action
from understudy.records.elements import Element, Node
from understudy.records.events import Tree, WindowState
from understudy.records.geometry import Rect

WINDOW = Rect(100, 100, 400, 300)
QUICK = Limits(patience_s=0.3, steps=6)


def element(
    name: str,
    role: str = "push button",
    y: int = 150,
    states: str = "enabled",
    *,
    secure: bool = False,
    bounds: Rect | Literal["usual"] | None = "usual",
) -> Element:
    place = Rect(120, y, 80, 20) if bounds == "usual" else bounds
    return Element(id=f"{role} {name}", role=role, name=name, bounds=place, states=tuple(states.split()), secure=secure)


@dataclass
class World:
    """One window with elements in it; `press` and `type` change it as a test says."""

    elements: list[Element]
    covered: bool = False
    gone: bool = False
    pressed: Callable[[str], None] = lambda _name: None
    done: list[str] = field(default_factory=list)
    let_go: int = 0
    looks: int = 0
    typed_into: list[frozenset[str]] = field(default_factory=list)

    # What eyes do

    def settled(self, _patience_s: float, typed_into: frozenset[str] = frozenset()) -> Seen | None:
        self.typed_into.append(typed_into)
        return self.look(0)

    def look(self, _patience_s: float, typed_into: frozenset[str] = frozenset()) -> Seen | None:
        self.looks += 1
        if self.gone:
            return None
        nodes = (Node(element=Element(id="frame", role="frame", name="Form", bounds=WINDOW), parent=-1),)
        nodes += tuple(Node(element=each, parent=0) for each in self.elements)
        tree = Tree(time_ns=1, seq=0, started_ns=1, pid=7, bounds=WINDOW, nodes=nodes)
        shown = tuple(
            Shown(
                role=node.element.role, name=node.element.name, states=node.element.states, bounds=node.element.bounds
            )
            for node in nodes
        )
        return Seen(Observation(elements=shown, bounds=WINDOW), tree, WindowState(id=1, rect=WINDOW))

    def at(self, x: int, y: int) -> Element | None:
        if self.covered:
            return element("something else", "panel", bounds=Rect(0, 0, 2000, 2000))
        return next((each for each in self.elements if each.bounds is not None and each.bounds.contains(x, y)), None)

    # What hands do

    def approach(self, _action: Action) -> None:
        return

    def perform(self, action: Action, _text: str) -> None:
        if action.x is None or action.y is None:
            self.done.append("+".join(action.keys))
            return
        under = self.at(action.x, action.y)
        assert under is not None
        self.done.append(f"{action.kind} {under.name}")
        self.pressed(under.name)

    def type(self, text: str) -> None:
        self.done.append(f"type {text}")

    def release(self) -> None:
        self.let_go += 1


class Script:
    """Chooses what it was told to, by the target's name, then stops."""

    def __init__(self, *steps: tuple[str, str] | Choice) -> None:
        self._steps = steps

    def choose(self, _task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        if len(done) >= len(self._steps):
            return Choice(kind="stop")
        step = self._steps[len(done)]
        if isinstance(step, Choice):
            return step
        what, name = step
        index = next((i for i, each in enumerate(observation.elements) if each.name == name), None)
        if what.startswith("type "):
            return Choice(kind="type", element=index, text=what.removeprefix("type "))
        return Choice(kind="click", element=index, button="left", probability=0.9 if what == "click" else 0.2)


@dataclass
class Person:
    """Answers as told."""

    yes: bool = False
    word: str | None = None
    stop_after: int = 1_000_000
    asked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def tell(self, intent: Intent) -> None:
        self.told.append(intent.choice.kind)

    def stops(self) -> bool:
        self.stop_after -= 1
        return self.stop_after < 0

    def allows(self, intent: Intent, why: Literal["unsure", "irreversible"]) -> bool:
        self.asked.append(why)
        return self.yes

    def secret(self, intent: Intent) -> str | None:
        assert intent.text is None
        self.asked.append("secret")
        return self.word


class Hands:
    def __init__(self, world: World) -> None:
        self._world = world
        self.approach, self.perform, self.type = world.approach, world.perform, world.type
        self.let_go = world.release


def perform(
    world: World,
    policy: object,
    person: Person | None = None,
    *,
    limits: Limits = QUICK,
    values: Callable[[str], str | None] = lambda text: text,
) -> Report:
    rules = Rules(lambda shown: shown.name == "Send", values)
    agent = Agent(world, Hands(world), policy, rules, person or Person(), limits)  # type: ignore[arg-type]
    return agent.perform("do it")


def test_does_what_was_chosen_and_tells_it_first() -> None:
    world, person = World([element("Name", "entry", states="enabled focused"), element("Save", y=200)]), Person()
    report = perform(world, Script(("type Anna", "Name"), ("click", "Save")), person)
    assert report.end == "done"
    assert world.done == ["type Anna", "click Save"]
    assert person.told == ["type", "click", "stop"] and person.asked == []
    assert [each.choice.kind for each in report.done] == ["type", "click"]
    assert world.let_go == 1
    # The field that was typed into is seen as the recorder would have seen it: once, just afterwards.
    assert world.typed_into == [frozenset(), frozenset({"entry Name"}), frozenset()]


def test_asks_where_it_is_unsure_and_stops_at_a_no() -> None:
    world, person = World([element("Save")]), Person()
    assert perform(world, Script(("maybe", "Save")), person).end == "unsure"
    assert (world.done, person.asked) == ([], ["unsure"])
    assert perform(world, Script(("maybe", "Save")), Person(yes=True)).end == "done"
    assert world.done == ["click Save"]


def test_asks_before_what_cannot_be_taken_back() -> None:
    world, person = World([element("Send")]), Person()
    assert perform(world, Script(("click", "Send")), person).end == "refused"
    assert (world.done, person.asked) == ([], ["irreversible"])


def test_return_may_press_what_cannot_be_taken_back() -> None:
    world, person = World([element("Send", states="enabled default")]), Person()
    assert perform(world, Script(Choice(kind="press", keys=("Return",))), person).end == "refused"
    assert (world.done, person.asked) == ([], ["irreversible"])


@pytest.mark.parametrize("role", ["password text", "entry"])
def test_never_types_into_a_password_field_by_itself(role: str) -> None:
    states = "enabled focused"
    world = World([element("Password", role, states=states, secure=role == "entry")])
    person = Person()
    assert perform(world, Script(("type hunter2", "Password")), person).end == "refused"
    assert (world.done, person.asked) == ([], ["secret"])
    told = Person(word="told now")
    assert perform(world, Script(("type hunter2", "Password")), told).end == "done"
    assert world.done == ["type told now"]


def test_a_password_field_that_takes_the_focus_gets_nothing() -> None:
    secret = element("Password", "password text", y=200, states="enabled")
    world = World([element("Name", "entry"), secret])

    def grab(_name: str) -> None:
        world.elements[1] = element("Password", "password text", y=200, states="enabled focused")

    world.pressed = grab
    assert perform(world, Script(("type Anna", "Name"))).end == "lost"
    assert world.done == ["click Name"]


def test_what_has_not_the_focus_is_pressed_before_typing() -> None:
    world = World([element("Name", "entry")])

    def focus(_name: str) -> None:
        world.elements[0] = element("Name", "entry", states="enabled focused")

    world.pressed = focus
    assert perform(world, Script(("type Anna", "Name"))).end == "done"
    assert world.done == ["click Name", "type Anna"]


def test_stops_at_the_hotkey_even_amid_a_text() -> None:
    world = World([element("Name", "entry", states="enabled focused")])
    report = perform(world, Script(("type " + "a" * 60, "Name")), Person(stop_after=4))
    assert report.end == "hotkey" and world.let_go == 1
    assert 0 < len("".join(world.done)) < 60


def test_stops_where_nothing_can_be_seen() -> None:
    world = World([element("Save")], gone=True)
    assert perform(world, Script(("click", "Save"))).end == "unknown_screen"


@pytest.mark.parametrize("trouble", ["covered", "off", "nowhere"])
def test_waits_for_what_is_not_to_be_had_then_gives_up(trouble: str) -> None:
    save = element("Save")
    if trouble == "off":
        save = element("Save", states="visible")
    if trouble == "nowhere":
        save = element("Save", bounds=None)
    world = World([save], covered=trouble == "covered")
    report = perform(world, Script(("click", "Save")))
    assert (report.end, world.done) == ("lost", [])
    assert world.looks > 2


def test_follows_what_moves_under_it() -> None:
    world = World([element("Save")])
    policy = Script(("click", "Save"))
    moved = element("Save", y=260)
    asked: list[int] = []
    answer = world.at

    def late(x: int, y: int) -> Element | None:
        asked.append(y)
        world.elements[0] = moved
        return answer(x, y)

    world.at = late  # type: ignore[method-assign]
    assert perform(world, policy).end == "done"
    assert world.done == ["click Save"] and asked[-1] == 270


def test_a_token_that_nobody_named_is_never_typed() -> None:
    world = World([element("Mail", "entry", states="enabled focused")])
    policy = Script(("type <EMAIL_1>", "Mail"))
    assert perform(world, policy, values=lambda _text: None).end == "no_value"
    assert world.done == []
    real = {"<EMAIL_1>": "a@example.org"}
    report = perform(world, policy, values=lambda text: real.get(text, text))
    assert "".join(each.removeprefix("type ") for each in world.done) == "a@example.org"
    # What was done is told in the words that the policy knows.
    assert report.done[0].choice.text == "<EMAIL_1>"


def test_ends_when_the_same_thing_changes_nothing() -> None:
    class Stubborn:
        def choose(self, _task: str, _observation: Observation, _done: Sequence[Done]) -> Choice:
            return Choice(kind="click", element=1, button="left")

    world = World([element("Save")])
    assert perform(world, Stubborn()).end == "going_round"
    assert len(world.done) == QUICK.rounds - 1


def test_ends_after_so_many_steps() -> None:
    world = World([element("Save")])

    def change(_name: str) -> None:
        world.elements.append(element(str(len(world.elements)), "label", y=300, bounds=None))

    world.pressed = change

    class Endless:
        def choose(self, _task: str, _observation: Observation, _done: Sequence[Done]) -> Choice:
            return Choice(kind="click", element=1, button="left")

    assert perform(world, Endless()).end == "step_limit"
    assert len(world.done) == QUICK.steps
