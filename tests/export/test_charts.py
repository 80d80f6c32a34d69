"""The numbers behind the charts."""

from __future__ import annotations

import pytest

from understudy.export.charts import barcodes, bytes_words, clock, histogram, span_words, ticks, timeline


def test_times_and_sizes_in_words() -> None:
    assert [clock(ms) for ms in (0, 62_540, 3_600_000)] == ["0:00.0", "1:02.5", "60:00.0"]
    assert [span_words(s) for s in (4.24, 42.4, 190, 120, 3900)] == [
        "4.2 s",
        "42 s",
        "3 min 10 s",
        "2 min",
        "1 h 05 min",
    ]
    assert [bytes_words(n) for n in (512, 4_480, 402_311, 6_500_000)] == ["512 B", "4.5 kB", "402 kB", "6.5 MB"]


@pytest.mark.parametrize("seconds", [1, 9, 35, 119, 600, 7200, 90_000])
def test_an_axis_has_few_round_ticks(seconds: int) -> None:
    marks = ticks(seconds * 1000)
    assert 1 <= len(marks) <= 11 and marks[0].at == 0
    assert all(0 <= tick.at <= 1 for tick in marks)


def test_a_histogram_counts_everything_once() -> None:
    found = histogram([10, 20, 20, 5000, -40], 300)
    assert found is not None
    assert sum(bar.count for bar in found.bars) == 5 and found.bars[-1].count == 1
    assert found.median_ms == 20 and max(bar.height for bar in found.bars) == 1
    assert histogram([], 300) is None


def test_a_timeline_has_a_lane_for_each_program_and_one_for_each_state() -> None:
    rows = [
        {"state": "focused", "app": "A", "start_ms": 0, "end_ms": 1000},
        {"state": "paused", "app": "", "start_ms": 1000, "end_ms": 9000},
        {"state": "focused", "app": "B", "start_ms": 9000, "end_ms": 11_000},
        {"state": "out_of_scope", "app": "", "start_ms": 11_000, "end_ms": 12_000},
        {"state": "no_focus", "app": "", "start_ms": 12_000, "end_ms": 12_500},
    ]
    told = timeline(rows, [(11_500, "gone")])
    assert told is not None
    assert [(lane.name, lane.tone) for lane in told.lanes] == [
        ("B", "app0"),
        ("A", "app1"),
        ("Paused", "paused"),
        ("Outside the scope", "out"),
        ("No window", "none"),
    ]
    assert told.removed[0].start == pytest.approx(0.92)
    assert timeline([], []) is None


def test_barcodes_share_one_scale() -> None:
    slow = [{"dwell_ms": 100, "flight_ms": None}, {"dwell_ms": 100, "flight_ms": 800}]
    quick = [{"dwell_ms": 100, "flight_ms": None}, {"dwell_ms": 100, "flight_ms": -50}]
    first, second = barcodes([("a", "x", slow), ("b", "y", quick), ("none", "z", [])])
    assert (first.length_ms, second.length_ms) == (1000, 150)
    assert second.keys[1].start == pytest.approx(0.05)
