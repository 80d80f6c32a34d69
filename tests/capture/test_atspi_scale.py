"""The scale in which a program tells its own parts, by its pages and what holds them."""

from __future__ import annotations

import pytest

from understudy.capture.x11.atspi_scale import Scales, scale_of, scaled
from understudy.records.geometry import Rect


@pytest.mark.parametrize(
    ("page", "holder", "scale"),
    [
        # As Chromium told them at 1.5: without a frame, and within one.
        (Rect(0, 39, 801, 702), Rect(0, 26, 534, 468), 1.5),
        (Rect(306, 190, 789, 545), Rect(204, 127, 526, 363), 1.5),
        (Rect(400, 300, 1600, 900), Rect(300, 225, 1200, 675), 4 / 3),
        (Rect(0, 40, 800, 700), Rect(0, 40, 800, 700), 1.0),
        # A page narrower than what holds it (developer tools beside it) is in the same pixels.
        (Rect(0, 40, 500, 700), Rect(0, 40, 800, 700), 1.0),
        # Wider, but elsewhere: scrolled out, not scaled.
        (Rect(0, -900, 1200, 3000), Rect(0, 40, 800, 700), None),
        (Rect(600, 39, 801, 702), Rect(0, 26, 534, 468), None),
        (Rect(0, 0, 60, 60), Rect(0, 0, 40, 40), None),
    ],
)
def test_the_scale_is_that_between_a_page_and_its_holder(page: Rect, holder: Rect, scale: float | None) -> None:
    found = scale_of(page, holder)
    assert found == (None if scale is None else pytest.approx(scale, abs=0.003))


def test_only_what_was_told_in_larger_pixels_is_scaled() -> None:
    scales = Scales()
    place = Rect(200, 40, 534, 454)
    assert scales.px("a", place) == place
    assert scales.learn("a", Rect(306, 190, 789, 545), Rect(204, 127, 526, 363))
    assert not scales.learn("a", Rect(306, 190, 789, 545), Rect(204, 127, 526, 363))
    assert scales.px("a", place) == Rect(300, 60, 801, 681)
    assert scales.px("b", place) == place
    assert scales.px("a", None) is None
    assert scales.learn("a", place, place)
    assert scales.px("a", place) == place
    scales.learn("a", scaled(place, 2), place)
    scales.forget("a")
    assert scales.of("a") == 1.0
