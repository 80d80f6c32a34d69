"""Where the focus was over time, and what happened to the recording itself, as rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from understudy.dataset.pacing import Clock, wait
from understudy.records.events import Mark, Windows
from understudy.records.recording import Recording

TOLD_SPANS_S = (1, 10, 60, 600, 3600, 14_400)
"""How long a recording is said to have gone on, in the costs of a version that tells no pace."""

State = Literal["focused", "no_focus", "out_of_scope", "paused"]


@dataclass(frozen=True)
class _Focus:
    """What had the focus. All but `state` are "" unless it is "focused"."""

    state: State
    app: str = ""
    window_title: str = ""
    url: str = ""


def app_usage_rows(recording: Recording, pseudonym: str, clock: Clock) -> list[dict[str, Any]]:
    """The rows of `app_usage`: spans without gaps from the first thing known to the recording's end.

    A span that the clock gives no length is left out.
    """
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
        start_ms, end_ms = clock.since_start(start_ns), clock.since_start(end_ns)
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


def mark_rows(recording: Recording, pseudonym: str, clock: Clock, *, paced: bool = True) -> list[dict[str, Any]]:
    """The rows of `marks`. The clock's are left out: they hold wall-clock times. So are the desktop's settings, which
    could tell whose desktop it was. Not `paced`: their details tell no pace either.
    """
    marks = [mark for mark in recording.mark if mark.kind not in ("clock", "settings")]
    return [
        {
            "recording_id": pseudonym,
            "index": index,
            "time_ms": clock.since_start(mark.time_ns),
            "kind": mark.kind,
            "reason": mark.reason,
            "what": mark.what,
            "detail": mark.detail if paced else _unpaced(mark),
        }
        for index, mark in enumerate(marks)
    ]


def _unpaced(mark: Mark) -> str:
    """A mark's detail without what tells how quickly somebody worked: counts of records, exact spans.

    What a recording cost stays, as if it had gone on for the largest of a few spans that it reached.
    """
    if mark.kind == "forgotten":
        return str(wait(int(mark.detail or 0)))
    if mark.kind != "stats":
        return mark.detail
    try:
        told = json.loads(mark.detail)
        really_s = float(told["duration_s"])
    except (ValueError, TypeError, KeyError):
        return ""
    spans_s = [span_s for span_s in TOLD_SPANS_S if span_s <= really_s]
    if not spans_s:
        return ""
    share = spans_s[-1] / really_s
    kept = {name: round(float(told[name]) * share, 3) for name in ("cpu_s", "sources_cpu_s") if name in told}
    peaks = {name: told[name] for name in ("peak_rss_bytes", "largest_source_rss_bytes") if name in told}
    sealed = {"sealed_bytes": round(float(told["sealed_bytes"]) * share)} if "sealed_bytes" in told else {}
    return json.dumps({"duration_s": spans_s[-1]} | kept | peaks | sealed)


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
