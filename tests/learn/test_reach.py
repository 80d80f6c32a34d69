"""Scrolling to what was chosen."""

from __future__ import annotations

import pytest

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.reach import MOST_TRIES, towards
from understudy.records.geometry import Rect


def shown(y: int) -> Observation:
    return Observation(
        elements=(
            Shown(role="frame", bounds=Rect(0, 0, 400, 300)),
            Shown(role="scroll pane", parent=0, bounds=Rect(0, 50, 400, 200)),
            Shown(role="push button", parent=1, bounds=Rect(10, y, 80, 20)),
        ),
        bounds=Rect(0, 0, 400, 300),
    )


PRESS = Choice(kind="click", element=2, button="left", probability=0.8)


@pytest.mark.parametrize(("y", "notches"), [(60, 0), (230, 0), (440, 3), (-160, -3), (1050, 9)])
def test_the_holder_is_scrolled_until_it_is_in_sight(y: int, notches: int) -> None:
    scroll = towards(PRESS, shown(y), ())
    if notches:
        assert scroll is not None
        assert (scroll.kind, scroll.element, scroll.scroll_y, scroll.probability) == ("scroll", 1, notches, 0.8)
    else:
        assert scroll is None


def test_what_does_not_move_is_not_scrolled_again() -> None:
    first = towards(PRESS, shown(440), ())
    assert first is not None
    assert towards(PRESS, shown(440), [Done(choice=first)]) is None


def test_it_gives_up() -> None:
    tries = [Done(choice=Choice(kind="scroll", element=1, scroll_y=nth)) for nth in range(MOST_TRIES)]
    assert towards(PRESS, shown(440), tries) is None


def test_keys_need_no_scrolling() -> None:
    assert towards(Choice(kind="press", element=2, keys=("Tab",)), shown(440), ()) is None
