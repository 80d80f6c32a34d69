"""Typed runs: kept by the element's word, dropped with one mark otherwise."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from understudy.records.elements import Element
from understudy.records.events import Key, Mark
from understudy.records.geometry import Rect
from understudy.records.kept import Kept, TextRun
from understudy.redact.policy import AppRule
from understudy.redact.shape import shape_of


def runs(kept: list[Kept]) -> list[TextRun]:
    return [each for each in kept if isinstance(each, TextRun)]


def keys(kept: list[Kept], *, plain: bool = False) -> list[Key]:
    return [each for each in kept if isinstance(each, Key) and (not plain or each.run is None)]


def reasons(kept: list[Kept]) -> list[str]:
    return [each.reason for each in kept if isinstance(each, Mark) and each.kind == "dropped"]


def test_harmless_text_is_kept_with_its_keys(fabricate: Any) -> None:
    note = fabricate.entry()
    kept = fabricate.kept(fabricate.typing(note).type(note, "hello").key("Return", "\r"))
    (run,) = runs(kept)
    assert (run.text, run.scrubbed, run.corrections, run.source, run.run) == ("hello", False, 0, "element", 0)
    assert run.element is not None and run.element.name == "Note" and run.element.value == ""
    downs = [key for key in keys(kept) if key.down]
    assert [key.keysym for key in downs] == ["h", "e", "l", "l", "o", "Return"]
    assert [key.run for key in downs] == [0] * 5 + [None]
    assert (run.start_ns, run.time_ns) == (downs[0].time_ns, downs[4].time_ns)
    times = [key.time_ns for key in keys(kept)]
    assert times == sorted(times)
    assert [key.seq for key in keys(kept)] == list(range(12))


def test_edits_are_applied_and_counted(fabricate: Any) -> None:
    note = fabricate.entry()
    (run,) = runs(fabricate.kept(fabricate.typing(note).type(note, "helo\b\bllo").key("Tab", "\t")))
    assert (run.text, run.corrections) == ("hello", 2)


def test_a_secret_leaves_a_token_and_no_key(fabricate: Any) -> None:
    note = fabricate.entry()
    kept = fabricate.kept(fabricate.typing(note).type(note, "to ann@example.com ok").key("Return", "\r"))
    (run,) = runs(kept)
    assert (run.text, run.scrubbed) == ("to <EMAIL_1> ok", True)
    assert run.time_ns == run.start_ns
    assert {key.keysym for key in keys(kept)} == {"Return"}


def test_a_secret_taken_back_leaves_no_key_either(fabricate: Any) -> None:
    note = fabricate.entry()
    secret = "ann@example.com"
    kept = fabricate.kept(fabricate.typing(note).type(note, secret + "\b" * len(secret) + "ok").key("Return", "\r"))
    (run,) = runs(kept)
    assert (run.text, run.scrubbed, run.corrections) == ("ok", True, 0)
    assert {key.keysym for key in keys(kept)} == {"Return"}


def test_length_and_rhythm_of_a_secret_leave_no_trace(fabricate: Any) -> None:
    def session(secret: str) -> list[Kept]:
        note = fabricate.entry()
        made = fabricate.typing(note).type(note, secret)
        made.now_ns = 20_000_000_000
        return fabricate.kept(made.key("Return", "\r").wait(1_000))

    assert session("a@example.com") == session("somebody.longer@mail.example.org")


def test_both_halves_of_a_secret_are_one_token(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "to ann").key("c", "", modifiers=("ctrl",)).type(note, "@example.com")
    kept = fabricate.kept(made.key("Return", "\r"))
    assert [(run.text, run.scrubbed) for run in runs(kept)] == [("to <EMAIL_1>", True)]
    assert reasons(kept) == ["scrubbed"]
    assert {key.keysym for key in keys(kept)} == {"c", "Return"}


def test_without_evidence_there_is_one_mark(fabricate: Any) -> None:
    kept = fabricate.kept(fabricate.typing().type(None, "hunter").key("Return", "\r").wait(1_000))
    assert (runs(kept), reasons(kept)) == ([], ["no_evidence"])
    assert {key.keysym for key in keys(kept)} == {"Return"}


def test_evidence_that_differs_drops_the_run(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "abc").type(note, "d", told=False).key("Return", "\r").wait(1_000)
    kept = fabricate.kept(made)
    assert (runs(kept), reasons(kept)) == ([], ["evidence_differs"])


def test_programs_that_replace_what_is_there(fabricate: Any) -> None:
    """Chromium's way: the old text out, the new one in, at each key."""
    note = fabricate.entry()
    made = fabricate.typing(note)
    for held, char in (("", "a"), ("a", "b"), ("ab", "c")):
        made.key(char, char)
        if held:
            made.say(note, "delete", 0, held)
        made.say(note, "insert", 0, held + char)
    (run,) = runs(fabricate.kept(made.key("Return", "\r")))
    assert (run.text, run.corrections, run.scrubbed) == ("abc", 0, False)


