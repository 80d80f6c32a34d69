"""What a policy sees of a live page is what a dataset tells of the same page: the same elements by both ways."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import msgspec
import pytest

from understudy.act.miniwob import Headless, PageState
from understudy.act.miniwob_tasks import DEMONSTRATED
from understudy.cli.importing import guarded
from understudy.cli.seeing import PageSeer, seen
from understudy.importers.imported import Imported
from understudy.importers.miniwob import read_one
from understudy.learn.acting import Choice, Observation
from understudy.learn.evaluate import RandomPolicy
from understudy.records.events import Pointer
from understudy.records.kept import ElementTree
from understudy.redact.guard import Guard
from understudy.redact.policy_file import preset, read_policy
from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_span import kinds_of

POLICY = read_policy(preset("imported"), source="imported.toml")


class Noting(PageSeer):
    """Sees, and keeps what it was told."""

    def __init__(self) -> None:
        super().__init__(POLICY)
        self.states: list[PageState] = []
        self.words = ""

    def begin(self, page: str, task: str) -> str:
        self.states, self.words = [], task
        return super().begin(page, task)

    def see(self, states: Sequence[PageState]) -> Observation:
        self.states.extend(states)
        return super().see(states)


@pytest.fixture(scope="module")
def seer() -> Noting:
    return Noting()


@pytest.fixture(scope="module")
def world(seer: Noting) -> Iterator[Headless]:
    with Headless(seer, slack=12) as running:
        yield running


def imported(task: str, words: str, states: Sequence[PageState]) -> list[Observation]:
    """What an import of the same states keeps in front of each press."""
    demonstration = {
        "taskName": task,
        "utterance": words,
        "reward": 1,
        "states": [
            {"time": state.time_ms, "action": state.action, "dom": msgspec.Raw(state.dom)}
            for state in states
            if state.action is not None
        ],
    }
    read = read_one(f"{task}_1.json", msgspec.json.encode(demonstration))
    assert isinstance(read, Imported), read
    found: list[Observation] = []
    last: ElementTree | None = None
    for kept in guarded(read, Guard(POLICY, Scrubber(kinds_of(POLICY.categories)))):
        if isinstance(kept.record, ElementTree):
            last = kept.record
        elif isinstance(kept.record, Pointer) and kept.record.kind == "down":
            assert last is not None
            found.append(seen(last, app="miniwob", title=task))
    return found


def find(observation: Observation, role: str, name: str = "") -> int:
    return next(i for i, e in enumerate(observation.elements) if e.role == role and (not name or e.name == name))


PASSING = re.compile(r"#[0-9a-f]{6}|\S*(?:hover|active|focus)\S*")
"""What the pointer over an element and the focus change of what its page calls it: classes and colours."""


def at_rest(observation: Observation) -> Observation:
    """Without what says where the pointer and the focus are: a person's were on the target already when they pressed,
    and the focus moves without a new tree."""
    elements = tuple(
        msgspec.structs.replace(
            each,
            states=tuple(state for state in each.states if state != "focused"),
            hint=" ".join(PASSING.sub("", each.hint).split()),
        )
        for each in observation.elements
    )
    return msgspec.structs.replace(observation, elements=elements)


def check(world: Headless, seer: Noting, task: str, steps: Sequence[Choice | tuple[str, str] | str]) -> None:
    """Do the steps, a press on (role, name) or a text for the last field, and compare."""
    words = world.begin(task, "a page seen twice")
    looked: list[Observation] = []
    field: int | None = None
    for step in steps:
        shown = world.look()
        if isinstance(step, str):
            assert world.act(Choice(kind="type", element=field, text=step or words), shown)
            continue
        field = find(shown, *step) if isinstance(step, tuple) else step.element
        looked.append(shown)
        assert world.act(Choice(kind="click", element=field), shown)
    world.look()
    kept = imported(task, seer.words, seer.states)
    assert len(kept) == len(looked) > 0
    for ours, theirs in zip(looked, kept, strict=True):
        assert at_rest(ours) == at_rest(theirs)
    assert world.outcome().done


def test_typing_and_the_value_that_shows(world: Headless, seer: Noting) -> None:
    check(world, seer, "enter-text", [("entry", ""), "anything", ("push button", "Submit")])


def test_a_password_shows_as_bullets_and_nothing_more(world: Headless, seer: Noting) -> None:
    steps = [("entry", ""), "me", ("password text", ""), "Gz8k2pQ", ("push button", "Login")]
    check(world, seer, "login-user", steps)
    assert any(state.dom.count(b"Gz8k2pQ") for state in seer.states)


def test_ticks_tabs_and_what_pops_up(world: Headless, seer: Noting) -> None:
    check(world, seer, "click-checkboxes", [("check box", ""), ("push button", "Submit")])
    check(world, seer, "click-tab", [("page tab", "")])
    check(world, seer, "choose-date-easy", [("entry", ""), ("link", "5"), ("push button", "Submit")])


@pytest.mark.parametrize("task", ["email-inbox", "multi-layouts", "book-flight-nodelay", "click-collapsible-2-nodelay"])
def test_whatever_is_pressed(world: Headless, seer: Noting, task: str) -> None:
    words = world.begin(task, "wandering")
    policy = RandomPolicy(5)
    looked: list[Observation] = []
    for _ in range(6):
        shown = world.look()
        if world.outcome().done:
            break
        choice = msgspec.structs.replace(policy.choose(words, shown, ()), kind="click", text="")
        before = len(seer.states)
        assert world.act(choice, shown)
        world.look()
        # A press in the margin of a page may fall on nothing that tells of it.
        if any((state.action or {}).get("type") == "mousedown" for state in seer.states[before:]):
            looked.append(shown)
    kept = imported(task, seer.words, seer.states)
    assert len(kept) == len(looked) > 0
    for ours, theirs in zip(looked, kept, strict=True):
        assert at_rest(ours) == at_rest(theirs)


def test_tokens_are_the_imports_and_their_values_are_typed(world: Headless, seer: Noting) -> None:
    """A password in a task's words becomes a token; an agent that types the token types the password."""
    for number in range(20):
        words = world.begin("enter-password", f"seed {number}")
        if "<SECRET_1>" in words:
            break
    else:
        pytest.fail("no password that looks like one in twenty tasks")
    value = seer.words.split('"')[1]
    assert value not in words
    assert seer.fill("<SECRET_1> <SECRET_2>") == f"{value} <SECRET_2>"
    for place in (0, 1):
        shown = world.look()
        fields = [i for i, each in enumerate(shown.elements) if each.role == "password text"]
        assert world.act(Choice(kind="type", element=fields[place], text="<SECRET_1>"), shown)
    shown = world.look()
    assert world.act(Choice(kind="click", element=find(shown, "push button", "Submit")), shown)
    world.look()
    assert world.outcome().reward > 0
    assert value not in json.dumps(msgspec.to_builtins(shown))


def test_a_value_of_one_episode_is_not_known_in_the_next(seer: Noting) -> None:
    seer.begin("enter-password", 'Enter the password "x9Kq2LmP" now.')
    seer.begin("enter-password", "Click the button.")
    assert seer.fill("<SECRET_1>") == "<SECRET_1>"


def test_every_demonstrated_page_is_there_and_shows_something(world: Headless) -> None:
    assert len(DEMONSTRATED) == 59
    for task in DEMONSTRATED[::8]:
        assert world.begin(task, "any")
        shown = world.look()
        assert shown.complete
        assert len(shown.elements) >= 3
        assert shown.title == task
