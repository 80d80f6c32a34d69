"""A recording with stand-ins for its processes: no wish of the person's is lost, whoever hears it and when it comes."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any, cast

import pytest
from tests.recorder.fake_parts import (
    FakeFlusher,
    FakeIndicatorChild,
    FakeIndicatorWire,
    FakeSourceChild,
    FakeWriter,
)

from understudy.capture.source import DesktopEnv, SourceName
from understudy.recorder import sources
from understudy.recorder.controls import FromIndicator, IndicatorFailed, IndicatorReady, Keycodes, Wanted, Wish
from understudy.recorder.crew import Crew
from understudy.recorder.job import Begun, Ended, FromRecorder, Halt, RecorderJob, Remark, ToRecorder
from understudy.recorder.session import MOST_RESTARTS, Session
from understudy.recorder.sources import SOURCES
from understudy.recorder.wire import Records, SourceFailed, Wire
from understudy.records.events import Key, Pointer
from understudy.records.recording import RecordingInfo
from understudy.redact.guard import Guard
from understudy.redact.policy import Policy
from understudy.redact.scrub import Scrubber
from understudy.settings import RecorderSettings

# One that loses a wish would record for ever.
pytestmark = pytest.mark.timeout(120)

INFO = RecordingInfo(
    id="0" * 32,
    contributor="someone",
    consent_id="c",
    profile="own-work",
    started_at="2026-11-23T00:00:00+00:00",
    start_ns=0,
    policy_sha256="",
    product_version="0",
    schema_version=1,
)
READY = IndicatorReady(())
BEGINNING = ["start", "clock", "settings"]
CODE = 99


class Stage:
    """A session; `run` plays it to its end. `waits` and `later` as in FakeIndicatorWire."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        waits: Sequence[Sequence[FromIndicator]],
        later: Sequence[Sequence[FromIndicator]] = (),
    ) -> None:
        self.indicator = FakeIndicatorChild(FakeIndicatorWire(waits, later))
        self.first: dict[SourceName, FakeSourceChild] = {name: FakeSourceChild() for name in SOURCES}
        self.again: list[FakeSourceChild] = []
        self.flusher, self.writer = FakeFlusher(), FakeWriter()
        ours, theirs = socket.socketpair()
        self.command: Wire[FromRecorder] = Wire(theirs, FromRecorder)
        policy = Policy(version=1, profile="own-work", hotkey_pause="ctrl+alt+p")
        job = RecorderJob(
            info=INFO,
            folder="",
            recording_public_key=b"",
            device_seed=b"",
            policy=policy,
            desktop=DesktopEnv(":0"),
            # Everything at once: nothing waits for another source here.
            settings=RecorderSettings(hold_ms=1, flush_ms=1),
        )
        monkeypatch.setattr(sources, "Child", self._start)
        self.session = Session(
            job,
            Wire[ToRecorder](ours, ToRecorder),
            cast("Any", self.writer),
            cast("Any", self.flusher),
            Guard(policy, Scrubber(())),
            Crew(cast("Any", self.indicator), cast("Any", dict(self.first))),
        )

    def _start(self, *_: object) -> FakeSourceChild:
        self.again.append(FakeSourceChild())
        return self.again[-1]

    def run(self) -> Ended:
        return self.session.run()

    def halt(self) -> None:
        """The command line says stop: the recording ends by itself once all else was heard."""
        self.command.send(Halt("asked"))

    def said(self) -> list[FromRecorder]:
        return self.command.wait(1)

    def marks(self, *kinds: str) -> list[str]:
        """The marks, in order; of these kinds only, or all but the last two, that every end has."""
        found = [record for record in (*self.flusher.records, *self.writer.last) if hasattr(record, "kind")]
        names = [record.kind for record in found if type(record).__name__ == "Mark"]
        return [name for name in names if name in kinds] if kinds else [name for name in names if name != "stats"]


def wanted(*wishes: Wish) -> list[FromIndicator]:
    """Wishes one after the other, s apart, so that none is taken for the press before."""
    return [Wanted(wish, second * 1_000_000_000) for second, wish in enumerate(wishes, start=1)]


# --- while a source's end is looked into ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOURCES)
def test_a_pause_that_is_heard_when_a_source_ended_is_obeyed(monkeypatch: pytest.MonkeyPatch, name: SourceName) -> None:
    stage = Stage(monkeypatch, [[READY], wanted("pause", "stop")])
    stage.first[name].die()
    assert stage.run().cause == "asked"
    assert stage.session._pausing.paused
    assert stage.marks() == [*BEGINNING, "pause", "source", "loss", "stop"]
    assert stage.again, "it was started again"


def test_a_lock_that_is_heard_when_a_source_ended_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, [[READY], wanted("locked", "stop")])
    stage.first["screen"].die()
    stage.run()
    assert stage.session._pausing.locked
    assert stage.marks("pause", "resume") == ["pause"]


def test_forgetting_that_is_wished_when_a_source_ended_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, [[READY], wanted("forget", "stop")])
    stage.first["elements"].die()
    stage.run()
    assert "forget" in [call[0] for call in stage.flusher.calls]
    assert any(isinstance(one, Remark) and "forgotten" in one.text for one in stage.said())


