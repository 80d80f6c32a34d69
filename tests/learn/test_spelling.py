"""Texts come from the task's words first, then from the screen, then from learnt parts."""

from __future__ import annotations

import pytest

from understudy.learn.spelling import APART, Part, assemble, learn_vocabulary, spell

PARTS = (APART, "0", "p", "x", "PM")
KNOWN = {text: place for place, text in enumerate(PARTS)}
NAMES = ("Harbour Road", "12", "")


@pytest.mark.parametrize(
    ("text", "task", "spelled"),
    [
        ("Zelda", 'Enter "Zelda" into the field', "Zelda"),
        ("green tea for two", "Write down green tea for two and save it", "green tea for two"),
        ("09162014", "Enter 09/16/2014 as the date", "09162014"),
        ("09/16/2014", "Enter 09/16/2014 as the date", "09/16/2014"),
        ("839PM", "Enter 8:39 PM as the time", "839PM"),
        ("0839p", "Enter 8:39 as the time", "0839p"),
        ("839p", "Enter 8:39 PM as the time", "839PM"),
        ("<EMAIL_1>", "Order 3 lamps for <EMAIL_1>", "<EMAIL_1>"),
        ("Harbour Road", "Type the street shown", "Harbour Road"),
        ("zelda", 'Enter "Zelda" into the field', "Zelda"),
        ("Port Hei", "From: Port Heiden, AK", "Port Heiden"),
        ("tAt7", 'the password "tAt7" twice', "tAt7"),
    ],
)
def test_what_is_typed_is_spelled(text: str, task: str, spelled: str) -> None:
    parts = spell(text, task, NAMES, KNOWN)
    assert parts is not None
    assert assemble(parts, task, NAMES, PARTS) == spelled


def test_the_task_comes_first() -> None:
    assert spell("12", "Type 12", NAMES, KNOWN) == (Part("task", 1),)
    assert spell("12", "Type it", NAMES, KNOWN) == (Part("screen", 1),)


def test_the_longer_run_of_words_is_chosen() -> None:
    parts = spell("tea cup", "tea or a tea cup", NAMES, KNOWN)
    assert parts == (Part("task", 3), Part("task", 4))


def test_what_nothing_explains_is_not_spelled() -> None:
    assert spell("q", "Type it", NAMES, KNOWN) is None


def test_a_text_of_single_characters_is_somebodys() -> None:
    assert spell("x0x0", "Type it", NAMES, KNOWN) is not None
    assert spell("x0x0x", "Type it", NAMES, KNOWN) is None


def test_learnt_parts_belong_to_several_people() -> None:
    texts = [("12 Mill Lane", f"task {nth}", "anna") for nth in range(9)]
    texts += [("ASAP", "task 1", person) for person in ("anna", "ben", "cleo")]
    assert set(learn_vocabulary(texts)) - set(" 12MillLaneASP") == {APART, "ASAP"}


def test_one_persons_parts_are_what_they_type_everywhere() -> None:
    texts = [("ASAP", f"task {nth}", "anna") for nth in range(5)] + [("once", "task 1", "anna")]
    assert {part for part in learn_vocabulary(texts) if len(part) > 1} == {"ASAP"}
