"""Where the focus was over time, and what happened to the recording itself, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from understudy.dataset import thinning
from understudy.records.events import Mark, Windows
from understudy.records.levels import Timing
from understudy.records.recording import Recording

State = Literal["focused", "no_focus", "out_of_scope", "paused"]


@dataclass(frozen=True)
class _Focus:
    """What had the focus. All but `state` are "" unless it is "focused"."""

    state: State
    app: str = ""
    window_title: str = ""
    url: str = ""


def app_usage_rows(recording: Recording, pseudonym: str, timing: Timing) -> list[dict[str, Any]]:
    """The rows of `app_usage`: spans without gaps from the first thing known to the recording's end."""
    spans: list[tuple[int, int, _Focus]] = []
    focus, since_ns = None, 0
    window, paused, outside = _Focus("no_focus"), False, False
    timeline: list[Windows | Mark] = [*recording.window, *(part for mark in recording.mark for part in _parts(mark))]
    for record in sorted(timeline, key=lambda record: record.time_ns):
        if isinstance(record, Windows):
            window = _focused(record)
        elif record.kind in ("pause", "resume"):
            paused = record.kind == "pause"
        elif record.kind in ("left_scope", "entered_scope"):
            outside = record.kind == "left_scope"
        now = _Focus("paused") if paused else _Focus("out_of_scope") if outside else window
        if focus is None:
            focus, since_ns = now, record.time_ns
        elif now != focus:
            spans.append((since_ns, record.time_ns, focus))
            focus, since_ns = now, record.time_ns
    end_ns = last_ns(recording)
    if focus is not None and end_ns > since_ns:
        spans.append((since_ns, end_ns, focus))
    rows: list[dict[str, Any]] = []
    before: _Focus | None = None
    for start_ns, end_ns, span in spans:
        start_ms = thinning.at((start_ns - recording.info.start_ns) // 1_000_000, timing)
        end_ms = thinning.at((end_ns - recording.info.start_ns) // 1_000_000, timing)
        if start_ms == end_ms:
            continue
        rows.append(
            {
                "recording_id": pseudonym,
                "index": len(rows),
                "start_ms": start_ms,
                "end_ms": end_ms,
                "state": span.state,
                "app": span.app,
                "window_title": span.window_title,
                "url": span.url,
                "switched": before is not None and (span.state, span.app) != (before.state, before.app),
            }
        )
        before = span
    return rows


def _parts(mark: Mark) -> tuple[Mark, ...]:
    """What the person had forgotten counts as a pause."""
    if mark.kind != "forgotten":
        return (mark,)
    begun_ns = mark.time_ns - int(mark.detail or 0) * 1_000_000
    return (
        msgspec.structs.replace(mark, kind="pause", time_ns=begun_ns),
        msgspec.structs.replace(mark, kind="resume"),
    )


def mark_rows(recording: Recording, pseudonym: str, timing: Timing) -> list[dict[str, Any]]:
    """The rows of `marks`. The clock's are left out: they hold wall-clock times. So are the desktop's settings, which
    could tell whose desktop it was."""
    marks = [mark for mark in recording.mark if mark.kind not in ("clock", "settings")]
    return [_mark_row(recording, mark, index, pseudonym, timing) for index, mark in enumerate(marks)]


def _mark_row(recording: Recording, mark: Mark, index: int, pseudonym: str, timing: Timing) -> dict[str, Any]:
    return {
        "recording_id": pseudonym,
        "index": index,
        "time_ms": thinning.at((mark.time_ns - recording.info.start_ns) // 1_000_000, timing),
        "kind": mark.kind,
        "reason": mark.reason,
        "what": mark.what,
        "detail": mark.detail,
    }


def last_ns(recording: Recording) -> int:
    """The time of the recording's last record; its start when it holds none."""
    streams = (
        *(recording.pointer, recording.keys, recording.text, recording.window),
        *(recording.element, recording.frame, recording.mark),
    )
    return max((stream[-1].time_ns for stream in streams if stream), default=recording.info.start_ns)


def _focused(snapshot: Windows) -> _Focus:
    for window in snapshot.windows:
        if window.id == snapshot.active:
            return _Focus("focused", window.app or window.program, window.title, window.url)
    return _Focus("no_focus")
