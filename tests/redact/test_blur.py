"""A blurred window: nothing to read, and little to rule out for somebody who renders all that may have stood there."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from understudy.records.events import Patch
from understudy.records.geometry import Rect
from understudy.redact.blur import BLOCK_PX, PACE_NS, BlurredWindow, mosaic
from understudy.redact.pixels import BLANK

CARDS, MOST_BITS = 80, 3.0
WIDTH, HEIGHT = 768, 192
SIZES = (11, 13, 16, 24, 32, 44)
"""Of letters, px."""


def card(dice: random.Random) -> str:
    digits = [dice.randrange(10) for _ in range(15)]
    total = sum(sum(divmod(2 * d, 10)) if i % 2 == 0 else d for i, d in enumerate(digits))
    digits.append(-total % 10)
    text = "".join(map(str, digits))
    return " ".join(text[at : at + 4] for at in range(0, 16, 4))


def render(
    text: str, size: int, *, ink: int = 0, ground: int = 255, at: tuple[int, int] = (23, 41)
) -> npt.NDArray[np.uint8]:
    picture = Image.new("RGB", (WIDTH, HEIGHT), (ground,) * 3)
    ImageDraw.Draw(picture).text(at, text, fill=(ink,) * 3, font=ImageFont.load_default(size))
    return np.asarray(picture)


def pieces(seen: npt.NDArray[np.uint32]) -> set[int]:
    return set(map(int, np.unique(seen)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (230, 30)])
def test_rendering_all_candidates_tells_little_of_a_card(size: int, ink: int, ground: int) -> None:
    """The attacker knows font, size, place, colours and everything but the number, and has the mosaic of it.

    What a mosaic tells of a number is how unevenly numbers share mosaics, bits: 50 would tell it whole.
    """
    dice = random.Random(size * 1000 + ink)
    place = (dice.randrange(8, 40), dice.randrange(8, 90))
    seen = Counter(mosaic(render(card(dice), size, ink=ink, ground=ground, at=place)).tobytes() for _ in range(CARDS))
    told = -sum(times / CARDS * math.log2(times / CARDS) for times in seen.values())
    assert told <= MOST_BITS, f"{told:.1f} bits at {size} px"


def test_the_attack_works_on_what_is_not_blurred_enough() -> None:
    """The converse: the measure sees what a finer mosaic would tell."""
    dice = random.Random(3)
    seen = {render(card(dice), 24)[4::12, 4::12].tobytes() for _ in range(CARDS)}
    assert math.log2(len(seen)) > MOST_BITS + 2


def test_blocks_are_of_one_colour_and_coarse() -> None:
    seen = mosaic(np.random.default_rng(7).integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8))
    for top in range(0, HEIGHT, BLOCK_PX):
        for left in range(0, WIDTH, BLOCK_PX):
            assert len(pieces(seen[top : top + BLOCK_PX, left : left + BLOCK_PX])) == 1


@pytest.mark.parametrize(("width", "height"), [(1, 1), (95, 30), (97, 191), (640, 400)])
def test_any_size(width: int, height: int) -> None:
    assert mosaic(np.zeros((height, width, 3), np.uint8)).shape == (height, width)


def patch(pixels: npt.NDArray[np.uint8], rect: Rect) -> Patch:
    part = np.ascontiguousarray(pixels[rect.y : rect.bottom, rect.x : rect.right])
    return Patch(window=1, rect=rect, pixels=part.tobytes(), damaged_ns=0)


def test_nothing_is_shown_of_blocks_that_were_not_wholly_read() -> None:
    window = BlurredWindow(WIDTH, HEIGHT)
    window.patch(patch(render("Hello", 24), Rect(0, 0, BLOCK_PX, BLOCK_PX - 1)))
    window.advance(1)
    assert pieces(window.shown) == {BLANK}


def test_when_something_was_typed_does_not_show() -> None:
    """However often it changes, what is shown changes at the clock's own pace."""
    window = BlurredWindow(WIDTH, HEIGHT)
    window.patch(patch(render("", 24), Rect(0, 0, WIDTH, HEIGHT)))
    start_ns = 10 * PACE_NS + 1
    changes = []
    for step in range(60):
        ink = np.full((HEIGHT, WIDTH, 3), 4 * step, np.uint8)
        window.patch(patch(ink, Rect(0, 0, WIDTH, HEIGHT)))
        now_ns = start_ns + step * 100_000_000
        if window.advance(now_ns) is not None:
            changes.append(now_ns // PACE_NS)
    assert changes == sorted(set(changes)) and len(changes) == 3
