"""What the sources are told of the guard's state: each change once, and all of it to one that knows nothing."""

from __future__ import annotations

from typing import Any, cast

import pytest
from tests.recorder.fake_parts import FakeGuard

from understudy.capture.source import Allow, Crawl
from understudy.recorder.steering import Steering
from understudy.redact.guard import Guard


class Told:
    """A guard, its steering, and what that tells."""

    def __init__(self) -> None:
        self.guard = FakeGuard()
        self.heard: list[Any] = []
        self.steering = Steering(cast("Guard", self.guard), lambda name, control: self.heard.append((name, control)))

    def steer(self) -> list[Any]:
        self.heard.clear()
        self.steering.steer()
        return list(self.heard)


@pytest.fixture
def told() -> Told:
    return Told()


def test_nothing_is_told_while_nothing_is_allowed(told: Told) -> None:
    assert told.steer() == []


def test_each_change_is_told_once(told: Told) -> None:
    told.guard.allowed_windows, told.guard.crawl_pids = frozenset({9, 4}), (70,)
    assert told.steer() == [("screen", Allow((4, 9))), ("elements", Crawl((70,)))]
    assert told.steer() == []
    told.guard.allowed_windows = frozenset()
    assert told.steer() == [("screen", Allow(()))]


def test_what_waits_for_a_tree_is_asked_at_once(told: Told) -> None:
    told.guard.crawl_pids = (70, 80)
    told.steer()
    told.guard.due = (80,)
    assert told.steer() == [("elements", Crawl((70, 80), (80,)))]
    assert told.steer() == []


def test_new_programs_are_all_read_whatever_is_due(told: Told) -> None:
    told.guard.crawl_pids, told.guard.due = (70,), (70,)
    assert told.steer() == [("elements", Crawl((70,)))]


def test_a_source_that_knows_nothing_is_told_all(told: Told) -> None:
    told.guard.allowed_windows, told.guard.crawl_pids = frozenset({4}), (70,)
    told.steer()
    told.steering.anew()
    assert told.steer() == [("screen", Allow((4,))), ("elements", Crawl((70,)))]


def test_pictures_that_were_lost_are_asked_for_anew(told: Told) -> None:
    told.guard.allowed_windows, told.guard.crawl_pids = frozenset({4}), (70,)
    told.steer()
    told.heard.clear()
    told.steering.pictures_anew()
    # Not allowed for a moment: one that is allowed again is sent whole.
    assert told.heard == [("screen", Allow(()))]
    assert told.steer() == [("screen", Allow((4,)))]
