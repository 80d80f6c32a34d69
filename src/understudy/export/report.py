"""One self-contained HTML page for people: what was recorded, step by step, and what was removed and why.

It needs no network and no script (a small one adds keys and zoom), prints, and follows the reader's light or dark.
It tells of work, never of a worker's pace: there is no figure on it that could rate a person.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import jinja2
from PIL import Image

from understudy.dataset.card import MOTION_WORDS, full_card, timing_words
from understudy.dataset.manifest import Manifest
from understudy.export import charts
from understudy.export.drawings import Drawing, draw
from understudy.export.story import Source, Story, StoryStep, stories
from understudy.export.terms import PURPOSE_WORDS, conditions
from understudy.export.words import REASON_WORDS, key_words, short_reason, tell_action, tell_counts, tell_mark
from understudy.records.events import Mark, Reason

MOST_STEPS = 150
"""Steps shown with their pictures: what a person scrolls through, and what a browser holds with ease."""
STILLS_BUDGET_BYTES = 6_500_000
"""Of all pictures together before base64, so that the page stays below 10 MB."""
SMALLER = ((1280, 80), (960, 70), (640, 60), (480, 45))
"""When lossless pictures exceed the budget: (longest width px, WebP quality), tried in this order."""
DWELL_TOP_MS, FLIGHT_LOW_MS, FLIGHT_TOP_MS = 300, -100, 500
"""Ends of the histograms: nearly all keystrokes of prose lie within."""

SAME_PLACE_PX = 16

CONFIDENCE_WORDS = {
    "rested": "certain: asked at rest",
    "pressed": "likely: asked at the press",
    "moving": "doubtful: asked elsewhere",
    "scrolled": "doubtful: just after scrolling",
    "focus": "certain: it had the focus",
    "window": "the window: its program tells no elements there",
    "none": "no element was told",
}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One entry of the step-by-step part: a step with its drawing, or a note between steps (`step` None).

    `number` counts the steps of an episode from 1, waits left out.
    """

    at: str
    words: str
    tone: str
    step: StoryStep | None = None
    number: int = 0
    drawing: Drawing | None = None
    age: str = ""
    confidence: str = ""


@dataclass(frozen=True)
class Place:
    """A place of one or more actions on the cursor's plot; `label` lists their steps' numbers."""

    x: int
    y: int
    label: str
    words: str


@dataclass(frozen=True)
class Chapter:
    """One episode as the page shows it. `route` is the cursor's path as SVG points, "" when the level keeps none."""

    story: Story
    counts: str
    lines: tuple[Line, ...]
    places: tuple[Place, ...]
    route: str
    route_still: str
    screen: tuple[int, int]
    hidden_steps: int


def write_report(source: Source, path: Path) -> None:
    """Write the page to `path`, replacing what is there; whole or not at all."""
    page = render(source)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.parent / f".{path.name}.{secrets.token_hex(4)}.unfinished"
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)


def render(source: Source) -> str:
    """The page as HTML. The same dataset gives the same page."""
    told = list(stories(source))
    marks = source.tables["marks"].to_pylist()
    usage = source.tables["app_usage"].to_pylist()
    chapters = _chapters(told, marks)
    shown = [line.step.still_id for chapter in chapters for line in chapter.lines if line.drawing and line.step]
    stills = _stills(source, dict.fromkeys([*shown, *(chapter.route_still for chapter in chapters)]))
    sizes = {line.step.still_id: line.step.screen for chapter in chapters for line in chapter.lines if line.step}
    sizes |= {chapter.route_still: chapter.screen for chapter in chapters}
    card = full_card(source.manifest, source.tables, len({step.still_id for story in told for step in story.steps}))
    kinds = [step.action.kind for story in told for step in story.steps if step.action.kind != "wait"]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("understudy.export", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"bytes": charts.bytes_words, "seconds": charts.span_words, "key": key_words}
    return environment.get_template("report.html.j2").render(
        manifest=source.manifest,
        card=card,
        tasks=list(dict.fromkeys(story.task for story in told if story.task)),
        chapters=chapters,
        stills=stills,
        sizes=sizes,
        kinds=tell_counts(kinds),
        waits=card.steps - len(kinds),
        texts=_texts(told),
        rhythm=_rhythm(source, chapters),
        timelines=_timelines(usage, marks),
        removed=_removed(marks),
        replaced=_replaced(told),
        costs=_costs(source.manifest, marks),
        purpose=PURPOSE_WORDS[source.manifest.purpose],
        conditions=conditions(source.manifest),
        motion=MOTION_WORDS[source.manifest.motion],
        timing=timing_words(source.manifest.motion, source.manifest.timing),
        most_steps=MOST_STEPS,
    )


