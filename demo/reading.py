"""Reads the text in pictures with Tesseract, fed through a pipe so that no picture touches the disk.

Recordings are full of pictures that are mostly alike: rows of pixels that were read before are not read again.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import io
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from PIL import Image

WINDOW_PX, STEP_PX = 96, 48
"""Rows are compared in windows that overlap by half: every line of text up to 48 px high lies whole in one of them."""
SHEET_PX = 1400
"""How many rows of strips are read in one go; Tesseract's start costs as much as some hundred rows."""
GAP_PX = 24
SCALE = 2
"""Screen text is about 10 px high; Tesseract reads 20 to 30 px best."""
SPARSE = "11"
"""Tesseract's page segmentation mode for text anywhere, in no order."""


class ReadingFailed(Exception):
    """Tesseract could not read; the message tells what it said."""


@dataclass(frozen=True)
class Strip:
    """Rows of one picture that were not read before."""

    where: str
    picture: Image.Image


@dataclass
class Reader:
    """Reads pictures, remembering which rows it has read. `pictures` counts those given, `sheets` what was read."""

    pictures: int = 0
    sheets: int = 0
    _seen: set[bytes] = field(default_factory=set)

    def strips(self, where: str, picture: Image.Image) -> Iterator[Strip]:
        """The rows of `picture` that no picture before had, as few strips as possible."""
        self.pictures += 1
        grey = picture.convert("L")
        wanted: list[list[int]] = []
        for top in range(0, max(1, grey.height - WINDOW_PX + STEP_PX), STEP_PX):
            bottom = min(grey.height, top + WINDOW_PX)
            rows = grey.crop((0, top, grey.width, bottom))
            mark = hashlib.blake2b(rows.tobytes(), digest_size=16, salt=grey.width.to_bytes(4, "big")).digest()
            if mark in self._seen:
                continue
            self._seen.add(mark)
            if wanted and wanted[-1][1] >= top:
                wanted[-1][1] = bottom
            else:
                wanted.append([top, bottom])
        for top, bottom in wanted:
            strip = grey.crop((0, top, grey.width, bottom))
            darkest, brightest = strip.getextrema()
            # One plain colour holds no text, masks and blanks above all.
            if darkest != brightest:
                yield Strip(where, strip)

    def read(self, pictures: Iterable[tuple[str, Image.Image]]) -> list[tuple[str, str]]:
        """(where, text) for each sheet of strips; `where` names the pictures that the sheet holds.

        Raises ReadingFailed.
        """
        sheets = list(_sheets(strip for where, picture in pictures for strip in self.strips(where, picture)))
        self.sheets += len(sheets)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            texts = list(pool.map(_read_sheet, sheets))
        return [
            (", ".join(dict.fromkeys(strip.where for strip in sheet)), text)
            for sheet, text in zip(sheets, texts, strict=True)
        ]


def _sheets(strips: Iterable[Strip]) -> Iterator[list[Strip]]:
    sheet: list[Strip] = []
    height = 0
    for strip in strips:
        if sheet and height + strip.picture.height > SHEET_PX:
            yield sheet
            sheet, height = [], 0
        sheet.append(strip)
        height += strip.picture.height + GAP_PX
    if sheet:
        yield sheet


def _read_sheet(strips: Sequence[Strip]) -> str:
    width = max(strip.picture.width for strip in strips)
    height = sum(strip.picture.height + GAP_PX for strip in strips)
    sheet = Image.new("L", (width, height), 255)
    top = 0
    for strip in strips:
        sheet.paste(strip.picture, (0, top))
        top += strip.picture.height + GAP_PX
    enlarged = sheet.resize((width * SCALE, height * SCALE), Image.Resampling.LANCZOS)
    return read_picture(enlarged)


def read_picture(picture: Image.Image) -> str:
    """All text that Tesseract finds in `picture`, in no order. Raises ReadingFailed."""
    raw = io.BytesIO()
    picture.convert("L").save(raw, "PPM")
    try:
        done = subprocess.run(
            ["tesseract", "-", "-", "--psm", SPARSE, "-l", "eng"],
            input=raw.getvalue(),
            capture_output=True,
            # Two threads of one Tesseract take four times as long as one; two processes take half.
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            timeout=120,
            check=False,
        )
    except FileNotFoundError:
        raise ReadingFailed("tesseract is missing: sudo apt-get install -y tesseract-ocr") from None
    except subprocess.TimeoutExpired:
        raise ReadingFailed("tesseract did not answer within 120 s") from None
    if done.returncode:
        raise ReadingFailed(f"tesseract failed: {done.stderr.decode(errors='replace').strip().splitlines()[-1:]}")
    return done.stdout.decode(errors="replace")
