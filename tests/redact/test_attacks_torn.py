"""Programs that go while something is typed: what was typed there is no whole thing, and nothing of it is kept."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from understudy.records.events import Key, Mark
from understudy.records.kept import Kept, TextRun
from understudy.redact.policy import AppRule

HALVES = ("4000 1234 5", "123-45-", "ghp_4f9aK", "Dobnelav Ker", "somebody.else@ex")


def texts(kept: list[Kept]) -> list[str]:
    return [each.text for each in kept if isinstance(each, TextRun)]


def presses(kept: list[Kept]) -> list[str]:
    return [each.keysym for each in kept if isinstance(each, Key) and each.down]


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("lag_ms", [5, 300])
def test_half_of_what_was_typed_as_its_program_went_is_dropped(fabricate: Any, half: str, lag_ms: int) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, half).windows(None).wait(lag_ms).windows(None, fabricate.bank)
    kept = fabricate.kept(made.wait(70_000))
    assert texts(kept) == presses(kept) == []
    assert [each.reason for each in kept if isinstance(each, Mark) and each.kind == "dropped"] == ["undecided"]


def test_what_is_typed_on_into_the_window_beneath_is_dropped(fabricate: Any) -> None:
    note, other = fabricate.entry(), fabricate.entry("Other", pid=300)
    beneath = msgspec.structs.replace(fabricate.page, id=3, pid=300)
    made = fabricate.session().windows(3, beneath, fabricate.page).focus(other).wait(100)
    made.windows(1).focus(note).wait(500).type(note, "4000 1234 5").windows(3, beneath).wait(150)
    made.type(other, "678 9010").key("Return", "\r").wait(1_000).type(other, "thanks").key("Return", "\r")
    kept = fabricate.kept(made.wait(70_000))
    assert texts(kept) == ["thanks"]
    assert presses(kept) == ["Return", *"thanks", "Return"]


def test_the_beginning_of_a_secret_before_a_click_goes_with_the_rest(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "4000 1234 ").click(20, 20).wait(600).type(note, "56")
    kept = fabricate.kept(made.windows(None, fabricate.bank).wait(70_000))
    assert texts(kept) == presses(kept) == []


def test_what_was_finished_before_is_kept(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "milk and bread").click(20, 60).wait(200).windows(None, fabricate.bank)
    assert texts(fabricate.kept(made.wait(1_000))) == ["milk and bread"]


def test_what_is_typed_before_another_window_is_chosen_is_kept(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "milk and bread").windows(2).wait(1_000)
    kept = fabricate.kept(made.windows(None, fabricate.bank).wait(1_000))
    assert texts(kept) == ["milk and bread"]
    assert len(presses(kept)) == len("milk and bread")


@pytest.mark.parametrize(("typed", "text"), [("lavender pepper", "lavender pepper"), ("ann@example.com", "<EMAIL_1>")])
def test_a_sheet_that_keeps_the_focus_tears_nothing(fabricate: Any, typed: str, text: str) -> None:
    sheet, cell = fabricate.entry("", role="panel", key="sheet"), fabricate.entry("", role="text", key="cell")
    made = fabricate.typing(sheet).show(fabricate.page, (sheet, ""), (cell, ""))
    for char in typed:
        made.type(cell, char).tree(fabricate.page)
    kept = fabricate.kept(made.key("Return", "\r").wait(20_000))
    assert texts(kept) == [text]


def test_the_rest_stays_covered_where_it_was_typed(fabricate: Any) -> None:
    note, other = fabricate.entry(), fabricate.entry("Other", pid=300)
    beneath = msgspec.structs.replace(fabricate.page, id=3, pid=300)
    made = fabricate.session().windows(3, beneath, fabricate.page).focus(other).wait(100)
    made.windows(1).focus(note).wait(500).type(note, "somebody.else@ex").windows(3, beneath).wait(150)
    made.type(other, "ample.com").key("Return", "\r").wait(1_000)
    made.show(beneath, (other, "ample.com")).settle(beneath).wait(3_000).settle(beneath)
    shown = fabricate.screens(fabricate.kept(made))[-1]
    assert fabricate.colours(shown, other.bounds) == {(40, 40, 40)}


@pytest.mark.parametrize(("end", "kept_text"), [("", []), ("Return", ["horse"]), ("click", ["horse"])])
def test_the_rest_of_a_password_whose_program_went_is_dropped(fabricate: Any, end: str, kept_text: list[str]) -> None:
    secret, other = fabricate.entry("Password", secure=True), fabricate.entry("Other", pid=300)
    beneath = msgspec.structs.replace(fabricate.page, id=3, pid=300)
    made = fabricate.session().windows(3, beneath, fabricate.page).focus(other).wait(100)
    made.windows(1).focus(secret).wait(500).type(secret, "correct")
    if end == "Return":
        made.key("Return", "\r")
    elif end == "click":
        made.click(20, 60)
    made.windows(3, beneath).wait(150).type(other, "horse").key("Return", "\r")
    kept = fabricate.kept(made.wait(70_000))
    assert texts(kept) == kept_text
    assert "c" not in presses(kept) and [each for each in presses(kept) if len(each) == 1] == list("".join(kept_text))


def test_what_a_program_without_a_tree_was_told_as_it_went_is_dropped(fabricate: Any) -> None:
    bare = AppRule(name="Editor", program="editor", keys="text", keyboard_text=True)
    beneath = msgspec.structs.replace(fabricate.page, id=3, pid=300)
    made = fabricate.session().windows(1, beneath, fabricate.page).wait(100)
    made.type(None, "4000 1234 5").windows(3, beneath).wait(150).type(None, "678 9010").key("Return", "\r")
    made.wait(2_000).type(None, "thanks").key("Return", "\r")
    kept = fabricate.kept(made.wait(70_000), bare)
    assert texts(kept) == ["thanks"]
    assert [each for each in presses(kept) if len(each) == 1] == list("thanks")


def test_recorders_that_tell_of_the_window_in_front_alone_tear_nothing(fabricate: Any) -> None:
    bare = AppRule(name="Editor", program="editor", keys="text", keyboard_text=True)
    other = msgspec.structs.replace(fabricate.page, id=3, pid=300)
    made = fabricate.session().windows(1, fabricate.page).wait(100).type(None, "milk and bread")
    made.windows(3, other).wait(100).type(None, "thanks").key("Return", "\r").wait(70_000)
    assert " ".join(texts(fabricate.kept(made, bare))) == "milk and bread thanks"


@pytest.mark.parametrize("told_first", [False, True])
def test_a_key_on_its_way_as_its_program_went_is_not_what_the_click_put_there(fabricate: Any, told_first: bool) -> None:
    note, other = fabricate.entry(), fabricate.entry("Other", pid=300)
    beneath = msgspec.structs.replace(fabricate.page, id=3, pid=300)
    made = fabricate.session().windows(3, beneath, fabricate.page).focus(other).wait(100)
    made.windows(1).focus(note).wait(500).click(20, 20).type(note, "123")
    # Pressed while the first program lived, told by the field of the one beneath.
    made.type(None, "-")
    if told_first:
        made.say(other, "insert", 0, "-").wait(5)
    made.windows(3, beneath)
    if not told_first:
        made.say(other, "insert", 0, "-")
    kept = fabricate.kept(made.wait(10).type(other, "45-6789").key("Return", "\r").wait(70_000))
    assert texts(kept) == []
    assert presses(kept) == ["Return"]
