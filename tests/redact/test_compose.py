"""The composed screen: what a frame's patches hold, and what of a pixel must never be in them."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from understudy.records.events import Placement
from understudy.records.geometry import Rect
from understudy.redact.compose import Screen
from understudy.redact.pixels import HIDDEN, MASKED, Pixels, painted

AREA = Rect(0, 0, 96, 64)


@dataclass
class Picture:
    """A window that shows these pixels."""

    shown: Pixels
    area: Rect = AREA


def frame_of(pixels: Pixels) -> tuple[bytes, ...]:
    stack = (Placement(1, AREA, captured=True),)
    frame = Screen(AREA).frame(stack, {1: Picture(pixels)}, now_ns=1, key=True)
    assert frame is not None
    return tuple(patch.webp for patch in frame.patches)


def test_patches_hold_the_pixels_and_nothing_of_their_flags() -> None:
    dice = np.random.default_rng(3)
    colours = dice.integers(0, 0x1000000, (AREA.height, AREA.width), dtype=np.uint32)
    plain = frame_of(colours.astype("<u4"))
    for flag in (MASKED, HIDDEN):
        assert frame_of((colours | flag << 24).astype("<u4")) == plain
    with Image.open(io.BytesIO(plain[0])) as image:
        assert image.mode == "RGB"
        told = np.asarray(image).astype(np.uint32)
    assert (told[..., 0] | told[..., 1] << 8 | told[..., 2] << 16 == colours).all()


def test_a_painted_part_is_one_grey() -> None:
    pixels = np.full((AREA.height, AREA.width), painted(MASKED, 0x28), "<u4")
    with Image.open(io.BytesIO(frame_of(pixels)[0])) as image:
        assert image.getcolors() == [(AREA.width * AREA.height, (0x28, 0x28, 0x28))]
