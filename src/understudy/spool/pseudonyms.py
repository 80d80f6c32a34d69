"""Keyed hashes of names that aren't ours: the same in this home, telling nothing outside of it.

A plain hash of a name can be found by trying names; this one can't without the key, which lies in the key store.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from understudy.seal.errors import Tampered
from understudy.spool.files import make_folder, write_new

KEY_NAME = "pseudonyms.key"
KEY_BYTES = 32
DIGEST_BYTES = 16


class Pseudonyms:
    """This home's keyed hash. `create_in` makes its key at first use."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def create_in(cls, keys: Path) -> Pseudonyms:
        """The keyed hash of the key store at `keys`. Raises Tampered when its key is damaged."""
        path = keys / KEY_NAME
        try:
            key = path.read_bytes()
        except FileNotFoundError:
            make_folder(keys)
            key = os.urandom(KEY_BYTES)
            write_new(path, key)
        if len(key) != KEY_BYTES:
            raise Tampered(f"{path} has {len(key)} bytes, not {KEY_BYTES}: pseudonyms can't be made as before")
        return cls(key)

    def of(self, kind: str, name: str) -> str:
        """32 hexadecimal digits for a name of some kind ("person", "source"); the same name of another kind differs."""
        person = kind.encode().ljust(hashlib.blake2b.PERSON_SIZE, b"\0")
        return hashlib.blake2b(name.encode(), key=self._key, digest_size=DIGEST_BYTES, person=person).hexdigest()
