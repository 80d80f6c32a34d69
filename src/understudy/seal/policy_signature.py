"""A policy's signature: who stands for its exact bytes. A small JSON text that lies beside the policy file.

The signed message is the statement as JSON, its fields in order, under a context of its own. The statement names the
policy by hash, and the list of names that the policy refers to, since an emptied list would loosen it unseen.
"""

from __future__ import annotations

import hashlib

import msgspec

from understudy.seal.errors import Tampered, UnknownVersion
from understudy.seal.keys import DeviceSigner, check_signature

CONTEXT = "understudy/1/policy"
FORMAT = 1
MAX_BYTES = 16_384
_SIGNATURE_BYTES = 64


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed. Hashes are SHA-256, hexadecimal; `directory_sha256` "" where the policy names no directory.

    `edition` is the policy's own word for its version, `signer` how the key's owner calls themselves, `public_key`
    their Ed25519 key, hexadecimal, `signed_at` wall time, ISO 8601 with zone.
    """

    format: int
    policy_sha256: str
    directory_sha256: str
    edition: str
    signer: str
    public_key: str
    signed_at: str


class SignedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The signature file: the statement and 64 bytes of Ed25519 over it, hexadecimal."""

    statement: Statement
    signature: str


def sign_policy(
    policy: bytes, *, directory: bytes | None, edition: str, signer: str, signed_at: str, key: DeviceSigner
) -> bytes:
    """The signature file for a policy's exact bytes; `directory` holds the bytes of the names that it refers to."""
    statement = Statement(
        format=FORMAT,
        policy_sha256=_sha256(policy),
        directory_sha256="" if directory is None else _sha256(directory),
        edition=edition,
        signer=signer,
        public_key=key.public_key.hex(),
        signed_at=signed_at,
    )
    signature = key.sign(CONTEXT, msgspec.json.encode(statement)).hex()
    text = msgspec.json.encode(SignedPolicy(statement=statement, signature=signature))
    return msgspec.json.format(text, indent=2) + b"\n"


def check_policy(policy: bytes, signed: bytes, *, directory: bytes | None) -> Statement:
    """What a signature file says of these bytes, once everything fits.

    Raises Tampered when the policy, its directory or the statement was changed or the file can't be read, and
    UnknownVersion for a newer format. Whether the key is one to be trusted is the caller's question.
    """
    if len(signed) > MAX_BYTES:
        raise Tampered(f"a signature file has at most {MAX_BYTES} bytes, not {len(signed)}")
    try:
        version = msgspec.json.decode(signed, type=_Outline).statement.format
        if version > FORMAT:
            raise UnknownVersion(f"the signature has format {version}, this program reads {FORMAT}: update Understudy")
        told = msgspec.json.decode(signed, type=SignedPolicy)
        public_key, signature = bytes.fromhex(told.statement.public_key), bytes.fromhex(told.signature)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        raise Tampered("the signature file can't be read") from None
    if len(public_key) != 32 or len(signature) != _SIGNATURE_BYTES:
        raise Tampered("the signature file holds no key or no signature")
    check_signature(public_key, CONTEXT, msgspec.json.encode(told.statement), signature)
    if told.statement.policy_sha256 != _sha256(policy):
        raise Tampered("the policy was changed after it was signed")
    if told.statement.directory_sha256 != ("" if directory is None else _sha256(directory)):
        raise Tampered("the directory of names was changed after the policy was signed")
    return told.statement


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Format(msgspec.Struct):
    format: int


class _Outline(msgspec.Struct):
    statement: _Format
