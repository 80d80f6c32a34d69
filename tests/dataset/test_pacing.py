from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.dataset.activity import mark_rows
from understudy.dataset.pacing import AGES_MS, STEP_MS, WAITS_MS, Nominal, clock_of, nominal, wait
from understudy.records.actions import Action, ActionKind, Episode, Step
from understudy.records.events import Mark
from understudy.records.recording import Recording, RecordingInfo

S = 1_000_000_000
START_NS = 7 * S


def episode(*spans: tuple[ActionKind, float, float]) -> Episode:
    """An episode of actions, each (kind, start s, end s) since the recording's start."""
    steps = tuple(
        Step(
            index=index,
            action=Action(kind=kind, start_ns=START_NS + int(start_s * S), end_ns=START_NS + int(end_s * S)),
            frame_seq=None,
            frame_age_ms=None,
            target=None,
            target_confidence="none",
        )
        for index, (kind, start_s, end_s) in enumerate(spans)
    )
    return Episode(
        index=0,
        task="",
        start_ns=steps[0].action.start_ns,
        end_ns=max(step.action.end_ns for step in steps),
        steps=steps,
        cause="end",
    )


def told(one: Episode) -> list[int]:
    clock = Nominal([one], START_NS)
    return [clock.between(one.start_ns, step.action.start_ns) for step in one.steps]


SPANS = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 6000), st.booleans()), min_size=1, max_size=12)


def worked(lengths: Sequence[tuple[int, int, bool]], pace: float) -> Episode:
    """Somebody's work: between steps a pause, and where it is long a wait; `pace` stretches hands, not programs."""
    now_ms, spans = 0.0, []
    for idle_ms, took_ms, waits in lengths:
        # Nobody's own pauses become a wait at any pace here; what waits is the program.
        now_ms += pace * idle_ms / 3
        if waits:
            spans.append(("wait", now_ms / 1000, now_ms / 1000 + 7))
            now_ms += 7000
        spans.append(("click", now_ms / 1000, (now_ms + pace * took_ms) / 1000))
        now_ms += pace * took_ms
    return episode(*spans)  # type: ignore[arg-type]


@given(SPANS, st.floats(0.2, 1.9))
def test_the_same_actions_tell_the_same_times_at_any_pace(lengths: list[tuple[int, int, bool]], pace: float) -> None:
    assert told(worked(lengths, pace)) == told(worked(lengths, 1.0))


def test_a_step_takes_a_second_and_waits_are_told_in_few_lengths() -> None:
    one = episode(("click", 1, 1.1), ("wait", 1.1, 8.7), ("type", 8.7, 21), ("drag", 21.2, 22), ("scroll", 23.9, 24))
    assert told(one) == [0, 1000, 6000, 7000, 8000]
    clock = Nominal([one], START_NS)
    durations = [clock.duration(s.action.kind, s.action.start_ns, s.action.end_ns) for s in one.steps]
    assert durations == [None, 5000, None, 500, 500]


def test_a_pause_between_episodes_is_a_wait() -> None:
    first, second = episode(("click", 0, 0.1)), episode(("click", 901, 901.1))
    clock = Nominal([first, second], START_NS)
    assert clock.since_start(second.start_ns) == 300_000 + STEP_MS


@given(SPANS, st.lists(st.integers(0, 200_000), max_size=30))
def test_times_never_run_backwards(lengths: list[tuple[int, int, bool]], times_ms: list[int]) -> None:
    one = worked(lengths, 1.0)
    clock = Nominal([one], START_NS)
    asked = sorted([*(START_NS + at * 1_000_000 for at in times_ms), *(step.action.start_ns for step in one.steps)])
    answers = [clock.since_start(time_ns) for time_ns in asked]
    assert answers == sorted(answers)
    assert all(answer % STEP_MS == 0 for answer in answers)


@given(st.integers(-1000, 10_000_000))
def test_waits_are_never_told_longer(wait_ms: int) -> None:
    assert wait(wait_ms) <= max(wait_ms, 0)
    assert wait(wait_ms) in (0, *WAITS_MS)


def test_ages_of_pictures_are_a_few() -> None:
    clock = Nominal([], START_NS)
    assert [clock.age(age) for age in (0, 0.1, 100, 101, 480, 7000)] == [0, 100, 100, 250, 500, AGES_MS[-1]]


def test_only_the_defaults_have_the_nominal_clock() -> None:
    assert nominal("targets", "none")
    one = episode(("click", 1.234, 1.3), ("click", 2.345, 2.4))
    for motion, timing, start in (("coarse", "none", 1100), ("targets", "bucketed", 1100), ("targets", "full", 1111)):
        clock = clock_of([one], START_NS, motion=motion, timing=timing)  # type: ignore[arg-type]
        assert clock.between(one.start_ns, one.steps[1].action.start_ns) == start


@pytest.mark.parametrize("paced", [True, False])
def test_costs_tell_no_counts_and_no_exact_span(paced: bool) -> None:
    stats = {"duration_s": 125.5, "cpu_s": 12.55, "peak_rss_bytes": 5, "sealed_bytes": 2510, "records": {"pointer": 3}}
    marks = (
        Mark(time_ns=START_NS, seq=0, kind="stats", detail=json.dumps(stats)),
        Mark(time_ns=START_NS, seq=1, kind="forgotten", detail="61234"),
        Mark(time_ns=START_NS, seq=2, kind="stop", detail="asked"),
    )
    info = RecordingInfo(
        id="a", contributor="p", consent_id="c", profile="own-work", started_at="", start_ns=START_NS,
        policy_sha256="", product_version="", schema_version=1,
    )  # fmt: skip
    recording = Recording(info=info, mark=marks)
    rows = mark_rows(recording, "r", Nominal([], START_NS), paced=paced)
    details = [row["detail"] for row in rows]
    if paced:
        assert details == [mark.detail for mark in marks]
    else:
        assert msgspec.json.decode(details[0]) == {
            "duration_s": 60, "cpu_s": 6.0, "peak_rss_bytes": 5, "sealed_bytes": 1200,
        }  # fmt: skip
        assert details[1:] == ["60000", "asked"]