def test_keys_that_moved_when_a_source_failed_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[FromIndicator] = [Keycodes({"pause": CODE}), *wanted("stop")]
    stage = Stage(monkeypatch, [[READY], moved])
    stage.first["elements"].says(SourceFailed("no bus", unavailable=True))
    stage.run()
    press = Key(time_ns=9, seq=0, down=True, keycode=CODE, keysym="z", modifiers=("ctrl", "alt"))
    assert stage.session._intake.see(press, 9) == []
    assert stage.session._intake.pressed() == ("pause", 9)


def test_what_is_heard_while_a_pause_is_under_way_comes_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The source of the press itself ends before it told of it; the lock is heard while that is looked into.

    The other way round the pause would be one that ends the lock's.
    """
    far_ns = 1 << 62
    stage = Stage(
        monkeypatch,
        [[READY], [Wanted("locked", far_ns + 1), Wanted("unlocked", far_ns + 2), *wanted("stop")]],
        later=[[Wanted("pause", far_ns)]],
    )
    stage.first["input"].die()
    assert stage.run().cause == "asked"
    assert stage.session._pausing.paused and not stage.session._pausing.locked
    assert stage.marks("pause", "resume") == ["pause"]


def test_without_the_x_server_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, [[READY]])
    gone = stage.indicator.wire

    def wait(timeout_s: float) -> list[FromIndicator]:
        monkeypatch.setattr(gone, "wait", _ended)
        return [READY]

    monkeypatch.setattr(gone, "wait", wait)
    for child in stage.first.values():
        child.die()
    assert stage.run().cause == "desktop_gone"


def _ended(timeout_s: float) -> list[FromIndicator]:
    raise EOFError


# --- before the recording has begun -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("wish", "locked"), [("locked", True), ("pause", False)])
def test_what_comes_with_the_indicators_readiness_is_obeyed_after_the_beginning(
    monkeypatch: pytest.MonkeyPatch, wish: Wish, locked: bool
) -> None:
    stage = Stage(monkeypatch, [[READY, *wanted(wish)]])
    for child in stage.first.values():
        child.says(Records([Pointer(time_ns=1 << 62, seq=0, kind="move", x=0, y=0)]))
    stage.halt()
    assert stage.run().cause == "asked"
    assert stage.marks() == [*BEGINNING, "pause", "stop"]
    assert stage.session._pausing.locked == locked
    assert not [record for record in stage.flusher.records if isinstance(record, Pointer)]
    assert [type(one) for one in stage.said()[:1]] == [Begun]


def test_a_wish_that_is_heard_while_a_source_starts_waits_for_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, [[READY], wanted("pause")])
    stage.first["elements"].says(SourceFailed("no bus", unavailable=True))
    stage.halt()
    stage.run()
    assert stage.marks() == [*BEGINNING, "pause", "stop"]


def test_an_indicator_that_can_not_be_shown_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, [[IndicatorFailed("no screen")]])
    ended = stage.run()
    assert (ended.cause, ended.message) == ("failed", "no screen")
    assert stage.marks() == ["stop"]


# --- ends -------------------------------------------------------------------------------------------------------------


def test_a_source_that_keeps_ending_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, [[READY]])
    stage.first["input"].die()
    start = stage._start

    def starts_and_ends(*arguments: object) -> FakeSourceChild:
        child = start(*arguments)
        child.die()
        return child

    monkeypatch.setattr(sources, "Child", starts_and_ends)
    ended = stage.run()
    assert (ended.cause, ended.message) == ("failed", "the input source keeps failing")
    assert len(stage.again) == MOST_RESTARTS


@pytest.mark.parametrize("call", ["put", "check"])
def test_a_full_disk_ends_it(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    stage = Stage(monkeypatch, [[READY]])
    stage.flusher.full = {call}
    ended = stage.run()
    assert (ended.cause, ended.message) == ("disk_full", "the disk is full")


@pytest.mark.parametrize(("wish", "call"), [("pause", "put"), ("forget", "forget")])
def test_a_full_disk_is_told_when_a_wish_finds_it(monkeypatch: pytest.MonkeyPatch, wish: Wish, call: str) -> None:
    stage = Stage(monkeypatch, [[READY, *wanted(wish)]])
    stage.flusher.full = {call}
    assert stage.run().cause == "disk_full"
    assert not [one for one in stage.said() if isinstance(one, Remark)], "nothing is promised"


def test_the_indicator_shows_the_pause_and_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, [[READY, *wanted("pause")]])
    # Not told to stop before it has shown the pause.
    tell = stage.indicator.tell

    def seen(message: object) -> bool:
        if getattr(message, "state", "") == "paused":
            stage.halt()
        return tell(message)

    monkeypatch.setattr(stage.indicator, "tell", seen)
    stage.run()
    job, *shown = stage.indicator.told
    assert [job.shown.state, *(one.state for one in shown)] == ["elsewhere", "paused", "stopping"]