TOKEN = re.compile(r"(<([A-Z]+)_[0-9]+>)")
TOKEN_WORDS = {
    "EMAIL": "e-mail address",
    "CARD": "card number",
    "PHONE": "phone number",
    "IBAN": "account number",
    "SECRET": "password, key or code",
    "NAME": "name",
    "ID": "identity number",
    "OPAQUE": "opaque part of an address",
}
"""What the scrubber's tokens stand for (docs/redaction.md)."""


def _chapters(told: Sequence[Story], marks: Sequence[Row]) -> list[Chapter]:
    chapters: list[Chapter] = []
    left = MOST_STEPS
    for nth, story in enumerate(told):
        steps = story.steps[: max(0, left)]
        left -= len(steps)
        before = nth > 0 and told[nth - 1].recording_id == story.recording_id
        after = nth + 1 < len(told) and told[nth + 1].recording_id == story.recording_id
        since = told[nth - 1].end_ms if before else -1
        until = told[nth].end_ms if after else None
        if len(steps) < len(story.steps):
            until = story.start_ms + steps[-1].action.end_ns // 1_000_000 if steps else since
        own = [row for row in marks if row["recording_id"] == story.recording_id and row["time_ms"] > since]
        own = [row for row in own if until is None or row["time_ms"] <= until]
        lines = [*_step_lines(story, steps), *_mark_lines(own)]
        lines.sort(key=lambda entry: entry[0])
        points = [point for step in steps for point in step.path]
        pictured = [step for step in steps if step.still_id is not None and step.screen is not None]
        chapters.append(
            Chapter(
                story=story,
                counts=tell_counts([step.action.kind for step in story.steps]),
                lines=tuple(line for _, line in lines),
                places=_places([line for _, line in lines]),
                route=" ".join(f"{x},{y}" for _, x, y in points),
                route_still=pictured[-1].still_id or "" if pictured else "",
                screen=pictured[-1].screen or (0, 0) if pictured else (0, 0),
                hidden_steps=len(story.steps) - len(steps),
            )
        )
    return chapters


def _places(lines: Sequence[Line]) -> tuple[Place, ...]:
    """Where actions began, those at one place together."""
    found: list[tuple[int, int, list[Line]]] = []
    for line in lines:
        if line.step is None or line.step.action.x is None or line.step.action.y is None:
            continue
        x, y = line.step.action.x, line.step.action.y
        near = next((some for px, py, some in found if max(abs(px - x), abs(py - y)) <= SAME_PLACE_PX), None)
        if near is None:
            found.append((x, y, [line]))
        else:
            near.append(line)
    return tuple(
        Place(
            x, y, _numbers([line.number for line in some]), "; ".join(f"{line.number}. {line.words}" for line in some)
        )
        for x, y, some in found
    )


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:4]))
    return shown if len(numbers) <= 4 else f"{shown}, …"


