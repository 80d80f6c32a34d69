"""Reads the text in pictures with Tesseract, fed through a pipe so that no picture touches the disk.

Recordings are full of pictures that are mostly alike: rows of pixels that were read before are not read again, but
what was read there is told again for each picture, so that every picture can be searched.
"""

from __future__ import annotations

import concurrent.futures
import csv
import hashlib
import io
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageFilter

WINDOW_PX, STEP_PX = 96, 48
"""Rows are compared in windows that overlap by half: every line of text up to 48 px high lies whole in one of them."""
SHEET_PX = 1400
"""How many rows of strips are read in one go; Tesseract's start costs as much as some hundred rows."""
GAP_PX = 24
READINGS = ((2, "6"), (1, "11"))
"""(enlargement, Tesseract's page segmentation mode) of the two readings of each sheet: as one block of lines, enlarged,
and as text anywhere. What one misses the other often reads: light text on dark, a single word, small print."""
MASK_GREY = 0x28
"""The brightness of Understudy's masks. Tesseract takes them for ink and misses the words that touch them."""
MASK_LEAST_PX = 9
"""What is smaller is part of a letter. Odd."""
WORD_LEVEL = "5"
"""The level of words in Tesseract's table of results."""


class ReadingFailed(Exception):
    """Tesseract could not read; the message tells what it said."""


@dataclass(frozen=True)
class Word:
    """One word that was read; its box in px of the picture as it was given."""

    text: str
    left: float
    top: float
    height: float

    @property
    def middle(self) -> float:
        """The row through its middle."""
        return self.top + self.height / 2


@dataclass
class Strip:
    """Rows of a picture that were not read before. `windows` maps a window's mark to its rows within the strip."""

    picture: Image.Image
    windows: dict[bytes, tuple[int, int]]


@dataclass
class Reader:
    """Reads pictures and remembers what stood in which rows. `pictures` counts those given, `sheets` those read."""

    pictures: int = 0
    sheets: int = 0
    _read: dict[bytes, str] = field(default_factory=dict)

    def read(self, pictures: Iterable[tuple[str, Image.Image]]) -> list[tuple[str, str]]:
        """(where, text) for each picture that shows anything that the pictures before it in this call did not.

        Raises ReadingFailed.
        """
        told: set[bytes] = set()
        pending: list[Strip] = []
        marks_of: list[tuple[str, list[bytes]]] = []
        for where, picture in pictures:
            self.pictures += 1
            grey = picture.convert("L")
            windows: dict[bytes, tuple[int, int]] = {}
            for mark, rows in _windows(grey):
                # The first of equal rows: from top to bottom, as strips are cut.
                if mark not in told:
                    windows.setdefault(mark, rows)
            told.update(windows)
            if windows:
                marks_of.append((where, list(windows)))
            pending += self._strips(grey, windows)
        self._read_strips(pending)
        return [(where, "\n".join(self._read[mark] for mark in marks)) for where, marks in marks_of]

    def _strips(self, grey: Image.Image, windows: dict[bytes, tuple[int, int]]) -> list[Strip]:
        """The rows of windows never read before, in as few strips as possible; their marks count as read from now."""
        runs: list[tuple[int, int, dict[bytes, tuple[int, int]]]] = []
        for mark, (top, bottom) in windows.items():
            if mark in self._read:
                continue
            self._read[mark] = ""
            if runs and runs[-1][1] >= top:
                start, _, marks = runs.pop()
                runs.append((start, bottom, {**marks, mark: (top - start, bottom - start)}))
            else:
                runs.append((top, bottom, {mark: (0, bottom - top)}))
        strips = [Strip(unmasked(grey.crop((0, top, grey.width, bottom))), marks) for top, bottom, marks in runs]
        # One plain colour holds no text: masks and blanks above all.
        return [strip for strip in strips if len(strip.picture.getcolors(2) or "ab") > 1]

    def _read_strips(self, strips: Sequence[Strip]) -> None:
        sheets = _sheets(strips)
        self.sheets += len(sheets)
        jobs = [(sheet, *reading) for sheet in sheets for reading in READINGS]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for (sheet, _, _), words in zip(jobs, pool.map(lambda job: _read_sheet(*job), jobs), strict=True):
                top = 0
                for strip in sheet:
                    for mark, (first, last) in strip.windows.items():
                        inside = [word for word in words if top + first <= word.middle < top + last]
                        self._read[mark] += in_rows(inside) + "\n" + " ".join(word.text for word in inside) + "\n"
                    top += strip.picture.height + GAP_PX


