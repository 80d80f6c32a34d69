"""Keys open what they were made for and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.seal.errors import CutShort, SealError, Tampered, UnknownVersion, WrongKey
from understudy.seal.keys import (
    WRAP_BYTES,
    DeviceSigner,
    KeyPair,
    check_signature,
    dataset_key,
    derive_key,
    new_pair,
    public_of,
    recipient_tag,
    unwrap,
    wrap,
)
from understudy.seal.passphrase import Cost, lock, unlock

ID, OTHER_ID = "01" * 16, "02" * 16
CHEAP = Cost(passes=1, memory_kib=64)


def test_a_wrap_opens_for_its_recipient_only() -> None:
    recording, me, you = new_pair(), new_pair(), new_pair()
    data = wrap(recording.private, "recording", ID, me.public)
    assert len(data) == WRAP_BYTES
    assert unwrap(data, "recording", ID, me.private) == recording.private
    with pytest.raises(WrongKey, match=f"recording {ID}"):
        unwrap(data, "recording", ID, you.private)


def test_a_wrap_is_bound_to_its_use_and_its_recording() -> None:
    me = new_pair()
    data = wrap(bytes(32), "dataset", ID, me.public)
    for kind, recording_id in (("recording", ID), ("dataset", OTHER_ID)):
        with pytest.raises(Tampered):
            unwrap(data, kind, recording_id, me.private)  # type: ignore[arg-type]
    # The clear part says so, and the sealed part too: rewriting the clear part doesn't help.
    relabelled = wrap(bytes(32), "recording", ID, me.public)[:32] + data[32:]
    with pytest.raises(Tampered, match="another use"):
        unwrap(relabelled, "recording", ID, me.private)


def test_a_wrap_names_nobody() -> None:
    me = new_pair()
    first, second = (wrap(bytes(32), "recording", ID, me.public) for _ in range(2))
    assert first != second and me.public not in first
    assert recipient_tag(ID, me.public) != recipient_tag(OTHER_ID, me.public)
    assert recipient_tag(ID, me.public) == recipient_tag(ID, me.public)


def test_every_flip_and_cut_of_a_wrap_is_noticed() -> None:
    me = new_pair()
    data = wrap(bytes(32), "recording", ID, me.public)
    for at in range(len(data)):
        with pytest.raises(SealError):
            unwrap(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], "recording", ID, me.private)
        with pytest.raises(CutShort):
            unwrap(data[:at], "recording", ID, me.private)
    with pytest.raises(Tampered):
        unwrap(data + b"x", "recording", ID, me.private)


def test_the_dataset_key_follows_from_the_recordings_key_and_from_nothing_else() -> None:
    pair = new_pair()
    key = dataset_key(pair.private)
    assert key == dataset_key(pair.private) != dataset_key(new_pair().private)
    assert key not in (pair.private, pair.public) and len(key) == 32


@given(st.text(max_size=50), st.text(max_size=50))
def test_keys_for_two_uses_differ(first: str, second: str) -> None:
    same = derive_key(bytes(32), first) == derive_key(bytes(32), second)
    assert same == (first == second)


def test_derived_keys_stay_what_they_are() -> None:
    """Fixed, since sealed datasets depend on it."""
    assert dataset_key(bytes(range(32))).hex() == "594aaa2d2f98cca118d05389d49ead4d2850158d90308ab8c76d2953a86113d1"


def test_a_signature_is_bound_to_its_context_and_its_device() -> None:
    device = DeviceSigner.generate()
    signature = device.sign("a", b"message")
    check_signature(device.public_key, "a", b"message", signature)
    for context, message, public_key in (
        ("b", b"message", device.public_key),
        ("a", b"massage", device.public_key),
        ("a", b"message", DeviceSigner.generate().public_key),
    ):
        with pytest.raises(Tampered):
            check_signature(public_key, context, message, signature)
    assert DeviceSigner(device.seed).public_key == device.public_key


def test_private_halves_stay_out_of_representations() -> None:
    pair, device = new_pair(), DeviceSigner.generate()
    assert repr(pair.private)[2:-1] not in repr(pair) and "private" not in repr(pair)
    assert device.seed.hex() not in repr(device) and "seed" not in repr(device)


@pytest.mark.parametrize("bad", [b"", bytes(31), bytes(33)])
def test_keys_of_another_size_are_refused(bad: bytes) -> None:
    for call in (
        lambda: public_of(bad),
        lambda: derive_key(bad, "x"),
        lambda: wrap(bad, "recording", ID, new_pair().public),
    ):
        with pytest.raises(ValueError, match="32 bytes"):
            call()


@pytest.mark.parametrize("bad", ["", "xyz", "AB" * 16, "ab" * 15, "ab" * 17, "../" + "ab" * 14 + "c"])
def test_an_id_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        wrap(bytes(32), "recording", bad, new_pair().public)


def test_a_passphrase_opens_what_it_locked() -> None:
    pair: KeyPair = new_pair()
    data = lock(pair.private, "Käse № 1", CHEAP)
    assert unlock(data, "Käse № 1") == pair.private
    # Composed or not: the same characters.
    assert unlock(data, "Ka\u0308se No 1") == pair.private
    assert pair.private not in data
    with pytest.raises(WrongKey, match="passphrase"):
        unlock(data, "kaese")


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(ValueError, match="protects nothing"):
        lock(bytes(32), "")


def test_every_flip_and_cut_of_a_locked_key_is_noticed() -> None:
    data = lock(bytes(32), "x", CHEAP)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1
        with pytest.raises(SealError):
            unlock(bytes(changed), "x")
        with pytest.raises(CutShort):
            unlock(data[:at], "x")
    with pytest.raises(Tampered):
        unlock(data + b"x", "x")


def test_a_forged_cost_does_not_take_the_machine_down() -> None:
    data = bytearray(lock(bytes(32), "x", CHEAP))
    data[16:20] = b"\xff\xff\xff\xff"
    with pytest.raises(SealError, match="beyond what is sensible"):
        unlock(bytes(data), "x")


def test_a_newer_locked_key_is_named() -> None:
    data = lock(bytes(32), "x", CHEAP)
    with pytest.raises(UnknownVersion, match="version 2"):
        unlock(b"\x02" + data[1:], "x")


def test_the_default_cost_is_libsodiums_moderate_one() -> None:
    assert (Cost().passes, Cost().memory_kib) == (3, 256 * 1024)
