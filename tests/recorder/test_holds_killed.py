"""The recorder killed in every way: what was sealed reads, nothing lives on, the next one starts."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.bench_kill import Area, survivors, trial
from benchmarks.driven import Desk, Recorder, alive, understudy, wait_until
from benchmarks.looking import changed_files
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.catalogue.catalogue import Catalogue

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

TIMES = 3


class Place:
    """A desktop with an editor in scope, and hands."""

    def __init__(self, desktop: VirtualDesktop, hands: XTest, area: Area) -> None:
        self.desktop, self.hands, self.area = desktop, hands, area


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with VirtualDesktop() as desktop, Desk(desktop.display) as desk, XTest(desktop.display) as hands:
        desktop.spawn(["mousepad", "--disable-server"])
        yield Place(desktop, hands, desk.place(desk.find("mousepad"), 0, 100, 1000, 600))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all of them: each recording begins where one before was cut short."""
    return tmp_path_factory.mktemp("killed")


@pytest.mark.parametrize("seed", range(TIMES))
def test_kill_9_loses_the_last_moment_only(place: Place, root: Path, seed: int) -> None:
    for attempt in range(3):
        with Recorder(place.desktop, root / str(attempt)) as recorder:
            outcome = trial(recorder, place.hands, place.area, random.Random(seed))
        # A machine that lets the recorder wait longer than whoever works is no fault of either; three in a row are.
        if outcome.made > 10 and not outcome.missing:
            break
    assert outcome.made > 10
    assert outcome.missing == 0, outcome
    assert outcome.survivors == 0
    assert outcome.verdict in ("recovered", "incomplete")
    assert outcome.catalogue == "interrupted"
    assert outcome.code == 1
    assert recorder.said().splitlines()[-1].startswith("understudy: the recorder ended by itself")


def is_core(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(18)
    except OSError:
        return False
    # An ELF file of type ET_CORE (elf(5)).
    return head[:4] == b"\x7fELF" and head[16:18] in (b"\x04\0", b"\0\x04")


def test_a_crash_leaves_no_core_file(place: Place, root: Path, tmp_path: Path) -> None:
    since = tmp_path / "since"
    since.touch()
    with Recorder(place.desktop, root, core_bytes=-1) as recorder:
        recorder.begin()
        crew = recorder.crew()
        for pid in crew.pids:
            assert "Max core file size        0                    0" in Path(f"/proc/{pid}/limits").read_text()
        os.kill(crew.others["elements"], signal.SIGQUIT)
        time.sleep(0.5)
        os.kill(crew.recorder, signal.SIGSEGV)
        assert recorder.wait() == 1
        assert survivors(crew) == []
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    seen = False
    if not pattern.startswith("|"):
        # The search is not blind: a process that may leave a core file leaves one.
        done = subprocess.run(
            [sys.executable, "-c", "import os; os.abort()"],
            cwd=tmp_path,
            stderr=subprocess.DEVNULL,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2),
        )
        seen = done.returncode == -signal.SIGABRT
    cores = [path for path in changed_files(since, [place.desktop.home]) if is_core(path)]
    ours = [path for path in cores if path.parent == tmp_path]
    others = [path for path in cores if path.is_relative_to(root) or path.name.endswith(str(crew.recorder))]
    for path in ours:
        path.unlink()
    assert others == []
    assert not seen or ours, f"the control left no core file under the pattern {pattern!r}"


def test_killing_the_command_closes_the_recording(place: Place, root: Path) -> None:
    with Recorder(place.desktop, root) as recorder:
        recorder.begin()
        crew = recorder.crew()
        time.sleep(1.0)
        os.kill(recorder.command_pid, signal.SIGKILL)
        wait_until(lambda: not any(alive(pid) for pid in crew.pids), "the recorder to end", 20)
        assert recorder.verdict() == "whole"
        assert [mark.detail for mark in recorder.recording().mark if mark.kind == "stop"] == ["parent_gone"]


def test_closing_the_terminal_ends_the_recording_in_order(place: Place, root: Path) -> None:
    with Recorder(place.desktop, root) as recorder:
        before = _interrupted(recorder)
        recorder.begin()
        # What the killed command before could not note is noted by now.
        assert _interrupted(recorder) > before or before == 0
        assert recorder.process is not None
        recorder.process.send_signal(signal.SIGHUP)
        assert recorder.wait() == 0
        assert recorder.verdict() == "whole"
        with Catalogue.open(recorder.home.catalogue) as catalogue:
            assert catalogue.recording(recorder.id).state == "finished"
            assert catalogue.recordings(state="recording") == []
    assert understudy(recorder.home.root, "recordings", "verify").returncode == 0


def _interrupted(recorder: Recorder) -> int:
    if not recorder.home.catalogue.exists():
        return 0
    with Catalogue.open(recorder.home.catalogue) as catalogue:
        return len(catalogue.recordings(state="interrupted"))