def _step_lines(story: Story, steps: Sequence[StoryStep]) -> list[tuple[tuple[int, int], Line]]:
    lines: list[tuple[tuple[int, int], Line]] = []
    number = 0
    for step in steps:
        at_ms = story.start_ms + step.action.start_ns // 1_000_000
        words = tell_action(step.action, step.target)
        if step.action.kind == "wait":
            # A wait begins when its action ended: what was removed meanwhile stands before it.
            lines.append(((at_ms, 0), Line(charts.clock(at_ms), words, "wait")))
            continue
        number += 1
        lines.append(
            (
                (at_ms, 1),
                Line(
                    at=charts.clock(at_ms),
                    words=words,
                    tone="step",
                    step=step,
                    number=number,
                    drawing=draw(step),
                    age=_age(step.frame_age_ms),
                    confidence=CONFIDENCE_WORDS[step.target_confidence],
                ),
            )
        )
    return lines


def _mark_lines(marks: Iterable[Row]) -> list[tuple[tuple[int, int], Line]]:
    lines: list[tuple[tuple[int, int], Line]] = []
    last = ""
    for row in marks:
        mark = _mark(row)
        words = tell_mark(mark)
        if words is None or mark.kind == "task" or (mark.kind == "dropped" and mark.what not in ("keys", "text")):
            # Pictures and titles are dropped many times a second: the part on removals counts them.
            continue
        if words != last:
            lines.append(((row["time_ms"], 0), Line(charts.clock(row["time_ms"]), words, mark.kind)))
        last = words
    return lines


def _mark(row: Row) -> Mark:
    return Mark(
        time_ns=row["time_ms"] * 1_000_000,
        seq=row["index"],
        kind=row["kind"],
        reason=row["reason"],
        what=row["what"],
        detail=row["detail"],
    )


def _age(age_ms: float | None) -> str:
    if age_ms is None:
        return "no picture"
    if age_ms == 0:
        return "current when it was done"
    return f"{age_ms:.0f} ms old" if age_ms < 1000 else f"{age_ms / 1000:.1f} s old"


def _stills(source: Source, ids: Iterable[str | None]) -> dict[str, str]:
    """The pictures as data URIs by still id, lossless when they fit the budget."""
    webps = {still: source.still_webp(still) for still in ids if still}
    for width_px, quality in SMALLER:
        if sum(map(len, webps.values())) <= STILLS_BUDGET_BYTES:
            break
        webps = {still: _smaller(source.still_webp(still), width_px, quality) for still in webps}
    return {still: f"data:image/webp;base64,{base64.b64encode(webp).decode()}" for still, webp in webps.items()}


