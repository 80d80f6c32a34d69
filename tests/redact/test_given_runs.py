"""Texts that no key typed (pastes, undo, drags, completions, input methods), by the element's word and so marked."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import pytest

from understudy.records.events import Key, Mark
from understudy.records.geometry import Rect
from understudy.records.kept import Kept, TextRun
from understudy.redact.policy import AppRule

MS = 1_000_000
LOW = Rect(10, 100, 300, 24)
UNDO = ("z", "\x1a")
PASTE = ("v", "\x16")


def of(kept: list[Kept], kind: type[Any]) -> list[Any]:
    return [each for each in kept if isinstance(each, kind)]


def told(kept: list[Kept]) -> list[tuple[str, str]]:
    return [(run.text, run.entered) for run in of(kept, TextRun)]


def reasons(kept: list[Kept]) -> list[str]:
    return [mark.reason for mark in of(kept, Mark) if mark.kind == "dropped"]


def presses(kept: list[Kept]) -> list[str]:
    return [key.keysym for key in of(kept, Key) if key.down]


def shortcut(made: Any, key: tuple[str, str], *also: str) -> Any:
    return made.key(*key, modifiers=("ctrl", *also))


def pasted(made: Any, field: Any, text: str, *, at: int = 0, lag_ms: int = 8) -> Any:
    pressed_ns = made.now_ns
    return shortcut(made, PASTE).say(field, "insert", at, text, pressed_ns + lag_ms * MS)


# Paste


@pytest.mark.parametrize(
    ("text", "kept_text"),
    [
        ("hello there", "hello there"),
        ("mail ann@example.com now", "mail <EMAIL_1> now"),
        ("4111 1111 1111 1111", "<CARD_1>"),
    ],
)
def test_a_paste_is_what_the_element_received_scrubbed(fabricate: Any, text: str, kept_text: str) -> None:
    note = fabricate.entry()
    kept = fabricate.kept(pasted(fabricate.typing(note), note, text).wait(20_000))
    assert told(kept) == [(kept_text, "pasted")]
    assert presses(kept) == ["v"]
    assert all(key.run is None for key in of(kept, Key))


def test_a_pasted_secret_tells_nothing_of_its_length(fabricate: Any) -> None:
    def session(text: str, lag_ms: int) -> list[Kept]:
        note = fabricate.entry()
        kept: list[Kept] = fabricate.kept(pasted(fabricate.typing(note), note, text, lag_ms=lag_ms).wait(20_000))
        return kept

    assert session("a@example.com", 8) == session("somebody.longer@mail.example.org", 40)


def test_a_paste_into_a_labelled_field_is_what_the_label_says(fabricate: Any) -> None:
    card = fabricate.entry("Card number")
    assert told(fabricate.kept(pasted(fabricate.typing(card), card, "4111 11").wait(20_000))) == [
        ("<CARD_1>", "pasted")
    ]


def test_a_paste_into_a_password_field_leaves_one_mark(fabricate: Any) -> None:
    secret = fabricate.entry("Password", secure=True)
    kept = fabricate.kept(pasted(fabricate.typing(secret), secret, "••••").key("Tab", "\t").wait(900))
    assert (told(kept), presses(kept), reasons(kept)) == ([], [], ["secure_field"])


def test_a_paste_replaces_what_was_selected(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "old")
    pressed_ns = made.key("a", "\x01", modifiers=("ctrl",)).now_ns
    shortcut(made, PASTE).say(note, "delete", 0, "old", pressed_ns + 5 * MS)
    kept = fabricate.kept(made.say(note, "insert", 0, "new", pressed_ns + 6 * MS).wait(20_000))
    assert told(kept) == [("old", "typed"), ("new", "pasted")]


def test_levels_hold_for_pastes(fabricate: Any) -> None:
    for level, text in (("shape", "aa 99"), ("timing", "")):
        note = fabricate.entry()
        rule = AppRule(name="E", program="editor", keys=level)  # type: ignore[arg-type]
        assert told(fabricate.kept(pasted(fabricate.typing(note), note, "hi 42").wait(20_000), rule)) == [
            (text, "pasted")
        ]
    note = fabricate.entry()
    kept = fabricate.kept(pasted(fabricate.typing(note), note, "hi 42").wait(900), AppRule(name="E", program="editor"))
    assert (told(kept), reasons(kept)) == ([], ["policy"])


def test_a_terminal_keeps_no_paste(fabricate: Any) -> None:
    shell = fabricate.entry("shell", role="terminal")
    kept = fabricate.kept(pasted(fabricate.typing(shell), shell, "ls -l").wait(900))
    assert (told(kept), reasons(kept)) == ([], ["terminal"])


def test_the_middle_button_pastes(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).point(20, 20, "down", button=2).wait(40).point(20, 20, "up", button=2)
    assert told(fabricate.kept(made.say(note, "insert", 0, "hello").wait(20_000))) == [("hello", "pasted")]


def test_text_that_nobody_asked_for_is_no_run(fabricate: Any) -> None:
    note, other = fabricate.entry(), fabricate.entry("Total", at=LOW)
    made = fabricate.typing(note).say(note, "insert", 0, "draft").wait(900)
    pasted(made, other, "17.50").wait(900)
    assert told(fabricate.kept(made)) == []


def test_a_document_that_opens_is_no_run(fabricate: Any) -> None:
    body = fabricate.entry("body", role="text")
    made = fabricate.typing(body).click(20, 20).say(body, "insert", 0, "chapter one " * 100).wait(900)
    assert told(fabricate.kept(made)) == []


def test_a_huge_paste_is_one_mark(fabricate: Any) -> None:
    note = fabricate.entry()
    kept = fabricate.kept(pasted(fabricate.typing(note), note, "word " * 2_000).wait(900))
    assert (told(kept), reasons(kept)) == ([], ["undecided"])


# Undo, redo, drag


def test_undo_takes_nothing_from_what_was_typed_and_redo_brings_it_back(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "hello you")
    pressed_ns = made.now_ns
    shortcut(made, UNDO).say(note, "delete", 6, "you", pressed_ns + 8 * MS).wait(500)
    pressed_ns = made.now_ns
    shortcut(made, UNDO, "shift").say(note, "insert", 6, "you", pressed_ns + 8 * MS).wait(20_000)
    assert told(fabricate.kept(made)) == [("hello you", "typed"), ("you", "restored")]


def test_a_secret_that_comes_back_by_undo_is_a_token(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "ann@example.com" + "\b" * 15).click(20, 20).wait(500)
    pressed_ns = made.now_ns
    shortcut(made, UNDO).say(note, "insert", 0, "ann@example.com", pressed_ns + 8 * MS).wait(20_000)
    kept = fabricate.kept(made)
    assert told(kept) == [("", "typed"), ("<EMAIL_1>", "restored")]
    assert presses(kept) == ["z"]


def test_text_dragged_is_moved(fabricate: Any) -> None:
    note, other = fabricate.entry(), fabricate.entry("Other", at=LOW)
    made = fabricate.typing(note).point(20, 20, "down", button=1).wait(100).point(60, 110).wait(100)
    made.point(60, 110, "up", button=1).say(note, "delete", 0, "ann@example.com").say(
        other, "insert", 0, "ann@example.com"
    )
    assert told(fabricate.kept(made.wait(20_000))) == [("<EMAIL_1>", "moved")]


# Completion


def test_completion_and_correction_are_told_as_such(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).key("n", "n").say(note, "insert", 0, "north").key("Return", "\r")
    assert told(fabricate.kept(made.wait(20_000))) == [("north", "completed")]
    made = fabricate.typing(note).type(note, "teh ")
    made.say(note, "delete", 0, "teh").say(note, "insert", 0, "the").key("Return", "\r")
    assert told(fabricate.kept(made.wait(20_000))) == [("the ", "completed")]


def test_autofill_fills_several_fields_and_each_is_what_its_label_says(fabricate: Any) -> None:
    names = ("City", "Card number", "E-mail")
    fields = [fabricate.entry(name, at=Rect(10, 10 + 40 * at, 300, 24)) for at, name in enumerate(names)]
    made = fabricate.typing(fields[0]).key("Down").key("Return", "\r")
    for field, text in zip(fields, ("Bergen", "4111 1111 1111 1111", "ann@example.com"), strict=True):
        made.say(field, "insert", 0, text)
    kept = fabricate.kept(made.wait(20_000))
    assert sorted(told(kept)) == [("<CARD_1>", "filled"), ("<EMAIL_1>", "filled"), ("Bergen", "filled")]


def test_a_corrected_word_chosen_from_a_menu_is_filled_in(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "teh").click(20, 20).wait(100)
    made.say(note, "delete", 0, "teh").say(note, "insert", 0, "the").wait(20_000)
    assert told(fabricate.kept(made)) == [("teh", "typed"), ("he", "filled")]


# Input methods


def test_a_code_point_spelled_out_is_committed(fabricate: Any) -> None:
    note = fabricate.entry()
    made = shortcut(fabricate.typing(note), ("U", "\x15"), "shift").type(None, "20ac ")
    made.fields[note.id] = "€"
    kept = fabricate.kept(made.say(note, "insert", 0, "€").type(note, "5").key("Return", "\r").wait(20_000))
    assert told(kept) == [("€", "committed"), ("5", "typed")]
    assert presses(kept) == ["U", "5", "Return"]


def test_a_code_point_spelled_with_control_held_is_committed(fabricate: Any) -> None:
    note = fabricate.entry()
    made = shortcut(fabricate.typing(note), ("U", "\x15"), "shift")
    for digit in "20ac":
        made.key(digit, modifiers=("ctrl", "shift"))
    made.fields[note.id] = "€"
    kept = fabricate.kept(made.say(note, "insert", 0, "€").wait(300).type(note, "5").key("Return", "\r").wait(20_000))
    assert told(kept) == [("€", "committed"), ("5", "typed")]
    assert presses(kept) == ["U", "5", "Return"]


def test_where_the_shortcut_spells_nothing_what_follows_is_typed(fabricate: Any) -> None:
    note = fabricate.entry()
    made = shortcut(fabricate.typing(note), ("U", "\x15"), "shift").type(note, "bead on").key("Return", "\r")
    kept = fabricate.kept(made.wait(20_000))
    assert "".join(text for text, _ in told(kept)) == "bead on"
    assert {entered for _, entered in told(kept)} == {"typed"}


def test_an_input_method_commits_what_its_keys_do_not_tell(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(None, "nihao ").say(note, "insert", 0, "你好").key("Return", "\r")
    kept = fabricate.kept(made.wait(20_000))
    assert told(kept) == [("你好", "committed")]
    assert presses(kept) == ["Return"]


def test_a_secret_committed_is_a_token(fabricate: Any) -> None:
    note = fabricate.entry("Password")
    made = fabricate.typing(note).type(None, "nihao ").say(note, "insert", 0, "你好").key("Return", "\r")
    assert told(fabricate.kept(made.wait(20_000))) == [("<SECRET_1>", "committed")]


# Bursts


def test_the_same_character_typed_right_after_a_backspace(fabricate: Any) -> None:
    for char, text in (("c", "abc"), ("d", "abd")):
        note = fabricate.entry()
        made = fabricate.typing(note).type(note, "abc")
        start_ns = made.now_ns
        for at, (keysym, typed) in enumerate((("BackSpace", ""), (char, char))):
            for down in (True, False):
                time_ns = start_ns + (20 * at + 10 * (not down)) * MS
                made.add(
                    Key(time_ns=time_ns, seq=0, down=down, keycode=80 + at, keysym=keysym, text=typed if down else "")
                )
        made.say(note, "delete", 2, "c", start_ns + 8 * MS).say(note, "insert", 2, char, start_ns + 28 * MS)
        made.now_ns = start_ns + 100 * MS
        kept = fabricate.kept(made.key("Return", "\r").wait(20_000))
        assert [(run.text, run.corrections) for run in of(kept, TextRun)] == [(text, 1)]
        assert reasons(kept) == []


def test_a_backspace_and_return_in_one_burst(fabricate: Any) -> None:
    for typed, left in (("ab", "a"), ("a", "")):
        note = fabricate.entry()
        made = fabricate.typing(note).type(note, typed)
        start_ns = made.now_ns
        for at, (keysym, text) in enumerate((("BackSpace", ""), ("Return", "\r"))):
            made.add(Key(time_ns=start_ns + 3 * at * MS, seq=0, down=True, keycode=80 + at, keysym=keysym, text=text))
        made.say(note, "delete", len(typed) - 1, typed[-1], start_ns + 9 * MS)
        if left:
            made.say(note, "delete", 0, left, start_ns + 12 * MS)
        kept = fabricate.kept(made.wait(20_000))
        assert told(kept) == [(left, "typed")]
        assert reasons(kept) == []


def test_backspaces_alone_before_return_wait_for_their_evidence(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "hello").click(20, 20).wait(900)
    start_ns = made.now_ns
    for at, (keysym, text) in enumerate((("BackSpace", ""), ("Return", "\r"))):
        made.add(Key(time_ns=start_ns + 3 * at * MS, seq=0, down=True, keycode=80 + at, keysym=keysym, text=text))
    made.say(note, "delete", 4, "o", start_ns + 9 * MS)
    kept = fabricate.kept(made.wait(20_000))
    assert presses(kept) == [*"hello", "BackSpace", "Return"]
    assert (told(kept), reasons(kept)) == ([("hello", "typed")], [])


# Fast switching


@pytest.mark.parametrize("lag_ms", [0, 5, 25, 60, 150, 300, 600])
@pytest.mark.parametrize("way", ["tab", "click", "by itself"])
def test_typing_around_a_change_to_a_password_field(fabricate: Any, lag_ms: int, way: str) -> None:
    """Keys between the change of the focus and word of it are nobody's; those proven before and after are kept."""
    user, secret = fabricate.entry("User"), fabricate.entry("Password", secure=True, at=LOW)
    made = fabricate.typing(user).type(user, "hello")
    start_ns = made.now_ns
    if way == "tab":
        made.key("Tab", "\t")
    elif way == "click":
        made.click(20, 110)
    made.type(None, "xq")
    made.focus(secret, 0)
    made.records[-1] = type(made.records[-1])(
        time_ns=max(start_ns + lag_ms * MS, start_ns), seq=0, cause="focus", element=secret, asked_ns=start_ns
    )
    made.wait(max(0, lag_ms - 200)).type(secret, "jk").key("Tab", "\t").focus(user).wait(300).type(user, "you")
    kept = fabricate.kept(made.key("Return", "\r").wait(20_000))
    assert [text for text, _ in told(kept)] == ["hello", "you"]
    assert not {"x", "q", "j", "k"} & set(presses(kept))
    assert "secure_field" in reasons(kept)


