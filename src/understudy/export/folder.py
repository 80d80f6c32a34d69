"""A new folder that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderInUse(Exception):
    """The folder to write already holds something; the message is one line."""


def check_free(folder: Path) -> None:
    """Raises FolderInUse when something lies at `folder` that is no empty folder."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise FolderInUse(f"{folder} is no folder; name one that doesn't exist yet")
    if folder.is_dir() and any(folder.iterdir()):
        raise FolderInUse(f"{folder} is not empty; name a new folder, or remove it first")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder`, private to its user; moved to `folder` when the block ends well.

    On an error it is removed and `folder` stays as it was. Raises FolderInUse.
    """
    check_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.unfinished"
    unfinished.mkdir(mode=0o700)
    try:
        yield unfinished
        for path in sorted(unfinished.rglob("*")):
            _sync(path)
        _sync(unfinished)
        check_free(folder)
        # Renaming onto an empty folder replaces it; onto a full one fails.
        unfinished.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
