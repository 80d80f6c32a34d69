"""DuckTrack folders: events of pynput's listeners, metadata, a description, a video.

Format: the recorder's README and sources (TheDuckAI/DuckTrack). Its defects that are handled here: events that are
flushed late, so that a kill loses the last ones and leaves half a line; metadata written at the stop only; the
machine's MAC address as the id (a keyed hash of it becomes the contributor); keys without a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from understudy.importers.imported import Imported, Skipped
from understudy.importers.listened import Listened
from understudy.importers.recorded_folders import (
    EVENTS,
    METADATA,
    NO_METADATA,
    VIDEO,
    Files,
    folders,
    read_each,
    screen_of,
    take_events,
)

_EXPECTED = "a DuckTrack recording (a folder with events.jsonl and metadata.json) or a folder of them"
_UNNAMED = re.compile(r"recording-\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d")
"""The folder's name until the person who recorded gives a title."""


class DuckTrack:
    """Reads folders of DuckTrack."""

    name = "ducktrack"
    description = "DuckTrack folders (events.jsonl, metadata.json)"

    def provenance(self, path: Path) -> str:
        """See `Importer`."""
        folders(path, EVENTS, _EXPECTED)
        return (
            "Recordings made with DuckTrack, a recorder of keyboard, mouse and screen, and imported here from its "
            "folders. Who made them, when, for whom and on which terms, these folders don't tell: whoever imports "
            "them answers for the right to use them. Not known: what stood on the screen, which windows and fields "
            "received the keys, how Caps Lock stood. The video and the sound were left out."
        )

    def count(self, path: Path) -> int | None:
        """See `Importer`."""
        return len(folders(path, EVENTS, _EXPECTED))

    def read(self, path: Path) -> Iterator[Imported | Skipped]:
        """See `Importer`."""
        return read_each(path, folders(path, EVENTS, _EXPECTED), _one)


def _one(_root: Path, folder: Path, name: str) -> Imported | Skipped:
    files = Files(folder)
    rows = files.rows(EVENTS)
    if rows and not any("time_stamp" in row and "action" in row for row in rows):
        return Skipped(name, "foreign", "no line of events.jsonl has a time_stamp and an action")
    metadata = files.object(METADATA)
    if metadata is None:
        files.found[NO_METADATA] += 1
    told = Listened("ducktrack", screen_of(metadata), mac=(metadata or {}).get("system") == "Darwin", found=files.found)
    take_events(told, rows)
    description = files.words("README.md")
    if files.has_video():
        told.found[VIDEO] += 1
    records = told.records()
    if not records:
        return Skipped(name, "empty") if rows or not files.found else Skipped(name, "damaged", "no line can be read")
    machine = (metadata or {}).get("id")
    title = "" if _UNNAMED.fullmatch(folder.name) else folder.name
    return Imported(
        name=name,
        content=files.content,
        records=records,
        person="" if machine is None else str(machine),
        task=": ".join(part for part in (title, description) if part),
        found=dict(told.found),
    )
