"""One segment: a signed header and a run of sealed frames. Bytes in, bytes out.

Header, 296 bytes (all integers little-endian):

    0    12  preamble, magic UNDRSEG
    12    4  segment number (u32)
    16   16  recording id
    32   32  hash of the previous segment's header; zeros in segment 0
    64   32  the recording's public key (X25519)
    96   80  sealed box to that key: the stream key (32 bytes)
    176  24  secretstream header
    200  32  zero, kept for later
    232  64  the device's Ed25519 signature over the 232 bytes before

Each frame is two secretstream messages: 33 bytes that hold the size of the body, then the body. Rules:
the associated data of every message names the recording, the segment's number, the previous header and this header;
a body is believed only when it authenticates; the last frame has the tag FINAL and nothing follows it; no time, title
or name lies outside the sealed part.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import pyarrow as pa
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_ABYTES as OVERHEAD_BYTES,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_HEADERBYTES as STREAM_HEADER_BYTES,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_init_pull,
    crypto_secretstream_xchacha20poly1305_init_push,
    crypto_secretstream_xchacha20poly1305_keygen,
    crypto_secretstream_xchacha20poly1305_pull,
    crypto_secretstream_xchacha20poly1305_push,
    crypto_secretstream_xchacha20poly1305_state,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_TAG_FINAL as TAG_FINAL,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE as TAG_MESSAGE,
)
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.seal.errors import CutShort, Tampered, UnknownVersion, WrongKey
from understudy.seal.keys import KEY_BYTES, SIGNATURE_BYTES, DeviceSigner, check_signature, public_of
from understudy.seal.layout import (
    HASH_BYTES,
    PREAMBLE_BYTES,
    SEGMENT_MAGIC,
    check_preamble,
    digest,
    id_bytes,
    preamble,
)
from understudy.seal.streams import Batches, BodyEncoder, batches_of, seconds_of

HEADER_BYTES = 296
SIGNED_BYTES = HEADER_BYTES - SIGNATURE_BYTES
LENGTH_PLAIN_BYTES = 16
LENGTH_BYTES = LENGTH_PLAIN_BYTES + OVERHEAD_BYTES
GENESIS = bytes(HASH_BYTES)
"""What segment 0 names as the previous header."""
HEADER_CONTEXT = "understudy/1/segment"
HEADER_PERSON = "understudy head1"
MAX_BODY_BYTES = 256 * 1024 * 1024
"""No body is larger, sealed or plain: far above a 4K key frame as lossless WebP (about 10 MB)."""
SECTOR_BYTES = 512
"""The unit in which a disk writes: after a power cut, the end of a file may read as zeros from such a boundary on."""

END, INFO, RECORDS = 0, 1, 2
"""Kinds of frames."""

SegmentEnd = Literal["closed", "edge", "torn"]
"""How a segment ends: with its FINAL frame; after a whole frame, without FINAL; inside a frame."""


@dataclass(frozen=True)
class SegmentHeader:
    """A header as read. `raw` are its bytes, `hash` what the next header names it by."""

    recording_id: str
    number: int
    previous: bytes
    recording_public_key: bytes
    stream_key_box: bytes
    stream_header: bytes
    raw: bytes

    @property
    def hash(self) -> bytes:
        """BLAKE2b-256 of the whole header, signature included."""
        return digest(self.raw, HEADER_PERSON)

    def check(self, device_public_key: bytes) -> None:
        """Return when the device made this header, else raise Tampered."""
        check_signature(device_public_key, HEADER_CONTEXT, self.raw[:SIGNED_BYTES], self.raw[SIGNED_BYTES:])


@dataclass(frozen=True)
class SealedFrame:
    """One frame, opened: its `kind` (INFO or RECORDS), plain `body`, and how many `records` it says to hold."""

    kind: int
    body: bytes
    records: int


class SegmentWriter:
    """Makes one segment: write `header`, then what each call returns, in order. `close` comes last.

    `previous` is the hash of the header of the segment before (GENESIS for number 0).
    """

    def __init__(
        self,
        *,
        recording_id: str,
        number: int,
        previous: bytes,
        recording_public_key: bytes,
        device: DeviceSigner,
    ) -> None:
        self._state = crypto_secretstream_xchacha20poly1305_state()
        key = crypto_secretstream_xchacha20poly1305_keygen()
        stream_header = crypto_secretstream_xchacha20poly1305_init_push(self._state, key)
        unsigned = b"".join(
            [
                preamble(SEGMENT_MAGIC),
                struct.pack("<I", number),
                id_bytes(recording_id),
                previous,
                recording_public_key,
                SealedBox(PublicKey(recording_public_key)).encrypt(key),
                stream_header,
                bytes(32),
            ]
        )
        self.header = unsigned + device.sign(HEADER_CONTEXT, unsigned)
        parsed = parse_header(self.header)
        self.header_hash = parsed.hash
        self._bound = bound_data(parsed)
        self._encoder = BodyEncoder()
        self.records: dict[str, int] = {}
        self.closed = False

    def info(self, info: RecordingInfo) -> bytes:
        """The frame of what the recording says of itself; first in segment 0."""
        if type(info) is not RecordingInfo:
            raise TypeError(f"expected a RecordingInfo, not {type(info).__name__}")
        return self._frame(INFO, msgspec.json.encode(info), 1)

    def append(self, records: Sequence[Redacted]) -> bytes:
        """Frames of these records, one for each second or less. Raises TypeError for anything but `Redacted`."""
        return b"".join(self.append_batches(batches_of(part)) for part in seconds_of(records))

    def append_batches(self, batches: Batches) -> bytes:
        """One frame of batches that were sealed before, unknown columns and streams included; b"" for no rows."""
        filled = {stream: batch for stream, batch in batches.items() if batch.num_rows}
        if not filled:
            return b""
        body = self._encoder.encode(filled)
        for stream, batch in filled.items():
            self.records[stream] = self.records.get(stream, 0) + batch.num_rows
        return self._frame(RECORDS, body, sum(batch.num_rows for batch in filled.values()))

    def raw_info(self, body: bytes) -> bytes:
        """The frame of an INFO body that was sealed before, byte for byte."""
        return self._frame(INFO, body, 1)

    def close(self) -> bytes:
        """The last frame; the stream's key is gone from memory after it."""
        frame = self._frame(END, b"", 0)
        self.closed = True
        for index in range(len(self._state.statebuf)):
            self._state.statebuf[index] = 0  # type: ignore[index]
        self._state.rawbuf = None
        return frame

    def checkpoint(self) -> bytes:
        """The stream's state before a call whose bytes may not reach the disk, for `rewind`. Secret."""
        return bytes(list(self._state.statebuf))

    def rewind(self, state: bytes) -> None:
        """Take back the frames since `checkpoint`: only `close` may follow."""
        for index, byte in enumerate(state):
            self._state.statebuf[index] = byte  # type: ignore[index]

    def _frame(self, kind: int, body: bytes, records: int) -> bytes:
        if self.closed:
            raise ValueError("the segment is closed")
        packed = pa.Codec("zstd", compression_level=3).compress(body, asbytes=True) if body else b""
        if max(len(packed), len(body)) > MAX_BODY_BYTES:
            raise ValueError(f"a body of {len(body)} bytes; at most {MAX_BODY_BYTES} fit into one frame")
        length = struct.pack("<B3xIII", kind, len(packed) + OVERHEAD_BYTES, len(body), records)
        tag = TAG_FINAL if kind == END else TAG_MESSAGE
        return self._push(length, TAG_MESSAGE) + self._push(packed, tag)

    def _push(self, message: bytes, tag: int) -> bytes:
        return crypto_secretstream_xchacha20poly1305_push(self._state, message, self._bound, tag)


