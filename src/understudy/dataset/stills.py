"""The sealed stills of one part: one file, each still encrypted alone, so that one can be read without the others.

Layout, integers little-endian:

    magic      8 bytes  b"USSTILL" and the version byte 1
    stills     one after another: nonce (24 bytes), then XChaCha20-Poly1305 of the lossless WebP, authenticated with
               the part's id and the still's id
    index      nonce, then XChaCha20-Poly1305 of a msgpack list of (still id, offset, length), authenticated with the
               part's id and the word "index"
    trailer    8 bytes offset of the index, 8 bytes its length

The key is the part's, derived for stills. Without it the file tells its size, and the places where stills end are
nowhere written in the clear.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

import msgspec
from nacl.exceptions import CryptoError
from nacl.secret import Aead

from understudy.dataset.errors import DamagedPart, NewerFormat
from understudy.dataset.files import Sink
from understudy.dataset.sealing import STILLS_CONTEXT
from understudy.seal.keys import derive_key

MAGIC = b"USSTILL"
VERSION = 1
TRAILER = struct.Struct("<QQ")

Index = list[tuple[str, int, int]]


def write_stills(sink: Sink, part_id: str, key: bytes, stills: Iterable[tuple[str, bytes]]) -> None:
    """Write (still id, WebP) pairs as one sealed container; one still in memory at a time.

    Raises ValueError when a still id comes twice.
    """
    box = Aead(derive_key(key, STILLS_CONTEXT))
    sink.write(MAGIC + bytes([VERSION]))
    offset = len(MAGIC) + 1
    index: dict[str, tuple[int, int]] = {}
    for still_id, webp in stills:
        if still_id in index:
            raise ValueError(f"still {still_id} was given twice")
        sealed = bytes(box.encrypt(webp, _bound(part_id, still_id)))
        sink.write(sealed)
        index[still_id] = (offset, len(sealed))
        offset += len(sealed)
    entries: Index = [(still_id, start, length) for still_id, (start, length) in index.items()]
    sealed = bytes(box.encrypt(msgspec.msgpack.encode(entries), _bound(part_id, "index")))
    sink.write(sealed + TRAILER.pack(offset, len(sealed)))


class StillFile:
    """The stills of one part, opened with its key. Reads the index at once, each still when asked.

    Raises DamagedPart when the index can't be opened, NewerFormat for a newer layout.
    """

    def __init__(self, path: Path, part_id: str, key: bytes) -> None:
        self._path, self._part_id = path, part_id
        self._box = Aead(derive_key(key, STILLS_CONTEXT))
        try:
            with path.open("rb") as file:
                head = file.read(len(MAGIC) + 1)
                if head[: len(MAGIC)] != MAGIC:
                    raise DamagedPart(f"{path.name}: not a file of stills")
                if head[-1] != VERSION:
                    raise NewerFormat(f"{path.name}: stills of format {head[-1]}, but this Understudy knows {VERSION}")
                size = file.seek(0, 2)
                file.seek(max(len(head), size - TRAILER.size))
                offset, length = TRAILER.unpack(file.read(TRAILER.size))
                if not len(head) <= offset <= offset + length <= size:
                    raise DamagedPart(f"{path.name}: the index of the stills is damaged")
                file.seek(offset)
                index = msgspec.msgpack.decode(
                    self._box.decrypt(file.read(length), _bound(part_id, "index")), type=Index
                )
        except (CryptoError, struct.error, ValueError) as error:
            raise DamagedPart(f"{path.name}: the index of the stills is damaged, or the key is another's") from error
        self._index = {still_id: (start, length) for still_id, start, length in index}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the stills, in the order in which they were written (in order of time)."""
        return tuple(self._index)

    def __contains__(self, still_id: str) -> bool:
        return still_id in self._index

    def webp(self, still_id: str) -> bytes:
        """One still as lossless WebP. Raises KeyError for an unknown id, DamagedPart when it was changed."""
        start, length = self._index[still_id]
        with self._path.open("rb") as file:
            file.seek(start)
            sealed = file.read(length)
        try:
            return bytes(self._box.decrypt(sealed, _bound(self._part_id, still_id)))
        except (CryptoError, ValueError) as error:
            raise DamagedPart(f"{self._path.name}: still {still_id} is damaged") from error


def _bound(part_id: str, what: str) -> bytes:
    return f"understudy/1/dataset/still\0{part_id}\0{what}".encode()
