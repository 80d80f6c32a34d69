"""AgentNet/OpenCUA raw folders, as AgentNetTool writes them: DuckTrack's events, and what the system said besides.

Format: the recorder's sources (xlang-ai/AgentNetTool). `element.jsonl` holds what the accessibility interface said
about each press, asked in a thread of its own and so perhaps too late: it is believed only where it names the time of
a press and lies under it. `top_window.jsonl` holds the program in front, looked at every 0.2 s. Events, elements and
windows share one monotonic clock; the video's beginning on it is uncertain by half a second, so nothing is counted
from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from understudy.importers.imported import Imported, Skipped
from understudy.importers.listened import InFront, Listened, Pointed
from understudy.importers.recorded_folders import (
    EVENTS,
    METADATA,
    NO_METADATA,
    VIDEO,
    Files,
    Row,
    folders,
    person_in_path,
    read_each,
    screen_of,
    seconds,
    take_events,
)
from understudy.importers.told_elements import elements

_EXPECTED = "an AgentNetTool recording (a folder with events.jsonl and metadata.json) or a folder of them"
_VIDEO_DOUBT_S = 0.1
"""Frames come every 33 ms; more than three of them apart, the two statements of when the video began differ."""


class AgentNet:
    """Reads folders of AgentNetTool."""

    name = "agentnet"
    description = "AgentNet/OpenCUA raw folders (events.jsonl, element.jsonl, top_window.jsonl, metadata.json)"

    def provenance(self, path: Path) -> str:
        """See `Importer`."""
        folders(path, EVENTS, _EXPECTED)
        return (
            "Recordings made with AgentNetTool, the annotation tool of OpenCUA (XLANG Lab and others), and imported "
            "here from its raw folders. Published under the name AgentNet with the MIT licence; for folders from "
            "elsewhere, who made them, when and on which terms, the folders don't tell: whoever imports them answers "
            "for the right to use them. Not known: where windows stood, which fields received the keys unless a "
            "press named them, how Caps Lock stood. The video, its clips and the pages' HTML were left out."
        )

    def count(self, path: Path) -> int | None:
        """See `Importer`."""
        return len(folders(path, EVENTS, _EXPECTED))

    def read(self, path: Path) -> Iterator[Imported | Skipped]:
        """See `Importer`."""
        return read_each(path, folders(path, EVENTS, _EXPECTED), _one)


def _one(root: Path, folder: Path, name: str) -> Imported | Skipped:
    files = Files(folder)
    rows = files.rows(EVENTS)
    if rows and not any("time_stamp" in row and "action" in row for row in rows):
        return Skipped(name, "foreign", "no line of events.jsonl has a time_stamp and an action")
    metadata = files.object(METADATA)
    told = Listened("agentnet", screen_of(metadata), mac=(metadata or {}).get("system") == "Darwin", found=files.found)
    take_events(told, rows)
    _count_loss(told, rows)
    _take_windows(told, files.rows("top_window.jsonl"))
    _take_elements(told, files.rows("element.jsonl"))
    task = files.object("task_name.json") or {}
    if metadata is None:
        told.found[NO_METADATA] += 1
    elif _video_doubtful(metadata):
        told.found["recordings whose video's beginning is told in two ways (times count from the first event)"] += 1
    if files.has_video():
        told.found[VIDEO] += 1
    records = told.records()
    if not records:
        return Skipped(name, "empty") if rows or not files.found else Skipped(name, "damaged", "no line can be read")
    words = [str(task[key]).strip() for key in ("task_name", "description") if isinstance(task.get(key), str)]
    return Imported(
        name=name,
        content=files.content,
        records=records,
        person=person_in_path(root, folder),
        task=": ".join(part for part in words if part),
        found=dict(told.found),
    )


def _count_loss(told: Listened, rows: list[Row]) -> None:
    """Events carry a running number: where it jumps, some are missing."""
    last: tuple[int, float] | None = None
    for row in rows:
        number, time_s = row.get("event_idx"), seconds(row)
        if not isinstance(number, int) or isinstance(number, bool) or time_s is None:
            continue
        if last is not None and number > last[0] + 1:
            told.found["places where the numbers of events jump (some are lost)"] += 1
            told.lost_s.append(last[1])
        last = (number, time_s)


def _take_windows(told: Listened, rows: list[Row]) -> None:
    for row in rows:
        time_s, app = seconds(row), row.get("top_window_name")
        if time_s is None or not isinstance(app, str):
            told.found["rows of windows without a time or a name (left out)"] += 1
        else:
            told.in_front.append(InFront(time_s, app))


def _take_elements(told: Listened, rows: list[Row]) -> None:
    for row in rows:
        time_s, tree = seconds(row), row.get("a11y_tree")
        if time_s is None:
            told.found["rows of elements without a time (left out)"] += 1
        elif not tree:
            told.found["presses of which the system could tell no element"] += 1
        else:
            told.pointed.append(Pointed(time_s, elements(tree)))


def _video_doubtful(metadata: Row) -> bool:
    """True when the tool's and the screen recorder's word of when the video began differ."""
    own = seconds(metadata, "video_start_timestamp")
    timings = metadata.get("obs_record_state_timings")
    started = timings.get("OBS_WEBSOCKET_OUTPUT_STARTED") if isinstance(timings, dict) else None
    if own is None or not isinstance(started, list) or not started or not isinstance(started[0], int | float):
        return False
    return not abs(own - started[0]) <= _VIDEO_DOUBT_S
