"""Actions and marks in plain words."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from understudy.export.words import REASON_WORDS, tell_action, tell_counts, tell_mark
from understudy.records.actions import Action, ActionKind
from understudy.records.elements import Element
from understudy.records.events import Mark, MarkKind, Reason


def button(name: str) -> Element:
    return Element(id="1", role="push button", name=name)


@pytest.mark.parametrize(
    ("fields", "named", "words"),
    [
        ({"kind": "click"}, "Sign in", "Click the button “Sign in”"),
        ({"kind": "click", "x": 4, "y": 5}, None, "Click at (4, 5)"),
        ({"kind": "click", "button": "right"}, "Row", "Right-click the button “Row”"),
        ({"kind": "click", "modifiers": ("ctrl",)}, "Row", "Ctrl+click the button “Row”"),
        ({"kind": "double_click"}, "Row", "Double-click the button “Row”"),
        ({"kind": "triple_click"}, "Row", "Triple-click the button “Row”"),
        ({"kind": "long_press", "button": "left"}, "Row", "Hold the left button down on the button “Row” for 1.5 s"),
        ({"kind": "drag", "x": 1, "y": 2, "to_x": 90, "to_y": 80}, None, "Drag from (1, 2) to (90, 80)"),
        ({"kind": "scroll", "scroll_y": 5}, None, "Scroll down 5 notches"),
        ({"kind": "scroll", "scroll_y": -1, "scroll_x": 2}, None, "Scroll up 1 notch and right 2 notches"),
        ({"kind": "type", "text": "Hi <EMAIL_1>", "text_level": "text"}, "Mail", "Type “Hi <EMAIL_1>” into “Mail”"),
        ({"kind": "type", "text": "Aa 99", "text_level": "shape"}, None, "Type text of the shape “Aa 99”"),
        ({"kind": "type", "text_level": "timing"}, "Mail", "Type something into “Mail”"),
        ({"kind": "hotkey", "keys": ("ctrl", "s")}, None, "Press Ctrl+S"),
        ({"kind": "hotkey", "keys": ("alt", "Tab"), "count": 2}, None, "Press Alt+Tab twice"),
        (
            {"kind": "hotkey", "keys": ("ctrl", "v"), "text": "plum", "text_level": "text", "entered": "pasted"},
            None,
            "Press Ctrl+V, which pastes “plum”",
        ),
        ({"kind": "press", "keys": ("Down",), "count": 3}, None, "Press Arrow Down 3 times"),
        ({"kind": "wait"}, None, "Wait for 1.5 s"),
    ],
)
def test_actions(fields: dict[str, Any], named: str | None, words: str) -> None:
    target = button(named) if named else None
    action = Action(start_ns=0, end_ns=1_500_000_000, **fields)
    assert tell_action(action, target) == words


def test_every_kind_has_words() -> None:
    for kind in get_args(ActionKind):
        assert tell_action(Action(kind=kind, start_ns=0, end_ns=0, x=1, y=1, to_x=50, to_y=1))


def test_every_reason_and_every_mark_has_words() -> None:
    assert set(REASON_WORDS) == set(get_args(Reason))
    for kind in get_args(MarkKind):
        tell_mark(Mark(time_ns=0, seq=0, kind=kind))


def test_a_password_leaves_one_sentence() -> None:
    mark = Mark(time_ns=0, seq=0, kind="dropped", reason="secure_field", what="keys")
    assert tell_mark(mark) == "Something was typed here; it was removed (password field)"


def test_long_text_is_cut_for_people() -> None:
    words = tell_action(Action(kind="type", start_ns=0, end_ns=0, text="x\n" * 500, text_level="text"))
    assert len(words) < 100 and "\n" not in words and words.endswith("…”")


def test_counts() -> None:
    assert tell_counts(["click", "type", "click"]) == "2 clicks, 1 typed text"
    assert tell_counts([]) == ""
