"""Waiting doesn't count the time that the machine's host took away, and comes to an end all the same."""

from __future__ import annotations

import time

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


def test_what_was_stolen_never_shrinks() -> None:
    before = stolen_s()
    time.sleep(0.02)
    assert 0 <= before <= stolen_s()
