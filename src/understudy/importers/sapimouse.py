"""SapiMouse: mouse sessions of people whom a web page asked to click and drag.

One CSV a session, in a folder a person: client timestamp (ms), button, state, x, y (px). Nothing tells the screen, the
windows or what was pointed at.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

from understudy.importers import files
from understudy.importers.imported import Imported, Skipped
from understudy.records.events import Pointer, Raw, Windows, WindowState
from understudy.records.geometry import Rect

SUFFIXES = (".csv",)
WHAT = "SapiMouse sessions"
APP = "sapimouse"
WINDOW = 1
COLUMNS = ["client timestamp", "button", "state", "x", "y"]
NS_PER_MS = 1_000_000
BUTTONS = {"Left": 1, "Middle": 2, "Right": 3, "Other": 2}
"""X's numbers. "Other" is a button that the page didn't name: taken for the middle one."""
_Kind = Literal["move", "down", "up", "scroll"]
FARTHEST_PX = 100_000
"""No screen is that wide: a number beyond it is none of a place."""
SCREENS_PX = (
    *((1024, 768), (1280, 720), (1280, 800), (1280, 1024), (1366, 768), (1440, 900), (1536, 864), (1600, 900)),
    *((1680, 1050), (1920, 1080), (1920, 1200), (2560, 1440), (3840, 2160)),
)
"""Common sizes of screens (width, height). The smallest that holds every place stands for the one that nothing tells:
how far a pointer reached, to the pixel, is its maker's own and nobody's screen."""


class SapiMouse:
    """The format's importer."""

    name = "sapimouse"
    description = "SapiMouse mouse sessions: CSV files, a folder of them, or an archive"

    def provenance(self, path: Path) -> str:
        """What is known of the published sessions. Raises NotReadable."""
        files.check(path, SUFFIXES, WHAT)
        return (
            "SapiMouse: mouse sessions of 122 people, published with Antal, Fejér and Buza, “SapiMouse: Mouse "
            "Dynamics-based User Authentication Using Deep Feature Learning” (2021); 80 of them in the repository "
            "jjmatthiesen/trajectoryAnimation_SapiMouse under the MIT licence.\n"
            "Who made them: people whom a web page asked to click and drag, each for about one and three minutes. "
            "They are known by a number, which is replaced by a pseudonym of this installation.\n"
            "What they hold: where the pointer was and when, and its buttons. No keys, no pictures, no windows.\n"
            "How a hand moves tells people apart (three of four of 122 found again from an unprotected session): "
            "build datasets at the motion level targets unless motion itself is what is studied.\n"
            "Not known: what the people were told about later uses, their screens, the wall-clock times."
        )

    def count(self, path: Path) -> int | None:
        """The number of CSV files; None for an archive."""
        return files.count(path, SUFFIXES)

    def read(self, path: Path) -> Iterator[Imported | Skipped]:
        """The sessions in order of their names, or in the archive's order."""
        for name, data in files.read(path, SUFFIXES):
            yield _read(path, name, data) if isinstance(data, bytes) else Skipped(name, "damaged", str(data))


def _read(path: Path, name: str, data: bytes) -> Imported | Skipped:
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        return Skipped(name, "damaged", "it is not a table of comma-separated values")
    if not rows or [cell.strip() for cell in rows[0]] != COLUMNS:
        return Skipped(name, "foreign", f"its first line is not {','.join(COLUMNS)}")
    session = _Session()
    for row in rows[1:]:
        session.row(row)
    if not session.done:
        return Skipped(name, "empty")
    return Imported(
        name=name,
        content=hashlib.sha256(data).hexdigest(),
        records=session.records(),
        person=_person(path, name),
        found=session.found,
    )


def _person(path: Path, name: str) -> str:
    """The folder that the session lies in is the person's."""
    folder = PurePosixPath(name).parent.name
    return folder or (path if path.is_dir() else path.absolute().parent).name


def _screen(left: int, top: int, right: int, bottom: int) -> Rect:
    """The smallest common screen that holds these places; one that just holds them where none is large enough."""
    width, height = right - left, bottom - top
    holding = [size for size in SCREENS_PX if size[0] >= width and size[1] >= height]
    return Rect(left, top, *min(holding, key=lambda size: size[0] * size[1], default=(width, height)))


class _Session:
    """One session's rows as pointer records, times from its first row."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.done = False
        self._events: list[Raw] = []
        self._first_ms: int | None = None
        self._latest_ns = 0
        self._held: dict[int, tuple[int, int]] = {}
        self._place = (0, 0)
        self._left = self._top = 0
        self._right = self._bottom = 1

    def row(self, cells: list[str]) -> None:
        """Take one row; one that can't be read is counted and left out."""
        if not cells:
            return
        try:
            time_ms, x, y = int(cells[0]), int(cells[3]), int(cells[4])
        except (ValueError, IndexError):
            self.found["rows that can't be read"] += 1
            return
        if max(abs(x), abs(y)) > FARTHEST_PX:
            self.found["rows with a place beyond any screen"] += 1
            return
        if self._first_ms is None:
            self._first_ms = time_ms
        time_ns = (time_ms - self._first_ms) * NS_PER_MS
        if time_ns < self._latest_ns:
            self.found["times that went back"] += 1
        self._latest_ns = max(self._latest_ns, time_ns)
        self._widen(x, y)
        self._event(cells[1].strip(), cells[2].strip(), x, y)
        self._place = (x, y)

    def records(self) -> list[Raw]:
        """All of them, the one window that stands for the unknown screen first."""
        rect = _screen(self._left, self._top, self._right, self._bottom)
        window = WindowState(id=WINDOW, rect=rect, app=APP)
        return [Windows(time_ns=0, seq=0, active=WINDOW, windows=(window,), screen=rect), *self._events]

    def _event(self, button: str, state: str, x: int, y: int) -> None:
        number = BUTTONS.get(button, 0)
        match state:
            case "Move" | "Drag":
                self._add("move", x, y)
            case "Pressed" if number:
                if number in self._held:
                    self._lost_release(number)
                if button == "Other":
                    self.found["presses of a button without a name, taken for the middle one"] += 1
                self._held[number] = (x, y)
                self.done = True
                self._add("down", x, y, number)
            case "Released" if number:
                if self._held.pop(number, None) is None:
                    self.found["releases without a press"] += 1
                else:
                    self._add("up", x, y, number)
            case "Up" | "Down" if button == "Scroll":
                self.done = True
                self._add("scroll", x, y, scroll_y=-1 if state == "Up" else 1)
            case _:
                self.found["rows of an unknown kind"] += 1

    def _lost_release(self, button: int) -> None:
        """A button that is pressed again was let go of at some time: put where the pointer was last."""
        self.found["releases that were never recorded, put before the next press"] += 1
        self._add("up", *self._place, button)

    def _add(self, kind: _Kind, x: int, y: int, button: int = 0, scroll_y: int = 0) -> None:
        self._events.append(
            Pointer(time_ns=self._latest_ns, seq=0, kind=kind, x=x, y=y, button=button, scroll_y=scroll_y)
        )

    def _widen(self, x: int, y: int) -> None:
        self._left, self._top = min(self._left, x), min(self._top, y)
        self._right, self._bottom = max(self._right, x + 1), max(self._bottom, y + 1)
