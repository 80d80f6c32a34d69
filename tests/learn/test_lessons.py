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
