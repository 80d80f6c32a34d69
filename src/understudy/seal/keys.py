"""Keys: who may open what, and who made it.

A recording has its own X25519 pair; segments are sealed to its public half, and its private half lies wrapped once a
recipient in the key store. The dataset key follows from the private half one way, so that somebody can be given that
key and nothing else. A device signs with Ed25519. Every use carries a context label of its own, so that bytes made for
one use mean nothing in another.

Python can't promise that a key leaves memory: `bytes` are copied and never wiped. What can be wiped is (`SegmentWriter`
clears its stream's state), and the recorder runs without core dumps and holds no private key of a recording.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from nacl.bindings import crypto_scalarmult_base
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey

from understudy.seal.errors import CutShort, Tampered, WrongKey
from understudy.seal.layout import ID_BYTES, PREAMBLE_BYTES, WRAP_MAGIC, check_preamble, id_bytes, preamble

KEY_BYTES = 32
SIGNATURE_BYTES = 64
SEALED_BOX_BYTES = 48
"""What a sealed box adds to its content: an ephemeral public key (32) and an authenticator (16)."""

WrapKind = Literal["recording", "dataset"]
KIND_BYTES: dict[WrapKind, int] = {"recording": 1, "dataset": 2}
WRAP_CONTEXT = b"understudy/1/wrap\0"
WRAP_BYTES = PREAMBLE_BYTES + 4 + ID_BYTES + len(WRAP_CONTEXT) + 4 + ID_BYTES + KEY_BYTES + SEALED_BOX_BYTES
KDF_PERSON = b"understudy kdf 1"
TAG_PERSON = b"understudy tag 1"
DATASET_CONTEXT = "understudy/1/dataset"


@dataclass(frozen=True)
class KeyPair:
    """An X25519 pair, 32 bytes each half."""

    private: bytes = field(repr=False)
    public: bytes


def new_pair() -> KeyPair:
    """A fresh pair from the system's random numbers."""
    private = bytes(PrivateKey.generate())
    return KeyPair(private, public_of(private))


def public_of(private: bytes) -> bytes:
    """The public half of an X25519 private key; raises ValueError unless it has 32 bytes."""
    if len(private) != KEY_BYTES:
        raise ValueError(f"a private key has {KEY_BYTES} bytes, not {len(private)}")
    return crypto_scalarmult_base(private)


class DeviceSigner:
    """Signs as one device. `seed` is its Ed25519 seed, 32 bytes; keep it in memory only as long as needed."""

    __slots__ = ("_key", "public_key")

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)
        self.public_key = bytes(self._key.verify_key)

    @classmethod
    def generate(cls) -> DeviceSigner:
        """A device that never was before."""
        return cls(bytes(SigningKey.generate()))

    @property
    def seed(self) -> bytes:
        """What to keep so that the device stays itself."""
        return bytes(self._key)

    def sign(self, context: str, message: bytes) -> bytes:
        """64 bytes of signature over the context and the message."""
        return self._key.sign(context.encode() + b"\0" + message).signature

    def __repr__(self) -> str:
        return f"DeviceSigner({self.public_key.hex()[:8]}…)"


def check_signature(public_key: bytes, context: str, message: bytes, signature: bytes) -> None:
    """Return when the device with this public key signed the message in this context, else raise Tampered."""
    try:
        VerifyKey(public_key).verify(context.encode() + b"\0" + message, signature)
    except BadSignatureError:
        raise Tampered(f"the device's signature ({context}) doesn't fit: changed, or made by somebody else") from None


def derive_key(key: bytes, context: str) -> bytes:
    """32 bytes that follow from `key` (32 bytes) for one use, and from which neither `key` nor other uses follow.

    BLAKE2b-256 keyed with `key`, personalised, over the context label. Labels begin with "understudy/1/".
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
    return hashlib.blake2b(context.encode(), key=key, digest_size=KEY_BYTES, person=KDF_PERSON).digest()


def dataset_key(recording_private_key: bytes) -> bytes:
    """The key under which datasets seal what comes from this recording; it opens no segment."""
    return derive_key(recording_private_key, DATASET_CONTEXT)


def recipient_tag(recording_id: str, recipient_public_key: bytes) -> str:
    """The name of a recipient's wrap within one recording: 32 hexadecimal digits.

    It differs from recording to recording, so that a list of names doesn't tell whose recordings belong together.
    """
    tag = hashlib.blake2b(
        recipient_public_key, digest_size=16, salt=id_bytes(recording_id), person=TAG_PERSON
    ).hexdigest()
    return str(tag)


def wrap(key: bytes, kind: WrapKind, recording_id: str, recipient_public_key: bytes) -> bytes:
    """`key` (32 bytes) so that only the recipient can read it; the result doesn't tell who that is."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
    bound = KIND_BYTES[kind].to_bytes(4, "little") + id_bytes(recording_id)
    box = SealedBox(PublicKey(recipient_public_key)).encrypt(WRAP_CONTEXT + bound + key)
    return preamble(WRAP_MAGIC) + bound + box


def unwrap(data: bytes, kind: WrapKind, recording_id: str, private_key: bytes) -> bytes:
    """The key that `wrap` was given.

    Raises UnknownVersion, CutShort, Tampered when the wrap is of another kind or recording, and WrongKey when
    `private_key` is not the recipient's (or the box was damaged: a sealed box can't tell these apart).
    """
    check_preamble(data, WRAP_MAGIC)
    if len(data) < WRAP_BYTES:
        raise CutShort(f"a wrapped key has {WRAP_BYTES} bytes, not {len(data)}")
    bound = KIND_BYTES[kind].to_bytes(4, "little") + id_bytes(recording_id)
    if len(data) > WRAP_BYTES or data[PREAMBLE_BYTES : PREAMBLE_BYTES + len(bound)] != bound:
        raise Tampered(f"the wrapped key is not a {kind} key of recording {recording_id}")
    try:
        plain = SealedBox(PrivateKey(private_key)).decrypt(data[PREAMBLE_BYTES + len(bound) :])
    except CryptoError:
        raise WrongKey(f"this identity doesn't open the {kind} key of recording {recording_id}") from None
    if not plain.startswith(WRAP_CONTEXT + bound):
        raise Tampered(f"the wrapped key was made for another use than the {kind} key of recording {recording_id}")
    return plain[len(WRAP_CONTEXT) + len(bound) :]
