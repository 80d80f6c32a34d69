"""Scenes in a program that tells nothing of itself: what it shows is read, and only what was read may be seen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from tests.redteam.canaries import SCRUBBED, Canary
from tests.redteam.scenes_browser import LABELS
from tests.redteam.stage import Stage, Window

WIDTH_PX, HEIGHT_PX = 760, 560
PLACE = (300, 60, WIDTH_PX, HEIGHT_PX)
PICTURE_PROGRAM = Path(__file__).with_name("gtk_picture.py")
FONTS = ("DejaVuSans.ttf", "DejaVuSansMono.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf")
SIZES_PX = (13, 14, 16, 18)
COLOURS = (((20, 20, 24), (255, 255, 255)), ((232, 232, 236), (30, 32, 40)), ((24, 40, 90), (238, 240, 228)))
"""Of the letters, and of the ground."""
RULES = """
[[app]]
name = "Plan"
app = "redteam-picture"
pixels = "ocr"
"""


class Easel:
    """The running program and the picture that it shows."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._picture = stage.desktop.home / "plan.png"
        self._shown = stage.desktop.home / "plan.shown.txt"
        self.paint([])
        command = ["env", "NO_AT_BRIDGE=1", "/usr/bin/python3", str(PICTURE_PROGRAM), *map(str, self._files)]
        self.window: Window = stage.start(command, "redteam-picture", PLACE)
        self._seen()

    @property
    def _files(self) -> tuple[Path, Path]:
        return self._picture, self._shown

    def paint(self, lines: Sequence[str], *, shift_px: int = 0) -> None:
        """Let the program show these lines, each moved down by so much; the look is the chance's."""
        chance = self._stage.plan.maker.chance
        letters, ground = chance.choice(COLOURS)
        font = ImageFont.truetype(chance.choice(FONTS), chance.choice(SIZES_PX))
        picture = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), ground)
        pen = ImageDraw.Draw(picture)
        for number, line in enumerate(lines):
            pen.text((24, 16 + shift_px + 34 * number), line, font=font, fill=letters)
        new = self._picture.with_suffix(".new.png")
        picture.save(new)
        new.rename(self._picture)

    def show(self, lines: Sequence[str], *, shift_px: int = 0) -> None:
        """As `paint`; back when the program has the new picture."""
        self.paint(lines, shift_px=shift_px)
        self._seen()

    def _seen(self) -> None:
        changed = str(self._picture.stat().st_mtime_ns)
        self._stage.wait(lambda: self._shown.exists() and self._shown.read_text() == changed, "the picture to be shown")
        time.sleep(0.2)


def _line(canary: Canary, number: int) -> str:
    """A canary as such programs show them: alone, behind its label, in the middle of a sentence."""
    if canary.kind == "password":
        return f"Password: {canary.value}"
    match number % 3:
        case 0:
            return canary.value
        case 1:
            return f"{LABELS[canary.kind]}: {canary.value}"
        case _:
            return f"please send it to {canary.value} today"


def pictures_read(stage: Stage) -> None:
    """Sensitive values and harmless words painted by a program without a tree; some of the values typed there, too."""
    easel = Easel(stage)
    stage.click_at(*easel.window.at(0.5, 0.95))
    kinds = (*SCRUBBED, "password")
    for number, size in enumerate(stage.batches(8, shown=True)):
        planted = stage.canaries(kinds, size, shown=True)
        lines = []
        for place, canary in enumerate(planted):
            lines.append(_line(canary, place + number))
            if place % 3 == 1:
                lines.append(stage.plan.control("pixels"))
        easel.show(lines)
        stage.wait_for_reader()
        stage.show()
        if number % 2:
            # Half a line further down, as after a scroll: what was vouched for stands elsewhere now.
            easel.show(lines, shift_px=17)
            stage.hands.move(*easel.window.at(0.4, 0.5), 0.1)
            stage.hands.click()
            stage.show()
        stage.type(planted[0])
        stage.tap("Return")
        # The press before which the picture is looked at.
        stage.click_at(*easel.window.at(0.5, 0.95))
    easel.show([])
    time.sleep(1.0)
    stage.end(easel.window)
