"""A private key under a passphrase: Argon2id, then XChaCha20-Poly1305 with the header as associated data.

0   12  preamble, magic UNDRPWD
12   4  passes of Argon2id (u32, little-endian)
16   4  memory of Argon2id, KiB (u32)
20  16  salt
36  72  nonce (24), the sealed key (32) and its authenticator (16)
"""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass

import nacl.pwhash.argon2id as argon2id
import nacl.utils
from nacl.exceptions import CryptoError
from nacl.secret import Aead

from understudy.seal.errors import CutShort, SealError, Tampered, WrongKey
from understudy.seal.keys import KEY_BYTES
from understudy.seal.layout import PASSPHRASE_MAGIC, PREAMBLE_BYTES, check_preamble, preamble

SALT_BYTES = 16
HEADER_BYTES = PREAMBLE_BYTES + 8 + SALT_BYTES
LOCKED_BYTES = HEADER_BYTES + 24 + KEY_BYTES + 16
MAX_PASSES = 16
MAX_MEMORY_KIB = 4 * 1024 * 1024
"""Bounds on what a file may ask for: a forged header must not take the machine down."""


@dataclass(frozen=True)
class Cost:
    """What one guess costs: passes over `memory_kib` of memory."""

    passes: int = argon2id.OPSLIMIT_MODERATE
    memory_kib: int = argon2id.MEMLIMIT_MODERATE // 1024


def lock(key: bytes, passphrase: str, cost: Cost | None = None) -> bytes:
    """`key` (32 bytes) under the passphrase. Cost None is libsodium's "moderate": 3 passes over 256 MiB, 0.3–1 s.

    Raises ValueError for an empty passphrase.
    """
    if not passphrase:
        raise ValueError("an empty passphrase protects nothing: give one, or choose to have none")
    cost = cost or Cost()
    salt = nacl.utils.random(SALT_BYTES)
    header = preamble(PASSPHRASE_MAGIC) + struct.pack("<II", cost.passes, cost.memory_kib) + salt
    return header + bytes(Aead(_stretch(passphrase, salt, cost)).encrypt(key, header))


def unlock(data: bytes, passphrase: str) -> bytes:
    """The key that `lock` was given.

    Raises WrongKey for another passphrase (or damaged bytes, which can't be told apart), UnknownVersion, CutShort.
    """
    check_preamble(data, PASSPHRASE_MAGIC)
    if len(data) < LOCKED_BYTES:
        raise CutShort(f"a key under a passphrase has {LOCKED_BYTES} bytes, not {len(data)}")
    if len(data) > LOCKED_BYTES:
        raise Tampered(f"a key under a passphrase has {LOCKED_BYTES} bytes, not {len(data)}")
    passes, memory_kib = struct.unpack_from("<II", data, PREAMBLE_BYTES)
    if not 1 <= passes <= MAX_PASSES or not 8 <= memory_kib <= MAX_MEMORY_KIB:
        raise SealError(f"the file asks for {passes} passes over {memory_kib} KiB, beyond what is sensible: damaged")
    header = data[:HEADER_BYTES]
    try:
        return Aead(_stretch(passphrase, header[-SALT_BYTES:], Cost(passes, memory_kib))).decrypt(
            data[HEADER_BYTES:], header
        )
    except CryptoError:
        raise WrongKey("the passphrase doesn't open the key") from None


def _stretch(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    # NFKC, so that the same characters open the file on every keyboard and system.
    plain = unicodedata.normalize("NFKC", passphrase).encode()
    return argon2id.kdf(KEY_BYTES, plain, salt, opslimit=cost.passes, memlimit=cost.memory_kib * 1024)
