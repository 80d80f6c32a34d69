"""What a replay will do, and what it can't: pure."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from understudy.act.replay_plan import Planned, plan
from understudy.records.actions import Action, Step
from understudy.records.events import Mark, Reason, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import KeyLevel, TextRun
from understudy.records.recording import Recording, RecordingInfo

INFO = RecordingInfo(
    id="0" * 32,
    contributor="c",
    consent_id="0" * 32,
    profile="own-work",
    started_at="2026-01-02T03:04:05+00:00",
    start_ns=0,
    policy_sha256="0" * 64,
    product_version="0.1.0",
    schema_version=1,
)


def step(action: Action) -> Step:
    return Step(index=0, action=action, frame_seq=None, frame_age_ms=None, target=None, target_confidence="none")


def typed(at_ns: int, text: str, level: KeyLevel = "text", *seqs: int) -> Step:
    return step(Action(kind="type", start_ns=at_ns, end_ns=at_ns + 5, text=text, text_level=level, text_seqs=seqs))


def run(seq: int, *, scrubbed: bool) -> TextRun:
    return TextRun(time_ns=1, seq=seq, run=seq, start_ns=0, text="x", level="text", element=None, scrubbed=scrubbed)


def gone(at_ns: int, reason: Reason) -> Mark:
    return Mark(time_ns=at_ns, seq=0, kind="dropped", what="keys", reason=reason)


def made(
    steps: Sequence[Step],
    *,
    marks: Sequence[Mark] = (),
    runs: Sequence[TextRun] = (),
    windows: Sequence[Windows] = (),
    **fills: str,
) -> list[Planned]:
    recording = Recording(info=INFO, mark=tuple(marks), text=tuple(runs), window=tuple(windows))
    given = {name.removeprefix("step_"): value for name, value in fills.items()}
    words: dict[Reason, str] = {"secure_field": "a password field", "no_evidence": "nothing said so"}
    return plan(recording, steps, given, tell=lambda each: each.action.kind, reason_words=words)


def test_a_kept_text_is_typed_as_it_is() -> None:
    (one,) = made([typed(5, "Ada <EMAIL_1>", "text", 0)], runs=[run(0, scrubbed=False)])
    assert (one.text, one.missing) == ("Ada <EMAIL_1>", ""), "typed by the person, no token"


def test_a_scrubbed_text_names_its_tokens() -> None:
    scrubbed = typed(5, "To <EMAIL_1> and <EMAIL_2>, <EMAIL_1>", "text", 0)
    (one,) = made([scrubbed], runs=[run(0, scrubbed=True)], EMAIL_2="b@example.org")
    assert one.needs == ("EMAIL_1",)
    assert "replaced before it was recorded" in one.missing
    (one,) = made([scrubbed], runs=[run(0, scrubbed=True)], EMAIL_1="a", EMAIL_2="b")
    assert (one.text, one.missing) == ("To a and b, a", "")


@pytest.mark.parametrize("level", ["shape", "timing", "nothing"])
def test_a_text_of_which_less_was_kept_is_missing(level: KeyLevel) -> None:
    (one,) = made([typed(5, "Aaa", level)])
    assert (one.text, one.needs) == ("", ("1",))
    assert "not in the recording" in one.missing
    (one,) = made([typed(5, "Aaa", level)], step_1="Bob")
    assert (one.text, one.missing) == ("Bob", "")


def test_dropped_keys_are_a_step_in_their_place() -> None:
    click = step(Action(kind="click", start_ns=1, end_ns=2, x=3, y=4))
    press = step(Action(kind="press", start_ns=20, end_ns=21, keys=("Tab",)))
    plans = made([click, press], marks=[gone(10, "secure_field")])
    assert [(one.number, one.step is None, bool(one.missing)) for one in plans] == [
        (1, False, False),
        (2, True, True),
        (3, False, False),
    ]
    assert plans[1].needs == ("2",) and "a password field" in plans[1].missing
    filled = made([click, press], marks=[gone(10, "secure_field")], step_2="")[1]
    assert (filled.text, filled.missing) == ("", ""), "nothing to type is an answer"


@pytest.mark.parametrize("reason", ["out_of_scope", "own_window", "paused", "scrubbed", "keyboard_grab"])
def test_keys_that_no_recorded_program_got_are_not_missed(reason: Reason) -> None:
    assert made([], marks=[gone(10, reason)]) == []


def test_the_window_acted_upon() -> None:
    screen = Rect(0, 0, 100, 100)
    below = WindowState(id=1, rect=Rect(0, 0, 60, 60))
    menu = WindowState(id=2, rect=Rect(10, 10, 20, 20), override=True)
    early = Windows(time_ns=10, seq=0, active=1, windows=(below,), screen=screen)
    late = Windows(time_ns=20, seq=1, active=1, windows=(below, menu), screen=screen)

    def acted_upon(action: Action) -> int | None:
        (one,) = made([step(action)], windows=[early, late])
        return one.window.id if one.window else None

    assert acted_upon(Action(kind="click", start_ns=15, end_ns=16, x=15, y=15)) == 1
    assert acted_upon(Action(kind="click", start_ns=25, end_ns=26, x=15, y=15)) == 2
    assert acted_upon(Action(kind="click", start_ns=25, end_ns=26, x=90, y=90)) is None
    assert acted_upon(Action(kind="press", start_ns=5, end_ns=6, keys=("Tab",))) == 1, "before the first: the first"
    assert acted_upon(Action(kind="wait", start_ns=25, end_ns=26)) is None
    assert made([typed(5, "a")])[0].window is None