def _smaller(webp: bytes, width_px: int, quality: int) -> bytes:
    image = Image.open(io.BytesIO(webp)).convert("RGB")
    if image.width > width_px:
        image = image.resize((width_px, round(image.height * width_px / image.width)), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def _texts(told: Sequence[Story]) -> dict[str, int]:
    typed = [step.action for story in told for step in story.steps if step.action.kind == "type"]
    return {
        "kept": sum(action.text_level == "text" for action in typed),
        "replaced": sum("<" in action.text and ">" in action.text for action in typed),
        "withheld": sum(action.text_level != "text" for action in typed),
    }


def _rhythm(source: Source, chapters: Sequence[Chapter]) -> dict[str, Any] | None:
    rows: dict[str, list[Row]] = {}
    for row in source.tables["keystrokes"].to_pylist():
        rows.setdefault(row["step_id"], []).append(row)
    if not rows:
        return None
    dwell = [row["dwell_ms"] for some in rows.values() for row in some if row["dwell_ms"] is not None]
    flight = [row["flight_ms"] for some in rows.values() for row in some if row["flight_ms"] is not None]
    texts = [
        (line.words, f"{chapter.story.id}-{line.number}", rows[line.step.id])
        for chapter in chapters
        for line in chapter.lines
        if line.step is not None and line.step.action.kind == "type" and line.step.id in rows
    ]
    return {
        "dwell": charts.histogram(dwell, DWELL_TOP_MS),
        "flight": charts.histogram(flight, FLIGHT_TOP_MS, FLIGHT_LOW_MS),
        "texts": charts.barcodes(texts[:24]),
        "keys": sum(map(len, rows.values())),
    }


def _timelines(usage: Sequence[Row], marks: Sequence[Row]) -> list[charts.Timeline]:
    timelines = []
    for recording in dict.fromkeys(row["recording_id"] for row in usage):
        removed = [
            (row["time_ms"], tell_mark(_mark(row)) or "")
            for row in marks
            if row["recording_id"] == recording and row["kind"] == "dropped"
        ]
        own = charts.timeline([row for row in usage if row["recording_id"] == recording], removed)
        if own is not None:
            timelines.append(own)
    return timelines


def _removed(marks: Sequence[Row]) -> list[dict[str, Any]]:
    """What was removed, by reason: how often, of which streams, and why in plain words."""
    counts: Counter[str] = Counter()
    streams: dict[str, Counter[str]] = {}
    for row in marks:
        if row["kind"] in ("dropped", "left_scope"):
            counts[row["reason"]] += 1
            streams.setdefault(row["reason"], Counter())[row["what"] or "everything"] += 1
    return [
        {
            "reason": short_reason(cast(Reason, reason)),
            "words": REASON_WORDS[cast(Reason, reason)],
            "count": count,
            "share": count / counts.most_common(1)[0][1],
            "streams": [f"{what} ({number})" for what, number in streams[reason].most_common()],
        }
        for reason, count in counts.most_common()
    ]


def _replaced(told: Sequence[Story]) -> list[dict[str, Any]]:
    """Sensitive values that a token stands for, by kind: how many different ones, where, and one token as example."""
    tokens: dict[str, dict[tuple[str, str], None]] = {}
    places: dict[str, Counter[str]] = {}
    for story in told:
        texts = [("task", story.task)]
        for step in story.steps:
            texts.append(("typed text", step.action.text))
            texts.append(("titles", step.window_title))
            texts.append(("names of elements", step.target.name if step.target else ""))
        for place, text in texts:
            for token, kind in TOKEN.findall(text):
                tokens.setdefault(kind, {})[story.recording_id, token] = None
                places.setdefault(kind, Counter())[place] += 1
    return [
        {
            "reason": TOKEN_WORDS.get(kind, kind.lower()),
            "words": f"replaced by a token that is the same each time in one recording, such as {next(iter(found))[1]}",
            "count": len(found),
            "streams": list(places[kind]),
        }
        for kind, found in sorted(tokens.items())
    ]


def _costs(manifest: Manifest, marks: Sequence[Row]) -> dict[str, Any]:
    """Bytes of the dataset by content, and what recording cost, summed over the recordings that told it."""
    sizes: Counter[str] = Counter()
    for part in manifest.parts:
        for file in part.files:
            sizes[file.content] += file.bytes
    stats = [told for row in marks if row["kind"] == "stats" and (told := _stats(row["detail"]))]
    records: Counter[str] = Counter()
    streams: Counter[str] = Counter()
    for told in stats:
        records.update(_counts(told.get("records")))
        streams.update(_counts(told.get("stream_bytes")))

    def total(name: str) -> float:
        return sum(float(told[name]) for told in stats if isinstance(told.get(name), int | float))

    duration = total("duration_s")
    return {
        "dataset": _ranked(sizes),
        "records": _ranked(records),
        "streams": _ranked(streams),
        "sealed": total("sealed_bytes"),
        "an_hour": total("sealed_bytes") / duration * 3600 if duration else 0,
        "cpu": 100 * (total("cpu_s") + total("sources_cpu_s")) / duration if duration else None,
        "duration": duration,
        "memory": max((float(told.get("peak_rss_bytes", 0)) for told in stats), default=0),
        "source_memory": max((float(told.get("largest_source_rss_bytes", 0)) for told in stats), default=0),
    }


def _stats(detail: str) -> dict[str, Any]:
    """The counters of a stats mark; {} when it holds none that can be read."""
    try:
        told = json.loads(detail)
    except json.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _counts(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        return {}
    return {str(name): count for name, count in value.items() if isinstance(count, int)}


def _ranked(counts: Counter[str]) -> list[tuple[str, int, float]]:
    most = max(counts.values(), default=0)
    return [(name, count, count / most) for name, count in counts.most_common() if count]
