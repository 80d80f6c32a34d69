"""Recordings written together: the lock, and what a dead process left."""

from __future__ import annotations

from pathlib import Path

import pytest

from understudy.seal.errors import Tampered
from understudy.spool.batch import LOG_NAME, AlreadyImporting, BatchLog
from understudy.spool.pseudonyms import KEY_NAME, Pseudonyms

ONE, TWO = "1" * 32, "2" * 32


def test_a_batch_under_way_is_known_to_the_next(tmp_path: Path) -> None:
    with BatchLog(tmp_path / "spool") as log:
        assert log.left == ()
        log.begin([ONE, TWO])
    with BatchLog(tmp_path / "spool") as log:
        assert log.left == (ONE, TWO)
        log.done()
    with BatchLog(tmp_path / "spool") as log:
        assert log.left == ()


def test_a_shorter_batch_after_a_longer_one(tmp_path: Path) -> None:
    with BatchLog(tmp_path) as log:
        log.begin([ONE, TWO])
        log.begin([TWO])
    with BatchLog(tmp_path) as log:
        assert log.left == (TWO,)


def test_a_torn_log_names_whole_ids_only(tmp_path: Path) -> None:
    (tmp_path / LOG_NAME).write_text(f"{ONE}\n{TWO[:20]}")
    with BatchLog(tmp_path) as log:
        assert log.left == (ONE,)


def test_one_at_a_time(tmp_path: Path) -> None:
    with BatchLog(tmp_path), pytest.raises(AlreadyImporting, match="another import is running"), BatchLog(tmp_path):
        pass
    with BatchLog(tmp_path):
        pass


def test_pseudonyms_stay_and_tell_nothing(tmp_path: Path) -> None:
    names = Pseudonyms.create_in(tmp_path / "keys")
    first = names.of("person", "user7")
    assert len(first) == 32 and first == Pseudonyms.create_in(tmp_path / "keys").of("person", "user7")
    others = {names.of("person", "user8"), names.of("source", "user7"), Pseudonyms(b"k" * 32).of("person", "user7")}
    assert first not in others and len(others) == 3
    assert (tmp_path / "keys" / KEY_NAME).stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_is_told(tmp_path: Path) -> None:
    (tmp_path / KEY_NAME).write_bytes(b"short")
    with pytest.raises(Tampered, match="pseudonyms"):
        Pseudonyms.create_in(tmp_path)