def test_autocompletion_is_what_the_element_received(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).key("n", "n").say(note, "insert", 0, "north").key("Return", "\r")
    (run,) = runs(fabricate.kept(made))
    assert run.text == "north"


def test_autocorrection_is_what_the_element_received(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "teh ")
    made.say(note, "delete", 0, "teh").say(note, "insert", 0, "the").key("Return", "\r")
    (run,) = runs(fabricate.kept(made))
    assert run.text == "the "


def test_a_paste_is_a_run_without_keys(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "x")
    pressed_ns = made.now_ns
    made.key("v", "\x16", modifiers=("ctrl",))
    kept = fabricate.kept(made.say(note, "insert", 1, "pasted").wait(900))
    assert [(run.text, run.entered) for run in runs(kept)] == [("x", "typed"), ("pasted", "pasted")]
    assert runs(kept)[1].start_ns == pressed_ns
    assert [key.keysym for key in keys(kept, plain=True) if key.down] == ["v"]


@pytest.mark.parametrize(
    ("level", "text", "names"),
    [("text", "Hi 42", {"H", "i", " ", "4", "2"}), ("shape", "Aa 99", {""}), ("timing", "", {""})],
)
def test_levels(fabricate: Any, level: Any, text: str, names: set[str]) -> None:
    note = fabricate.entry()
    kept = fabricate.kept(
        fabricate.typing(note).type(note, "Hi 42").key("Return", "\r"), AppRule(name="E", program="editor", keys=level)
    )
    (run,) = runs(kept)
    assert (run.text, run.level) == (text, level)
    typed = [key for key in keys(kept) if key.run is not None]
    assert len(typed) == 10
    assert {key.keysym for key in typed} == names
    assert level == "text" or all(key.keycode == 0 and not key.text and not key.modifiers for key in typed)


def test_level_nothing_leaves_one_mark_and_the_other_keys(fabricate: Any) -> None:
    note = fabricate.entry()
    kept = fabricate.kept(
        fabricate.typing(note).type(note, "hello").key("Return", "\r"), AppRule(name="E", program="editor")
    )
    assert (runs(kept), reasons(kept)) == ([], ["policy"])
    assert {key.keysym for key in keys(kept)} == {"Return"}


def test_terminals_leave_marks_only(fabricate: Any) -> None:
    shell = fabricate.entry("shell", role="terminal")
    kept = fabricate.kept(
        fabricate.typing(shell).type(shell, "ls -l").key("Return", "\r"),
        AppRule(name="T", program="editor", keys="text", terminal=True),
    )
    assert (runs(kept), reasons(kept)) == ([], ["terminal"])


def test_keyboard_text_only_where_the_policy_says_so(fabricate: Any) -> None:
    made = fabricate.session().windows(1).wait(300).type(None, "helo\blo").key("Return", "\r")
    kept = fabricate.kept(made, AppRule(name="E", program="editor", keys="text", keyboard_text=True))
    (run,) = runs(kept)
    assert (run.text, run.source, run.corrections, run.element) == ("hello", "keyboard", 1, None)
    assert reasons(fabricate.kept(made.wait(900))) == ["no_tree"]


def test_keys_before_the_focus_is_told_follow_their_evidence(fabricate: Any) -> None:
    one, two = fabricate.entry("One"), fabricate.entry("Two", at=Rect(10, 50, 300, 24))
    made = fabricate.typing(one).click(20, 60).type(two, "a")
    made.focus(two, 1).type(two, "bc").key("Return", "\r")
    (run,) = runs(fabricate.kept(made))
    assert run.text == "abc" and run.element is not None and run.element.name == "Two"


def test_keys_that_went_into_a_password_unannounced_are_dropped(fabricate: Any) -> None:
    user, secret = fabricate.entry("User"), fabricate.entry("Password", secure=True)
    made = fabricate.typing(user).type(user, "ann").key("Tab", "\t").type(None, "x").focus(secret, 1)
    kept = fabricate.kept(made.type(secret, "yz").key("Tab", "\t").focus(user).wait(900))
    assert [run.text for run in runs(kept)] == ["ann"]
    assert reasons(kept) == ["secure_field", "focus_uncertain"]
    assert not {"x", "y", "z"} & {key.keysym for key in keys(kept)}


def test_shift_shares_the_fate_of_its_run(fabricate: Any) -> None:
    note = fabricate.entry()

    def session(text: str) -> list[Kept]:
        made = fabricate.typing(note)
        made.add(Key(time_ns=made.now_ns, seq=0, down=True, keycode=50, keysym="Shift_L"))
        made.wait(30).type(note, text)
        made.add(Key(time_ns=made.now_ns, seq=0, down=False, keycode=50, keysym="Shift_L", modifiers=("shift",)))
        return fabricate.kept(made.wait(50).key("Return", "\r"))

    assert [key.keysym for key in keys(session("Hi"), plain=True)] == ["Return", "Return"]
    assert {key.keysym for key in keys(session("A@example.com"))} == {"Return"}


