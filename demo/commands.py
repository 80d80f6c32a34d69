"""Runs `understudy` as a person at a terminal would: its own process, everything it prints kept in a log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from demo.everything import Output

BEGUN = "recording "
"""How the line begins with which `understudy record` says that it is recording, its id after it."""
STOP_TIMEOUT_S = 30


class DemoFailed(Exception):
    """The demonstration can't go on; the message is one line: what failed, and where to look."""


class Commands:
    """`understudy` commands against one home, with a log file each under `output.logs`.

    `desktop_env` is the environment of the desktop that is recorded. The commands get a HOME of their own, so that
    what any library drops there is found.
    """

    def __init__(self, output: Output, desktop_env: Mapping[str, str]) -> None:
        self._output = output
        names = ("PATH", "LANG", "LC_ALL", "TZ", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")
        self._env = {name: desktop_env[name] for name in (*names, "XDG_SESSION_TYPE") if name in desktop_env}
        self._env |= {"HOME": str(output.user_home), "COLUMNS": "110"}
        output.logs.mkdir(parents=True)
        output.user_home.mkdir()

    def arguments(self, *words: str) -> list[str]:
        """The whole command line for `understudy WORDS`."""
        return [str(Path(sys.executable).with_name("understudy")), "--home", str(self._output.home.root), *words]

    def run(self, *words: str, timeout_s: float = 120) -> str:
        """Run a command to its end; what it printed. Raises DemoFailed when it fails or takes too long."""
        name = "-".join(words[:2])
        log = self._log(name)
        with log.open("wb") as file:
            try:
                done = subprocess.run(
                    self.arguments(*words),
                    env=self._env,
                    cwd=self._output.root,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    timeout=timeout_s,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise DemoFailed(f"understudy {words[0]} did not end within {timeout_s:.0f} s; see {log}") from None
        if done.returncode:
            raise DemoFailed(_failure(words[0], done.returncode, log))
        return log.read_text(errors="replace")

    def record(self, *words: str) -> RunningRecord:
        """Start `understudy record`; a context manager that ends it."""
        return RunningRecord(self.arguments("record", *words), self._env, self._output.root, self._log("record"))

    def _log(self, name: str) -> Path:
        number = len(list(self._output.logs.iterdir()))
        return self._output.logs / f"{number}-{name}.log"


class RunningRecord:
    """`understudy record` while it runs. Leaving the block without `stop` ends it by force."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str], folder: Path, log: Path) -> None:
        self._log_path = log
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            arguments,
            env=dict(env),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> RunningRecord:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._log.close()

    def wait_until_begun(self, timeout_s: float = 30) -> str:
        """The recording's id, once it has begun. Raises DemoFailed."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            code = self._process.poll()
            for line in self._log_path.read_text(errors="replace").splitlines():
                if line.startswith(BEGUN):
                    return line.removeprefix(BEGUN).strip()
            if code is not None:
                raise DemoFailed(_failure("record", code, self._log_path))
            time.sleep(0.1)
        raise DemoFailed(f"understudy record did not begin within {timeout_s:.0f} s; see {self._log_path}")

    def check(self) -> None:
        """Raises DemoFailed when the recording has ended by itself."""
        code = self._process.poll()
        if code is not None:
            raise DemoFailed(_failure("record", code, self._log_path, "ended before it was asked to"))

    def stop(self) -> None:
        """Press Ctrl+C and wait for the end. Raises DemoFailed when it doesn't end well."""
        self.check()
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise DemoFailed(f"understudy record did not stop within {STOP_TIMEOUT_S} s") from None
        if code:
            raise DemoFailed(_failure("record", code, self._log_path))


def _failure(command: str, code: int, log: Path, what: str = "failed") -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    said = f": {lines[-1].strip()}" if lines else ""
    return f"understudy {command} {what} (exit code {code}){said}; see {log}"
