"""What every sealed file begins with: a version byte, a magic that tells the kind, the algorithms used.

0   1  version, 1
1   7  magic, ASCII
8   1  algorithms, 1 = X25519 sealed boxes, XChaCha20-Poly1305 secretstream, Ed25519, BLAKE2b, Argon2id
9   3  zero
"""

from __future__ import annotations

import hashlib

from understudy.seal.errors import CutShort, Tampered, UnknownVersion

VERSION = 1
ALGORITHMS = 1
PREAMBLE_BYTES = 12
ID_BYTES = 16
HASH_BYTES = 32

SEGMENT_MAGIC = b"UNDRSEG"
MANIFEST_MAGIC = b"UNDRMAN"
WRAP_MAGIC = b"UNDRWRP"
PASSPHRASE_MAGIC = b"UNDRPWD"
IDENTITY_MAGIC = b"UNDRIDN"
DEVICE_MAGIC = b"UNDRDEV"

NAMES = {
    SEGMENT_MAGIC: "a segment",
    MANIFEST_MAGIC: "a closing manifest",
    WRAP_MAGIC: "a wrapped key",
    PASSPHRASE_MAGIC: "a key under a passphrase",
    IDENTITY_MAGIC: "a contributor's key",
    DEVICE_MAGIC: "a device's key",
}


def preamble(magic: bytes) -> bytes:
    """The first PREAMBLE_BYTES of a file of this kind."""
    return bytes([VERSION]) + magic + bytes([ALGORITHMS, 0, 0, 0])


def check_preamble(data: bytes, magic: bytes) -> None:
    """Return when `data` begins as a file of this kind and version.

    Raises CutShort when it is shorter than a preamble, UnknownVersion for another version or other algorithms,
    Tampered when it is no file of this kind at all.
    """
    if data and data[0] != VERSION:
        raise UnknownVersion(
            f"{NAMES[magic]} of format version {data[0]}; this program reads version {VERSION}: use a newer understudy"
        )
    if len(data) < PREAMBLE_BYTES:
        raise CutShort(f"{len(data)} bytes where {NAMES[magic]} has at least {PREAMBLE_BYTES}")
    if data[1:8] != magic:
        raise Tampered(f"not {NAMES[magic]}: expected the magic {magic.decode()}")
    if data[8:PREAMBLE_BYTES] != bytes([ALGORITHMS, 0, 0, 0]):
        raise UnknownVersion(f"{NAMES[magic]} with algorithms {data[8]}; this program knows {ALGORITHMS}")


def id_bytes(recording_id: str) -> bytes:
    """The 16 bytes of an id written as 32 hexadecimal digits; raises ValueError for anything else."""
    digits = frozenset("0123456789abcdef")
    if len(recording_id) != 2 * ID_BYTES or not digits.issuperset(recording_id):
        raise ValueError(f"a recording id is {2 * ID_BYTES} hexadecimal digits in lower case, not {recording_id!r}")
    return bytes.fromhex(recording_id)


def digest(data: bytes, purpose: str) -> bytes:
    """BLAKE2b-256 of `data`, personalised with `purpose` (at most 16 bytes of ASCII)."""
    return hashlib.blake2b(data, digest_size=HASH_BYTES, person=purpose.encode("ascii")).digest()
