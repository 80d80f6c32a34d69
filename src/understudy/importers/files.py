"""The files under a path: one file, a folder, or a tar archive that is read without unpacking it to disk."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from understudy.importers.imported import NotReadable

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".tar.zst")
MAX_BYTES = 256 * 1024 * 1024
"""A larger file is no demonstration of the formats read so; nothing is read into memory beyond it."""


Suffixes = tuple[str, ...]
"""How the files of a format end; those ending in ".gz" besides are unpacked in memory."""


class TooLarge(ValueError):
    """A file beyond MAX_BYTES."""


def check(path: Path, suffixes: Suffixes, what: str) -> None:
    """Raise NotReadable unless `path` is a file of these endings, a folder holding one, or an archive that opens.

    `what` says in a few words what was expected.
    """
    ending = " or ".join(suffixes)
    expected = f"expected {what}: a file ending in {ending}, a folder of such files, or a tar archive of them"
    if path.is_dir():
        if next(_found(path, suffixes), None) is None:
            raise NotReadable(f"{path} holds no file ending in {ending}; {expected}")
    elif not path.is_file():
        raise NotReadable(f"{path} is not there; {expected}")
    elif is_archive(path):
        try:
            with tarfile.open(path) as archive:
                archive.next()
        except (tarfile.TarError, OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            raise NotReadable(f"{path} can't be opened as an archive ({_words(error)}); {expected}") from None
    elif not path.name.endswith(suffixes):
        raise NotReadable(f"{path} ends in nothing that is known; {expected}")


def is_archive(path: Path) -> bool:
    """True for a file whose name says that it is a tar archive."""
    return path.name.lower().endswith(ARCHIVES) and path.is_file()


def count(path: Path, suffixes: Suffixes) -> int | None:
    """How many files `read` will give; None for an archive, which would have to be read twice."""
    if is_archive(path):
        return None
    return sum(1 for _ in _found(path, suffixes)) if path.is_dir() else 1


def read(path: Path, suffixes: Suffixes) -> Iterator[tuple[str, bytes | TooLarge | OSError]]:
    """(name relative to `path`, content) of every file of these endings; one that can't be read comes as its error.

    In order of their names in a folder, in the archive's own order in an archive.
    Raises NotReadable when an archive breaks off: what came before it stands.
    """
    if is_archive(path):
        yield from _from_archive(path, suffixes)
        return
    files = sorted(_found(path, suffixes)) if path.is_dir() else [path]
    for file in files:
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        try:
            size = file.stat().st_size
            yield name, TooLarge(f"{size} bytes") if size > MAX_BYTES else _unpacked(name, file.read_bytes())
        except OSError as error:
            yield name, error


def _unpacked(name: str, data: bytes) -> bytes | TooLarge | OSError:
    if not name.endswith(".gz"):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as file:
            unpacked = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        return OSError(f"it can't be unpacked ({_words(error)})")
    return unpacked if len(unpacked) <= MAX_BYTES else TooLarge(f"more than {MAX_BYTES} bytes")


def _found(folder: Path, suffixes: Suffixes) -> Iterator[Path]:
    for file in folder.rglob("*"):
        if file.name.endswith(suffixes) and not file.name.startswith(".") and file.is_file():
            yield file


def _from_archive(path: Path, suffixes: Suffixes) -> Iterator[tuple[str, bytes | TooLarge | OSError]]:
    try:
        # "r|*": a stream; members are read where they stand and never extracted, so their paths lead nowhere.
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                hidden = member.name.rpartition("/")[2].startswith(".")
                if not member.isreg() or hidden or not member.name.endswith(suffixes):
                    continue
                if member.size > MAX_BYTES:
                    yield member.name, TooLarge(f"{member.size} bytes")
                elif (file := archive.extractfile(member)) is not None:
                    yield member.name, _unpacked(member.name, file.read())
    except (tarfile.TarError, OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise NotReadable(f"{path} breaks off ({_words(error)}); fetch it anew") from None


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
