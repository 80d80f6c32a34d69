"""What the recorder stands on fails: it goes on or ends in order, says so, and loses nothing sealed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.driven import Desk, Recorder, alive, understudy, wait_until
from benchmarks.looking import new_word
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.capture.source import Ask
from understudy.recorder.children import Child
from understudy.recorder.wire import FromSource
from understudy.records.recording import Recording

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

NO_END_S = 12.0
"""Longer than any time-out on the way to a stop, on a busy machine."""


class Place:
    """A desktop with an editor in scope, and hands that leave traces to look for."""

    def __init__(self, desktop: VirtualDesktop, hands: XTest, desk: Desk) -> None:
        self.desktop, self.hands, self.desk = desktop, hands, desk
        self.editor = desktop.spawn(["mousepad", "--disable-server"])
        self.area = desk.place(desk.find("mousepad"), 0, 100, 1000, 600)
        self._step = 0

    def trail(self) -> list[tuple[int, int]]:
        """Move to a few points where the pointer never was before."""
        points = []
        for _ in range(5):
            self._step += 1
            points.append((self.area[0] + 30 + self._step * 7, self.area[1] + 120 + self._step * 3))
            self.hands.move(*points[-1])
            time.sleep(0.02)
        return points

    def type_line(self) -> str:
        """Type a new word and Return into the editor."""
        word = new_word(random.Random())
        self.hands.move(self.area[0] + 400, self.area[1] + 400)
        self.hands.click()
        time.sleep(0.3)
        self.hands.key("ctrl+End")
        self.hands.type_text(word + "\n", 0.02)
        time.sleep(0.8)
        return word


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with VirtualDesktop() as desktop, Desk(desktop.display) as desk, XTest(desktop.display) as hands:
        yield Place(desktop, hands, desk)


def has_trail(recording: Recording, points: list[tuple[int, int]]) -> bool:
    places = [(one.x, one.y) for one in recording.pointer if one.kind == "move"]
    return all(point in places for point in points)


def test_sources_killed_come_back_and_marks_say_so(place: Place, tmp_path: Path) -> None:
    names = ("input", "screen", "elements")
    with Recorder(place.desktop, tmp_path) as recorder:
        recorder.begin()
        recorder.wait_for_scope()
        crew, killed_ns = recorder.crew(), time.monotonic_ns()
        for name in names:
            os.kill(crew.others[name], signal.SIGKILL)
        wait_until(
            lambda: all(recorder.crew().others.get(name, crew.others[name]) != crew.others[name] for name in names),
            "the sources to be started again",
        )
        # Their processes are there before they listen.
        # A picture, though nothing was allowed anew: the source that came back was told again.
        recorder.wait_until_recorded(
            lambda recording: any(frame.time_ns > killed_ns for frame in recording.frame), "a picture since then"
        )
        time.sleep(1.0)
        trail, word = place.trail(), place.type_line()
        assert recorder.stop() == 0
        assert recorder.verdict() == "whole"
        recording = recorder.recording()
    assert has_trail(recording, trail)
    failed = [mark.detail for mark in recording.mark if mark.kind == "source" and mark.reason == "source_failed"]
    assert sorted(failed) == sorted(names)
    assert sorted(mark.detail for mark in recording.mark if mark.kind == "loss") == sorted(names)
    assert word in "".join(run.text for run in recording.text), recording.mark


def test_a_source_that_keeps_failing_ends_the_recording_in_order(place: Place, tmp_path: Path) -> None:
    with Recorder(place.desktop, tmp_path) as recorder:
        recorder.begin()
        while recorder.code is None:
            with contextlib.suppress(KeyError, ProcessLookupError, AssertionError):
                os.kill(recorder.crew().others["input"], signal.SIGKILL)
            time.sleep(0.05)
        assert recorder.wait() == 1
        assert recorder.said().splitlines()[-1] == "understudy: the input source keeps failing"
        assert recorder.verdict() == "whole"


def process(*words: str, display: str = "") -> int:
    """The process whose command line holds all these words, on this display where one is named."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes()
            if command.startswith((b"Xvfb", b"dbus", b"/usr")) and all(word.encode() in command for word in words):
                environment = (folder / "environ").read_bytes().split(b"\0")
                if not display or f"DISPLAY={display}".encode() in environment:
                    return int(folder.name)
    raise AssertionError(f"no process with {words} runs")


