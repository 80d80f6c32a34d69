"""`understudy record` driven from the outside, as tests and benchmarks of the recorder need it.

Runs the real command in a process of its own, finds the recorder's processes, and opens afterwards what was sealed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import xcffib
import xcffib.xproto

from benchmarks.patience import Patience
from understudy.act.desktop import VirtualDesktop
from understudy.records.recording import Recording
from understudy.seal.errors import SealError
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyStore
from understudy.spool.reader import read_recording, verify_recording

UNDERSTUDY = str(Path(sys.executable).with_name("understudy"))
BEGIN_S = 40.0
END_S = 30.0

POLICY = """\
version = 1
profile = "own-work"

[[app]]
name = "Mousepad"
program = "mousepad"
keys = "text"
"""
"""The editor is in scope; everything else is out."""


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Poll until `condition` gives something true; raises AssertionError naming `what`."""
    patience = Patience(timeout_s)
    while not condition():
        if patience.over:
            raise AssertionError(f"waited {timeout_s:.0f} s for {what}")
        time.sleep(0.05)


def environment(desktop: VirtualDesktop, home: Path) -> dict[str, str]:
    """What a terminal on this desktop would hand to a command, with a HOME of its own."""
    names = ("PATH", "LANG", "LC_ALL", "TZ", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")
    env = {name: desktop.env[name] for name in (*names, "XDG_SESSION_TYPE") if name in desktop.env}
    return env | {"HOME": str(home), "COLUMNS": "110"}


def understudy(
    home: Path, *words: str, env: Mapping[str, str] | None = None, timeout_s: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a command against a home to its end. Raises subprocess.TimeoutExpired."""
    return subprocess.run(
        [UNDERSTUDY, "--home", str(home), *words],
        env=dict(env if env is not None else os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def knows_scope(recording: Recording) -> bool:
    """True when, at the end of what is there, the keyboard was in scope and a picture was kept: its tree is known."""
    moves = [mark.kind for mark in recording.mark if mark.kind in ("entered_scope", "left_scope")]
    return bool(recording.frame) and moves[-1:] == ["entered_scope"]


def alive(pid: int) -> bool:
    """True while the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


@dataclass(frozen=True)
class Crew:
    """Process ids of a running recorder: itself, and by name its "input", "screen", "elements", "indicator" and, where
    the policy reads pictures, "reader"."""

    recorder: int
    others: Mapping[str, int]

    @property
    def pids(self) -> tuple[int, ...]:
        """All of them."""
        return self.recorder, *self.others.values()


class Recorder:
    """One `understudy record` as a process: `with Recorder(desktop, root) as recorder: recorder.begin()`.

    `root` holds the home, the policy file and the log. Leaving the block ends whatever still runs.
    """

    def __init__(
        self,
        desktop: VirtualDesktop,
        root: Path,
        *arguments: str,
        policy: str = POLICY,
        env: Mapping[str, str] | None = None,
        under: tuple[str, ...] = (),
        home: Path | None = None,
        core_bytes: int | None = None,
    ) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root, self.home = root, Home(home or root / "home")
        self.policy = root / "policy.toml"
        self.policy.write_text(policy)
        self.log = root / "record.log"
        self.env = environment(desktop, root / "user") | dict(env or {})
        (root / "user").mkdir(exist_ok=True)
        self.arguments = [
            *(*under, UNDERSTUDY, "--home", str(self.home.root), "record", "--policy", str(self.policy)),
            *(arguments or ("--consent", "demo", "--identity", "none")),
        ]
        self._core_bytes = core_bytes
        self.process: subprocess.Popen[bytes] | None = None
        self.id = ""
        self._known: set[int] = set()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    # --- its life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the command; `begin` waits as well."""
        limit = () if self._core_bytes is None else ("prlimit", f"--core={self._core_bytes}", "--")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*limit, *self.arguments],
                env=self.env,
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def begin(self) -> str:
        """Start recording; the recording's id once everything runs."""
        before = len(self.said())
        self.start()
        wait_until(lambda: self._begun(before) or self.code is not None, "the recording to begin", BEGIN_S)
        self.id = self._begun(before)
        if not self.id:
            raise AssertionError(f"record ended with {self.code} before it began: {self.said()[before:]}")
        return self.id

    def _begun(self, before: int) -> str:
        lines = self.said()[before:].splitlines()
        return next((line.removeprefix("recording ").strip() for line in lines if line.startswith("recording ")), "")

    def said(self) -> str:
        """All that the command has printed so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def code(self) -> int | None:
        """The exit code, None while it runs."""
        return None if self.process is None else self.process.poll()

    def interrupt(self) -> None:
        """Ctrl+C."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)

    def wait(self, timeout_s: float = END_S) -> int:
        """Wait for the end; the exit code."""
        assert self.process is not None
        patience = Patience(timeout_s)
        while (code := self.process.poll()) is None:
            if patience.over:
                raise AssertionError(f"record did not end within {timeout_s:.0f} s; it said: {self.said()}")
            time.sleep(0.01)
        return code

    def stop(self, timeout_s: float = END_S) -> int:
        """Ctrl+C, then wait; the exit code."""
        if self.code is None:
            self.interrupt()
        return self.wait(timeout_s)

    def kill(self) -> None:
        """End what still runs, by force; whatever was ever seen of the recorder's processes included."""
        for pid in self._known:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    # --- its processes ---------------------------------------------------------------------------------------------

    @property
    def command_pid(self) -> int:
        """The process of `understudy record` itself (below strace, where it runs under that)."""
        assert self.process is not None
        return next(
            (child for child in _children(self.process.pid) if "record" in _command_line(child)), self.process.pid
        )

    def crew(self) -> Crew:
        """The recorder's processes as they are now. Raises AssertionError when there is no recorder."""
        of_command = [pid for pid in _children(self.command_pid) if "understudy.recorder" in _command_line(pid)]
        if not of_command:
            raise AssertionError("no recorder process runs")
        others = {}
        for pid in _children(of_command[0]):
            words = _command_line(pid)
            if "understudy.recorder.indicator" in words:
                others["indicator"] = pid
            elif "understudy.recorder.ocr" in words:
                others["reader"] = pid
            elif "understudy.recorder.host" in words:
                others[words[words.index("understudy.recorder.host") + 1]] = pid
        self._known.update((of_command[0], *others.values()))
        return Crew(of_command[0], others)

    # --- what it sealed --------------------------------------------------------------------------------------------

    def recording(self, recording_id: str = "") -> Recording:
        """The recording, unsealed."""
        one = recording_id or self.id
        key = KeyStore(self.home.keys).unwrap(one, identity.load(self.home.identity))
        device = identity.device(self.home.identity)
        return read_recording(self.home.spool / one, key, device_public_key=device.public_key)

    def wait_until_recorded(self, condition: Callable[[Recording], object], what: str, timeout_s: float = 40.0) -> None:
        """Wait for something in what is sealed so far: on a busy machine the recorder may know its desktop late."""

        def there() -> object:
            try:
                return condition(self.recording())
            except (SealError, OSError):
                return False

        wait_until(there, what, timeout_s)

    def wait_for_scope(self) -> None:
        """Wait until the keyboard is in scope and what the program shows is known: what is done now can be kept."""
        self.wait_until_recorded(knows_scope, "the recorder to know a program in scope")

    def verdict(self, recording_id: str = "") -> str:
        """The verdict on the recording, looked at whole."""
        one = recording_id or self.id
        key = KeyStore(self.home.keys).unwrap(one, identity.load(self.home.identity))
        device = identity.device(self.home.identity)
        return verify_recording(self.home.spool / one, device_public_key=device.public_key, private_key=key).verdict


class Desk:
    """Windows of a display by their class: found, placed, brought to the front. A context manager."""

    def __init__(self, display: str) -> None:
        connect: Any = xcffib.connect
        self._x: Any = connect(display=display)
        self._root = self._x.get_setup().roots[0].root
        self._clients = self._x.core.InternAtom(False, 16, "_NET_CLIENT_LIST").reply().atom

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._x.disconnect()

    def find(self, name: str) -> int:
        """The window whose class holds `name`, without case, once it is there."""
        found: list[int] = []

        def look() -> bool:
            found[:] = [window for window in self._listed() if name.lower() in self._class_of(window).lower()]
            return bool(found)

        wait_until(look, f"a window of {name}", 40)
        return found[-1]

    def place(self, window: int, x: int, y: int, width: int, height: int) -> tuple[int, int, int, int]:
        """Put the window there; its client area once it stays: x, y, width, height, root px."""
        self._x.core.ConfigureWindow(window, 1 | 2 | 4 | 8, [x, y, width, height], is_checked=True).check()
        last, since = self.area(window), time.monotonic()
        while time.monotonic() - since < 0.4:
            time.sleep(0.05)
            if (now := self.area(window)) != last:
                last, since = now, time.monotonic()
        return last

    def area(self, window: int) -> tuple[int, int, int, int]:
        """The window's client area: x, y, width, height, root px."""
        geometry = self._x.core.GetGeometry(window).reply()
        place = self._x.core.TranslateCoordinates(window, self._root, 0, 0).reply()
        return place.dst_x, place.dst_y, geometry.width, geometry.height

    def indicator(self) -> tuple[int, int, int, int]:
        """Where Understudy's indicator is, root px."""
        for window in self._x.core.QueryTree(self._root).reply().children:
            if "Understudy" in self._class_of(window):
                return self.area(window)
        raise AssertionError("no indicator is on the screen")

    def _listed(self) -> list[int]:
        reply = self._x.core.GetProperty(False, self._root, self._clients, xcffib.xproto.Atom.WINDOW, 0, 256).reply()
        return [int(window) for window in reply.value.to_atoms()]

    def _class_of(self, window: int) -> str:
        try:
            reply = self._x.core.GetProperty(
                False, window, xcffib.xproto.Atom.WM_CLASS, xcffib.xproto.Atom.STRING, 0, 64
            ).reply()
        except xcffib.xproto.WindowError:
            return ""
        return str(reply.value.to_string())
