"""The recorder watched from outside: what it writes to, by strace; what it may write to, tried from within."""

from __future__ import annotations

import errno
import os
import random
import re
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.driven import Crew, Desk, Recorder, wait_until
from benchmarks.looking import Searcher, new_word
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

OPENING = (
    "open,openat,openat2,creat,memfd_create,shmget,shm_open,mkdir,mkdirat,mknod,mknodat,symlink,symlinkat,link,linkat"
)
WRITING = "write,pwrite64,writev,pwritev,pwritev2,rename,renameat,renameat2,truncate,sendfile,splice,copy_file_range"

SHARED = ("/tmp", "/var/tmp", "/dev/shm")

# Loaded by every Python process of the recorder at its start; SIGUSR1 has it try to write, inside its confinement,
# and tell how that went on standard error, which is the command's log.
PROBE = """
import ctypes, glob, os, signal
def attempt(number, frame):
    # PR_GET_DUMPABLE (prctl(2)).
    os.write(2, ("DUMPABLE %d %d\\n" % (os.getpid(), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))).encode())
    for folder in [one for pattern in os.environ["PROBED"].split(":") for one in glob.glob(pattern)]:
        path = os.path.join(folder, "probe-" + str(os.getpid()))
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            os.unlink(path)
            result = "written"
        except OSError as error:
            result = str(error.errno)
        os.write(2, ("PROBE %d %s %s\\n" % (os.getpid(), folder, result)).encode())
signal.signal(signal.SIGUSR1, attempt)
"""


@dataclass(frozen=True)
class Call:
    """One system call in strace's log: who, which, and the rest of the line."""

    pid: int
    name: str
    rest: str


@dataclass(repr=False)
class Traced:
    """A short recording under strace."""

    recorder: Recorder
    crew: Crew
    command: int
    word: str
    calls: list[Call] = field(default_factory=list)
    code: int | None = None
    log: str = ""


def calls_in(log: str) -> list[Call]:
    """The finished calls of a log of `strace -f`; those split in two lines are joined."""
    calls: list[Call] = []
    open_calls: dict[int, str] = {}
    for line in log.splitlines():
        match = re.match(r"(\d+)\s+(.*)", line)
        if match is None:
            continue
        pid, text = int(match.group(1)), match.group(2)
        if text.endswith("<unfinished ...>"):
            open_calls[pid] = text.removesuffix("<unfinished ...>")
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", text):
            text = open_calls.pop(pid, "") + resumed.group(1)
        if named := re.match(r"(\w+)\((.*)", text):
            calls.append(Call(pid, named.group(1), named.group(2)))
    return calls


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")
    root = tmp_path_factory.mktemp("traced")
    site = root / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(PROBE)
    word, log = new_word(random.Random()), root / "strace.log"
    with VirtualDesktop() as desktop, Desk(desktop.display) as desk, XTest(desktop.display) as hands:
        desktop.spawn(["mousepad", "--disable-server"])
        left, top, width, height = desk.place(desk.find("mousepad"), 0, 40, 800, 500)
        spool = root / "recorder/home/spool"
        places = (spool / "*", spool, *(root / "recorder", root / "recorder/home"), *map(Path, SHARED))
        recorder = Recorder(
            desktop,
            root / "recorder",
            env={"PYTHONPATH": str(site), "PROBED": ":".join(map(str, places)), "PYTHONDONTWRITEBYTECODE": "1"},
            # -y names the file behind each descriptor; strings whole.
            under=(
                "strace",
                "-f",
                "-y",
                "-s",
                "1000000",
                "-o",
                str(log),
                "-e",
                f"trace=?{OPENING.replace(',', ',?')},?{WRITING.replace(',', ',?')}",
            ),
        )
        with recorder:
            recorder.begin()
            story = Traced(recorder, recorder.crew(), recorder.command_pid, word)
            recorder.wait_for_scope()
            hands.move(left + width // 2, top + height // 2, 0.1)
            hands.click()
            time.sleep(0.5)
            hands.type_text(word + "\n", 0.02)
            for pid in story.crew.pids:
                os.kill(pid, signal.SIGUSR1)
            wait_until(lambda: recorder.said().count("PROBE") >= 5 * len(places), "the probes' answers")
            os.kill(story.command, signal.SIGINT)
            story.code = recorder.wait()
            story.log = log.read_text(errors="replace")
            story.calls = calls_in(story.log)
            yield story


def test_the_traced_recording_is_whole_and_holds_the_word(traced: Traced) -> None:
    assert traced.code == 0
    assert traced.recorder.verdict() == "whole"
    assert traced.word in "".join(run.text for run in traced.recorder.recording().text)


def opened_for_writing(calls: list[Call]) -> list[tuple[int, str]]:
    """(pid, path) of each file that was opened for writing or made."""
    found = []
    for call in calls:
        if call.name in ("open", "openat", "openat2", "creat") and " = -1 " not in call.rest:
            path = re.search(r"= \d+<(.*)>$", call.rest)
            assert path is not None, call
            if call.name == "creat" or re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE", call.rest):
                found.append((call.pid, path.group(1)))
    return found


def test_files_are_opened_for_writing_in_the_spool_only(traced: Traced) -> None:
    opened = opened_for_writing(traced.calls)
    home, spool = traced.recorder.home.root, traced.recorder.home.spool / traced.recorder.id
    by_recorder = {path for pid, path in opened if pid in traced.crew.pids} - {"/dev/null"}
    assert str(spool / "000000.seg") in by_recorder
    assert all(Path(path).is_relative_to(spool) for path in by_recorder), by_recorder
    # The command itself, which never sees what is recorded, writes its own files in the home.
    by_command = {path for pid, path in opened if pid == traced.command} - {"/dev/null", "/dev/tty"}
    assert {path for path in by_command if not Path(path).is_relative_to(home)} == set()


def test_no_memory_file_nor_shared_memory_is_made(traced: Traced) -> None:
    made = [call for call in traced.calls if call.name in ("memfd_create", "shmget", "shm_open")]
    assert [call for call in made if " = -1 " not in call.rest] == []


def test_the_word_is_written_to_no_file(traced: Traced) -> None:
    search = Searcher({"word": traced.word})
    to_files = [
        call
        for call in traced.calls
        if call.name in WRITING.split(",")
        and not re.match(r"\d+<(socket|pipe|UNIX|TCP|anon_inode|/dev/null)", call.rest)
    ]
    assert any(".seg>" in call.rest for call in to_files)
    assert [call.pid for call in to_files if search.look(call.rest.encode())] == []


def test_every_process_tried_to_write_elsewhere_and_could_not(traced: Traced) -> None:
    answers = [line.split() for line in traced.recorder.said().splitlines() if line.startswith("PROBE")]
    by_pid = {pid: {place: result for _, who, place, result in answers if int(who) == pid} for pid in traced.crew.pids}
    spool = str(traced.recorder.home.spool / traced.recorder.id)
    for pid, results in by_pid.items():
        # Where they may write, they can: the probe is not blind.
        assert results.pop(spool) == "written", pid
        assert len(results) == 6
        assert set(results.values()) == {str(errno.EACCES)}, results


def test_no_process_is_dumpable(traced: Traced) -> None:
    answers = [line.split() for line in traced.recorder.said().splitlines() if line.startswith("DUMPABLE")]
    assert {(int(pid), value) for _, pid, value in answers} == {(pid, "0") for pid in traced.crew.pids}