def unmasked(grey: Image.Image) -> Image.Image:
    """The picture with Understudy's masks as white as paper, so that what stands beside them is read like the rest."""
    masks = grey.point([255 if level == MASK_GREY else 0 for level in range(256)])
    if masks.getbbox() is None:
        return grey
    whole = masks.filter(ImageFilter.MinFilter(MASK_LEAST_PX)).filter(ImageFilter.MaxFilter(MASK_LEAST_PX))
    clean = grey.copy()
    clean.paste(255, mask=whole)
    return clean


def in_rows(words: Sequence[Word]) -> str:
    """Words as a person would read them: row by row, from left to right. Tesseract's own order splits wide rows."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.middle):
        if rows and abs(rows[-1][0].middle - word.middle) < 0.6 * max(rows[-1][0].height, word.height):
            rows[-1].append(word)
        else:
            rows.append([word])
    return "\n".join(" ".join(word.text for word in sorted(row, key=lambda word: word.left)) for row in rows)


def read_words(picture: Image.Image, mode: str) -> list[Word]:
    """Every word that Tesseract finds in `picture` by its segmentation mode, in its own order. Raises ReadingFailed."""
    raw = io.BytesIO()
    picture.convert("L").save(raw, "PPM")
    try:
        done = subprocess.run(
            ["tesseract", "-", "-", "--psm", mode, "-l", "eng", "tsv"],
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
    table = csv.DictReader(io.StringIO(done.stdout.decode(errors="replace")), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [
        Word(row["text"], float(row["left"]), float(row["top"]), float(row["height"]))
        for row in table
        if row["level"] == WORD_LEVEL and row["text"] and row["text"].strip()
    ]


def _windows(grey: Image.Image) -> Iterable[tuple[bytes, tuple[int, int]]]:
    """(mark, (top, bottom)) for each window of rows; equal marks mean equal pixels."""
    for top in range(0, max(1, grey.height - WINDOW_PX + STEP_PX), STEP_PX):
        bottom = min(grey.height, top + WINDOW_PX)
        rows = grey.crop((0, top, grey.width, bottom)).tobytes()
        yield hashlib.blake2b(rows, digest_size=16, salt=grey.width.to_bytes(4, "big")).digest(), (top, bottom)


def _sheets(strips: Sequence[Strip]) -> list[list[Strip]]:
    sheets: list[list[Strip]] = []
    height = SHEET_PX + 1
    for strip in strips:
        if height + strip.picture.height > SHEET_PX:
            sheets.append([])
            height = 0
        sheets[-1].append(strip)
        height += strip.picture.height + GAP_PX
    return sheets


def _read_sheet(strips: Sequence[Strip], scale: int, mode: str) -> list[Word]:
    width = max(strip.picture.width for strip in strips)
    height = sum(strip.picture.height + GAP_PX for strip in strips)
    sheet = Image.new("L", (width, height), 255)
    top = 0
    for strip in strips:
        sheet.paste(strip.picture, (0, top))
        top += strip.picture.height + GAP_PX
    enlarged = sheet.resize((width * scale, height * scale), Image.Resampling.LANCZOS)
    return [
        Word(word.text, word.left / scale, word.top / scale, word.height / scale) for word in read_words(enlarged, mode)
    ]
