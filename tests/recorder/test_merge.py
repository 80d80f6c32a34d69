from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from understudy.recorder.merge import Merge
from understudy.records.events import Key, Pointer, Tick, Windows
from understudy.records.geometry import Rect


def pointer(time_ns: int, seq: int) -> Pointer:
    return Pointer(time_ns=time_ns, seq=seq, kind="move", x=0, y=0)


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(0, 50))
def test_releases_in_order_of_time_and_nothing_twice(times: list[int], until_ns: int) -> None:
    merge = Merge()
    merge.add(pointer(time_ns, seq) for seq, time_ns in enumerate(times))
    early, late = merge.release(until_ns), merge.release(100)
    assert [record.time_ns for record in early] == sorted(time for time in times if time <= until_ns)
    assert [record.time_ns for record in late] == sorted(time for time in times if time > until_ns)
    assert {record.seq for record in early + late} == set(range(len(times)))


def test_same_time_keeps_the_order_of_arrival_but_state_comes_first() -> None:
    merge = Merge()
    windows = Windows(time_ns=5, seq=0, active=None, windows=(), screen=Rect(0, 0, 10, 10))
    merge.add([pointer(5, 0), pointer(5, 1), windows])
    assert merge.release(5) == [windows, pointer(5, 0), pointer(5, 1)]


def test_a_late_record_is_given_out_next_not_lost() -> None:
    merge = Merge()
    merge.add([pointer(10, 0)])
    assert len(merge.release(20)) == 1
    merge.add([pointer(5, 1)])
    assert merge.release(20) == [pointer(5, 1)]


def test_discard_forgets_only_what_is_later() -> None:
    merge = Merge()
    merge.add([pointer(1, 0), Tick(2, 0), Key(time_ns=9, seq=0, down=True, keycode=38, keysym="a", text="a")])
    assert merge.discard(after_ns=2) == 1
    assert len(merge) == 2
