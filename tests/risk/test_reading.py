"""The reader reads what stands beside a mask."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from understudy.redact.pixels import MASK
from understudy.risk.matching import holds_word
from understudy.risk.reading import MASK_GREY, Reader, unmasked

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"


def masked() -> Image.Image:
    """A line of text whose descenders touch a mask beneath it, as in an editor."""
    picture = Image.new("RGB", (700, 300), (255, 255, 255))
    draw = ImageDraw.Draw(picture)
    draw.text((24, 31), "clover peppermint", font=ImageFont.truetype(FONT, 15), fill=(0, 0, 0))
    draw.rectangle((22, 47, 330, 68), fill=(MASK_GREY,) * 3)
    draw.rectangle((22, 69, 195, 80), fill=(MASK_GREY,) * 3)
    draw.rectangle((22, 81, 270, 104), fill=(MASK_GREY,) * 3)
    return picture


def test_words_that_touch_a_mask_are_read() -> None:
    ((_, text),) = Reader().read([("a", masked())])
    assert holds_word(text, "clover")
    assert holds_word(text, "peppermint")


def test_masks_become_paper_and_nothing_else_does() -> None:
    assert MASK & 0xFF == MASK_GREY
    grey = masked().convert("L")
    clean = unmasked(grey)
    assert clean.crop((22, 50, 190, 66)).getcolors() == [(168 * 16, 255)]
    assert clean.crop((0, 0, 700, 46)).tobytes() == grey.crop((0, 0, 700, 46)).tobytes()
    plain = Image.new("L", (40, 40), 255)
    assert unmasked(plain) is plain


@pytest.mark.parametrize("size_px", [1, 5])
def test_ink_in_the_masks_grey_stays(size_px: int) -> None:
    grey = Image.new("L", (100, 60), 255)
    ImageDraw.Draw(grey).rectangle((20, 20, 60, 20 + size_px), fill=MASK_GREY)
    assert unmasked(grey).tobytes() == grey.tobytes()
