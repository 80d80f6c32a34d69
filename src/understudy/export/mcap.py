"""MCAP for viewers: one file a recording, every table a stream of JSON messages, stills as compressed images.

Layout: `RECORDING.mcap`, named by the recording's pseudonym. Streams: `/screen` (foxglove.CompressedImage, WebP),
`/screen/action` (foxglove.ImageAnnotations: target and place drawn on the picture), `/steps`, `/pointer`,
`/episodes`, `/app_usage`, `/marks`. Times are ns since the recording's start, for the dataset has no wall clock. A
metadata record tells purpose and conditions. The package `mcap` is imported when the export runs, not before.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from understudy.dataset.tables import TABLES, Column
from understudy.export.mcap_schemas import COMPRESSED_IMAGE, IMAGE_ANNOTATIONS, POINTER, drawn, from_columns, when
from understudy.export.story import NS_PER_MS, Source, Story, StoryStep, stories
from understudy.export.terms import terms
from understudy.export.words import tell_action
from understudy.export.written import Written

CHUNK_BYTES = 1 << 20
"""Messages in a chunk: what a viewer must read to show one moment."""
FRAME_ID = "screen"
WORDS = Column("words", pa.string(), "The action in a sentence for people.")
SCHEMAS: dict[str, tuple[str, dict[str, Any]]] = {
    "/screen": ("foxglove.CompressedImage", COMPRESSED_IMAGE),
    "/screen/action": ("foxglove.ImageAnnotations", IMAGE_ANNOTATIONS),
    "/episodes": ("understudy.Episode", from_columns("Episode", TABLES["episodes"])),
    "/steps": (
        "understudy.Step",
        from_columns("Step", (*TABLES["steps"], WORDS), keystrokes=from_columns("Keystroke", TABLES["keystrokes"])),
    ),
    "/pointer": ("understudy.Pointer", POINTER),
    "/app_usage": ("understudy.AppUsage", from_columns("AppUsage", TABLES["app_usage"])),
    "/marks": ("understudy.Mark", from_columns("Mark", TABLES["marks"])),
}
"""Each stream with its schema's name and JSON schema."""
LOSES = (
    "Nothing of the tables, but what MCAP is for is looking, not training: numbers are JSON, nothing is a tensor.",
    "The time of a picture is its first step's start less its age, so on the grid of the timing level.",
)
USAGE = """Open the files in a viewer of MCAP (Foxglove, say): an image panel on `/screen` with the annotations of
`/screen/action`, a table on `/steps`. In code:

```python
import json, pathlib
from mcap.reader import make_reader
file = next(pathlib.Path(".").glob("*.mcap"))
for schema, channel, message in make_reader(file.open("rb")).iter_messages(topics=["/steps"]):
    print(message.log_time / 1e9, json.loads(message.data)["words"])
```"""

Row = dict[str, Any]


@dataclass(frozen=True)
class _Message:
    """One message to write; `body` is called when it is written, so that pictures are not all held at once."""

    time_ns: int
    topic: str
    body: Callable[[], Row]


def write(source: Source, folder: Path) -> Written:
    """Write a file for each recording into `folder`. Raises ImportError without the package `mcap`."""
    counts = dict.fromkeys(("recordings", "messages", "stills"), 0)
    said = terms(source.manifest)
    for recording, messages in _recordings(source):
        # Stable: what happened at one time stays in the order of its telling, a picture before its step.
        messages.sort(key=lambda message: message.time_ns)
        _write_file(folder / f"{recording}.mcap", messages, recording, said)
        counts["recordings"] += 1
        counts["messages"] += len(messages)
        counts["stills"] += sum(message.topic == "/screen" for message in messages)
    return Written(counts=counts, left_out={})


def _write_file(path: Path, messages: list[_Message], recording: str, said: Row) -> None:
    from mcap.writer import CompressionType, Writer

    with path.open("wb") as file:
        writer = Writer(file, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD)
        # The library's own name would change with its version, and the bytes with it.
        writer.start(profile="", library=str(said["product"]))
        told = {key: value if isinstance(value, str) else json.dumps(value) for key, value in said.items()}
        writer.add_metadata("understudy", {"recording": recording, **told})
        channels: dict[str, int] = {}
        for topic, (name, schema) in SCHEMAS.items():
            schema_id = writer.register_schema(name, "jsonschema", json.dumps(schema).encode())
            channels[topic] = writer.register_channel(topic, "json", schema_id)
        for message in messages:
            data = json.dumps(message.body(), ensure_ascii=False).encode()
            writer.add_message(channels[message.topic], message.time_ns, data, message.time_ns)
        writer.finish()  # type: ignore[no-untyped-call]


def _recordings(source: Source) -> Iterator[tuple[str, list[_Message]]]:
    """The messages of each recording, in the order of their telling."""
    found: dict[str, list[_Message]] = defaultdict(list)
    shown: dict[str, set[str]] = defaultdict(set)
    steps = {row["step_id"]: row for row in source.tables["steps"].to_pylist()}
    strokes: dict[str, list[Row]] = defaultdict(list)
    for row in source.tables["keystrokes"].to_pylist():
        strokes[row["step_id"]].append(row)
    for story in stories(source):
        messages = found[story.recording_id]
        messages.append(_row(story.start_ms, "/episodes", story.row))
        earliest_ns = 0
        for step in story.steps:
            time_ns = story.start_ms * NS_PER_MS + step.action.start_ns
            if step.still_id is not None and step.still_id not in shown[story.recording_id]:
                shown[story.recording_id].add(step.still_id)
                # Never before the step before: times may lie on a grid, and the picture shows what that step did.
                taken_ns = max(time_ns - round((step.frame_age_ms or 0) * NS_PER_MS), earliest_ns)
                messages.append(_Message(taken_ns, "/screen", partial(_picture, source, step.still_id, taken_ns)))
            messages.append(_Message(time_ns, "/screen/action", partial(drawn, step, time_ns)))
            told = {"words": tell_action(step.action, step.target), "keystrokes": strokes[step.id]}
            messages.append(_Message(time_ns, "/steps", partial(dict, steps[step.id], **told)))
            messages += _pointed(story, step)
            earliest_ns = time_ns
    for topic, column in (("/app_usage", "start_ms"), ("/marks", "time_ms")):
        for row in source.tables[topic[1:]].to_pylist():
            found[row["recording_id"]].append(_row(row[column], topic, row))
    yield from found.items()


def _row(time_ms: int, topic: str, row: Mapping[str, Any]) -> _Message:
    return _Message(max(0, time_ms) * NS_PER_MS, topic, partial(dict, row))


def _pointed(story: Story, step: StoryStep) -> Iterator[_Message]:
    for t_ms, x, y in step.path:
        yield _row(story.start_ms + t_ms, "/pointer", {"step_id": step.id, "x": x, "y": y})


def _picture(source: Source, still: str, taken_ns: int) -> Row:
    return {
        "timestamp": when(taken_ns),
        "frame_id": FRAME_ID,
        "data": base64.b64encode(source.still_webp(still)).decode(),
        "format": "webp",
    }
