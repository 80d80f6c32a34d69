"""Secrets typed in several goes or into several fields: no half of them is kept, nor how long they were."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from understudy.records.elements import Element, Node
from understudy.records.events import Key, Mark, Tree, Windows
from understudy.records.geometry import Rect
from understudy.records.kept import Kept, TextRun
from understudy.redact.guard import Guard
from understudy.redact.policy import AppRule
from understudy.redact.scrub import Scrubber

MS = 1_000_000
CARD = ("4111", "1111", "1111", "1111")
HARMLESS_KEYS = {"Return", "Tab", "s", "c", "Left", "Right", "Control_L", "End", "v"}


def of(kept: list[Kept], kind: type[Any]) -> list[Any]:
    return [each for each in kept if isinstance(each, kind)]


def texts(kept: list[Kept]) -> list[str]:
    return [run.text for run in of(kept, TextRun)]


def reasons(kept: list[Kept]) -> list[str]:
    return [mark.reason for mark in of(kept, Mark) if mark.kind == "dropped"]


def pressed(kept: list[Kept]) -> set[str]:
    return {key.keysym for key in of(kept, Key)}


def boxes(fabricate: Any, count: int, *names: str, width: int = 60) -> list[Element]:
    """Fields in a row."""
    places = [Rect(10 + at * (width + 10), 10, width, 24) for at in range(count)]
    called = names or tuple(f"Box {at}" for at in range(count))
    return [fabricate.entry(called[at], at=place, key=f"b{at}") for at, place in enumerate(places)]


def fill(fabricate: Any, fields: list[Element], words: tuple[str, ...], *, lag: int = 10, wait: int = 0) -> Any:
    """Each word typed into its field, Tab between."""
    made = fabricate.typing(fields[0])
    for at, (field, word) in enumerate(zip(fields, words, strict=True)):
        if at:
            made.wait(wait).key("Tab", "\t").focus(field, lag)
        made.type(field, word)
    return made


def between(fabricate: Any, kind: str, first: str, second: str) -> Any:
    """`first`, something in between, `second`, all into one field."""
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, first)
    if kind == "shortcut":
        made.key("s", "\x13", modifiers=("ctrl",))
    elif kind == "click":
        made.click(20, 20)
    elif kind == "pause":
        made.wait(12_000)
    elif kind == "click and pause":
        made.click(20, 20).wait(10_000)
    elif kind == "other window":
        made.windows(2).wait(3_000).windows(1).focus(note)
    elif kind == "other window in scope":
        other = fabricate.entry("Search", at=Rect(10, 200, 300, 24))
        made.key("Tab", "\t").focus(other).wait(500).click(20, 20).focus(note)
    else:
        raise ValueError(kind)
    return made.wait(100).type(note, second).key("Return", "\r").wait(20_000)


GOES = ("shortcut", "click", "pause", "click and pause", "other window", "other window in scope")
HALVES = (
    ("4111 1111 ", "1111 1111"),
    ("4111 1111 11", "11 1111"),
    ("ann.lee", "@example.com"),
    ("ann.lee@exam", "ple.com"),
    ("ghp_abcdefgh", "ijklmnopqrst123456"),
    ("AKIAIOSF", "ODNN7EXAMPLE"),
)


@pytest.mark.parametrize("kind", GOES)
@pytest.mark.parametrize(("first", "second"), HALVES)
def test_no_half_of_a_secret_is_kept(fabricate: Any, kind: str, first: str, second: str) -> None:
    kept = fabricate.kept(between(fabricate, kind, first, second))
    written = msgspec.json.encode([each for each in kept if isinstance(each, TextRun | Windows)]).decode()
    assert first.strip() not in written and second.strip() not in written
    assert pressed(kept) <= HARMLESS_KEYS
    assert sum(run.scrubbed for run in of(kept, TextRun)) == 1


@pytest.mark.parametrize("kind", GOES)
def test_harmless_words_in_two_goes_are_kept(fabricate: Any, kind: str) -> None:
    kept = fabricate.kept(between(fabricate, kind, "the order of ", "today is here"))
    assert "".join(texts(kept)) == "the order of today is here"
    assert "".join(key.text for key in of(kept, Key) if key.run is not None) == "the order of today is here"


def test_halves_of_secrets_of_other_lengths_leave_the_same(fabricate: Any) -> None:
    def session(first: str, second: str) -> list[Kept]:
        note = fabricate.entry()
        made = fabricate.typing(note).type(note, first)
        made.now_ns = 5_000 * MS
        made.key("s", "\x13", modifiers=("ctrl",)).type(note, second)
        made.now_ns = 10_000 * MS
        kept: list[Kept] = fabricate.kept(made.key("Return", "\r").wait(20_000))
        return kept

    assert session("ann", "@example.com") == session("somebody.else", "@mail.example.org")
    assert session("4111 1111 ", "1111 1111") == session("378282", "246310005")


def test_a_hold_ends(fabricate: Any) -> None:
    """Text that nothing follows is kept, with its keys, without the field being left."""
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "hello").click(20, 20)
    guard = fabricate.guard()
    early = [each.record for record in made.wait(10_000).records for each in guard.feed(record)]
    assert not of(early, TextRun)
    done = len(made.records)
    late = [each.record for record in made.wait(6_000).records[done:] for each in guard.feed(record)]
    assert texts(late) == ["hello"]


def test_a_pause_of_the_recording_drops_what_looks_like_half_a_secret(fabricate: Any) -> None:
    for text, kept_text in (("4111 1111 11", []), ("hello 17", ["hello 17"])):
        note = fabricate.entry()
        made = fabricate.typing(note).type(note, text).mark("pause").mark("resume")
        made.windows(1).focus(note).type(note, " thanks").key("Return", "\r").wait(20_000)
        kept = fabricate.kept(made)
        assert texts(kept)[: len(kept_text)] == kept_text
        assert "4111" not in "".join(key.text for key in of(kept, Key))


# Several fields


@pytest.mark.parametrize("lag", [1, 40])
def test_a_card_in_four_boxes_is_one_token(fabricate: Any, lag: int) -> None:
    made = fill(fabricate, boxes(fabricate, 4), CARD, lag=lag)
    kept = fabricate.kept(made.key("Return", "\r").wait(20_000))
    assert texts(kept) == ["<CARD_1>"]
    assert reasons(kept) == ["scrubbed"] * 3
    assert pressed(kept) == {"Tab", "Return"}


def test_a_card_in_boxes_that_go_on_by_themselves(fabricate: Any) -> None:
    """The program moves the focus when a box is full; the next key comes before we are told."""
    row = boxes(fabricate, 4)
    made = fabricate.typing(row[0])
    for field, digits in zip(row, CARD, strict=True):
        made.type(field, digits[0])
        made.focus(field, 1).type(field, digits[1:])
    kept = fabricate.kept(made.key("Return", "\r").wait(20_000))
    assert "1111" not in "".join(texts(kept)) and "4111" not in "".join(texts(kept))
    assert pressed(kept) == {"Return"}


def test_a_card_in_boxes_filled_in_slowly(fabricate: Any) -> None:
    kept = fabricate.kept(fill(fabricate, boxes(fabricate, 4), CARD, wait=9_000).key("Return", "\r").wait(30_000))
    assert texts(kept) == ["<CARD_1>"]


def test_a_code_in_boxes_of_one_digit(fabricate: Any) -> None:
    kept = fabricate.kept(fill(fabricate, boxes(fabricate, 6, width=30), tuple("482913")).wait(20_000))
    assert texts(kept) == ["<SECRET_1>"]
    assert pressed(kept) == {"Tab"}


def test_user_and_domain_in_two_fields(fabricate: Any) -> None:
    fields = boxes(fabricate, 2, "User", "Domain", width=150)
    kept = fabricate.kept(fill(fabricate, fields, ("ann", "example.com")).key("Return", "\r").wait(20_000))
    assert texts(kept) == ["<EMAIL_1>"]


def test_user_and_domain_around_a_sign_that_the_form_draws(fabricate: Any) -> None:
    left, right = boxes(fabricate, 2, "One", "Two", width=150)
    sign = Element(id="at", role="label", name="@", pid=100)
    nodes = [Node(element=Element(id="top", role="frame", name="Notes", pid=100), parent=-1)]
    nodes += [Node(element=each, parent=0) for each in (left, sign, right)]
    made = fabricate.typing(left)
    made.add(
        Tree(
            time_ns=made.now_ns, seq=0, started_ns=made.now_ns, pid=100, bounds=fabricate.page.rect, nodes=tuple(nodes)
        )
    )
    made.type(left, "ann").key("Tab", "\t").focus(right).type(right, "example.com").key("Return", "\r")
    assert texts(fabricate.kept(made.wait(20_000))) == ["<EMAIL_1>"]


def test_messages_that_hold_a_card_between_them(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note)
    for part in ("4111 1111", "1111 1111"):
        made.type(note, part)
        pressed_ns = made.now_ns
        made.key("Return", "\r").say(note, "delete", 0, part, pressed_ns + 5 * MS)
        made.fields[note.id] = ""
    assert texts(fabricate.kept(made.wait(20_000))) == ["<CARD_1>"]


def test_harmless_numbers_in_neighbouring_fields_are_kept(fabricate: Any) -> None:
    words = ("12", "1999", "90", "3")
    kept = fabricate.kept(fill(fabricate, boxes(fabricate, 4), words).key("Return", "\r").wait(20_000))
    assert texts(kept) == list(words)
    assert "".join(key.text for key in of(kept, Key) if key.run is not None) == "".join(words)


def test_fields_far_apart_and_cells_are_not_joined(fabricate: Any) -> None:
    far = [fabricate.entry(f"F{at}", at=Rect(10, 10 + at * 400, 60, 24)) for at in range(4)]
    cells = [msgspec.structs.replace(each, role="table cell", id=f"c{at}") for at, each in enumerate(far)]
    for fields in (far, cells):
        kept = fabricate.kept(fill(fabricate, fields, CARD).key("Return", "\r").wait(20_000))
        assert texts(kept) == list(CARD)


def test_the_group_of_a_box_tells_what_is_in_it(fabricate: Any) -> None:
    day, month = boxes(fabricate, 2, "1", "2")
    group = Element(id="group", role="panel", name="Security code", pid=100)
    nodes = [
        Node(element=Element(id="top", role="frame", name="Notes", pid=100), parent=-1),
        Node(element=group, parent=0),
        Node(element=day, parent=1),
        Node(element=month, parent=1),
    ]
    made = fabricate.typing(day)
    made.add(
        Tree(
            time_ns=made.now_ns, seq=0, started_ns=made.now_ns, pid=100, bounds=fabricate.page.rect, nodes=tuple(nodes)
        )
    )
    made.type(day, "12").key("Tab", "\t").focus(month).type(month, "7").key("Return", "\r")
    assert texts(fabricate.kept(made.wait(20_000))) == ["<SECRET_1>", "<SECRET_2>"]


@pytest.mark.parametrize(
    ("label", "text", "token"),
    [
        ("Card", "4111", "<CARD_1>"),
        ("SSN", "123456", "<ID_1>"),
        ("PIN", "1234", "<SECRET_1>"),
        ("CVV", "123", "<SECRET_1>"),
        ("One-time code", "482913", "<SECRET_1>"),
        ("Verification code", "4829", "<SECRET_1>"),
        ("Quantity", "4829", "4829"),
    ],
)
def test_a_number_is_what_its_label_says(fabricate: Any, label: str, text: str, token: str) -> None:
    field = fabricate.entry(label)
    guard = Guard(fabricate.policy(), Scrubber(("card", "id", "secret")))
    kept = fabricate.typing(field).type(field, text).key("Return", "\r").wait(20_000).run(guard)
    assert texts(kept) == [token]


def test_the_text_before_a_nameless_field_is_its_label(fabricate: Any) -> None:
    field = fabricate.entry("", key="nameless")
    nodes = (
        Node(element=Element(id="top", role="frame", name="Notes", pid=100), parent=-1),
        Node(element=Element(id="l", role="label", name="Card number:", pid=100), parent=0),
        Node(element=field, parent=0),
    )
    made = fabricate.typing(field)
    made.add(Tree(time_ns=made.now_ns, seq=0, started_ns=made.now_ns, pid=100, bounds=fabricate.page.rect, nodes=nodes))
    kept = fabricate.kept(made.type(field, "4111 11").key("Return", "\r").wait(20_000))
    assert texts(kept) == ["<CARD_1>"]


@pytest.mark.parametrize("words", [CARD, ("12", "1999", "90", "3")])
def test_boxes_with_a_card_between_them_stay_covered(fabricate: Any, words: tuple[str, ...]) -> None:
    row = boxes(fabricate, 4)
    made = fabricate.typing(row[0]).show(fabricate.page, *((box, "") for box in row)).settle()
    for at, (field, word) in enumerate(zip(row, words, strict=True)):
        if at:
            made.key("Tab", "\t").focus(field)
        made.type(field, word)
        made.show(fabricate.page, *((box, words[nth] if nth <= at else "") for nth, box in enumerate(row)))
        made.wait(200).tree(fabricate.page).wait(300)
    made.key("Return", "\r").wait(20_000)
    for _ in range(3):
        made.tree(fabricate.page).wait(900)
    seen = [
        [len(fabricate.colours(screen, box.bounds)) > 2 for box in row]
        for screen in fabricate.screens(fabricate.kept(made))[1:]
    ]
    if words == CARD:
        assert all(screen == [False] * 4 for screen in seen[1:]), seen
    else:
        assert seen[-1] == [True] * 4


# Titles


def test_titles_that_repeat_half_a_secret_wait_for_the_other_half(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "4111 1111 ").click(20, 20).wait(2_000)
    titled = msgspec.structs.replace(fabricate.page, title="4111 1111 - Notes")
    made.windows(1, titled, fabricate.bank).wait(2_000).type(note, "1111 1111").key("Return", "\r").wait(20_000)
    made.windows(1, fabricate.page, fabricate.bank)
    assert not any("4111" in window.title for each in of(fabricate.kept(made), Windows) for window in each.windows)


def test_other_titles_do_not_wait_for_a_run_that_is_held(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "hello").click(20, 20).wait(2_000)
    titled = msgspec.structs.replace(fabricate.page, title="Saved")
    guard = fabricate.guard(AppRule(name="Editor", program="editor", keys="text"))
    made.windows(1, titled, fabricate.bank).wait(300)
    kept = [each.record for record in made.records for each in guard.feed(record)]
    assert [each.windows[0].title for each in of(kept, Windows)] == ["Notes", "Saved"]
