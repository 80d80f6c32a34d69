"""Confinement is tried in processes of its own: it can't be taken back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil

from benchmarks.patience import Patience
from understudy.recorder import confine


def run(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_writes_are_refused_outside_the_folder_for_children_and_threads_too(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "old").write_text("as it was")
    told = run(
        """
        import subprocess, sys, tempfile, threading
        from pathlib import Path
        from understudy.recorder.confine import restrict_writes, writable
        inside, outside = Path(sys.argv[1]), Path(sys.argv[2])
        restrict_writes([inside])
        found = [writable(inside), writable(outside), writable(Path("/tmp")), writable(Path("/dev/shm"))]
        def attempt(action):
            try:
                action()
            except OSError:
                return False
            return True
        found.append(attempt(lambda: (outside / "old").write_text("changed")))
        found.append(attempt((outside / "old").unlink))
        found.append(attempt(lambda: open("/dev/null", "w").close()))
        thread = threading.Thread(target=lambda: found.append(writable(outside)))
        thread.start(); thread.join()
        found.append(subprocess.run(["touch", str(outside / "new")], capture_output=True).returncode == 0)
        print(found)
        """,
        str(inside),
        str(outside),
    )
    assert told == "[True, False, False, False, False, False, True, False, False]"
    assert [path.name for path in outside.iterdir()] == ["old"]
    assert (outside / "old").read_text() == "as it was"


def test_no_dumps(tmp_path: Path) -> None:
    told = run(
        """
        import ctypes, resource
        from understudy.recorder.confine import forbid_dumps
        forbid_dumps()
        print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
        """
    )
    assert told == "(0, 0) 0"  # 3 is PR_GET_DUMPABLE


def test_a_child_dies_with_its_parent() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                """
                import os, subprocess, sys, time
                code = ("import os, sys, time; from understudy.recorder.confine import die_with;"
                        "die_with(int(sys.argv[1])); print(os.getpid(), flush=True); time.sleep(60)")
                subprocess.Popen([sys.executable, "-c", code, str(os.getpid())])
                time.sleep(60)
                """
            ),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    patience = Patience(10)
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and not patience.over:
        time.sleep(0.05)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_an_orphan_does_not_start() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from understudy.recorder.confine import die_with; die_with(1); print('alive')"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "alive" not in done.stdout


def test_this_kernel_has_landlock() -> None:
    assert confine.landlock_abi() >= 1
