"""Task templates: found from several tasks, by what varies in them and by what people did."""

from __future__ import annotations

from understudy.dataset.templates import Told, alone, templates

FRUITS = ("apple", "pear", "plum", "fig", "kiwi", "mango")


def test_what_is_pressed_or_typed_varies() -> None:
    told = [Told(f"Order one {fruit} and send it", (fruit.capitalize(), "Order")) for fruit in FRUITS]
    assert set(templates(told)) == {"· one · and send it"}


def test_what_failed_keeps_the_template_of_the_others() -> None:
    told = [Told(f"Order one {fruit} now", (fruit,)) for fruit in FRUITS * 2]
    # Here nobody pressed what was asked for.
    told.append(Told("Order one plum now", ("fig",)))
    assert set(templates(told)) == {"order one · now"}


def test_values_that_tell_themselves() -> None:
    assert alone('Enter "Tom" as of 12/05/2016') == "enter · as of ·"
    assert alone("Ask <PERSON_1> (@anna) for 3 cups") == "ask · for · cups"
    assert alone("") == ""


def test_how_many_values_there_are_varies_too() -> None:
    told = [Told("Select a1, b2, c3 and click Submit"), Told("Select x9 and click Submit")]
    assert set(templates(told)) == {"select · and click submit"}


def test_a_rare_word_is_a_value_where_another_task_is_the_same_without_it() -> None:
    names = ("ada", "bert", "carl", "dora")
    told = [Told(f"Find the letter of {name} and answer it") for name in names]
    told += [Told("Book a room") for _ in range(5)]
    found = templates(told)
    assert set(found[:4]) == {"find the letter of · and answer it"}
    assert set(found[4:]) == {"book a room"}


def test_one_task_alone_is_its_own_template() -> None:
    assert templates([Told("Write to Tom")]) == ["write to tom"]
    assert templates([Told("Write to Tom"), Told("Paint the fence"), Told("")]) == [
        "write to tom",
        "paint the fence",
        "",
    ]
    assert templates([]) == []
