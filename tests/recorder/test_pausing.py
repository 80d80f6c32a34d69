"""Rests, by stand-ins: what is done in which order, what forgetting takes away, what is promised and when."""

from __future__ import annotations

from typing import Any, cast

import pytest
from tests.recorder.fake_parts import Calls, FakeAnew, FakeClock, FakeGuard, FakePassage, FakeSources

from understudy.recorder.controls import FORGET_S, Wish
from understudy.recorder.pausing import OWN_CLICK_NS, SAME_PRESS_NS, Pausing
from understudy.recorder.picture import Shown
from understudy.recorder.showing import Showing
from understudy.records.events import Key, Pointer, Raw
from understudy.redact.guard import Guard
from understudy.spool.writer import Forgotten, SpoolFull

S = 1_000_000_000
NOW = 1000 * S


class Stage:
    """A recording that doesn't rest, of stand-ins. `calls` is what was done."""

    def __init__(self) -> None:
        self.calls: Calls = []
        self.clock = FakeClock(NOW)
        self.passage = FakePassage(self.calls)
        self.showing = Showing("own-work", "ctrl+alt+p")
        self.pausing = Pausing(
            cast("Any", FakeSources(self.calls)),
            cast("Any", self.passage),
            cast("Any", FakeAnew(self.calls, "intake")),
            cast("Any", FakeAnew(self.calls, "steering")),
            self.showing,
            begin=lambda: self.calls.append(("begin",)),
            remark=lambda line: self.calls.append(("remark", line)),
            clock_ns=self.clock,
        )

    def obey(self, wish: Wish, time_ns: int = NOW) -> Calls:
        """What was done for it."""
        self.calls.clear()
        self.pausing.obey(wish, time_ns)
        return list(self.calls)

    def shown(self) -> Shown:
        rests = self.pausing
        guard = cast("Guard", FakeGuard())
        return self.showing.now(guard, self.clock.now_ns, paused=rests.paused, locked=rests.locked)

    def names(self) -> list[str]:
        return [call[0] for call in self.calls]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def paused(at_ns: int, detail: dict[str, str] | None = None) -> Calls:
    """What a pause does. What came before it goes on its way, what came after goes."""
    return [
        ("tell all", "Pause"),
        ("discard", at_ns),
        ("feed", at_ns),
        ("intake", "anew"),
        ("mark", "pause", {"time_ns": at_ns, **(detail or {})}),
        ("flush",),
    ]


def resumed(detail: dict[str, str] | None = None) -> Calls:
    return [("mark", "resume", detail or {}), ("steering", "anew"), ("tell all", "Resume")]


LOCK = {"detail": "lock"}

# --- pause and resume ------------------------------------------------------------------------------------------------


def test_a_pause_and_its_end(stage: Stage) -> None:
    assert not stage.pausing.paused and stage.pausing.resumed_ns == 0
    assert stage.obey("pause", NOW - 5) == paused(NOW - 5)
    assert stage.pausing.paused and not stage.pausing.locked
    stage.clock.now_ns = NOW + 3 * S
    assert stage.obey("pause", NOW + 2 * S) == resumed()
    assert not stage.pausing.paused
    # By our own clock, not by the time of the press.
    assert stage.pausing.resumed_ns == NOW + 3 * S


@pytest.mark.parametrize("wish", ["pause", "forget"])
def test_a_press_that_two_tell_of_counts_once(stage: Stage, wish: Wish) -> None:
    assert stage.obey(wish, NOW)
    assert stage.obey(wish, NOW + SAME_PRESS_NS - 1) == []
    assert stage.obey(wish, NOW - SAME_PRESS_NS + 1) == []
    assert stage.obey(wish, NOW + SAME_PRESS_NS)


def test_presses_of_two_hotkeys_at_once_both_count(stage: Stage) -> None:
    assert stage.obey("pause") and stage.obey("forget")


def test_the_very_first_moment_has_presses_too(stage: Stage) -> None:
    assert stage.obey("pause", 0) == paused(0)


# --- the lock --------------------------------------------------------------------------------------------------------


def test_a_lock_pauses_and_its_end_resumes(stage: Stage) -> None:
    assert stage.obey("locked") == paused(NOW, LOCK)
    assert stage.pausing.paused and stage.pausing.locked
    assert stage.shown().state == "locked"
    # Each who knows tells of it.
    assert stage.obey("locked") == []
    assert stage.obey("unlocked") == resumed(LOCK)
    assert not stage.pausing.paused and not stage.pausing.locked
    assert "unlocked" in stage.shown().note


