"""Many recordings written together: after a crash, none of an unfinished batch is left.

One file in the spool, `.importing`, is both the lock (one writer of batches a home) and the log: the ids of the batch
under way, on disk before anything of it is. Whoever takes the lock next learns which ids to remove.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from understudy.seal.layout import id_bytes
from understudy.spool.files import PRIVATE_FILE, make_folder, sync_folder, write_all

LOG_NAME = ".importing"


class AlreadyImporting(Exception):
    """Another process writes a batch into this spool. The message is one line."""


class BatchLog:
    """Held while the context lasts, or until the process ends in any way. Raises AlreadyImporting on entering."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool
        self._descriptor = -1
        self.left: tuple[str, ...] = ()
        """The ids of a batch that was under way when a process died, in force until `begin` or `done`."""

    def __enter__(self) -> BatchLog:
        make_folder(self._spool)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._spool / LOG_NAME, flags, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyImporting("another import is running here: wait for its end, or use another --home") from None
        self._descriptor = descriptor
        sync_folder(self._spool)
        lines = os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode("ascii", "replace").splitlines()
        self.left = tuple(line for line in lines if _is_id(line))
        return self

    def begin(self, ids: Sequence[str]) -> None:
        """The ids of the next batch are on disk."""
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        write_all(self._descriptor, "".join(f"{one}\n" for one in ids).encode())
        os.fdatasync(self._descriptor)
        self.left = ()

    def done(self) -> None:
        """The batch is whole and entered in the catalogue."""
        os.ftruncate(self._descriptor, 0)
        os.fdatasync(self._descriptor)
        self.left = ()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
        self._descriptor = -1


def _is_id(line: str) -> bool:
    try:
        id_bytes(line)
    except ValueError:
        return False
    return True
