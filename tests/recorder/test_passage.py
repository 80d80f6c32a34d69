"""The records' way, by stand-ins: in order of time, marks at once, and what a full disk or forgetting leaves of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from tests.recorder.fake_parts import FakeClock, FakeFlusher, FakeGuard, FakeWriter

from understudy.recorder.passage import BEHIND_NS, Passage
from understudy.records.events import Mark, Pointer, Raw, RawFrame
from understudy.records.geometry import Rect
from understudy.spool.writer import Forgotten, SpoolFull

NOW = 5_000_000_000


class Way:
    """A passage between a guard, a flusher and a writer that stand in."""

    def __init__(self) -> None:
        self.guard, self.clock = FakeGuard(), FakeClock(NOW)
        self.calls: list[tuple[Any, ...]] = []
        self.flusher, self.writer = FakeFlusher(self.calls), FakeWriter(self.calls)
        self.passage = Passage(cast("Any", self.guard), cast("Any", self.flusher), cast("Any", self.writer), self.clock)

    def fed(self) -> list[int]:
        return [record.time_ns for record in self.guard.fed]


@pytest.fixture
def way() -> Way:
    return Way()


def move(time_ns: int) -> Pointer:
    return Pointer(time_ns=time_ns, seq=time_ns, kind="move", x=0, y=0)


def frame(time_ns: int) -> RawFrame:
    return RawFrame(time_ns=time_ns, seq=0, screen=Rect(0, 0, 10, 10), stack=(), patches=())


def test_records_are_fed_in_order_of_time_and_no_further(way: Way) -> None:
    way.passage.add([move(30), move(10)])
    way.passage.add([move(20)])
    assert way.passage.busy
    assert way.passage.feed(20)
    assert way.fed() == [10, 20]
    assert way.passage.feed(99) and way.fed() == [10, 20, 30]


def test_feeding_ends_when_its_time_is_over_and_goes_on_later(way: Way) -> None:
    way.passage.add([move(1), move(2), move(3)])

    def slowly() -> None:
        way.clock.now_ns += 10

    way.guard.on_feed = slowly
    assert not way.passage.feed(99, deadline_ns=NOW + 15)
    assert way.fed() == [1, 2]
    assert way.passage.feed(99, deadline_ns=NOW + 100)
    assert way.fed() == [1, 2, 3]


def test_a_mark_waits_for_nothing_and_is_numbered_with_our_own_records(way: Way) -> None:
    way.passage.add([move(1)])
    assert [way.passage.next_seq(), way.passage.next_seq()] == [0, 1]
    way.passage.mark("pause", time_ns=7, detail="lock")
    way.passage.mark("dropped", reason="own_window", what="pointer")
    assert way.guard.fed == [
        Mark(time_ns=7, seq=2, kind="pause", detail="lock"),
        Mark(time_ns=NOW, seq=3, kind="dropped", reason="own_window", what="pointer"),
    ]


def test_what_may_be_kept_is_flushed_once(way: Way) -> None:
    way.passage.flush()
    assert way.calls == [] and not way.passage.busy
    way.passage.add([move(1), move(2)])
    way.passage.feed(9)
    assert way.passage.busy
    way.passage.flush()
    way.passage.flush()
    assert [record.time_ns for record in way.flusher.records] == [1, 2] and len(way.flusher.batches) == 1
    assert way.passage.counted()["records"] == {"pointer": 2}
    assert not way.passage.busy


def test_what_waits_is_let_go(way: Way) -> None:
    way.passage.add([move(1), move(2), frame(3), move(4)])
    way.passage.discard(after_ns=3)
    assert way.passage.drop(lambda record: record.time_ns == 2) == 1
    way.passage.feed(99)
    assert way.fed() == [1, 3]


def test_what_waits_for_too_long_is_behind(way: Way) -> None:
    assert not way.passage.behind(NOW)
    way.passage.add([move(NOW - BEHIND_NS)])
    assert not way.passage.behind(NOW)
    assert way.passage.behind(NOW + 1)


def test_pictures_are_let_go_with_a_mark(way: Way) -> None:
    way.passage.add([move(1), frame(2), frame(3)])
    assert way.passage.drop_pictures()
    assert way.guard.calls == [("forget pictures",)]
    assert not way.passage.drop_pictures()
    assert way.guard.fed == [Mark(time_ns=NOW, seq=0, kind="dropped", reason="time_out", what="frame")]
    way.passage.feed(99)
    assert way.fed() == [NOW, 1]


def test_a_key_frame_is_asked_for_where_a_segment_is_due(way: Way) -> None:
    way.passage.rekey()
    assert way.guard.calls == []
    way.flusher.key_frame = True
    way.passage.rekey()
    way.passage.rekey()
    assert way.guard.calls == [("rekey",)]


def test_forgetting_takes_what_waits_what_was_kept_and_what_is_known(way: Way) -> None:
    way.passage.add([move(1), move(2), move(3)])
    way.passage.feed(1)
    way.passage.flush()
    way.passage.feed(2)
    way.flusher.gone = Forgotten(1, 1, {"pointer": 7}, {"NAME": 2})
    assert way.passage.forget(77) == way.flusher.gone
    assert ("forget", 77) in way.calls
    assert way.guard.calls == [("unwind", {"pointer": 7}, {"NAME": 2})]
    assert way.passage.counted()["records"] == {"pointer": 7}
    assert not way.passage.busy
    way.passage.feed(99)
    way.passage.flush()
    assert way.fed() == [1, 2] and len(way.flusher.records) == 1


def test_what_was_to_be_forgotten_is_gone_on_a_full_disk_too(way: Way) -> None:
    way.passage.add([move(1)])
    way.flusher.full = {"forget"}
    with pytest.raises(SpoolFull):
        way.passage.forget(0)
    assert not way.passage.busy and way.guard.calls == []


@pytest.mark.parametrize(("call", "act"), [("put", Passage.flush), ("check", Passage.check)])
def test_a_full_disk_is_told(way: Way, call: str, act: Callable[[Passage], None]) -> None:
    way.passage.mark("start")
    way.flusher.full = {call}
    with pytest.raises(SpoolFull):
        act(way.passage)


def end(way: Way) -> None:
    """As a recording ends."""
    way.passage.finish(NOW)
    way.passage.flush()
    way.passage.settle()
    way.passage.seal_end("asked", {"duration_s": 1.5})
    way.passage.close({"duration_s": 1.5})


def test_the_end_is_written_by_the_writer_once_nobody_else_writes(way: Way) -> None:
    end(way)
    assert [call[0] for call in way.calls] == ["put", "end", "check", "append", "close"]
    assert [record.kind for record in way.flusher.records] == ["left_scope"], "what the guard still held"
    stats, stop = way.writer.last
    assert (stats.kind, json.loads(stats.detail)) == ("stats", {"duration_s": 1.5})
    assert (stop.kind, stop.detail) == ("stop", "asked")


def test_after_a_failed_write_nothing_is_appended(way: Way) -> None:
    way.flusher.full = {"check"}
    with pytest.raises(SpoolFull):
        way.passage.seal_end("asked", {})
    assert way.writer.last == []


def test_a_manifest_that_finds_no_room_is_told_once_only(way: Way) -> None:
    way.writer.calls.clear()
    way.writer.full = {"close"}
    way.passage.close({})
    assert way.calls == [("close",)]


def test_what_was_sealed_is_counted(way: Way) -> None:
    counted = way.passage.counted()
    assert counted["sealed_bytes"] == 100
    assert counted["stream_bytes"] == {"pictures": 40, "everything else": 60}


def test_every_raw_record_passes_once(way: Way) -> None:
    records: list[Raw] = [move(number) for number in range(100)]
    way.passage.add(records)
    for until in (10, 10, 55, 54, 1000):
        way.passage.feed(until)
    assert way.guard.fed == records
