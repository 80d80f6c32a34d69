"""The flusher: in order, on disk before the next, and nothing after a failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import cast

import pytest

from understudy.recorder.flusher import MOST_WAITING, Flusher
from understudy.records.events import Pointer
from understudy.records.redacted import Redacted
from understudy.spool.writer import Forgotten, SpoolFull, SpoolWriter


class Disk:
    """A writer that keeps what it is given; `gate` shut, it hangs; `fails` is raised by the next call."""

    def __init__(self, flusher: Flusher) -> None:
        self.written: list[int] = []
        self.noted: list[Mapping[str, int]] = []
        self.threads: set[int] = set()
        self.fails: BaseException | None = None
        self.gate = threading.Event()
        self.gate.set()
        self._flusher = flusher

    def append(self, records: Sequence[Redacted]) -> int:
        self.gate.wait(10)
        self.threads.add(threading.get_ident())
        if self.fails is not None:
            raise self.fails
        self.written += [item.record.seq for item in records]
        self.noted.append(dict(self._flusher.noted()))
        return 0

    def forget(self, since_ns: int) -> Forgotten:
        self.written.clear()
        return Forgotten(1, since_ns, {}, {})


def started(issued: dict[str, int] | None = None) -> tuple[Flusher, Disk]:
    counts = issued if issued is not None else {}
    flusher = Flusher(lambda: dict(counts))
    disk = Disk(flusher)
    flusher.start(cast("SpoolWriter", disk))
    return flusher, disk


def batch(*numbers: int) -> list[Redacted]:
    return [Redacted(Pointer(time_ns=n, seq=n, kind="move", x=0, y=0)) for n in numbers]


def test_batches_are_written_in_their_order_beside_whoever_puts_them() -> None:
    flusher, disk = started()
    for number in range(50):
        flusher.put(batch(2 * number, 2 * number + 1))
    flusher.settle()
    assert disk.written == list(range(100))
    assert disk.threads and threading.get_ident() not in disk.threads
    flusher.end()
    flusher.end()


def test_putting_does_not_wait_for_the_disk() -> None:
    flusher, disk = started()
    disk.gate.clear()
    since_s = time.monotonic()
    for number in range(MOST_WAITING):
        flusher.put(batch(number))
    assert time.monotonic() - since_s < 5
    assert disk.written == []
    disk.gate.set()
    flusher.end()
    assert disk.written == list(range(MOST_WAITING))


def test_what_waits_for_the_disk_is_bounded() -> None:
    flusher, disk = started()
    disk.gate.clear()
    put = threading.Thread(target=lambda: [flusher.put(batch(n)) for n in range(MOST_WAITING + 20)], daemon=True)
    put.start()
    put.join(0.5)
    assert put.is_alive()
    disk.gate.set()
    put.join(10)
    assert not put.is_alive()
    flusher.end()
    assert disk.written == list(range(MOST_WAITING + 20))


@pytest.mark.parametrize("error", [SpoolFull("full"), OSError(5, "I/O error"), ValueError("x")])
def test_whatever_fails_ends_the_writing_and_is_raised(error: Exception) -> None:
    flusher, disk = started()
    disk.gate.clear()
    flusher.put(batch(1))
    flusher.put(batch(2))
    disk.fails = error
    disk.gate.set()
    with pytest.raises(type(error)):
        flusher.settle()
    disk.fails = None
    for call in (flusher.check, flusher.settle, lambda: flusher.put(batch(3)), lambda: flusher.forget(0)):
        with pytest.raises(type(error)):
            call()
    flusher.end()
    assert disk.written == []


def test_a_segment_notes_what_had_been_issued_when_its_batch_was_put() -> None:
    issued = {"email": 1}
    flusher, disk = started(issued)
    disk.gate.clear()
    flusher.put(batch(1))
    issued["email"] = 2
    flusher.put(batch(2))
    issued["email"] = 3
    disk.gate.set()
    flusher.settle()
    assert disk.noted == [{"email": 1}, {"email": 2}]


def test_forgetting_waits_for_what_was_put() -> None:
    flusher, disk = started()
    disk.gate.clear()
    flusher.put(batch(1))
    threading.Timer(0.2, disk.gate.set).start()
    assert flusher.forget(7).from_ns == 7
    flusher.put(batch(2))
    flusher.end()
    assert disk.written == [2]


def test_a_key_frame_is_asked_for_once() -> None:
    flusher, _ = started()
    assert not flusher.key_frame_wanted()
    flusher.ask_for_key_frame()
    assert flusher.key_frame_wanted()
    assert not flusher.key_frame_wanted()
    flusher.end()
