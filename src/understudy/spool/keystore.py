"""The key store: each recording's keys, wrapped once a recipient. It never lies beside the segments.

A folder a recording, named by its random id; a file a wrap, named by a tag that differs from recording to recording.
Destroying a recording's folder makes every copy of its segments, and of what datasets sealed from it, unreadable.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from understudy.seal.errors import WrongKey
from understudy.seal.keys import dataset_key, recipient_tag, unwrap, wrap
from understudy.seal.layout import id_bytes
from understudy.spool.files import make_folder, shred, sync_folder, write_new
from understudy.spool.identity import Identity

logger = logging.getLogger(__name__)

RECORDING_SUFFIX = ".rec"
DATASET_SUFFIX = ".set"


class KeyGone(KeyError):
    """The store holds no key of this recording: it was forgotten, or never made here."""

    def __str__(self) -> str:
        return str(self.args[0])


class KeyStore:
    """The wrapped keys under `folder`, which is made at the first `add`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, recording_id: str, private_key: bytes, recipients: Sequence[bytes], *, durable: bool = True) -> None:
        """Keep a recording's private half, wrapped for each recipient's public key (at least one).

        `durable` False leaves it to the caller to have it on disk (`files.sync_file_system`).
        """
        if not recipients:
            raise ValueError("a recording's key without a recipient could never be opened")
        folder = self._of(recording_id)
        make_folder(self._folder)
        make_folder(folder)
        if durable:
            sync_folder(self._folder)
        for recipient in recipients:
            name = recipient_tag(recording_id, recipient) + RECORDING_SUFFIX
            write_new(folder / name, wrap(private_key, "recording", recording_id, recipient), durable=durable)

    def unwrap(self, recording_id: str, identity: Identity) -> bytes:
        """The recording's private key. Raises KeyGone when it was forgotten, WrongKey when none is for `identity`."""
        path = self._path(recording_id, identity.public_key, RECORDING_SUFFIX)
        if path is None:
            raise WrongKey(f"recording {recording_id} is sealed to other keys than this identity's")
        return unwrap(path.read_bytes(), "recording", recording_id, identity.private_key)

    def dataset_key(self, recording_id: str, identity: Identity) -> bytes:
        """The key of what datasets hold of a recording, by a grant or by the recording's own key.

        Raises KeyGone, WrongKey.
        """
        granted = self._path(recording_id, identity.public_key, DATASET_SUFFIX)
        if granted is not None:
            return unwrap(granted.read_bytes(), "dataset", recording_id, identity.private_key)
        return dataset_key(self.unwrap(recording_id, identity))

    def grant(self, recording_id: str, identity: Identity, recipient_public_key: bytes) -> None:
        """Let the recipient open what datasets hold of this recording, and nothing else of it."""
        key = dataset_key(self.unwrap(recording_id, identity))
        name = recipient_tag(recording_id, recipient_public_key) + DATASET_SUFFIX
        write_new(self._of(recording_id) / name, wrap(key, "dataset", recording_id, recipient_public_key))

    def revoke(self, recording_id: str, recipient_public_key: bytes) -> bool:
        """Take a grant back; False when there was none. Whoever copied the key keeps what they opened."""
        path = self._path(recording_id, recipient_public_key, DATASET_SUFFIX)
        if path is None:
            return False
        shred(path)
        sync_folder(path.parent)
        return True

    def destroy(self, recording_id: str) -> int:
        """Remove every wrap of a recording; returns how many there were. Nothing opens it afterwards.

        Interrupted, it may be called again. Files are overwritten first, which an SSD, a snapshot or a backup of the
        store may not honour.
        """
        folder = self._of(recording_id)
        if not folder.is_dir():
            return 0
        count = 0
        for path in sorted(folder.iterdir()):
            shred(path)
            count += 1
        sync_folder(folder)
        folder.rmdir()
        sync_folder(self._folder)
        logger.info("destroyed %d wraps of recording %s", count, recording_id)
        return count

    def known(self) -> tuple[str, ...]:
        """The ids of recordings that the store holds keys of, sorted."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(path.name for path in self._folder.iterdir() if path.is_dir()))

    def _of(self, recording_id: str) -> Path:
        id_bytes(recording_id)
        return self._folder / recording_id

    def _path(self, recording_id: str, public_key: bytes, suffix: str) -> Path | None:
        folder = self._of(recording_id)
        if not folder.is_dir():
            raise KeyGone(f"no key of recording {recording_id} is left: it was forgotten, or recorded elsewhere")
        path = folder / (recipient_tag(recording_id, public_key) + suffix)
        return path if path.exists() else None
