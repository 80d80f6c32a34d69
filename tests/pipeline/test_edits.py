"""What presses write, and what was taken back on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from understudy.pipeline.edits import Editor
from understudy.records.actions import Correction

if TYPE_CHECKING:
    from tests.pipeline.conftest import Hand


def edited(hand: Hand, *steps: str) -> Editor:
    for step in steps:
        if len(step) > 1 and step[0].isupper() and step.isalnum():
            hand.key(step)
        else:
            hand.write(step)
    return Editor().press(hand.keys)


@pytest.mark.parametrize(
    ("steps", "text", "corrected"),
    [
        (("Hello W",), "Hello W", []),
        (("Helol\b\blo",), "Hello", [(3, "ol")]),
        (("ab\bc\bd",), "ad", [(1, "b"), (1, "c")]),
        (("abc", "Left", "Left", "Delete", "x"), "axc", [(1, "b")]),
        (("abcd", "Home", "Delete", "Delete"), "cd", [(0, "ab")]),
        (("bc", "Home", "a", "End", "d"), "abcd", []),
        # Where the removed stood moves with what comes and goes before it.
        (("axb\b\bc", "Home", "yy"), "yyac", [(3, "xb")]),
        (("aaxb\b\bc", "Home", "Delete"), "ac", [(1, "xb"), (0, "a")]),
        (("\b\b", "a"), "a", []),
        (("ab", "Right", "Right", "c", "Delete"), "abc", []),
        (("a", "Left", "Left", "b"), "ba", []),
    ],
)
def test_edits_are_applied(hand: Hand, steps: tuple[str, ...], text: str, corrected: list[tuple[int, str]]) -> None:
    editor = edited(hand, *steps)
    assert (editor.text, list(editor.corrected)) == (text, [Correction(*each) for each in corrected])
    assert editor.sure and editor.corrections == sum(len(removed) for _, removed in corrected)


@pytest.mark.parametrize(("modifier", "key"), [("Control_L", "BackSpace"), ("Shift_L", "Left"), ("Shift_L", "Delete")])
def test_selections_and_whole_words_taken_back_are_not_guessed(hand: Hand, modifier: str, key: str) -> None:
    hand.write("one two")
    with hand.holding(modifier):
        hand.key(key)
    assert not Editor().press(hand.keys).sure


def test_shift_changes_nothing_for_backspace(hand: Hand) -> None:
    hand.write("ab")
    with hand.holding("Shift_L"):
        hand.key("BackSpace")
    editor = Editor().press(hand.keys)
    assert editor.sure and editor.text == "a"


def test_keys_that_write_nothing_are_passed_over(hand: Hand) -> None:
    hand.key("dead_acute", "").key("e", "é").key("Multi_key", "").key("s", "").key("s", "ß")
    with hand.holding("Control_L"):
        hand.key("c", "c")
    assert Editor().press(hand.keys).text == "éß"


def test_parts_are_told_apart(hand: Hand) -> None:
    editor = Editor()
    editor.type("ad")
    editor.part = 1
    editor.press(hand.key("Left").write("bc").keys)
    assert (editor.text, editor.text_of(0), editor.text_of(1), editor.in_order) == ("abcd", "ad", "bc", False)
