"""Folders of recorders that write one JSON object a line: finding them, reading their rows, counting what is broken."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import msgspec

from understudy.importers.imported import Imported, NotReadable, Skipped
from understudy.importers.listened import Happened, Listened

EVENTS = "events.jsonl"
METADATA = "metadata.json"
MAX_FILE_BYTES = 512 * 1024 * 1024
"""An hour of a busy hand is 60 MB of lines."""
MOST_SECONDS = 1e10
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40|_at_)[\w-]+(?:\.[\w-]+)+")

CUT_LINE = "half-written last lines (the recorder was killed: what came before its end may be lost too)"
BROKEN_LINE = "lines that are no JSON object (left out)"
NO_METADATA = "recordings without readable metadata (never stopped properly: their last seconds may be lost)"
VIDEO = "recordings whose video was left out (no decoder without GPL parts)"

Row = Mapping[str, object]
ReadOne = Callable[[Path, Path, str], Imported | Skipped]
"""(the imported path, a recording's folder, its name to show) → the recording."""


class TooLarge(ValueError):
    """A file is larger than any recording."""


@dataclass
class Files:
    """One recording's folder: its files' bytes, each read once, and the hash of all that was read."""

    folder: Path
    found: Counter[str] = field(default_factory=Counter)
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def content(self) -> str:
        """SHA-256 of everything that was read so far, hexadecimal."""
        return self._hash.hexdigest()

    def read(self, name: str) -> bytes | None:
        """A file's bytes, None when there is none. Raises OSError, TooLarge."""
        path = self.folder / name
        if not path.is_file():
            return None
        if path.stat().st_size > MAX_FILE_BYTES:
            raise TooLarge(f"{name} is larger than {MAX_FILE_BYTES >> 20} MiB")
        content = path.read_bytes()
        self._hash.update(f"{name} {len(content)}\n".encode() + content)
        return content

    def rows(self, name: str) -> list[Row]:
        """The JSON objects of a file, one a line; broken lines are counted. [] without the file."""
        content = self.read(name) or b""
        lines = content.split(b"\n")
        rows: list[Row] = []
        for at, line in enumerate(lines):
            if not line.strip():
                continue
            row = _object(line)
            if row is not None:
                rows.append(row)
            else:
                self.found[CUT_LINE if at == len(lines) - 1 else BROKEN_LINE] += 1
        return rows

    def object(self, name: str) -> Row | None:
        """A file that is one JSON object; None when there is none or it can't be read."""
        content = self.read(name)
        return None if content is None else _object(content)

    def words(self, name: str) -> str:
        """A file of text, "" without one."""
        return (self.read(name) or b"").decode(errors="replace").strip()

    def has_video(self) -> bool:
        """True when a video lies beside the events."""
        return any(each.suffix.lower() in (".mp4", ".mkv", ".mov") for each in self.folder.iterdir())


def folders(path: Path, marker: str, expected: str) -> list[Path]:
    """The folders under `path` (itself too) that hold a file `marker`, sorted. Raises NotReadable when none does."""
    if not path.exists():
        raise NotReadable(f"{path}: there is nothing; expected {expected}")
    if not path.is_dir():
        raise NotReadable(f"{path}: a file; expected {expected}")
    found = sorted(Path(folder) for folder, _, names in os.walk(path) if marker in names)
    if not found:
        raise NotReadable(f"{path}: no {marker} in it or below; expected {expected}")
    return found


def shown_name(root: Path, folder: Path) -> str:
    """Where a recording was found, for the terminal: e-mail addresses in folder names are not repeated."""
    place = folder.relative_to(root).as_posix() if folder != root else folder.name
    return _EMAIL.sub("<EMAIL>", place)


def person_in_path(root: Path, folder: Path) -> str:
    """The e-mail address that names whoever recorded in a folder's name, nearest first; "" when there is none."""
    inside = folder.relative_to(root).parts if folder != root else ()
    for part in (*reversed(inside), root.name):
        if (match := _EMAIL.search(part)) is not None:
            return match.group().replace("%40", "@").replace("_at_", "@").lower()
    return ""


def screen_of(metadata: Row | None) -> tuple[int, int] | None:
    """The stated screen, px; None when none or an impossible one is stated."""
    if metadata is None:
        return None
    width, height = metadata.get("screen_width"), metadata.get("screen_height")
    if isinstance(width, int) and isinstance(height, int) and 0 < width < 100_000 and 0 < height < 100_000:
        return width, height
    return None


def seconds(row: Row, key: str = "time_stamp") -> float | None:
    """A row's time, s on its recorder's clock; None when it tells none."""
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MOST_SECONDS:
        return None
    return float(value)


def take_events(told: Listened, rows: list[Row]) -> None:
    """Rows of pynput's listeners as DuckTrack writes them (AgentNetTool took them over); the rest is counted."""
    for row in rows:
        time_s = seconds(row)
        if time_s is None:
            told.found["events without a time (left out)"] += 1
        elif (happened := _happened(row, time_s)) is None:
            told.found["events of unknown kinds or without their place or key (left out)"] += 1
        else:
            told.happened.append(happened)


def read_each(root: Path, found: list[Path], one: ReadOne) -> Iterator[Imported | Skipped]:
    """`one` for each folder; what can't be read of the disk, and what is too large, is damaged."""
    for folder in found:
        name = shown_name(root, folder)
        try:
            yield one(root, folder, name)
        except OSError as error:
            yield Skipped(name, "damaged", error.strerror or type(error).__name__)
        except TooLarge as error:
            yield Skipped(name, "damaged", str(error))


def _object(content: bytes) -> Row | None:
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return cast(Row, value) if isinstance(value, dict) else None


def _happened(row: Row, time_s: float) -> Happened | None:
    kind = row.get("action")
    if kind in ("pause", "resume"):
        return Happened(time_s, str(kind))
    if kind in ("press", "release"):
        key = row.get("name")
        # A name of None is a key for which pynput knew no character; it is counted where keys are understood.
        return Happened(time_s, str(kind), key=key if isinstance(key, str) else "")
    x, y = _number(row.get("x")), _number(row.get("y"))
    if x is None or y is None:
        return None
    if kind == "move":
        return Happened(time_s, "move", x, y)
    button, pressed = row.get("button"), row.get("pressed")
    if kind == "click" and isinstance(button, str) and isinstance(pressed, bool):
        return Happened(time_s, "click", x, y, button=button, pressed=pressed)
    dx, dy = _number(row.get("dx")), _number(row.get("dy"))
    if kind == "scroll" and dx is not None and dy is not None:
        return Happened(time_s, "scroll", x, y, dx=dx, dy=dy)
    return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return float(value) if abs(value) < 1e15 else None
