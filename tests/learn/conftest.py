"""Made-up tasks on a made-up page: press the button with a name, type a word into a field, in both orders."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
import torch

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.examples import LearntEpisode, Turn
from understudy.records.geometry import Rect

WINDOW = Rect(0, 0, 400, 300)
LETTERS = "bcdfghklmnprstvwz"
VOWELS = "aeiou"


def word(maker: random.Random) -> str:
    """A made-up word of four to eight letters."""
    return "".join(maker.choice(LETTERS) + maker.choice(VOWELS) for _ in range(maker.randint(2, 4)))


def page(names: list[str], field: str | None = None) -> Observation:
    """A window with a push button for each name, below each other, and a text field where it has a name."""
    elements = [Shown(role="frame", bounds=WINDOW)]
    for row, name in enumerate(names):
        bounds = Rect(20, 20 + 30 * row, 90, 24)
        elements.append(Shown(role="push button", parent=0, name=name, bounds=bounds, states=("enabled", "showing")))
    if field is not None:
        states = ("editable", "enabled", "showing")
        elements.append(
            Shown(role="entry", parent=0, name=field, bounds=Rect(200, 20, 150, 24), states=states, value_class="empty")
        )
    return Observation(elements=tuple(elements), bounds=WINDOW, title="made up")


def pressing(nth: int, maker: random.Random) -> LearntEpisode:
    """Press one of five buttons by its name."""
    names = [word(maker) for _ in range(5)]
    which = maker.randrange(5)
    choice = Choice(kind="click", element=1 + which, button="left")
    return episode(nth, "press", f"Press the button {names[which]} now", [(page(names), choice)])


def typing(nth: int, maker: random.Random) -> LearntEpisode:
    """Type a word into the field, then press OK."""
    text = word(maker)
    names = [word(maker), "OK"]
    maker.shuffle(names)
    shown = page(names, field="Note")
    first = Choice(kind="type", element=3, text=text)
    second = Choice(kind="click", element=1 + names.index("OK"), button="left")
    return episode(nth, "type", f'Write "{text}" as the note and confirm', [(shown, first), (shown, second)])


def episode(nth: int, page_name: str, task: str, steps: list[tuple[Observation, Choice]]) -> LearntEpisode:
    """An episode of these steps, done right."""
    turns: list[Turn] = []
    done: list[Done] = []
    for observation, choice in steps:
        turns.append(Turn(observation=observation, choice=choice, done=tuple(done)))
        target = None if choice.element is None else observation.elements[choice.element]
        done.append(Done(choice=choice, target=target))
    return LearntEpisode(
        task=task,
        page=page_name,
        outcome="success",
        contributor=f"p{nth % 3}",
        recording_id=f"r{nth:04d}",
        episode_id=f"r{nth:04d}-e0000",
        turns=tuple(turns),
    )


def episodes(count: int, seed: int) -> list[LearntEpisode]:
    """`count` episodes, pressing and typing in turn."""
    maker = random.Random(seed)
    return [(pressing if nth % 2 else typing)(nth, maker) for nth in range(count)]


@pytest.fixture(scope="session")
def made_up() -> SimpleNamespace:
    return SimpleNamespace(
        word=word, page=page, pressing=pressing, typing=typing, episode=episode, episodes=episodes, window=WINDOW
    )


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Others run beside us, and two threads on one core wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


Made = Callable[[int, int], list[LearntEpisode]]
