"""Texts that a program put into a field belong to the key or button that made it do so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from understudy.pipeline.left_out import LeftOut
from understudy.pipeline.reduce import reduce_all
from understudy.pipeline.thresholds import Thresholds
from understudy.records.kept import Entered, TextRun

if TYPE_CHECKING:
    from tests.pipeline.conftest import Hand

NO_WAITS = Thresholds(wait_ms=10**9)


def put(hand: Hand, text: str, entered: Entered, start_ns: int, *, scrubbed: bool = False) -> None:
    hand.text.append(
        TextRun(
            time_ns=start_ns if scrubbed else hand.now_ns,
            seq=len(hand.text),
            run=100 + len(hand.text),
            start_ns=start_ns,
            text=text,
            level="text",
            element=None,
            scrubbed=scrubbed,
            entered=entered,
        )
    )


def told(hand: Hand) -> list[tuple[str, str, str]]:
    reduction = reduce_all(hand.recording(), NO_WAITS)
    assert not [out for out in reduction.left_out if out.stream == "text"]
    return [(action.kind, action.text, action.entered) for action in reduction.actions]


@pytest.mark.parametrize(("text", "scrubbed"), [("hello", False), ("<EMAIL_1>", True)])
def test_a_paste_is_its_hotkey_with_the_text(hand: Hand, text: str, scrubbed: bool) -> None:
    with hand.typed("say"):
        hand.write("say")
    with hand.holding("Control_L"):
        start_ns = hand.now_ns
        hand.key("v", "")
    put(hand, text, "pasted", start_ns, scrubbed=scrubbed)
    with hand.typed("you"):
        hand.wait(100).write("you")
    assert told(hand) == [("type", "say", "typed"), ("hotkey", text, "pasted"), ("type", "you", "typed")]


def test_a_choice_is_its_click_and_a_drag_takes_text_along(hand: Hand) -> None:
    start_ns = hand.now_ns
    hand.click()
    put(hand, "Bergen", "filled", start_ns)
    hand.wait(2000)
    start_ns = hand.now_ns
    hand.down().move(300, 300, steps=10).up()
    put(hand, "moved text", "moved", start_ns)
    assert told(hand) == [("click", "Bergen", "filled"), ("drag", "moved text", "moved")]


def test_completed_and_committed_texts_are_typed_ones(hand: Hand) -> None:
    with hand.typed("north"):
        hand.write("n")
    hand.text[-1] = msgspec.structs.replace(hand.text[-1], entered="completed")
    hand.key("Return")
    put(hand, "€", "committed", hand.now_ns)
    assert told(hand) == [("type", "north", "completed"), ("press", "", "typed"), ("type", "€", "committed")]


def test_a_text_whose_press_is_missing_is_left_out_with_its_reason(hand: Hand) -> None:
    hand.click().wait(5000)
    put(hand, "late", "filled", hand.now_ns)
    reduction = reduce_all(hand.recording(), NO_WAITS)
    assert [action.text for action in reduction.actions] == [""]
    assert LeftOut("text", "by_program", (0,)) in reduction.left_out