def bound_data(header: SegmentHeader) -> bytes:
    """The associated data of every message of the segment, 84 bytes."""
    return b"".join([id_bytes(header.recording_id), struct.pack("<I", header.number), header.previous, header.hash])


def parse_header(data: bytes) -> SegmentHeader:
    """The header at the start of `data`, its signature not yet checked.

    Raises CutShort when there are fewer than HEADER_BYTES, UnknownVersion, and Tampered when it is no segment.
    """
    check_preamble(data, SEGMENT_MAGIC)
    if len(data) < HEADER_BYTES:
        raise CutShort(f"{len(data)} bytes where a segment's header has {HEADER_BYTES}")
    raw = data[:HEADER_BYTES]
    if any(raw[200:232]):
        raise UnknownVersion("a segment's header uses bytes that version 1 leaves zero: use a newer understudy")
    return SegmentHeader(
        recording_id=raw[16:32].hex(),
        number=struct.unpack_from("<I", raw, PREAMBLE_BYTES)[0],
        previous=raw[32:64],
        recording_public_key=raw[64:96],
        stream_key_box=raw[96:176],
        stream_header=raw[176 : 176 + STREAM_HEADER_BYTES],
        raw=raw,
    )


class SegmentReader:
    """Opens one segment. `end` says how it ended, once `frames` is exhausted; until then it is None.

    The header must have been checked by the caller (`SegmentHeader.check`). Raises WrongKey when `private_key` is not
    the recording's, Tampered when the stream key doesn't open.
    """

    def __init__(self, data: bytes, private_key: bytes) -> None:
        self.header = parse_header(data)
        self.end: SegmentEnd | None = None
        self._data = data
        if public_of(private_key) != self.header.recording_public_key:
            raise WrongKey(f"the key is not that of recording {self.header.recording_id}")
        try:
            key = SealedBox(PrivateKey(private_key)).decrypt(self.header.stream_key_box)
        except CryptoError:
            raise Tampered("the segment's stream key doesn't open: its header was changed") from None
        if len(key) != KEY_BYTES:
            raise Tampered(f"the segment's stream key has {len(key)} bytes, not {KEY_BYTES}")
        self._state = crypto_secretstream_xchacha20poly1305_state()
        crypto_secretstream_xchacha20poly1305_init_pull(self._state, self.header.stream_header, key)
        self._bound = bound_data(self.header)

    def frames(self) -> Iterator[SealedFrame]:
        """Each frame, authenticated. Raises Tampered at the first that isn't what was sealed; may be run once.

        Bytes that are missing at the end raise nothing: `end` tells.
        """
        data, at = self._data, HEADER_BYTES
        while True:
            left = len(data) - at
            if left < LENGTH_BYTES:
                self.end = "torn" if left else "edge"
                return
            plain = self._pull(at, at + LENGTH_BYTES, TAG_MESSAGE)
            if plain is None:
                return
            kind, sealed_size, size, records = struct.unpack("<B3xIII", plain)
            start, stop = at + LENGTH_BYTES, at + LENGTH_BYTES + sealed_size
            if max(sealed_size, size) > MAX_BODY_BYTES + OVERHEAD_BYTES or sealed_size < OVERHEAD_BYTES:
                raise Tampered(f"a frame at byte {at} claims a body of {sealed_size} bytes")
            if stop > len(data):
                self.end = "torn"
                return
            body = self._pull(start, stop, TAG_FINAL if kind == END else TAG_MESSAGE)
            if body is None:
                return
            at = stop
            if kind == END:
                if at != len(data):
                    raise Tampered(f"{len(data) - at} bytes follow the segment's last frame")
                self.end = "closed"
                return
            if kind not in (INFO, RECORDS):
                raise UnknownVersion(f"a frame of kind {kind}: use a newer understudy")
            yield SealedFrame(kind, _unpack(body, size), records)

    def _pull(self, start: int, stop: int, tag: int) -> bytes | None:
        """The message in data[start:stop]; None (and `end` "torn") when a power cut explains that it doesn't open."""
        try:
            plain, found = crypto_secretstream_xchacha20poly1305_pull(self._state, self._data[start:stop], self._bound)
        except (RuntimeError, CryptoError):
            if zero_filled(self._data, stop):
                self.end = "torn"
                return None
            raise Tampered(f"bytes {start} to {stop} are not what was sealed") from None
        if found != tag:
            raise Tampered(f"the message at byte {start} has the tag {found}, not {tag}")
        return plain


def zero_filled(data: bytes, stop: int) -> bool:
    """True when `data` is zero from a sector's boundary before `stop` to its end: a power cut during the last write.

    Cutting the file at that boundary would do the same, so this hides nothing that a torn tail couldn't.
    """
    filled = len(data.rstrip(b"\0"))
    boundary = -(-filled // SECTOR_BYTES) * SECTOR_BYTES
    # Eight zeros, since a sealed byte or two may be zero by chance.
    return boundary < stop and len(data) - boundary >= 8


def _unpack(packed: bytes, size: int) -> bytes:
    if not size:
        return b""
    try:
        return bytes(pa.Codec("zstd").decompress(packed, decompressed_size=size, asbytes=True))
    except (OSError, pa.ArrowInvalid):
        raise Tampered(f"a body doesn't decompress to the {size} bytes it claims") from None
