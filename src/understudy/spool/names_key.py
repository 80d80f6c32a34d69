"""The key under which names are hashed in this home: it lies in the key store, never beside the hashes."""

from __future__ import annotations

import os
from pathlib import Path

from understudy.seal.errors import Tampered
from understudy.spool.files import make_folder, write_new

KEY_NAME = "names.key"
KEY_BYTES = 32


def names_key(keys: Path, *, make: bool = False) -> bytes:
    """The key in the key store at `keys`, b"" when there is none; `make` makes one then. Raises Tampered, OSError."""
    path = keys / KEY_NAME
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        if not make:
            return b""
        make_folder(keys)
        key = os.urandom(KEY_BYTES)
        write_new(path, key)
    if len(key) != KEY_BYTES:
        raise Tampered(f"{path} has {len(key)} bytes, not {KEY_BYTES}: names hashed with it are not found any more")
    return key
