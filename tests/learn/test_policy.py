"""Choosing with a network that says what the test wants it to."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from understudy.learn.acting import Choice, Done, Observation
from understudy.learn.encode import OTHER, STOP
from understudy.learn.model import Pointer, Sizes
from understudy.learn.policy import LearntPolicy, Ranked, _again
from understudy.records.geometry import Rect

CLICK = ("click", "left")


@pytest.fixture
def policy() -> LearntPolicy:
    torch.manual_seed(1)
    return LearntPolicy(
        Pointer(4, 3, Sizes(width=16, heads=2, layers=1)), (OTHER, STOP, CLICK, ("type",)), ("", "a", "b")
    )


def test_nothing_shown_is_waited_for(policy: LearntPolicy) -> None:
    assert policy.choose("Press it", Observation(elements=(), bounds=Rect(0, 0, 1, 1)), ()).kind == "wait"


def test_ranked_probabilities_fall_and_add_up(policy: LearntPolicy, made_up: SimpleNamespace) -> None:
    ranked = policy.rank("Press one", made_up.page(["one", "two"]), (), 50)
    chances = [each.probability for each in ranked]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) <= 1.0 + 1e-5
    assert OTHER not in [each.operation for each in ranked]


def test_what_changed_nothing_counts_as_done_again(made_up: SimpleNamespace) -> None:
    shown = made_up.page(["one", "two"])
    done = [Done(choice=Choice(kind="click", element=1, button="left"), target=shown.elements[1])]
    assert _again(Ranked(CLICK, 1, 0.3), shown, done)
    assert not _again(Ranked(CLICK, 2, 0.3), shown, done)
    assert not _again(Ranked(("type",), 1, 0.3), shown, done)
    assert not _again(Ranked(CLICK, 1, 0.3), made_up.page(["one!", "two"]), done)


def test_scrolls_are_no_part_of_its_history(policy: LearntPolicy, made_up: SimpleNamespace) -> None:
    shown = made_up.page(["one", "two"])
    scroll = Done(choice=Choice(kind="scroll", element=0, scroll_y=3), target=shown.elements[0])
    assert policy.rank("Press one", shown, (), 5) == policy.rank("Press one", shown, [scroll], 5)
