"""How many pixels a program takes for one: on screens with small pixels Chromium tells its own parts in larger ones.

Its pages are told in the screen's pixels, its window and everything else around them is not (Chromium 140 at a scale of
1.5 told a window of 801 x 702 px as 534 x 468). A page fills what holds it, so the two tell the scale.
"""

from __future__ import annotations

from understudy.records.geometry import Rect

LEAST, MOST = 1.05, 5.0
"""Scales between these are told apart from rounding; no screen has others."""
STEPS = 96
"""A scale is a screen's dots per inch over 96."""
WIDE_PX = 100
"""What is narrower tells no scale."""


class Scales:
    """By program (name on the bus): screen px for one px of its own."""

    def __init__(self) -> None:
        self._scales: dict[str, float] = {}

    def of(self, bus: str) -> float:
        """The program's scale, 1.0 as long as nothing else is known."""
        return self._scales.get(bus, 1.0)

    def learn(self, bus: str, page: Rect, holder: Rect) -> bool:
        """A page and what holds it, each as told. True when this changes the program's scale."""
        scale = scale_of(page, holder)
        if scale is None or scale == self.of(bus):
            return False
        self._scales[bus] = scale
        return True

    def px(self, bus: str, place: Rect | None) -> Rect | None:
        """In screen px, what the program told of its own parts."""
        scale = self.of(bus)
        return place if place is None or scale == 1.0 else scaled(place, scale)

    def forget(self, bus: str) -> None:
        """The program left the bus."""
        self._scales.pop(bus, None)


def scale_of(page: Rect, holder: Rect) -> float | None:
    """By what `holder` must be multiplied to be where `page` is; None when neither 1 nor anything likely does it."""
    if min(page.width, holder.width) < WIDE_PX or page.empty or holder.empty:
        return None
    found = page.width / holder.width
    if not LEAST <= found <= MOST:
        return 1.0 if page.intersect(holder) == page else None
    # Widths are rounded: 789 for 526 may be anything between 1.497 and 1.503.
    scale = round(8 * found) / 8
    if abs(scale - found) * holder.width > scale + 1:
        scale = round(STEPS * found) / STEPS
    there = scaled(holder, scale)
    off = (page.x - there.x, page.y - there.y, page.right - there.right, page.bottom - there.bottom)
    return scale if max(map(abs, off)) <= 2 * scale + 1 else None


def scaled(place: Rect, scale: float) -> Rect:
    """A rectangle in larger pixels, in smaller ones."""
    x, y = round(place.x * scale), round(place.y * scale)
    return Rect(x, y, round(place.width * scale), round(place.height * scale))