def test_shift_for_a_shortcut_is_a_plain_key(fabricate: Any) -> None:
    made = fabricate.typing()
    made.add(Key(time_ns=made.now_ns, seq=0, down=True, keycode=50, keysym="Shift_L"))
    made.wait(30).key("ISO_Left_Tab", "\t", modifiers=("shift",))
    made.add(Key(time_ns=made.now_ns, seq=0, down=False, keycode=50, keysym="Shift_L", modifiers=("shift",)))
    kept = keys(fabricate.kept(made))
    assert [(key.keysym, key.down) for key in kept] == [
        ("Shift_L", True),
        ("ISO_Left_Tab", True),
        ("ISO_Left_Tab", False),
        ("Shift_L", False),
    ]


def test_long_typing_is_cut_where_nothing_straddles(fabricate: Any) -> None:
    note = fabricate.entry()
    text = "the order came in today and was sent on " * 8
    kept = fabricate.kept(fabricate.typing(note).type(note, text).key("Return", "\r"))
    pieces = runs(kept)
    assert len(pieces) > 2
    assert "".join(run.text for run in pieces) == text
    assert all(run.time_ns - run.start_ns < 15_000_000_000 for run in pieces)
    for run in pieces:
        assert "".join(key.text for key in keys(kept) if key.run == run.run and key.down) == run.text
    times = [key.time_ns for key in keys(kept)]
    assert times == sorted(times)


def test_a_cut_never_splits_a_secret(fabricate: Any) -> None:
    note = fabricate.entry()
    for before in range(60, 100, 3):
        text = "word " * 20
        text = text[:before] + " 4111 1111 1111 1111 " + "and so on until the end of it all " * 2
        kept = fabricate.kept(fabricate.typing(note).type(note, text).key("Return", "\r"))
        joined = "".join(run.text for run in runs(kept))
        assert "1111" not in joined and joined.count("<CARD_1>") == 1
        assert "1111" not in "".join(key.text for key in keys(kept))


def test_what_can_not_be_cut_is_dropped_as_undecided(fabricate: Any) -> None:
    note = fabricate.entry()
    kept = fabricate.kept(fabricate.typing(note).type(note, "x" * 450).key("Return", "\r").wait(900))
    assert reasons(kept)[0] == "undecided"
    assert all(len(run.text) < 100 for run in runs(kept))


def test_evidence_after_the_closing_key_still_counts(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note)
    made.add(Key(time_ns=made.now_ns, seq=0, down=True, keycode=38, keysym="a", text="a"))
    made.wait(5).key("Return", "\r")
    made.say(note, "insert", 0, "a").wait(300)
    assert [run.text for run in runs(fabricate.kept(made))] == ["a"]


def test_shapes() -> None:
    assert shape_of("Héllo <EMAIL_12>, 42 €") == "Aaaaa <EMAIL_12>. 99 ."


def test_numbers_tell_nothing_of_what_was_dropped(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(None, "lost").click(200, 200).wait(900).type(note, "kept").key("Return", "\r")
    kept = fabricate.kept(made)
    assert [run.run for run in runs(kept)] == [0]
    assert [key.seq for key in keys(kept)] == list(range(len(keys(kept))))


def test_the_value_of_an_element_is_never_kept(fabricate: Any) -> None:
    note: Element = msgspec.structs.replace(fabricate.entry(), value="12.50")
    (run,) = runs(fabricate.kept(fabricate.typing(note).type(note, "hello").key("Return", "\r")))
    assert run.element is not None and (run.element.value, run.element.value_class) == ("", "number")


def test_a_compose_sequence_belongs_to_its_run(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).key("Multi_key").key("apostrophe").key("e", "é").say(note, "insert", 0, "é")
    kept = fabricate.kept(made.key("Return", "\r"))
    assert [run.text for run in runs(kept)] == ["é"]
    assert {key.keysym for key in keys(kept, plain=True)} == {"Return"}
    made = fabricate.typing(note).key("Multi_key").key("apostrophe").key("e", "é").key("Return", "\r")
    assert {key.keysym for key in keys(fabricate.kept(made.wait(900)))} == {"Return"}


def test_the_space_bar_presses_buttons(fabricate: Any) -> None:
    button = msgspec.structs.replace(fabricate.entry("Save", role="push button"), states=("focused",))
    kept = fabricate.kept(fabricate.typing(button).key("space", " ").wait(900))
    assert [key.keysym for key in keys(kept, plain=True) if key.down] == ["space"]
    assert reasons(kept) == []
