"""What the indicator shows, drawn as pixels."""

from __future__ import annotations

from typing import Literal

import msgspec
from PIL import Image, ImageDraw, ImageFont

HEIGHT_PX = 30
_PAD_PX = 12
_DOT_PX = 11
_SIZE_PX = 14

State = Literal["recording", "elsewhere", "paused", "stopping"]

_COLOURS: dict[State, str] = {
    "recording": "#e5484d",
    "elsewhere": "#8b8d98",
    "paused": "#f5a524",
    "stopping": "#8b8d98",
}


class Shown(msgspec.Struct, frozen=True, tag="shown"):
    """What the indicator tells: the state, the application in front as the policy names it, and its level."""

    state: State
    app: str = ""
    level: str = ""
    profile: str = ""
    hotkeys: str = ""

    def words(self) -> str:
        """The line of text."""
        match self.state:
            case "recording":
                what = {"text": "text kept, scrubbed", "shape": "shape of text only", "timing": "timing only"}
                return f"Recording {self.app} · {what.get(self.level, 'no typed text')}"
            case "elsewhere":
                return "Not recorded here"
            case "paused":
                return "Paused · nothing is recorded"
            case "stopping":
                return "Stopping"
        raise ValueError(f"unknown state {self.state!r}")

    def hint(self) -> str:
        """The quieter half of the line: the profile and the hotkey that pauses."""
        return "  ".join(part for part in (self.profile, self.hotkeys) if part)


def draw(shown: Shown) -> Image.Image:
    """The indicator as an RGB picture, HEIGHT_PX high and as wide as its words."""
    font = ImageFont.load_default(size=_SIZE_PX)
    small = ImageFont.load_default(size=_SIZE_PX - 2)
    words, hint = shown.words(), shown.hint()
    text_x = _PAD_PX + _DOT_PX + 9
    width = text_x + int(font.getlength(words)) + _PAD_PX
    hint_x = width
    if hint:
        width = hint_x + int(small.getlength(hint)) + _PAD_PX
    # Drawn at 4 times the size and scaled down: Pillow draws circles without smoothing.
    dot = Image.new("RGB", (_DOT_PX * 4, _DOT_PX * 4), "#1c1d21")
    ImageDraw.Draw(dot).ellipse((0, 0, _DOT_PX * 4 - 1, _DOT_PX * 4 - 1), fill=_COLOURS[shown.state])
    picture = Image.new("RGB", (width, HEIGHT_PX), "#1c1d21")
    picture.paste(dot.resize((_DOT_PX, _DOT_PX), Image.Resampling.LANCZOS), (_PAD_PX, (HEIGHT_PX - _DOT_PX) // 2))
    pen = ImageDraw.Draw(picture)
    middle = HEIGHT_PX // 2
    pen.text((text_x, middle), words, font=font, fill="#f2f2f5", anchor="lm")
    if hint:
        pen.text((hint_x, middle), hint, font=small, fill="#9a9ba6", anchor="lm")
    pen.rectangle((0, 0, width - 1, HEIGHT_PX - 1), outline="#3a3b42")
    return picture
