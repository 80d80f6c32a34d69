"""Sources: a number that is missing is noticed; forked processes wait for a job and end with it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from understudy.capture.source import DesktopEnv
from understudy.recorder.sources import Sources
from understudy.records.events import Pointer, Raw, Tick


def moves(*numbers: int) -> list[Raw]:
    return [Pointer(time_ns=n, seq=n, kind="move", x=0, y=0) for n in numbers]


@pytest.mark.parametrize(
    ("batches", "lost"),
    [
        ([moves(0, 1, 2), moves(3, 4)], [False, False]),
        ([moves(0, 1), moves(3)], [False, True]),
        ([moves(0, 2)], [True]),
        ([moves(1)], [True]),
        ([moves(0), [], moves(1)], [False, False, False]),
        ([moves(0), [Tick(5, -1)], moves(1)], [False, False, False]),
        ([moves(0), moves(5), moves(6)], [False, True, False]),
        ([moves(0, 1), moves(1, 2)], [False, True]),
    ],
)
def test_a_gap_in_a_sources_numbers_is_told_once(batches: list[list[Raw]], lost: list[bool]) -> None:
    sources = Sources(DesktopEnv(":0"), {})
    assert [sources.lost("input", batch) for batch in batches] == lost


def test_a_forked_child_answers_has_its_own_name_and_ends_with_its_parent() -> None:
    script = textwrap.dedent(
        """
        import os, socket, sys, time
        from understudy.capture.source import Press
        from understudy.recorder.children import Child
        from understudy.recorder.wire import Wire

        def serve(descriptor):
            wire = Wire(socket.socket(fileno=descriptor), Press)
            for message in wire.wait(20):
                wire.send(Press(message.time_ns + 1))
            held = sorted(int(name) for name in os.listdir("/proc/self/fd"))
            wire.send(Press(len([one for one in held if one > 2 and one != descriptor])))
            try:
                wire.wait(60)
            except EOFError:
                return 7

        first = Child.forked(("python", "-m", "first"), serve, Press)
        second = Child.forked(("python", "-m", "second"), serve, Press)
        for child in (first, second):
            child.tell(Press(41))
            got = []
            while len(got) < 2:
                got += child.wire.wait(20)
            print(got[0].time_ns, got[1].time_ns, open(f"/proc/{child.pid}/cmdline").read().split("\\0")[:3])
        print(first.end(20), first.end(1), second.pid, flush=True)
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    lines = done.stdout.splitlines()
    # One descriptor besides its own: that of the folder being listed.
    assert lines[0] == "42 1 ['python', '-m', 'first']"
    assert lines[1] == "42 1 ['python', '-m', 'second']"
    code, again, second = lines[2].split()
    assert (code, again) == ("7", "7")
    with pytest.raises((ProcessLookupError, FileNotFoundError)):
        # Its parent is gone: it was killed with it, and init has reaped it.
        for _ in range(100):
            os.kill(int(second), 0)
            subprocess.run(["sleep", "0.1"], check=True)
            if "Z" in Path(f"/proc/{second}/stat").read_text().rsplit(")", 1)[1].split()[0]:
                raise ProcessLookupError
