"""Waiting doesn't count the time that the machine's host took away, and comes to an end all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import patience
from benchmarks.patience import Patience, stolen_s


@pytest.mark.parametrize(
    ("passed_s", "stolen", "over"),
    [
        (19.0, 0.0, False),
        (20.0, 0.0, True),
        (30.0, 15.0, False),
        (40.0, 15.0, True),
        (150.0, 300.0, False),
        (200.0, 1e6, True),
    ],
)
def test_stolen_time_does_not_count(
    monkeypatch: pytest.MonkeyPatch, passed_s: float, stolen: float, over: bool
) -> None:
    now = {"s": 100.0, "stolen": 7.0}
    monkeypatch.setattr(patience.time, "monotonic", lambda: now["s"])
    monkeypatch.setattr(patience, "stolen_s", lambda: now["stolen"])
    waiting = Patience(20)
    now["s"] += passed_s
    now["stolen"] += stolen
    assert waiting.over == over


@pytest.mark.parametrize(("cores", "seconds"), [(1, 80.0), (16, 5.0), (None, 80.0)])
def test_what_was_stolen_is_the_eighth_number_of_all_cores_as_one_clock_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cores: int | None, seconds: float
) -> None:
    stat = tmp_path / "stat"
    # user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice; then each core's own
    stat.write_text("cpu  100 200 300 400 500 600 700 8000 900 1000\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 77\n")
    monkeypatch.setattr(patience, "STAT", stat)
    monkeypatch.setattr(patience.os, "sysconf", {"SC_CLK_TCK": 100}.__getitem__)
    monkeypatch.setattr(patience.os, "cpu_count", lambda: cores)
    assert stolen_s() == seconds


def test_this_machine_tells_what_was_stolen() -> None:
    assert stolen_s() >= 0
