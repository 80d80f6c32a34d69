"""Pictures and the coordinates on them, scaled together.

A place is px of the screen, and a still is a picture of all of it. A format that wants smaller pictures, or a grid of
its own instead of px, gets both through here, so that they can't part.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from understudy.export.story import Source, StoryStep
from understudy.export.unsayable import Unsayable
from understudy.records.geometry import Rect

Size = tuple[int, int]
"""(width, height)"""

Fit = Callable[[Size], Size]
"""The size, px, that a format gives a picture of this size, px."""


def as_it_is(size: Size) -> Size:
    """No scaling: the picture's own size."""
    return size


@dataclass(frozen=True)
class Picture:
    """A still as a format shows it: `path` beside the format's own file, `screen` and `size` in px before and after."""

    still_id: str
    path: str
    screen: Size
    size: Size


class Pictures:
    """A folder of lossless WebP files named by still id, each scaled by `fit` and written once.

    Stills that need no scaling are copied byte for byte.
    """

    def __init__(self, source: Source, folder: Path, fit: Fit = as_it_is) -> None:
        self._source, self._folder, self._fit = source, folder, fit
        self._known: dict[str, Picture] = {}
        self._written: set[str] = set()
        folder.mkdir()

    @property
    def count(self) -> int:
        """How many pictures were written."""
        return len(self._written)

    def look(self, step: StoryStep) -> Picture:
        """The step's picture, without writing it.

        Raises Unsayable for a step without a picture, or with one of another screen than it happened on.
        """
        if step.still_id is None:
            raise Unsayable("there is no picture before it")
        if step.still_id not in self._known:
            with Image.open(io.BytesIO(self._source.still_webp(step.still_id))) as still:
                screen = still.size
            path = f"{self._folder.name}/{step.still_id}.webp"
            self._known[step.still_id] = Picture(step.still_id, path, screen, self._fit(screen))
        picture = self._known[step.still_id]
        if step.screen is not None and step.screen != picture.screen:
            raise Unsayable("the screen's size changed between its picture and it")
        return picture

    def put(self, picture: Picture) -> None:
        """Write a picture unless it is there."""
        if picture.still_id in self._written:
            return
        webp = self._source.still_webp(picture.still_id)
        if picture.size != picture.screen:
            webp = scaled(webp, picture.size)
        (self._folder / f"{picture.still_id}.webp").write_bytes(webp)
        self._written.add(picture.still_id)


def scaled(webp: bytes, size: Size) -> bytes:
    """A picture in another size (px), as lossless WebP; the same bytes each time."""
    with Image.open(io.BytesIO(webp)) as still:
        # As sharp as a filter gets that makes no fringes: what was masked in one colour stays so to its edge, and flat
        # areas stay flat, which halves the bytes and takes a tenth of the time to encode beside Lanczos.
        smaller = still.convert("RGB").resize(size, Image.Resampling.HAMMING)
    buffer = io.BytesIO()
    smaller.save(buffer, "WEBP", lossless=True, quality=20, method=1)
    return buffer.getvalue()


@dataclass(frozen=True)
class Grid:
    """The screen (px) told in `cells`: the px of a scaled picture, or thousandths.

    Readers come back to the screen by u * width / cells, rounded or cut off. Where the cells are the screen's own px,
    both ways are exact. Otherwise they miss a place by at most one cell, and never leave an element that is two cells
    wide and high: of the neighbouring cells the one is taken from which every reader comes back into it.
    """

    screen: Size
    cells: Size

    def place(self, x: int | None, y: int | None, inside: Rect | None = None) -> tuple[int, int]:
        """A place on the screen (px) in cells. `inside` is the element there, if one is known.

        Raises Unsayable for a place that is missing or lies outside the screen.
        """
        if x is None or y is None:
            raise Unsayable("it has no place on the screen")
        width, height = self.screen
        if not (0 <= x < width and 0 <= y < height):
            raise Unsayable("its place lies outside the screen")
        bounds = inside if inside is not None and inside.contains(x, y) else Rect(x, y, 1, 1)
        return (
            _nearest(x, width, self.cells[0], bounds.x, bounds.right),
            _nearest(y, height, self.cells[1], bounds.y, bounds.bottom),
        )

    def back(self, u: float, v: float) -> tuple[int, int]:
        """A place in cells as px of the screen."""
        return round(u * self.screen[0] / self.cells[0]), round(v * self.screen[1] / self.cells[1])


def _nearest(value_px: int, size_px: int, cells: int, low_px: int, high_px: int) -> int:
    """The cell from which readers come back nearest to `value_px`, within low_px..high_px-1 where that is possible."""
    if cells == size_px:
        return value_px
    middle = value_px * cells // size_px
    # A grid of thousandths has a last line, 1000, that lies outside the screen.
    candidates = range(max(0, middle - 1), min(cells - 1, middle + 2) + 1)

    def cost(cell: int) -> tuple[int, int, int]:
        readings = _readings(cell, size_px, cells)
        outside = sum(not (low_px <= reading < high_px) for reading in readings)
        return outside, max(abs(reading - value_px) for reading in readings), cell

    return min(candidates, key=cost)


def _readings(cell: int, size_px: int, cells: int) -> tuple[int, ...]:
    """What readers make of a cell: by share or by factor, which differ in the last bit, rounded or cut off."""
    by_share, by_factor = cell / cells * size_px, cell * (size_px / cells)
    return int(by_share), int(by_factor), round(by_share), round(by_factor)
