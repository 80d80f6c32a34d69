"""Slips that are forced on a policy: wrong, of the same kind, once an episode, the same each time."""

from __future__ import annotations

from understudy.learn.acting import Choice, Observation, Shown
from understudy.learn.slips import FirstSlip
from understudy.records.geometry import Rect

AT = Rect(0, 0, 9, 9)


def shown(role: str, *states: str) -> Shown:
    return Shown(role=role, states=("showing", *states), bounds=AT)


SEEN = Observation(
    elements=(
        shown("check box"),
        shown("check box"),
        shown("check box", "checked"),
        shown("push button"),
        shown("entry"),
    ),
    bounds=AT,
)


def test_a_press_goes_to_another_of_the_same_role() -> None:
    slip = FirstSlip("s")
    assert slip(SEEN, Choice(kind="click", element=0), ()) == Choice(kind="click", element=1)
    assert slip(SEEN, Choice(kind="click", element=0), ()) is None


def test_what_would_end_the_task_waits_for_an_action_that_can_be_mended() -> None:
    slip = FirstSlip("s")
    assert slip(SEEN, Choice(kind="click", element=3), ()) is None
    assert slip(SEEN, Choice(kind="click", element=4), ()) is None  # there is no other field
    assert slip(SEEN, Choice(kind="stop"), ()) is None
    wrong = slip(SEEN, Choice(kind="type", element=4, text="Ann"), ())
    assert wrong is not None
    assert wrong.text[:-1] == "Ann"
    assert wrong.text[-1] in "qxzj"


def test_the_same_seed_slips_alike() -> None:
    typed = Choice(kind="type", element=4, text="Ann")
    made = [FirstSlip(seed)(SEEN, typed, ()) for seed in ("a", "a", "b", "c", "d", "e")]
    assert made[0] == made[1]
    assert len({each.text for each in made if each is not None}) > 1
