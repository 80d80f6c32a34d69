"""A policy's signature: whatever of it is changed is noticed, and nothing else is taken for one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.seal.errors import SealError, Tampered, UnknownVersion
from understudy.seal.keys import DeviceSigner
from understudy.seal.policy_signature import check_policy, sign_policy

POLICY, NAMES = b'version = 1\nprofile = "workplace"\n', b"Ada Quill\n"
KEY = DeviceSigner(bytes(range(32)))


def signed(directory: bytes | None = NAMES, key: DeviceSigner = KEY) -> bytes:
    when = "2026-11-22T10:00:00+01:00"
    return sign_policy(POLICY, directory=directory, edition="2026-11", signer="Works council", signed_at=when, key=key)


def test_a_signature_says_who_signed_what() -> None:
    told = check_policy(POLICY, signed(), directory=NAMES)
    assert (told.signer, told.edition, told.public_key) == ("Works council", "2026-11", KEY.public_key.hex())


@pytest.mark.parametrize(
    ("policy", "directory", "reason"),
    [
        (POLICY + b"\n", NAMES, "policy was changed"),
        (POLICY, b"", "directory of names"),
        (POLICY, None, "directory of names"),
    ],
)
def test_what_was_changed_is_noticed(policy: bytes, directory: bytes | None, reason: str) -> None:
    with pytest.raises(Tampered, match=reason):
        check_policy(policy, signed(), directory=directory)


@pytest.mark.parametrize("field", ["signer", "edition", "signed_at", "policy_sha256", "directory_sha256", "public_key"])
def test_no_word_of_the_statement_can_be_changed(field: str) -> None:
    told = json.loads(signed())
    other = json.loads(signed(key=DeviceSigner(bytes(32))))["statement"]
    told["statement"][field] = (
        other[field] if other[field] != told["statement"][field] else told["statement"][field] + "0"
    )
    with pytest.raises(Tampered):
        check_policy(POLICY, json.dumps(told).encode(), directory=NAMES)


def test_a_newer_format_is_told() -> None:
    told = json.loads(signed())
    told["statement"]["format"] = 2
    with pytest.raises(UnknownVersion, match="format 2"):
        check_policy(POLICY, json.dumps(told).encode(), directory=NAMES)


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_anything_else_is_no_signature(data: bytes) -> None:
    with pytest.raises(SealError):
        check_policy(POLICY, data, directory=None)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_is_noticed_or_changes_nothing(at: int, byte: int) -> None:
    data = bytearray(signed())
    data[at % len(data)] = byte
    try:
        told = check_policy(POLICY, bytes(data), directory=NAMES)
    except SealError:
        return
    assert told == check_policy(POLICY, signed(), directory=NAMES)
