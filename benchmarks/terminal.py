"""A command at a terminal of its own, as somebody sits at it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import termios
from collections.abc import Mapping, Sequence
from types import TracebackType

from benchmarks.patience import Patience


class Terminal:
    """A command with a terminal of its own, which somebody sits at: `expect` reads, `say` types a line."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self.seen = ""

        def take_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            arguments,
            env={**env, "TERM": "dumb"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self._ours)

    def expect(self, text: str, timeout_s: float = 40) -> None:
        """Read until `text` was printed, wherever its lines were broken."""
        patience = Patience(timeout_s)
        while text not in " ".join(self.seen.split()):
            assert not patience.over, f"waited for {text!r}, saw {self.seen!r}"
            assert self._read(0.2) or self.process.poll() is None, f"ended before {text!r}, saw {self.seen!r}"

    def _read(self, timeout_s: float) -> bool:
        if not select.select([self._ours], [], [], timeout_s)[0]:
            return False
        try:
            data = os.read(self._ours, 65536)
        except OSError:
            # The other end is closed: Linux says so by an error (pty(7)).
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def say(self, line: str) -> None:
        """Type a line and Return."""
        os.write(self._ours, line.encode() + b"\n")

    def press_ctrl_c(self) -> None:
        """Ctrl+C at the terminal: the signal goes to all that belongs to it."""
        os.write(self._ours, b"\x03")

    def end(self, timeout_s: float = 30) -> int:
        """Read on until the command has ended; its exit code."""
        patience = Patience(timeout_s)
        while self.process.poll() is None:
            assert not patience.over, f"did not end; saw {self.seen!r}"
            self._read(0.1)
        while self._read(0):
            pass
        return self.process.returncode
