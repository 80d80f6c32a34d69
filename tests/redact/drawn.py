"""What tests of moving and lit-up pictures draw, and find again in what was kept."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

from PIL import Image, ImageDraw

from understudy.records.geometry import Rect
from understudy.records.kept import Frame, Kept

SECRET = (255, 0, 255)
"""The colour of what must never be seen."""


def pen(image: Image.Image) -> ImageDraw.ImageDraw:
    """Draws without smooth edges, so that a colour is the colour asked for."""
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    return draw


def crop(image: Image.Image, rect: Rect) -> bytes:
    """The pixels inside a rectangle."""
    return image.crop((rect.x, rect.y, rect.right, rect.bottom)).tobytes()


def frames(kept: list[Kept]) -> list[Frame]:
    """The pictures among what was kept."""
    return [each for each in kept if isinstance(each, Frame)]


def secret_seen(fabricate: Any, kept: list[Kept]) -> bool:
    """True when a pixel of the colour SECRET was kept."""
    return any(SECRET in fabricate.colours(screen, fabricate.screen) for screen in fabricate.screens(kept))
