"""Nothing is lost and times are true, through the whole recorder into the sealed recording, every core kept busy."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.costs import Busy
from benchmarks.driven import Desk, Recorder
from benchmarks.judging import Judged, judge, of_recording
from benchmarks.load import Load, Made, Script
from understudy.act.desktop import VirtualDesktop
from understudy.records.recording import Recording

pytestmark = pytest.mark.desktop

STEADY, BURST = 3000, 4000
"""Moves of each part."""


@dataclass(frozen=True, repr=False)
class Story:
    """What was made, first steadily, then in a burst, and what was sealed of both."""

    steady: list[Made]
    burst: list[Made]
    recording: Recording

    @property
    def between_ns(self) -> int:
        """A time after all of the one and before all of the other: another process began to inject."""
        return (self.steady[-1].after_ns + self.burst[0].before_ns) // 2

    def judge(self, part: str, *, keys: bool = False) -> Judged:
        """One part by itself, held against the records of its time."""
        made = self.steady if part == "steady" else self.burst
        told = of_recording(self.recording, keys=keys)
        return judge(made, [one for one in told if (one.time_ns < self.between_ns) == (part == "steady")], keys=keys)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Motion at 1 kHz with typing, clicks and the wheel beneath it, then a burst."""
    root = tmp_path_factory.mktemp("faithful")
    with VirtualDesktop() as desktop, Desk(desktop.display) as desk:
        desktop.spawn(["mousepad", "--disable-server"])
        x, y, width, height = desk.place(desk.find("mousepad"), 0, 100, 1000, 600)
        area = (x + 20, y + 60, width - 60, height - 100)
        steady = Script(seconds=60, rate_hz=1000, areas=(area,), scroll=(area,), turn_s=2.0, count=STEADY)
        burst = Script(
            seconds=60, rate_hz=8_000, areas=(area,), count=BURST, batch=20, typing_hz=0, clicks=False, seed=2
        )
        with Recorder(desktop, root) as recorder:
            recorder.begin()
            # Until the recorder knows the windows everything is out of scope.
            recorder.wait_for_scope()
            parts: list[list[Made]] = []
            with Busy(os.cpu_count() or 1):
                for script in (steady, burst):
                    with Load(desktop.display, script, root / "made") as load:
                        load.go()
                        parts.append(load.wait())
            assert recorder.stop() == 0
            assert recorder.verdict() == "whole"
            yield Story(*parts, recorder.recording())


def test_all_that_comes_steadily_is_recorded_in_order(story: Story) -> None:
    pointed = story.judge("steady")
    assert pointed.made > STEADY
    assert (pointed.recorded, pointed.out_of_order) == (pointed.made, 0), pointed
    judged = story.judge("steady", keys=True)
    assert judged.made > pointed.made and judged.out_of_order == 0
    # A key whose evidence comes too late on a starved machine is not lost but dropped, and a mark says so.
    dropped = [mark for mark in story.recording.mark if mark.kind == "dropped" and mark.what == "keys"]
    assert judged.recorded == judged.made or dropped, (judged, story.recording.mark)
    assert judged.made - judged.recorded <= 20


def test_a_burst_is_recorded_in_order_or_says_that_something_may_be_missing(story: Story) -> None:
    """A server whose socket to us is full can lose events itself; nothing but that may be missing."""
    pointed = story.judge("burst")
    assert pointed.made >= BURST and pointed.out_of_order == 0
    marked = [mark for mark in story.recording.mark if mark.kind == "loss"]
    assert pointed.recorded == pointed.made or marked, pointed
    assert pointed.recorded >= 0.9 * pointed.made
    assert {mark.detail for mark in marked} <= {"input"}


def test_no_loss_is_told_where_none_can_be(story: Story) -> None:
    told_ns = [mark.time_ns for mark in story.recording.mark if mark.kind == "loss"]
    # A mark is made when its records arrive, after the events; nothing comes after the burst but the stop.
    assert all(time_ns >= story.burst[0].before_ns for time_ns in told_ns)


def test_records_are_numbered_without_gaps(story: Story) -> None:
    for stream in (story.recording.pointer, story.recording.keys):
        assert [one.seq for one in stream] == list(range(len(stream)))


@pytest.mark.parametrize("part", ["steady", "burst"])
def test_times_lie_where_the_events_were_made(story: Story, part: str) -> None:
    assert story.judge(part, keys=True).within_1_ms >= 0.999


def test_a_source_that_lost_something_says_so(tmp_path: Path) -> None:
    """Forced: the input source is killed in the middle of motion and started again."""
    with VirtualDesktop() as desktop, Desk(desktop.display) as desk:
        desktop.spawn(["mousepad", "--disable-server"])
        x, y, width, height = desk.place(desk.find("mousepad"), 0, 100, 1000, 600)
        script = Script(seconds=4, rate_hz=250, areas=((x + 20, y + 60, width - 60, height - 100),), clicks=False)
        with Recorder(desktop, tmp_path) as recorder:
            recorder.begin()
            with Load(desktop.display, script, tmp_path / "made") as load:
                load.go()
                assert not load.over(1.5)
                os.kill(recorder.crew().others["input"], signal.SIGKILL)
                made = load.wait()
            assert recorder.stop() == 0
            recording = recorder.recording()
    judged = judge(made, of_recording(recording, keys=False), keys=False)
    assert judged.recorded < judged.made
    assert ("loss", "source_lost_events", "input") in {(m.kind, m.reason, m.detail) for m in recording.mark}
