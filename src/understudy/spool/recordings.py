"""The recordings of a home: which there are, and how one's bytes are removed."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from understudy.seal.errors import UnknownVersion
from understudy.seal.layout import id_bytes
from understudy.spool.files import sync_folder
from understudy.spool.forgetting import finish
from understudy.spool.lock import recorder_runs
from understudy.spool.names import MANIFEST_NAME

if TYPE_CHECKING:
    from understudy.seal.verify import Verification


@dataclass(frozen=True)
class RecordingFolder:
    """One recording as it lies on disk. `closed` is True when a closing manifest is there.

    `outline` is the quick verdict (headers, sizes, manifest), None when the format is of an unknown version.
    """

    id: str
    folder: Path
    bytes: int
    segments: int
    closed: bool
    outline: Verification | None


def recording_ids(spool: Path) -> tuple[str, ...]:
    """The ids of all recordings in the spool, sorted; () when there is no spool yet."""
    if not spool.is_dir():
        return ()
    return tuple(sorted(path.name for path in spool.iterdir() if path.is_dir() and _is_id(path.name)))


def recordings(spool: Path, *, device_public_key: bytes) -> tuple[RecordingFolder, ...]:
    """All recordings in the spool, by id."""
    return tuple(describe(spool / recording_id, device_public_key) for recording_id in recording_ids(spool))


def describe(folder: Path, device_public_key: bytes) -> RecordingFolder:
    """One recording's folder, without opening what is sealed."""
    # Imported here: reading needs Arrow (27 MB), and a command that records holds this module all the while.
    from understudy.spool.reader import SegmentFiles, outline_recording

    try:
        outline = outline_recording(folder, device_public_key=device_public_key)
    except UnknownVersion:
        outline = None
    return RecordingFolder(
        id=folder.name,
        folder=folder,
        bytes=sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
        segments=len(SegmentFiles(folder)),
        closed=(folder / MANIFEST_NAME).exists(),
        outline=outline,
    )


def recording_now(spool: Path) -> str | None:
    """The id of the recording that a running recorder writes, None when none runs."""
    if not recorder_runs(spool):
        return None
    unclosed = [one for one in recording_ids(spool) if not (spool / one / MANIFEST_NAME).exists()]
    return max(unclosed, key=lambda one: (spool / one).stat().st_mtime_ns, default=None)


def finish_forgetting(spool: Path) -> int:
    """Do what a crash left undone of "forget the last minutes", in every recording; how many there were.

    Not while a recorder runs. Readers leave out what is to be forgotten in any case. Raises OSError.
    """
    return sum(finish(spool / recording_id) for recording_id in recording_ids(spool))


def forget_bytes(spool: Path, recording_id: str) -> int:
    """Remove a recording's sealed bytes; returns how many there were, 0 when there were none.

    Destroy its keys first (`KeyStore.destroy`): these bytes mean nothing without them, in copies too.
    """
    id_bytes(recording_id)
    folder = spool / recording_id
    if not folder.is_dir():
        return 0
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    shutil.rmtree(folder)
    with contextlib.suppress(FileNotFoundError):
        sync_folder(spool)
    return size


def _is_id(name: str) -> bool:
    try:
        id_bytes(name)
    except ValueError:
        return False
    return True