@pytest.mark.parametrize("lag_ms", [0, 5, 25, 60, 150, 300, 600])
def test_typing_around_a_change_to_a_window_out_of_scope(fabricate: Any, lag_ms: int) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "hello")
    switched_ns = made.now_ns
    made.type(None, "xq").wait(lag_ms).windows(2).type(None, "jk")
    back_ns = made.now_ns
    made.windows(1).focus(note, 1)
    made.wait(50).type(note, "you").key("Return", "\r").wait(20_000)
    kept = fabricate.kept(made)
    assert switched_ns < back_ns
    assert not {"x", "q", "j", "k"} & set(presses(kept))
    assert {text for text, _ in told(kept)} <= {"hello", "you"}
    assert "you" in {text for text, _ in told(kept)}


def test_what_was_proven_before_a_change_of_the_focus_is_kept(fabricate: Any) -> None:
    note, secret = fabricate.entry(), fabricate.entry("Password", secure=True, at=LOW)
    made = fabricate.typing(note).type(note, "hello").type(None, "x").focus(secret, 1).type(secret, "yz").wait(900)
    kept = fabricate.kept(made)
    assert told(kept) == [("hello", "typed")]
    assert "".join(key.text for key in of(kept, Key)) == "hello"
    assert reasons(kept) == ["secure_field", "focus_uncertain"]


def test_keys_that_another_field_received_first_are_its_own(fabricate: Any) -> None:
    one, two = fabricate.entry("One"), fabricate.entry("Two", at=LOW)
    made = fabricate.typing(one).type(one, "here").type(two, "t").focus(two, 1).type(two, "here").key("Return", "\r")
    kept = of(fabricate.kept(made.wait(20_000)), TextRun)
    assert [(run.text, run.element.name) for run in kept] == [("here", "One"), ("there", "Two")]
