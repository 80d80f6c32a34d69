"""What is taught of an episode, and what is left out."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from understudy.learn.acting import Choice, Observation, Shown
from understudy.learn.examples import LearntEpisode, Turn
from understudy.learn.lessons import Corrections, lessons_of
from understudy.records.geometry import Rect

FORM = Observation(
    elements=(
        Shown(role="document web"),
        Shown(role="entry", parent=0, name="Username", states=("focusable",)),
        Shown(role="password text", parent=0, states=("focusable",), value_class="bullets"),
        Shown(role="password text", parent=0, states=("focusable",), value_class="bullets"),
        Shown(role="push button", parent=0, name="Up", states=("focusable",)),
    ),
    bounds=Rect(0, 0, 100, 100),
)
USER, PASSWORD, AGAIN, UP = 1, 2, 3, 4


def click(element: int | None, kind: str = "click") -> Choice:
    return Choice(kind=kind, element=element, button="left")  # type: ignore[arg-type]


def told(made_up: SimpleNamespace, *choices: Choice, task: str = "t") -> list[tuple[str, int | None, str]]:
    episode = made_up.episode(0, "form", task, [(FORM, choice) for choice in choices])
    return [(each.choice.kind, each.choice.element, each.choice.text) for each in lessons_of(episode)]


def test_after_a_success_comes_stop(made_up: SimpleNamespace) -> None:
    assert told(made_up, click(UP)) == [("click", UP, ""), ("stop", None, "")]


def test_a_failure_teaches_no_stop(made_up: SimpleNamespace) -> None:
    episode = msgspec.structs.replace(made_up.episode(0, "form", "t", [(FORM, click(UP))]), outcome="failure")
    assert [each.choice.kind for each in lessons_of(episode)] == ["click"]


def test_waits_and_idle_scrolls_are_left_out(made_up: SimpleNamespace) -> None:
    scroll = Choice(kind="scroll", element=0, scroll_y=3)
    assert told(made_up, Choice(kind="wait"), scroll, click(UP))[0] == ("click", UP, "")


def test_a_scroll_that_reveals_its_target_is_kept(made_up: SimpleNamespace) -> None:
    above = msgspec.structs.replace(FORM, elements=FORM.elements[:UP])
    scroll = Choice(kind="scroll", element=0, scroll_y=3)
    episode = made_up.episode(0, "form", "t", [(above, scroll), (FORM, click(UP))])
    assert [each.choice.kind for each in lessons_of(episode)] == ["scroll", "click", "stop"]


def test_a_double_click_on_a_button_is_two(made_up: SimpleNamespace) -> None:
    assert told(made_up, click(UP, "double_click"))[:2] == [("click", UP, "")] * 2
    assert told(made_up, click(USER, "double_click"))[0] == ("double_click", USER, "")


def test_text_typed_in_parts_is_one(made_up: SimpleNamespace) -> None:
    parts = [Choice(kind="type", element=USER, text=text) for text in ("Daph", "ne")]
    assert told(made_up, click(USER), click(USER), *parts)[:2] == [("click", USER, ""), ("type", USER, "Daphne")]


def test_a_text_of_which_a_part_was_not_kept_is_unknown(made_up: SimpleNamespace) -> None:
    kept, shape = (Choice(kind="type", element=USER, text=text) for text in ("ab", ""))
    assert [each for each in told(made_up, kept, shape) if each[0] == "type"] == [("type", USER, "")]


def test_what_a_secure_field_was_given_is_the_tasks_only_secret(made_up: SimpleNamespace) -> None:
    task = 'Log in as "kim" with "<SECRET_1>"'
    tab = Choice(kind="press", element=USER, keys=("Tab",))
    steps = told(made_up, Choice(kind="type", element=USER, text="kim"), tab, click(AGAIN), click(UP), task=task)
    assert steps == [
        *(("type", USER, "kim"), ("press", USER, ""), ("type", PASSWORD, "<SECRET_1>"), ("click", AGAIN, "")),
        *(("type", AGAIN, "<SECRET_1>"), ("click", UP, ""), ("stop", None, "")),
    ]
    # Which of two it was nobody can tell.
    assert ("type", AGAIN, "<SECRET_1>") not in told(made_up, click(AGAIN), click(UP), task=task + " not <SECRET_2>")


@pytest.mark.parametrize(("corrections", "weights"), [("keep", [1, 1]), ("drop", [0, 1]), ("weight", [0.2, 1])])
def test_slips(made_up: SimpleNamespace, corrections: Corrections, weights: list[float]) -> None:
    turns = (
        Turn(observation=FORM, choice=click(USER), correction="slip"),
        Turn(observation=FORM, choice=click(UP), correction="repair"),
    )
    whole: LearntEpisode = msgspec.structs.replace(made_up.episode(0, "form", "t", []), turns=turns)
    assert [each.weight for each in lessons_of(whole, corrections=corrections)][:2] == weights


def test_each_lesson_knows_what_was_done_before(made_up: SimpleNamespace) -> None:
    episode = made_up.episode(0, "form", "t", [(FORM, Choice(kind="wait")), (FORM, click(USER)), (FORM, click(UP))])
    done = lessons_of(episode)[1].done
    assert [(each.choice.kind, each.target and each.target.name) for each in done] == [("click", "Username")]


LIST = Observation(
    elements=(
        Shown(role="document web", bounds=Rect(0, 0, 100, 100)),
        Shown(role="section", parent=0, bounds=Rect(0, 0, 100, 80)),
        Shown(role="push button", parent=1, name="Like", bounds=Rect(0, 0, 20, 20)),
    ),
    bounds=Rect(0, 0, 100, 100),
)
HOLDER, LIKE = 1, 2


def test_a_press_on_a_holder_of_which_nothing_came_is_left_out(made_up: SimpleNamespace) -> None:
    scrolled = msgspec.structs.replace(
        LIST, elements=(*LIST.elements[:LIKE], msgspec.structs.replace(LIST.elements[LIKE], bounds=Rect(0, 40, 20, 20)))
    )
    episode = made_up.episode(0, "list", "t", [(LIST, click(HOLDER)), (scrolled, click(LIKE))])
    assert [(each.choice.kind, each.choice.element) for each in lessons_of(episode)] == [
        ("click", LIKE),
        ("stop", None),
    ]
    assert len(lessons_of(episode)[0].done) == 0


def test_a_press_on_a_holder_that_had_an_effect_is_taught(made_up: SimpleNamespace) -> None:
    more = Shown(role="push button", parent=1, name="Share", bounds=Rect(0, 20, 20, 20))
    opened = msgspec.structs.replace(LIST, elements=(*LIST.elements, more))
    for after in (opened, msgspec.structs.replace(LIST, elements=LIST.elements[:LIKE])):
        episode = made_up.episode(0, "list", "t", [(LIST, click(HOLDER)), (after, click(0))])
        assert lessons_of(episode)[0].choice.element == HOLDER
    named = msgspec.structs.replace(LIST.elements[HOLDER], name="Inbox")
    letters = msgspec.structs.replace(LIST, elements=(LIST.elements[0], named, LIST.elements[LIKE]))
    episode = made_up.episode(0, "list", "t", [(letters, click(HOLDER)), (letters, click(LIKE))])
    assert lessons_of(episode)[0].choice.element == HOLDER


@pytest.mark.parametrize("change", [{"text": "1"}, {"hint": "tile chosen"}, {"value_class": "number"}])
def test_a_press_that_changed_what_is_told_of_something_is_taught(
    made_up: SimpleNamespace, change: dict[str, str]
) -> None:
    tile = Shown(role="static", parent=1, text="0", hint="tile")
    before = msgspec.structs.replace(LIST, elements=(*LIST.elements, tile))
    after = msgspec.structs.replace(LIST, elements=(*LIST.elements, msgspec.structs.replace(tile, **change)))
    episode = made_up.episode(0, "list", "t", [(before, click(HOLDER)), (after, click(LIKE))])
    assert lessons_of(episode)[0].choice.element == HOLDER


MENU = Observation(
    elements=(
        Shown(role="document web", bounds=Rect(0, 0, 200, 200)),
        Shown(role="list", parent=0, bounds=Rect(0, 0, 50, 100)),
        Shown(role="list item", parent=1, name="File Open Recent Notes", bounds=Rect(0, 0, 50, 20)),
        Shown(role="section", parent=2, name="File", bounds=Rect(0, 0, 50, 20)),
        Shown(role="list", parent=2, bounds=Rect(50, 0, 50, 60)),
        Shown(role="list item", parent=4, name="Open", bounds=Rect(50, 0, 50, 20)),
        Shown(role="list item", parent=4, name="Recent Notes", bounds=Rect(50, 20, 50, 20)),
        Shown(role="section", parent=6, name="Recent", bounds=Rect(50, 20, 50, 20)),
        Shown(role="list", parent=6, bounds=Rect(100, 20, 50, 40)),
        Shown(role="list item", parent=8, name="Notes", bounds=Rect(100, 20, 50, 20)),
        Shown(role="list item", parent=1, name="Edit", bounds=Rect(0, 20, 50, 20)),
    ),
    bounds=Rect(0, 0, 200, 200),
)
OPEN, NOTES, EDIT = 5, 9, 10


def pressed(made_up: SimpleNamespace, *steps: tuple[Observation, Choice]) -> list[str]:
    """The names of what is taught to be pressed, each in the screen that is taught with it."""
    lessons = lessons_of(made_up.episode(0, "menu", "t", list(steps)))
    return [each.observation.elements[each.choice.element].name for each in lessons if each.choice.element is not None]


def test_menus_that_a_hovering_pointer_opened_are_taught_to_be_pressed_open(made_up: SimpleNamespace) -> None:
    assert pressed(made_up, (MENU, click(NOTES))) == ["File", "Recent", "Notes"]
    assert pressed(made_up, (MENU, click(OPEN))) == ["File", "Open"]
    assert pressed(made_up, (MENU, click(EDIT))) == ["Edit"]
    first, second, _, _ = lessons_of(made_up.episode(0, "menu", "t", [(MENU, click(NOTES))]))
    assert [each.name for each in first.observation.elements] == ["", "", "File", "File", "Edit"]
    assert [each.parent for each in first.observation.elements] == [-1, 0, 1, 2, 1]
    assert "Notes" not in {each.name for each in second.observation.elements}


def test_a_menu_that_a_slip_led_into_is_no_way(made_up: SimpleNamespace) -> None:
    episode = made_up.episode(0, "menu", "t", [(MENU, click(NOTES)), (MENU, click(EDIT))])
    slip, repair = episode.turns
    turns = (msgspec.structs.replace(slip, correction="slip"), repair)
    lessons = lessons_of(msgspec.structs.replace(episode, turns=turns), corrections="drop")
    assert [each.weight for each in lessons] == [0.0, 0.0, 0.0, 1.0, 0.5]


def test_menus_that_were_open_are_not_opened_again(made_up: SimpleNamespace) -> None:
    assert pressed(made_up, (MENU, click(EDIT)), (MENU, click(NOTES))) == ["Edit", "Notes"]


def test_lists_within_lists_are_no_menus(made_up: SimpleNamespace) -> None:
    around = msgspec.structs.replace(MENU.elements[2], bounds=Rect(0, 0, 200, 100))
    inner = msgspec.structs.replace(MENU.elements[6], bounds=Rect(0, 0, 200, 100))
    tree = msgspec.structs.replace(
        MENU, elements=(*MENU.elements[:2], around, *MENU.elements[3:6], inner, *MENU.elements[7:])
    )
    assert pressed(made_up, (tree, click(NOTES))) == ["Notes"]