def test_a_pause_of_the_persons_own_outlasts_the_lock(stage: Stage) -> None:
    stage.obey("pause")
    assert stage.obey("locked") == [] and stage.obey("unlocked") == []
    assert stage.pausing.paused and not stage.pausing.locked
    assert stage.shown().state == "paused"


def test_the_person_may_resume_while_somebody_says_it_is_locked(stage: Stage) -> None:
    stage.obey("locked")
    assert stage.obey("pause") == resumed(LOCK)
    assert stage.obey("unlocked") == []
    assert not stage.pausing.paused


# --- forgetting ------------------------------------------------------------------------------------------------------


def test_forgetting_everything_begins_the_recording_anew(stage: Stage) -> None:
    stage.passage.gone = Forgotten(2, NOW - 90 * S, {}, {})
    assert stage.obey("forget") == [
        ("tell all", "Pause"),
        ("intake", "anew"),
        ("forget", NOW - FORGET_S * S),
        ("begin",),
        ("mark", "forgotten", {"time_ns": NOW, "detail": "90000"}),
        ("steering", "anew"),
        ("tell all", "Resume"),
        ("flush",),
        ("remark", "the last 5 minutes are forgotten (1:30 min of the recording went)"),
    ]
    assert stage.pausing.resumed_ns == NOW and not stage.pausing.paused
    assert stage.shown().note == "the last 5 minutes are forgotten"


def test_a_beginning_that_is_left_is_not_told_again(stage: Stage) -> None:
    stage.passage.gone = Forgotten(1, NOW - 320 * S, {"mark": 4, "pointer": 9}, {})
    stage.obey("forget")
    assert "begin" not in stage.names()
    assert ("mark", "forgotten", {"time_ns": NOW, "detail": "320000"}) in stage.calls


def test_nothing_sealed_yet_is_a_span_of_nothing(stage: Stage) -> None:
    stage.obey("forget")
    assert ("mark", "forgotten", {"time_ns": NOW, "detail": "0"}) in stage.calls


@pytest.mark.parametrize(("wish", "detail"), [("pause", {}), ("locked", LOCK)])
def test_forgetting_in_a_pause_leaves_it_paused(stage: Stage, wish: Wish, detail: dict[str, str]) -> None:
    stage.obey(wish, NOW - 2 * S)
    calls = stage.obey("forget")
    # Its own mark may have gone with what was forgotten.
    assert calls[4:6] == [
        ("mark", "forgotten", {"time_ns": NOW, "detail": "0"}),
        ("mark", "pause", {"time_ns": NOW, **detail}),
    ]
    assert ("tell all", "Resume") not in calls
    assert stage.pausing.paused and stage.pausing.locked == bool(detail)


@pytest.mark.parametrize("call", ["forget", "flush"])
def test_on_a_full_disk_nothing_is_promised(stage: Stage, call: str) -> None:
    stage.passage.full = {call}
    with pytest.raises(SpoolFull):
        stage.obey("forget")
    assert stage.names()[-1] == call
    assert "remark" not in stage.names()
    assert stage.shown().note == ""


def test_a_pause_on_a_full_disk_is_one_all_the_same(stage: Stage) -> None:
    stage.passage.full = {"flush"}
    with pytest.raises(SpoolFull):
        stage.obey("pause")
    assert stage.pausing.paused


# --- clicks on what is ours ------------------------------------------------------------------------------------------


def pointer(kind: str, time_ns: int) -> Pointer:
    return Pointer(time_ns=time_ns, seq=0, kind=kind, x=1, y=1)  # type: ignore[arg-type]


def test_a_click_on_what_is_ours_is_taken_out(stage: Stage) -> None:
    key = Key(time_ns=NOW - 5, seq=0, down=True, keycode=38, keysym="a")
    others: list[Raw] = [
        pointer("down", NOW - OWN_CLICK_NS - 1),
        pointer("move", NOW - 7),
        key,
        pointer("scroll", NOW - 4),
        pointer("down", NOW + 1),
    ]
    stage.passage.waiting = [*others, pointer("down", NOW - OWN_CLICK_NS), pointer("up", NOW)]
    assert stage.obey("touched") == [
        ("mark", "dropped", {"time_ns": NOW, "reason": "own_window", "what": "pointer"}),
    ]
    assert stage.passage.waiting == others


def test_a_click_that_is_not_there_leaves_no_mark(stage: Stage) -> None:
    stage.passage.waiting = [pointer("move", NOW)]
    assert stage.obey("touched") == []


def test_unknown_wishes_are_refused(stage: Stage) -> None:
    with pytest.raises(ValueError, match="unknown wish"):
        stage.pausing.obey(cast("Wish", "dance"), NOW)
