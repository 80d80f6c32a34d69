"""One recorder a home."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from understudy.spool.files import PRIVATE_FILE, make_folder

LOCK_NAME = ".lock"
STEP_S = 0.02


class AlreadyRecording(Exception):
    """Another recorder holds this home. The message is one line."""


def recorder_runs(spool: Path) -> bool:
    """True while a recorder holds this home; leaves no lock and no file behind."""
    try:
        descriptor = os.open(spool / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


class RecorderLock:
    """Held while the context lasts, or until the process ends in any way. Twice `release` is harmless.

    The lock lies on an open file: a child process that inherits `fileno()` holds it too.
    Raises AlreadyRecording when somebody else has it, and still has it after `wait_s`.
    """

    def __init__(self, spool: Path, wait_s: float = 0.0) -> None:
        self._path = spool / LOCK_NAME
        self._wait_s = wait_s
        self._descriptor = -1

    def acquire(self) -> RecorderLock:
        """Take the lock or raise AlreadyRecording; waits for it as long as was said."""
        make_folder(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        deadline_s = time.monotonic() + self._wait_s
        while not _locked(descriptor):
            if time.monotonic() >= deadline_s:
                holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
                os.close(descriptor)
                raise AlreadyRecording(
                    f"a recorder is already running here (process {holder}): stop it first, or use another --home"
                )
            time.sleep(STEP_S)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return self

    def fileno(self) -> int:
        """The descriptor that holds the lock, -1 when it isn't held."""
        return self._descriptor

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> RecorderLock:
        return self if self._descriptor >= 0 else self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
