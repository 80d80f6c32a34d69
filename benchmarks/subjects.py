"""Recorders side by side: each is started on a desktop, stopped, and says what it recorded."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
import venv
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from benchmarks.driven import Recorder, alive, wait_until
from benchmarks.judging import Event
from benchmarks.office import POLICY, Office
from understudy.act.xtest import XTest
from understudy.catalogue.catalogue import Catalogue
from understudy.records.recording import Recording
from understudy.spool.names import MANIFEST_NAME

OTHERS = Path(__file__).parent / "out" / "other-recorders"
REQUIREMENTS = Path(__file__).parents[1] / "tools" / "openadapt-requirements.txt"
PYNPUT = "pynput==1.8.1"
READY_S = 90.0
STOP_S = 180.0


def other_recorders() -> Path:
    """The Python of a virtual environment with openadapt-capture and pynput in it, made when it isn't there."""
    python = OTHERS / "bin/python"
    done = OTHERS / "installed"
    if not done.exists():
        venv.create(OTHERS, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", str(REQUIREMENTS), PYNPUT], check=True)
        done.touch()
    return python


class Subject(ABC):
    """One recorder, one recording. `name` is for the table."""

    name = ""

    def __init__(self, office: Office, root: Path) -> None:
        self.office, self.root = office, root
        self.stop_s = 0.0
        self.sealed_s: float | None = None

    @abstractmethod
    def start(self) -> None:
        """Begin; returns once it records."""

    @abstractmethod
    def pids(self) -> list[int]:
        """The processes at the roots of its trees."""

    @abstractmethod
    def stop(self) -> None:
        """End it properly; `stop_s` says how long that took, `sealed_s` until all was on disk, if that shows."""

    @abstractmethod
    def kill(self) -> dict[str, object]:
        """`kill -9` of what does the recording, 5 s later what is left: processes, and what can be read."""

    @abstractmethod
    def events(self) -> list[Event] | None:
        """What it recorded, with times of the monotonic clock; None for a recorder that records nothing."""

    @abstractmethod
    def bytes(self) -> int:
        """Bytes on disk."""

    @abstractmethod
    def close(self) -> None:
        """End whatever still runs."""


class Nobody(Subject):
    """No recorder: what the programs and the server cost alone."""

    name = "nobody"

    def start(self) -> None:
        return

    def pids(self) -> list[int]:
        return []

    def stop(self) -> None:
        return

    def kill(self) -> dict[str, object]:
        return {}

    def events(self) -> list[Event] | None:
        return None

    def bytes(self) -> int:
        return 0

    def close(self) -> None:
        return


class Understudy(Subject):
    """This recorder, with the policy as shipped, masking and accessibility on."""

    name = "understudy"

    def __init__(self, office: Office, root: Path) -> None:
        super().__init__(office, root)
        self._recorder = Recorder(office.desktop, root, policy=POLICY)
        # As before any recording but a home's first, which also loads what sets the catalogue up.
        self._recorder.home.root.mkdir(mode=0o700, exist_ok=True)
        Catalogue.open(self._recorder.home.catalogue).close()
        self._recording: Recording | None = None

    def start(self) -> None:
        self._recorder.begin()
        self._recorder.crew()

    def pids(self) -> list[int]:
        process = self._recorder.process
        return [process.pid] if process is not None else []

    def stop(self) -> None:
        manifest = self._recorder.home.spool / self._recorder.id / MANIFEST_NAME
        began_s = time.monotonic()
        self._recorder.interrupt()
        while not manifest.exists() and self._recorder.code is None:
            time.sleep(0.002)
        self.sealed_s = time.monotonic() - began_s
        code = self._recorder.wait(STOP_S)
        self.stop_s = time.monotonic() - began_s
        if code or not manifest.exists():
            raise RuntimeError(f"record ended with {code}: {self._recorder.said()[-400:]}")

    def kill(self) -> dict[str, object]:
        crew = self._recorder.crew()
        os.kill(crew.recorder, signal.SIGKILL)
        self._recorder.wait(STOP_S)
        time.sleep(5)
        return {
            "processes left": sum(alive(pid) for pid in crew.pids),
            "verdict": self._recorder.verdict(),
            "events readable": len(self.events() or ()),
        }

    @property
    def recording(self) -> Recording:
        """What was sealed, opened."""
        if self._recording is None:
            self._recording = self._recorder.recording()
        return self._recording

    def events(self) -> list[Event] | None:
        found = []
        for one in self.recording.pointer:
            what = {"move": (one.x, one.y), "scroll": (one.scroll_y,)}.get(one.kind, (one.button,))
            found.append(Event(one.kind, what, one.time_ns))
        found += [Event("key down" if k.down else "key up", (k.keycode,), k.time_ns) for k in self.recording.keys]
        return found

    def bytes(self) -> int:
        return sum(path.stat().st_size for path in (self._recorder.home.spool / self._recorder.id).iterdir())

    def close(self) -> None:
        self._recorder.kill()


class _Foreign(Subject):
    """A program of the other environment."""

    def __init__(self, office: Office, root: Path) -> None:
        super().__init__(office, root)
        root.mkdir(parents=True, exist_ok=True)
        self._python = other_recorders()
        self._log = root / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def _spawn(self, *words: str) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                words,
                env={**self.office.desktop.env, "PYTHONUNBUFFERED": "1"},
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _said(self, word: str) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {self._log.read_text()[-400:]}")
        return word in self._log.read_text()

    def pids(self) -> list[int]:
        return [self._process.pid] if self._process is not None else []

    def stop(self) -> None:
        assert self._process is not None
        began_s = time.monotonic()
        self._process.send_signal(signal.SIGINT)
        self._process.wait(STOP_S)
        self.stop_s = time.monotonic() - began_s

    def _group(self) -> list[int]:
        assert self._process is not None
        done = subprocess.run(["pgrep", "-s", str(self._process.pid)], capture_output=True, text=True, check=False)
        return [int(word) for word in done.stdout.split()]

    def kill(self) -> dict[str, object]:
        assert self._process is not None
        before = self._group()
        self._process.kill()
        self._process.wait(STOP_S)
        time.sleep(5)
        try:
            readable = len(self.events() or ())
        except (OSError, sqlite3.Error, ValueError):
            readable = 0
        return {"processes left": sum(alive(pid) for pid in before), "events readable": readable}

    def close(self) -> None:
        for pid in self._group() if self._process is not None else []:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)


