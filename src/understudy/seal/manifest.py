"""The closing manifest: signed last, it says which segments a recording has, so that a lost one is noticed.

    0    12  preamble, magic UNDRMAN
    12    4  number of entries n (u32, little-endian)
    16   16  recording id
    32   32  the recording's public key
    64    4  size of the sealed summary s (u32)
    68    4  zero
    72  112n entries
    ..    s  sealed box to the recording's public key: the summary
    ..   64  the device's signature over everything before

An entry: segment number (u32), state (u8: 0 as recorded, 1 removed, 2 sealed anew), three zeros, size in bytes (u64),
hash of the header, hash that the next segment's header names, hash of the file (32 bytes each). Removed segments have
size and hashes 0, except the hash that the next one names. Counts and times are in the sealed summary only.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from understudy.seal.errors import CutShort, Tampered, WrongKey
from understudy.seal.keys import SIGNATURE_BYTES, DeviceSigner, check_signature, public_of
from understudy.seal.layout import HASH_BYTES, MANIFEST_MAGIC, check_preamble, id_bytes, preamble

FIXED_BYTES = 72
ENTRY = struct.Struct("<IB3xQ32s32s32s")
MANIFEST_CONTEXT = "understudy/1/manifest"
SUMMARY_CONTEXT = b"understudy/1/summary\0"
SUMMARY_PADDING = 512
"""The summary is padded to a multiple of this, so that its size tells nothing of its counts."""
FILE_PERSON = "understudy file1"
INFO_PERSON = "understudy info1"

SegmentState = Literal["recorded", "removed", "resealed"]
STATES: tuple[SegmentState, ...] = ("recorded", "removed", "resealed")


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording holds, for lists: sealed in the manifest.

    `info_hash` is the hexadecimal BLAKE2b-256 of the INFO body. `records` counts the records of each stream.
    `first_ns`, `last_ns` are the least and greatest `time_ns` (0 when there is no record). `stats` are the recorder's
    own counters, a JSON object.
    """

    info_hash: str
    records: dict[str, int]
    first_ns: int
    last_ns: int
    stats: dict[str, Any] = {}


@dataclass(frozen=True)
class Entry:
    """One segment as the manifest tells it; see the module's text."""

    number: int
    state: SegmentState
    size: int
    header_hash: bytes
    link_hash: bytes
    file_hash: bytes


@dataclass(frozen=True)
class Manifest:
    """A manifest as read, its signature checked. `summary_box` is opened by `summary`."""

    recording_id: str
    recording_public_key: bytes
    entries: Mapping[int, Entry]
    summary_box: bytes

    def summary(self, private_key: bytes) -> Summary:
        """The sealed part. Raises WrongKey, or Tampered when it isn't this recording's summary."""
        if public_of(private_key) != self.recording_public_key:
            raise WrongKey(f"the key is not that of recording {self.recording_id}")
        try:
            plain = SealedBox(PrivateKey(private_key)).decrypt(self.summary_box)
        except CryptoError:
            raise Tampered("the manifest's summary doesn't open") from None
        start = SUMMARY_CONTEXT + id_bytes(self.recording_id)
        if not plain.startswith(start):
            raise Tampered("the manifest's summary is another recording's")
        try:
            return msgspec.json.decode(plain[len(start) :], type=Summary)
        except msgspec.MsgspecError:
            raise Tampered("the manifest's summary is not readable") from None


def make_manifest(
    *,
    recording_id: str,
    recording_public_key: bytes,
    entries: Sequence[Entry],
    summary: Summary,
    device: DeviceSigner,
) -> bytes:
    """The bytes of a manifest, signed."""
    plain = SUMMARY_CONTEXT + id_bytes(recording_id) + msgspec.json.encode(summary)
    plain += b" " * (-len(plain) % SUMMARY_PADDING)
    box = SealedBox(PublicKey(recording_public_key)).encrypt(plain)
    unsigned = b"".join(
        [
            preamble(MANIFEST_MAGIC),
            struct.pack("<I", len(entries)),
            id_bytes(recording_id),
            recording_public_key,
            struct.pack("<I4x", len(box)),
            *(
                ENTRY.pack(
                    entry.number,
                    STATES.index(entry.state),
                    entry.size,
                    entry.header_hash,
                    entry.link_hash,
                    entry.file_hash,
                )
                for entry in entries
            ),
            box,
        ]
    )
    return unsigned + device.sign(MANIFEST_CONTEXT, unsigned)


def removed_entry(number: int, link_hash: bytes) -> Entry:
    """The entry of a segment that its contributor removed; `link_hash` is what the next segment names."""
    return Entry(number, "removed", 0, bytes(HASH_BYTES), link_hash, bytes(HASH_BYTES))


def parse_manifest(data: bytes, device_public_key: bytes) -> Manifest:
    """The manifest, its signature checked.

    Raises CutShort when bytes are missing at the end, UnknownVersion, and Tampered for anything that the device
    didn't sign.
    """
    check_preamble(data, MANIFEST_MAGIC)
    if len(data) < FIXED_BYTES:
        raise CutShort(f"{len(data)} bytes where a manifest has at least {FIXED_BYTES}")
    (count,) = struct.unpack_from("<I", data, 12)
    (box_size,) = struct.unpack_from("<I", data, 64)
    size = FIXED_BYTES + count * ENTRY.size + box_size + SIGNATURE_BYTES
    if len(data) < size:
        raise CutShort(f"the manifest has {len(data)} of its {size} bytes")
    if len(data) > size:
        raise Tampered(f"{len(data) - size} bytes follow the manifest")
    check_signature(device_public_key, MANIFEST_CONTEXT, data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:])
    entries = {}
    for index in range(count):
        number, state, bytes_, header, link, file = ENTRY.unpack_from(data, FIXED_BYTES + index * ENTRY.size)
        if state >= len(STATES):
            raise Tampered(f"the manifest's entry {index} has the unknown state {state}")
        entries[number] = Entry(number, STATES[state], bytes_, header, link, file)
    return Manifest(
        recording_id=data[16:32].hex(),
        recording_public_key=data[32:64],
        entries=entries,
        summary_box=data[size - SIGNATURE_BYTES - box_size : size - SIGNATURE_BYTES],
    )
