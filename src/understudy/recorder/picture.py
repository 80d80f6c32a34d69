"""What the indicator shows, drawn as pixels."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec
from PIL import Image, ImageDraw, ImageFont

HEIGHT_PX = 30
"""At scale 1, as all sizes here."""
_PAD_PX = 12
_DOT_PX = 11
_SIZE_PX = 14
_GAP_PX = 9
_LONGEST_NAME = 28
"""Characters of an application's name that are shown."""

State = Literal["recording", "elsewhere", "paused", "locked", "stopping"]

_COLOURS: dict[State, str] = {
    "recording": "#f0484e",
    "elsewhere": "#8b8d98",
    "paused": "#f5a524",
    "locked": "#f5a524",
    "stopping": "#8b8d98",
}
_BACK, _EDGE, _STRONG, _PLAIN, _QUIET = "#1c1d21", "#44454e", "#ffffff", "#dcdce2", "#9a9ba6"


class Shown(msgspec.Struct, frozen=True, tag="shown"):
    """What the indicator tells: the state, the application in front and its level, the profile.

    `level` says in words what is kept of the application (`redact.shown`). `app` is the policy's name for what is
    recorded, else what the window calls itself. `note` is something that just happened and is shown in the place of the
    application for a while.
    """

    state: State
    app: str = ""
    level: str = ""
    profile: str = ""
    hotkeys: str = ""
    note: str = ""

    def headline(self) -> str:
        """The state in a word."""
        match self.state:
            case "recording":
                return "Recording"
            case "elsewhere":
                return "Standing by"
            case "paused" | "locked":
                return "Paused"
            case "stopping":
                return "Stopping"
        raise ValueError(f"unknown state {self.state!r}")

    def says(self) -> str:
        """What is recorded now."""
        if self.note:
            return self.note
        app = self.app if len(self.app) <= _LONGEST_NAME else self.app[: _LONGEST_NAME - 1].rstrip() + "…"
        match self.state:
            case "recording":
                return f"{app}: {self.level}" if self.level else app
            case "elsewhere":
                return f"{app}: not recorded" if app else "nothing here is recorded"
            case "paused":
                return "nothing is recorded"
            case "locked":
                return "the screen is locked"
            case "stopping":
                return "sealing what is left"
        raise ValueError(f"unknown state {self.state!r}")

    def words(self) -> str:
        """State and application in one line, for places that draw it themselves."""
        return f"{self.headline()} · {self.says()}"

    def hint(self) -> str:
        """The quieter half of the line: the profile and the hotkey that pauses."""
        return "  ·  ".join(part for part in (self.profile, self.hotkeys) if part)


def draw(shown: Shown, scale: float = 1.0) -> Image.Image:
    """The indicator as an RGB picture, HEIGHT_PX * scale high and as wide as its words."""
    height, pad, gap, dot_px = (round(px * scale) for px in (HEIGHT_PX, _PAD_PX, _GAP_PX, _DOT_PX))
    size = _SIZE_PX * scale
    parts = [(shown.headline(), size, _STRONG, True), (shown.says(), size, _PLAIN, False)]
    if hint := shown.hint():
        parts.append((hint, size * 0.86, _QUIET, False))
    x = pad + dot_px + gap
    placed: list[tuple[int, str, ImageFont.FreeTypeFont | ImageFont.ImageFont, str, bool]] = []
    for text, px, colour, strong in parts:
        font = _font(px, text.isascii() or _drawable(text))
        placed.append((x, text, font, colour, strong))
        x += round(font.getlength(text)) + (gap if strong else round(pad * 1.3))
    width = x - round(pad * 0.3)
    picture = Image.new("RGB", (width, height), _BACK)
    picture.paste(dot(_COLOURS[shown.state], dot_px, hollow=shown.state == "elsewhere"), (pad, (height - dot_px) // 2))
    pen = ImageDraw.Draw(picture)
    for left, text, font, colour, strong in placed:
        pen.text((left, height / 2), text, font=font, fill=colour, anchor="lm", stroke_width=0.35 * scale * strong)
    pen.rectangle((0, 0, width - 1, height - 1), outline=_EDGE, width=max(1, round(scale)))
    return picture


def dot(colour: str, size_px: int, *, hollow: bool = False) -> Image.Image:
    """The round sign of a state on the indicator's ground."""
    # Drawn at 4 times the size and scaled down: Pillow draws circles without smoothing.
    large = size_px * 4
    picture = Image.new("RGB", (large, large), _BACK)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((0, 0, large - 1, large - 1), fill=colour)
    if hollow:
        edge = large // 4
        pen.ellipse((edge, edge, large - 1 - edge, large - 1 - edge), fill=_BACK)
    return picture.resize((size_px, size_px), Image.Resampling.LANCZOS)


def icon(state: State, size_px: int) -> Image.Image:
    """The state's sign alone, RGBA with nothing around it, for a panel."""
    large = size_px * 4
    picture = Image.new("RGBA", (large, large), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    edge = large // 12
    pen.ellipse((edge, edge, large - 1 - edge, large - 1 - edge), fill=_BACK)
    inner = large // 4
    if state in ("paused", "locked"):
        for left in (0.36, 0.54):
            pen.rectangle((large * left, large * 0.32, large * (left + 0.1), large * 0.68), fill=_COLOURS[state])
    else:
        pen.ellipse((inner, inner, large - 1 - inner, large - 1 - inner), fill=_COLOURS[state])
        if state == "elsewhere":
            inner += large // 9
            pen.ellipse((inner, inner, large - 1 - inner, large - 1 - inner), fill=_BACK)
    return picture.resize((size_px, size_px), Image.Resampling.LANCZOS)


def _drawable(text: str) -> bool:
    """True where Pillow's own font has every letter: Latin."""
    return all(ord(letter) < 0x250 or letter in "…·’" for letter in text)


@cache
def _font(size_px: float, latin: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if not latin:
        try:
            return ImageFont.truetype("DejaVuSans.ttf", size_px)
        except OSError:
            pass
    return ImageFont.load_default(size=size_px)
