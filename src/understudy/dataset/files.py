"""Files that appear whole or not at all: a temporary name, fsync, rename."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class Sink:
    """A new file that takes its name only when the block ends well; counts and hashes what is written.

    The file is private to its user (mode 0600). A block that ends badly leaves nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = 0
        self._hash = hashlib.sha256()
        self._temporary = path.with_name(f".{path.name}.part")
        self._fd = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    @property
    def sha256(self) -> str:
        """Of everything written so far, hexadecimal."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Append. Raises OSError (a full disk, say)."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        self.bytes += len(data)
        self._hash.update(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                os.fsync(self._fd)
        finally:
            os.close(self._fd)
            if kind is not None:
                self._temporary.unlink(missing_ok=True)
        if kind is None:
            self._temporary.replace(self.path)
            sync_folder(self.path.parent)


def write_file(path: Path, data: bytes) -> str:
    """Put `data` at `path`, whole or not at all; returns its SHA-256, hexadecimal."""
    with Sink(path) as sink:
        sink.write(data)
    return sink.sha256


def sync_folder(folder: Path) -> None:
    """Make the folder's names last through a power cut."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sha256_of(path: Path) -> tuple[str, int]:
    """A file's SHA-256 (hexadecimal) and its size in bytes, without holding it in memory."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()
