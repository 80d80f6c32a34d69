"""The key store opens for whom it was wrapped, and forgets for good."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from understudy.seal.errors import SealError, WrongKey
from understudy.seal.keys import dataset_key, new_pair
from understudy.spool.identity import Identity
from understudy.spool.keystore import KeyGone, KeyStore

ID, OTHER = "ab" * 16, "cd" * 16


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


def somebody() -> Identity:
    pair = new_pair()
    return Identity(pair.public, pair.private)


def test_each_recipient_opens_and_nobody_else(store: KeyStore) -> None:
    me, you, stranger = somebody(), somebody(), somebody()
    pair = new_pair()
    store.add(ID, pair.private, [me.public_key, you.public_key])
    assert store.unwrap(ID, me) == store.unwrap(ID, you) == pair.private
    assert store.dataset_key(ID, me) == dataset_key(pair.private)
    with pytest.raises(WrongKey, match="other keys than this identity's"):
        store.unwrap(ID, stranger)


def test_a_grant_opens_datasets_and_nothing_else(store: KeyStore) -> None:
    me, lab = somebody(), somebody()
    pair = new_pair()
    store.add(ID, pair.private, [me.public_key])
    store.grant(ID, me, lab.public_key)
    assert store.dataset_key(ID, lab) == dataset_key(pair.private)
    with pytest.raises(WrongKey):
        store.unwrap(ID, lab)
    with pytest.raises(WrongKey):
        store.grant(ID, lab, somebody().public_key)
    assert store.revoke(ID, lab.public_key) and not store.revoke(ID, lab.public_key)
    with pytest.raises(WrongKey):
        store.dataset_key(ID, lab)


def test_destroying_takes_every_wrap(store: KeyStore, tmp_path: Path) -> None:
    me = somebody()
    for recording_id in (ID, OTHER):
        store.add(recording_id, new_pair().private, [me.public_key])
    store.grant(ID, me, somebody().public_key)
    assert store.known() == (ID, OTHER)
    assert store.destroy(ID) == 2
    assert store.destroy(ID) == 0
    assert store.known() == (OTHER,)
    assert not (tmp_path / "keys" / ID).exists()
    for call in (store.unwrap, store.dataset_key):
        with pytest.raises(KeyGone, match="it was forgotten"):
            call(ID, me)
    store.unwrap(OTHER, me)


def test_an_interrupted_destruction_can_be_finished(store: KeyStore, tmp_path: Path) -> None:
    me = somebody()
    store.add(ID, new_pair().private, [me.public_key])
    (wrap,) = (tmp_path / "keys" / ID).iterdir()
    wrap.write_bytes(b"overwritten")
    with pytest.raises(SealError):
        store.unwrap(ID, me)
    assert store.destroy(ID) == 1


def test_names_and_files_tell_nothing(store: KeyStore, tmp_path: Path) -> None:
    me = somebody()
    for recording_id in (ID, OTHER):
        store.add(recording_id, new_pair().private, [me.public_key])
    first, second = ({path.name for path in (tmp_path / "keys" / one).iterdir()} for one in (ID, OTHER))
    assert not first & second
    for path in (tmp_path / "keys").rglob("*"):
        if path.is_file():
            assert me.public_key not in path.read_bytes()
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        else:
            assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_bad_ids_never_reach_the_file_system(store: KeyStore) -> None:
    for bad in ("", "..", "../../etc", "AB" * 16):
        with pytest.raises(ValueError, match="hexadecimal"):
            store.destroy(bad)


def test_a_key_without_recipients_is_refused(store: KeyStore) -> None:
    with pytest.raises(ValueError, match="recipient"):
        store.add(ID, new_pair().private, [])


def test_a_store_that_was_never_used_knows_nothing(store: KeyStore) -> None:
    assert store.known() == ()
    with pytest.raises(KeyGone):
        store.unwrap(ID, somebody())