class Floor(_Foreign):
    """pynput's listeners and a list."""

    name = "pynput logger"

    def start(self) -> None:
        self._spawn(str(self._python), str(Path(__file__).with_name("floor_logger.py")), str(self.root / "seen"))
        wait_until(lambda: self._said("ready"), "the logger to listen", READY_S)

    def events(self) -> list[Event] | None:
        rows = [json.loads(line) for line in (self.root / "seen").read_text().splitlines()]
        # It names keys by their meaning, so they are counted only.
        return [Event(row[1], tuple(row[2:]) if not row[1].startswith("key") else (), row[0]) for row in rows]

    def bytes(self) -> int:
        return (self.root / "seen").stat().st_size


class OpenAdapt(_Foreign):
    """openadapt-capture from the package index, by its own command: video where there is an ffmpeg, else pictures."""

    name = "openadapt-capture"

    def start(self) -> None:
        video = shutil.which("ffmpeg") is not None
        self._spawn(
            *(str(self._python.with_name("capture")), "record", str(self.root / "capture")),
            *(f"--video={video}", f"--images={not video}"),
        )
        # Wall-clock times: what the monotonic clock says at the same moment.
        self._offset_ns = time.time_ns() - time.monotonic_ns()
        with XTest(self.office.desktop.display) as hands:
            # It is ready only once the screen has changed.
            x, y, *_ = self.office.work[-1]
            step = 0

            def ready() -> bool:
                nonlocal step
                step += 1
                hands.move(x + 40 + step % 2, y + 40)
                return self._said("Capture session:")

            wait_until(ready, "openadapt-capture to begin", READY_S)

    def events(self) -> list[Event] | None:
        path = self.root / "capture" / "recording.db"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            rows = database.execute(
                "SELECT name, timestamp, mouse_x, mouse_y, mouse_dy, mouse_button_name, mouse_pressed, key_vk"
                " FROM action_event ORDER BY id"
            ).fetchall()
        return list(filter(None, (self._event(*row) for row in rows)))

    def _event(
        self,
        name: str,
        time_s: float,
        x: float | None,
        y: float | None,
        dy: float | None,
        button: str | None,
        pressed: int | None,
        key: object,
    ) -> Event | None:
        time_ns = int(time_s * 1e9) - self._offset_ns
        match name:
            case "move":
                return Event("move", (int(x or 0), int(y or 0)), time_ns)
            case "click":
                number = {"left": 1, "middle": 2, "right": 3}.get(str(button).rsplit(".", 1)[-1], 0)
                return Event("down" if pressed else "up", (number,), time_ns)
            case "scroll":
                return Event("scroll", (-int(dy or 0),), time_ns)
            case "press" | "release":
                return Event("key down" if name == "press" else "key up", (), time_ns)
        return None

    def pictures_ns(self) -> list[int]:
        """When its pictures were taken."""
        path = self.root / "capture" / "recording.db"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            rows = database.execute("SELECT timestamp FROM screenshot ORDER BY timestamp").fetchall()
        return [int(row[0] * 1e9) - self._offset_ns for row in rows]

    def bytes(self) -> int:
        return sum(path.stat().st_size for path in (self.root / "capture").rglob("*") if path.is_file())


SUBJECTS: Sequence[type[Subject]] = (Nobody, Understudy, Floor, OpenAdapt)
