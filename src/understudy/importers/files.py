"""The files under a path: one file, a folder, or a tar archive that is read without unpacking it to disk."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from understudy.importers.imported import NotReadable

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".tar.zst")
MAX_BYTES = 256 * 1024 * 1024
"""A larger file is no demonstration of the formats read so; nothing is read into memory beyond it."""


class TooLarge(ValueError):
    """A file beyond MAX_BYTES."""


def check(path: Path, suffix: str, what: str) -> None:
    """Raise NotReadable unless `path` is a file ending in `suffix`, a folder holding one, or an archive that opens.

    `what` says in a few words what was expected.
    """
    expected = f"expected {what}: a file ending in {suffix}, a folder of such files, or a tar archive of them"
    if path.is_dir():
        if next(_found(path, suffix), None) is None:
            raise NotReadable(f"{path} holds no file ending in {suffix}; {expected}")
    elif not path.is_file():
        raise NotReadable(f"{path} is not there; {expected}")
    elif is_archive(path):
        try:
            with tarfile.open(path) as archive:
                archive.next()
        except (tarfile.TarError, OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            raise NotReadable(f"{path} can't be opened as an archive ({_words(error)}); {expected}") from None
    elif not path.name.endswith(suffix):
        raise NotReadable(f"{path} ends in nothing that is known; {expected}")


def is_archive(path: Path) -> bool:
    """True for a file whose name says that it is a tar archive."""
    return path.name.lower().endswith(ARCHIVES) and path.is_file()


def count(path: Path, suffix: str) -> int | None:
    """How many files `read` will give; None for an archive, which would have to be read twice."""
    if is_archive(path):
        return None
    return sum(1 for _ in _found(path, suffix)) if path.is_dir() else 1


def read(path: Path, suffix: str) -> Iterator[tuple[str, bytes | TooLarge | OSError]]:
    """(name relative to `path`, content) of every file ending in `suffix`, in order of their names in a folder, in the
    archive's own order in an archive. A file that can't be read comes as its error.

    Raises NotReadable when an archive breaks off: what came before it stands.
    """
    if is_archive(path):
        yield from _from_archive(path, suffix)
        return
    files = sorted(_found(path, suffix)) if path.is_dir() else [path]
    for file in files:
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        try:
            size = file.stat().st_size
            yield name, TooLarge(f"{size} bytes") if size > MAX_BYTES else file.read_bytes()
        except OSError as error:
            yield name, error


def _found(folder: Path, suffix: str) -> Iterator[Path]:
    return (file for file in folder.rglob(f"*{suffix}") if file.is_file() and not file.name.startswith("."))


def _from_archive(path: Path, suffix: str) -> Iterator[tuple[str, bytes | TooLarge | OSError]]:
    try:
        # "r|*": a stream; members are read where they stand and never extracted, so their paths lead nowhere.
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                hidden = member.name.rpartition("/")[2].startswith(".")
                if not member.isreg() or hidden or not member.name.endswith(suffix):
                    continue
                if member.size > MAX_BYTES:
                    yield member.name, TooLarge(f"{member.size} bytes")
                elif (file := archive.extractfile(member)) is not None:
                    yield member.name, file.read()
    except (tarfile.TarError, OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise NotReadable(f"{path} breaks off ({_words(error)}); fetch it anew") from None


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
