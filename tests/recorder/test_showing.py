"""What the indicator shows in each state, and for how long it shows what just happened."""

from __future__ import annotations

from typing import cast

import pytest
from tests.recorder.fake_parts import FakeGuard

from understudy.recorder.picture import Shown
from understudy.recorder.showing import NOTE_NS, Showing
from understudy.redact.guard import Guard

APP = ("Mousepad", "text kept, scrubbed")


def shown(showing: Showing, now_ns: int = 0, app: tuple[str, str] | None = APP, **state: bool) -> Shown:
    guard = FakeGuard()
    guard.active_app, guard.focused_app = app, "Xterm"
    rests = {"paused": False, "locked": False, **state}
    return showing.now(cast("Guard", guard), now_ns, paused=rests["paused"], locked=rests["locked"])


@pytest.fixture
def showing() -> Showing:
    return Showing("own-work", "ctrl+alt+Pause")


def test_what_is_recorded_and_how_it_is_paused(showing: Showing) -> None:
    assert shown(showing) == Shown("recording", *APP, "own-work", "Ctrl+Alt+Pause pauses")


def test_out_of_scope_only_the_program_is_named(showing: Showing) -> None:
    assert shown(showing, app=None) == Shown("elsewhere", "Xterm", "", "own-work", "Ctrl+Alt+Pause pauses")


def test_in_a_pause_no_program_is_named(showing: Showing) -> None:
    assert shown(showing, paused=True) == Shown("paused", profile="own-work", hotkeys="Ctrl+Alt+Pause resumes")


def test_a_lock_says_that_it_ends_by_itself_and_nothing_else(showing: Showing) -> None:
    showing.say("something", 0)
    locked = Shown("locked", profile="own-work", hotkeys="goes on when it is unlocked")
    assert shown(showing, paused=True, locked=True) == locked


def test_the_end_names_the_profile_alone(showing: Showing) -> None:
    showing.say("something", 0)
    assert showing.stopping() == Shown("stopping", profile="own-work")


@pytest.mark.parametrize("state", [{}, {"paused": True}])
def test_what_just_happened_is_shown_for_a_while(showing: Showing, state: dict[str, bool]) -> None:
    showing.say("the last 5 minutes are forgotten", 100)
    assert shown(showing, 100, **state).note == "the last 5 minutes are forgotten"
    assert shown(showing, 100 + NOTE_NS - 1, app=None, **state).note == "the last 5 minutes are forgotten"
    assert shown(showing, 100 + NOTE_NS, **state).note == ""


def test_what_matters_no_more_is_not_shown(showing: Showing) -> None:
    showing.say("the last 5 minutes are forgotten", 100)
    showing.hush()
    assert shown(showing, 101).note == ""
