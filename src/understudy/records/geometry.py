"""Rectangles on the screen."""

from __future__ import annotations

import msgspec


class Rect(msgspec.Struct, frozen=True):
    """A rectangle in root coordinates, px: left edge `x`, top edge `y`; width and height are never negative."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column to the right of the rectangle, px."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row below the rectangle, px."""
        return self.y + self.height

    @property
    def empty(self) -> bool:
        """True when the rectangle covers no pixel."""
        return self.width <= 0 or self.height <= 0

    def contains(self, x: int, y: int) -> bool:
        """True when the pixel (x, y) lies inside."""
        return self.x <= x < self.right and self.y <= y < self.bottom

    def intersect(self, other: Rect) -> Rect:
        """The common part; an empty rectangle (width or height 0) when there is none."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Rect(left, top, max(0, right - left), max(0, bottom - top))

    def grow(self, margin_px: int) -> Rect:
        """The rectangle widened by `margin_px` on every side."""
        return Rect(self.x - margin_px, self.y - margin_px, self.width + 2 * margin_px, self.height + 2 * margin_px)

    def shift(self, dx_px: int, dy_px: int) -> Rect:
        """The rectangle moved by (dx_px, dy_px)."""
        return Rect(self.x + dx_px, self.y + dy_px, self.width, self.height)
