"""Nothing is lost and times are true, through the whole recorder into the sealed recording, every core kept busy."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.costs import Busy
from benchmarks.driven import Desk, Recorder
from benchmarks.judging import judge, of_recording
from benchmarks.load import Load, Made, Script
from understudy.act.desktop import VirtualDesktop
from understudy.records.recording import Recording

pytestmark = pytest.mark.desktop

STEADY, BURST = 3000, 4000
"""Moves of each part."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Made], Recording]]:
    """Motion at 1 kHz with typing, clicks and the wheel beneath it, then a burst; what was made, what was sealed."""
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
            made: list[Made] = []
            with Busy(os.cpu_count() or 1):
                for script in (steady, burst):
                    with Load(desktop.display, script, root / "made") as load:
                        load.go()
                        made += load.wait()
            assert recorder.stop() == 0
            assert recorder.verdict() == "whole"
            yield made, recorder.recording()


def test_every_event_is_recorded_in_order(story: tuple[list[Made], Recording]) -> None:
    made, recording = story
    pointed = judge(made, of_recording(recording, keys=False), keys=False)
    assert pointed.made > STEADY + BURST
    # A server whose socket to us is full can lose events itself; then a mark says that some may be missing.
    marked = [mark for mark in recording.mark if mark.kind == "loss"]
    assert pointed.out_of_order == 0 and (pointed.recorded == pointed.made or marked), pointed
    assert pointed.recorded >= 0.95 * pointed.made
    judged = judge(made, of_recording(recording, keys=True), keys=True)
    # A key whose evidence comes too late on a starved machine is not lost but dropped, and a mark says so.
    dropped = [mark for mark in recording.mark if mark.kind == "dropped" and mark.what == "keys"]
    assert judged.out_of_order == 0 and (judged.recorded == judged.made or dropped or marked), (judged, recording.mark)
    assert judged.made - judged.recorded <= 20 + pointed.made - pointed.recorded
    for stream in (recording.pointer, recording.keys):
        assert [one.seq for one in stream] == list(range(len(stream)))
    assert {mark.detail for mark in marked} <= {"input"}


def test_times_lie_where_the_events_were_made(story: tuple[list[Made], Recording]) -> None:
    made, recording = story
    judged = judge(made, of_recording(recording, keys=True), keys=True)
    assert judged.within_1_ms >= 0.999


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