def test_a_stopped_program_and_a_dead_bus_stop_nothing(tmp_path: Path) -> None:
    with (
        VirtualDesktop() as desktop,
        Desk(desktop.display) as desk,
        XTest(desktop.display) as hands,
        Recorder(desktop, tmp_path) as recorder,
    ):
        place = Place(desktop, hands, desk)
        recorder.begin()
        recorder.wait_for_scope()
        os.killpg(place.editor.pid, signal.SIGSTOP)
        stopped = place.trail()
        hands.click()
        time.sleep(1.0)
        stopped += place.trail()
        os.kill(process("accessibility.conf", display=desktop.display), signal.SIGKILL)
        time.sleep(1.0)
        without_bus = place.trail()
        os.kill(recorder.crew().others["elements"], signal.SIGSTOP)
        hands.click()
        time.sleep(1.0)
        without_elements = place.trail()
        time.sleep(0.5)
        assert recorder.stop(NO_END_S) == 0
        assert recorder.verdict() == "whole"
        recording = recorder.recording()
    assert has_trail(recording, stopped)
    assert has_trail(recording, without_bus)
    assert has_trail(recording, without_elements)


def test_the_x_server_killed_leaves_a_whole_recording(tmp_path: Path) -> None:
    with VirtualDesktop() as desktop, Desk(desktop.display) as desk, XTest(desktop.display) as hands:
        place = Place(desktop, hands, desk)
        with Recorder(desktop, tmp_path) as recorder:
            recorder.begin()
            recorder.wait_for_scope()
            trail = place.trail()
            time.sleep(0.3)
            crew = recorder.crew()
            os.kill(process("Xvfb", f"\0{desktop.display}\0"), signal.SIGKILL)
            assert recorder.wait(NO_END_S) == 0
            assert not any(alive(pid) for pid in crew.pids)
            assert "the desktop is gone" in recorder.said().replace("\n", " ")
            assert recorder.verdict() == "whole"
            recording = recorder.recording()
    assert has_trail(recording, trail)
    assert [mark.detail for mark in recording.mark if mark.kind == "stop"] == ["desktop_gone"]


def test_the_indicator_killed_ends_the_recording(place: Place, tmp_path: Path) -> None:
    with Recorder(place.desktop, tmp_path) as recorder:
        recorder.begin()
        time.sleep(1.0)
        crew = recorder.crew()
        os.kill(crew.others["indicator"], signal.SIGKILL)
        assert recorder.wait(NO_END_S) == 1
        assert recorder.said().splitlines()[-1].startswith("understudy: the indicator ended")
        assert not any(alive(pid) for pid in crew.pids)
        assert recorder.verdict() == "whole"
        assert [mark.detail for mark in recorder.recording().mark if mark.kind == "stop"] == ["indicator_gone"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m,mode=700", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small file system can't be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes what room is left."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * (1 << 16))
    return filler


def test_a_full_disk_stops_it_and_what_was_sealed_reads(place: Place, tmp_path: Path, small_disk: Path) -> None:
    with Recorder(place.desktop, tmp_path / "full", home=small_disk / "home") as recorder:
        recorder.begin()
        recorder.wait_for_scope()
        trail = place.trail()
        # All of this is on the disk before that is full.
        time.sleep(1.5)
        filler = fill(small_disk)
        place.type_line()
        assert recorder.wait(NO_END_S) == 1
        last = recorder.said().splitlines()[-1]
        assert last.startswith("understudy: the disk is full"), last
        assert "Traceback" not in recorder.said()
        assert recorder.verdict() in ("recovered", "incomplete", "whole")
        assert has_trail(recorder.recording(), trail)
        # Nothing can begin on a full disk, and that is told in a line too.
        again = understudy(
            small_disk / "home", "record", "--policy", str(recorder.policy), "--consent", "demo", env=recorder.env
        )
        assert again.returncode == 1
        assert again.stderr.startswith("understudy: the disk that holds")
        assert again.stderr.count("\n") == 1, again.stderr
        filler.unlink()
        assert recorder.begin()
        assert recorder.stop() == 0


def test_a_child_that_is_stopped_is_ended_and_stops_nobody() -> None:
    child: Child[FromSource] = Child("understudy.recorder.host", ("input",), FromSource, tell_timeout_s=1)
    try:
        os.kill(child.pid, signal.SIGSTOP)
        started_s, told = time.monotonic(), True
        while told and time.monotonic() - started_s < 20:
            told = all(child.tell(Ask(x=index, y=0, time_ns=index, cause="rest")) for index in range(500))
        assert not told
        assert child.end(2) == -signal.SIGKILL
    finally:
        child.end(0)
