"""Where elements lie with nothing scrolled away, and that a screen scrolled to its target tells a policy nothing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.encode import Encoder
from understudy.learn.lessons import lessons_of
from understudy.learn.pieces import PieceTable
from understudy.learn.scrolled import done_of, unscrolled
from understudy.records.geometry import Rect

WINDOW = Rect(0, 0, 160, 210)
LIKES = (3, 5, 7)


def posts(scrolled_px: int) -> Observation:
    """Three posts of 60 px with a button each, in an area of 100 px."""
    elements = [
        Shown(role="document web", bounds=WINDOW),
        Shown(role="section", parent=0, bounds=Rect(0, 50, 160, 100)),
    ]
    for nth in range(3):
        y = 50 + 60 * nth - scrolled_px
        elements.append(Shown(role="section", parent=1, name=f"post {nth}", bounds=Rect(0, y, 160, 60)))
        elements.append(
            Shown(role="push button", parent=len(elements) - 1, name="Like", bounds=Rect(20, y + 40, 15, 15))
        )
    return Observation(elements=tuple(elements), bounds=WINDOW)


@pytest.mark.parametrize("scrolled_px", [0, 30, 80])
def test_contents_lie_where_they_begin(scrolled_px: int) -> None:
    assert unscrolled(posts(scrolled_px)) == posts(0)


def test_scrolled_areas_within_scrolled_areas() -> None:
    def nested(outer_px: int, inner_px: int) -> Observation:
        elements = (
            Shown(role="document web", bounds=WINDOW),
            Shown(role="section", parent=0, bounds=Rect(0, -outer_px, 160, 40)),
            Shown(role="section", parent=0, bounds=Rect(0, 40 - outer_px, 160, 300)),
            Shown(role="list", parent=2, bounds=Rect(0, 40 - outer_px, 160, 50)),
            Shown(role="list item", parent=3, bounds=Rect(0, 40 - outer_px - inner_px, 160, 50)),
            Shown(role="list item", parent=3, name="b", bounds=Rect(0, 90 - outer_px - inner_px, 160, 50)),
        )
        return Observation(elements=elements, bounds=WINDOW)

    assert unscrolled(nested(70, 20)) == nested(0, 0)


def test_what_is_hidden_far_off_is_not_scrolled_there() -> None:
    elements = (
        Shown(role="document web", bounds=WINDOW),
        Shown(role="section", parent=0, name="for readers", bounds=Rect(-9999, -300, 100, 10)),
        Shown(role="section", parent=0, name="far above", bounds=Rect(0, -9999, 100, 10)),
        Shown(role="push button", parent=0, name="OK", bounds=Rect(10, 10, 20, 20)),
        Shown(role="label", parent=0, name="without a place"),
    )
    there = Observation(elements=elements, bounds=WINDOW)
    assert unscrolled(there) is there


def test_a_long_page_scrolled_far_down_is_not_taken_for_hidden() -> None:
    def page(scrolled_px: int) -> Observation:
        body = Shown(role="section", parent=0, bounds=Rect(0, -scrolled_px, 160, 9_000))
        like = Shown(role="push button", parent=1, name="Like", bounds=Rect(20, 6_040 - scrolled_px, 15, 15))
        return Observation(elements=(Shown(role="document web", bounds=WINDOW), body, like), bounds=WINDOW)

    assert unscrolled(page(6_000)) == page(0)


def test_a_screen_scrolled_to_its_target_looks_like_one_that_is_not() -> None:
    encoder = Encoder(PieceTable(), [("stop",), ("other",), ("click", "left")])
    one, other = (encoder.encode("Like post 2", posts(px), ()) for px in (0, 80))
    assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("features", "relations", "names"))


def test_what_was_done_is_known_again_after_scrolling(made_up: SimpleNamespace) -> None:
    """The second post's button lies where the first one's lay: which one was pressed must not change."""
    first = Choice(kind="click", element=LIKES[0], button="left")
    encoder = Encoder(PieceTable(), [("stop",), ("other",), ("click", "left")])
    assert encoder.encode("t", posts(60), (done_of(first, posts(0)),)).counts[list(LIKES)].tolist() == [1, 0, 0]
    second = Choice(kind="click", element=LIKES[1], button="left")
    lessons = lessons_of(made_up.episode(0, "posts", "t", [(posts(0), first), (posts(60), second)]))
    assert encoder.encode("t", posts(60), lessons[1].done).counts[list(LIKES)].tolist() == [1, 0, 0]
    shown = Done(choice=first, target=posts(0).elements[LIKES[0]])
    assert encoder.encode("t", posts(0), (shown,)).counts[list(LIKES)].tolist() == [1, 0, 0]


def test_what_went_nowhere_has_no_place() -> None:
    keys = Choice(kind="hotkey", keys=("Control_L", "s"))
    assert done_of(keys, posts(0)) == Done(choice=keys)
    assert done_of(Choice(kind="click", element=99), posts(0)).target is None
