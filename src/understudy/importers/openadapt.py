"""Recordings of openadapt-capture: a folder with `recording.db` (SQLite), perhaps pictures and a video.

Format: the package's own models (openadapt-capture 1.3.0, `db/models.py`); older ones lack columns, which is fine.
Moves, clicks, wheel and keys come with the position of its clock; windows as title and id of the active one (their
places are the ones inside their frames on Linux, so they are not believed); elements where it observed any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from understudy.importers.foreign_sqlite import NoDatabase, tables
from understudy.importers.imported import Imported, Skipped
from understudy.importers.listened import Happened, InFront, Listened, Pointed
from understudy.importers.recorded_folders import VIDEO, Files, folders, read_each
from understudy.importers.told_elements import elements

DATABASE = "recording.db"
_LOG = "recording.db-wal"
_SEAL = "capture-terminal.json"
_EXPECTED = f"an openadapt-capture recording (a folder with {DATABASE}) or a folder of them"
_PICTURES = "recordings whose pictures were left out (nothing tells what on them is private)"
_TABLES = ("recording", "action_event", "window_event")

Row = Mapping[str, object]


class OpenAdapt:
    """Reads folders of openadapt-capture."""

    name = "openadapt"
    description = "openadapt-capture recordings (recording.db)"

    def provenance(self, path: Path) -> str:
        """See `Importer`."""
        folders(path, DATABASE, _EXPECTED)
        return (
            "Recordings made with openadapt-capture, a recorder of keyboard, mouse and screen, and imported here from "
            "its folders. Who made them, for whom and on which terms, these folders don't tell: whoever imports them "
            "answers for the right to use them. Not known: which program a window belonged to, where windows stood, "
            "which fields received the keys, how Caps Lock stood. Pictures, video and sound were left out."
        )

    def count(self, path: Path) -> int | None:
        """See `Importer`."""
        return len(folders(path, DATABASE, _EXPECTED))

    def read(self, path: Path) -> Iterator[Imported | Skipped]:
        """See `Importer`."""
        return read_each(path, folders(path, DATABASE, _EXPECTED), _one)


def _one(_root: Path, folder: Path, name: str) -> Imported | Skipped:
    files = Files(folder)
    content, log = files.read(DATABASE) or b"", files.read(_LOG) or b""
    if not content:
        return Skipped(name, "damaged", f"{DATABASE} is empty")
    try:
        rows = tables(content, log, _TABLES)
    except NoDatabase as fault:
        return Skipped(name, "damaged", str(fault))
    if not rows["recording"]:
        return Skipped(name, "foreign", f"{DATABASE} holds no recording of openadapt-capture")
    about = rows["recording"][0]
    told = Listened("openadapt", _screen(about), mac=about.get("platform") == "darwin", found=files.found)
    if log:
        told.found["recordings that were killed (what their database's log still held was read too)"] += 1
    elif not (folder / _SEAL).is_file():
        told.found["recordings without the recorder's seal (not stopped properly, or by an older version)"] += 1
    config = _json(about.get("config"))
    if isinstance(config, dict) and "capture_window" in config:
        told.found["recordings of one window (places are the ones in it)"] += 1
    if files.has_video():
        told.found[VIDEO] += 1
    if (folder / "screenshots").is_dir() or any(row.get("screenshot_id") is not None for row in rows["action_event"]):
        told.found[_PICTURES] += 1
    for row in rows["action_event"]:
        _take(told, row)
    for row in rows["window_event"]:
        _take_window(told, row)
    records = told.records()
    if not records:
        return Skipped(name, "empty")
    task = about.get("task_description")
    return Imported(
        name=name,
        content=files.content,
        records=records,
        task=task if isinstance(task, str) else "",
        found=dict(told.found),
    )


def _screen(about: Row) -> tuple[int, int] | None:
    width, height = about.get("monitor_width"), about.get("monitor_height")
    if isinstance(width, int) and isinstance(height, int) and 0 < width < 100_000 and 0 < height < 100_000:
        return width, height
    return None


def _take(told: Listened, row: Row) -> None:
    time_s = _number(row.get("timestamp"))
    if time_s is None:
        told.found["events without a time (left out)"] += 1
    elif row.get("parent_id") is not None or row.get("disabled") in (1, True):
        told.found["events that the recorder made of others, or that were switched off (left out)"] += 1
    elif (happened := _happened(row, time_s)) is None:
        told.found["events of unknown kinds or without their place or key (left out)"] += 1
    else:
        told.happened.append(happened)
        _take_element(told, row, happened)


def _happened(row: Row, time_s: float) -> Happened | None:
    kind = row.get("name")
    if kind in ("press", "release"):
        key = _key(row)
        code = row.get("key_vk")
        physical = int(code) if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) < 9 else None
        return Happened(time_s, str(kind), key=key, physical=physical)
    x, y = _number(row.get("mouse_x")), _number(row.get("mouse_y"))
    if x is None or y is None:
        return None
    if kind == "move":
        return Happened(time_s, "move", x, y)
    button, pressed = row.get("mouse_button_name"), row.get("mouse_pressed")
    if kind == "click" and isinstance(button, str) and pressed in (0, 1):
        return Happened(time_s, "click", x, y, button=button, pressed=pressed == 1)
    dx, dy = _number(row.get("mouse_dx")), _number(row.get("mouse_dy"))
    if kind == "scroll" and dx is not None and dy is not None:
        return Happened(time_s, "scroll", x, y, dx=dx, dy=dy)
    return None


def _key(row: Row) -> str:
    """The character where it made one, else the key's name; "" when neither is told."""
    char, name = row.get("key_char"), row.get("key_name")
    if isinstance(char, str) and len(char) == 1:
        return char
    return name if isinstance(name, str) else ""


def _take_window(told: Listened, row: Row) -> None:
    time_s, title = _number(row.get("timestamp")), row.get("title")
    if time_s is None:
        told.found["rows of windows without a time or a name (left out)"] += 1
    else:
        told.in_front.append(InFront(time_s, "", title if isinstance(title, str) else ""))


def _take_element(told: Listened, row: Row, happened: Happened) -> None:
    """What it saw under a press; "element_state" is an older column for the same."""
    if happened.kind != "click" or not happened.pressed:
        return
    seen = _json(row.get("structural_observation"))
    element = seen.get("element") if isinstance(seen, dict) and seen.get("query_kind") == "point" else None
    if isinstance(element, dict):
        bounds = element.get("bounds")
        kind = element.get("control_type") or element.get("role")
        node = {"Name": element.get("name"), "ControlType": kind, "BoundingRectangle": bounds}
        told.pointed.append(Pointed(happened.time_s, elements(node)))
    elif isinstance(state := _json(row.get("element_state")), dict) and state:
        told.pointed.append(Pointed(happened.time_s, elements(state)))


def _json(value: object) -> object:
    if not isinstance(value, str | bytes):
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        return None
    return float(value)
