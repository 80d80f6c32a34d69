"""LeRobot v3: a frame a step, actions and state as vectors, the still as an image feature, words beside them.

Layout: `meta/info.json`, `meta/stats.json`, `meta/tasks.parquet`, `meta/episodes/chunk-000/file-000.parquet`,
`data/chunk-000/file-000.parquet`. The format's time is a grid, so a frame is a step: `timestamp` counts steps at 1 a
second, and the real time is in `step.start_ms`. All pictures must have one size: smaller ones stand at the top left of
the largest one's, so that coordinates stay those of the screen. Pictures are images, not video: video that every reader
decodes would need encoders under the GPL, and lossy frames.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from understudy.export.card import hub_head, write_licence
from understudy.export.lerobot_stats import Levels, levels, of_levels, of_vectors
from understudy.export.parquet import IMAGE
from understudy.export.story import Source, Story, StoryStep, stories
from understudy.export.terms import terms
from understudy.export.unsayable import Unsayable
from understudy.export.words import tell_action
from understudy.export.written import Written
from understudy.records.actions import ActionKind

VERSION = "v3.0"
FPS = 1
"""Frames are steps: one a second on the format's grid."""
NONE = -1.0
"""Stands for "none" in vectors, which can't be null: no place, a duration that was withheld."""
CHUNK_FILES, FILE_BYTES = 1_000, 100_000_000
"""Files in a chunk's folder, and pictures in a file before the next one begins: LeRobot's own defaults."""
GROUP_ROWS = 256
SAMPLED = 10
"""Pictures of an episode that its statistics are counted on: decoding them is most of what the export costs."""
SCREEN = "observation.images.screen"
DATA = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
EPISODES = "meta/episodes/chunk-000/file-000.parquet"
KINDS: tuple[str, ...] = get_args(ActionKind)
BUTTONS = ("left", "middle", "right", "back", "forward")
MODIFIERS = ("shift", "ctrl", "alt", "super", "altgr")
ACTION = (
    *(f"kind.{kind}" for kind in KINDS),
    *("x", "y", "to_x", "to_y"),
    *(f"button.{button}" for button in BUTTONS),
    *(f"held.{modifier}" for modifier in MODIFIERS),
    *("scroll_x", "scroll_y", "count", "duration_s"),
)
"""The action's vector: which kind, where (px of the picture), with what. `NONE` where there is none."""
STATE = ("pointer_x", "pointer_y", "screen_width", "screen_height")
"""Where the last action left the pointer, `NONE` before the first; the screen's part of the picture. All px."""
BOX = ("x", "y", "width", "height")
LOSES = (
    "Time: frames are steps on a grid of one a second; step.start_ms has the real time.",
    "Cursor paths and the way of a drag, dwell and flight times, use of applications, what was dropped and why.",
    "Nulls: -1 in a vector stands for no place or a withheld duration, an empty string for no text.",
    "Typed text of which only shape or timing was kept, and steps without a picture: left out.",
    "States, path and value class of the target element; role, name and bounds are kept.",
)
USAGE = """With LeRobot itself: `LeRobotDataset("local/work", root=FOLDER)`. Without it:

```python
import json, pathlib
import pyarrow.parquet as pq
info = json.loads(pathlib.Path("meta/info.json").read_text())
frame = pq.read_table("data/chunk-000/file-000.parquet").to_pylist()[0]
print(info["total_episodes"], frame["step.words"], dict(zip(info["features"]["action"]["names"], frame["action"])))
```"""

Row = dict[str, Any]


@dataclass
class _Totals:
    """What the whole dataset needs to know at its end."""

    tasks: dict[str, int] = field(default_factory=dict)
    episodes: list[Row] = field(default_factory=list)
    frames: list[Row] = field(default_factory=list)
    pictures: Levels = field(default_factory=levels)
    sampled: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def write(source: Source, folder: Path) -> Written:
    """Write the format into `folder`. A step that it can't say is left out and counted."""
    pictures = _Pictures(source)
    totals = _Totals()
    files = _Files(folder, features(*pictures.size), terms(source.manifest))
    for story in stories(source):
        _episode(story, pictures, totals, files)
    files.close()
    _write_meta(source, folder, pictures.size, totals)
    write_licence(folder, source.manifest)
    counts = {"episodes": len(totals.episodes), "frames": len(totals.frames), "tasks": len(totals.tasks)}
    return Written(counts=counts | {"stills": len(pictures.shown)}, left_out=dict(totals.left_out))


def head(source: Source, written: Written) -> str:
    """The head of README.md, as LeRobot's own cards have it, with the terms."""
    configs = [{"config_name": "default", "data_files": "data/*/*.parquet"}]
    return hub_head(source.manifest, rows=written.counts["frames"], configs=configs, tags=["LeRobot"])


def features(width: int, height: int) -> dict[str, Row]:
    """The columns as `meta/info.json` tells them; `step.`, `target.` and `app` are no policy's inputs or outputs."""
    text: Row = {"dtype": "string", "shape": [1], "names": None}
    number: Row = {"dtype": "int64", "shape": [1], "names": None}
    return {
        SCREEN: {"dtype": "image", "shape": [height, width, 3], "names": ["height", "width", "channels"]},
        "observation.state": {"dtype": "float32", "shape": [len(STATE)], "names": list(STATE)},
        "action": {"dtype": "float32", "shape": [len(ACTION)], "names": list(ACTION)},
        "step.id": text,
        "step.kind": text,
        "step.text": text,
        "step.keys": text,
        "step.words": text,
        "step.start_ms": number,
        "step.frame_age_ms": {"dtype": "float32", "shape": [1], "names": None},
        "target.role": text,
        "target.name": text,
        "target.box": {"dtype": "float32", "shape": [len(BOX)], "names": list(BOX)},
        "app": text,
        "next.done": {"dtype": "bool", "shape": [1], "names": None},
        "timestamp": {"dtype": "float32", "shape": [1], "names": None},
        "frame_index": number,
        "episode_index": number,
        "index": number,
        "task_index": number,
    }


def action_vector(step: StoryStep) -> list[float]:
    """The step's action, its values named by `ACTION`."""
    action = step.action
    places = (action.x, action.y, action.to_x, action.to_y)
    seconds = (action.end_ns - action.start_ns) / 1e9 if step.duration_known else NONE
    return [
        *(float(action.kind == kind) for kind in KINDS),
        *(NONE if place is None else float(place) for place in places),
        *(float(action.button == button) for button in BUTTONS),
        *(float(modifier in action.modifiers) for modifier in MODIFIERS),
        *(float(action.scroll_x), float(action.scroll_y), float(action.count), seconds),
    ]


def _episode(story: Story, pictures: _Pictures, totals: _Totals, files: _Files) -> None:
    frames: list[Row] = []
    pointer = (NONE, NONE)
    for step in story.steps:
        action = step.action
        try:
            still = _checked(step, pictures)
        except Unsayable as reason:
            totals.left_out[str(reason)] += 1
        else:
            frames.append(_frame(step, pictures, still, pointer, len(frames)))
        if action.x is not None and action.y is not None:
            end_x, end_y = (action.x, action.y) if action.to_x is None else (action.to_x, action.to_y or 0)
            pointer = (float(end_x), float(end_y))
    if not frames:
        return
    first, index = len(totals.frames), len(totals.episodes)
    task = totals.tasks.setdefault(story.task, len(totals.tasks))
    for number, frame in enumerate(frames):
        frame |= {"episode_index": index, "index": first + number, "task_index": task}
        frame["next.done"] = number + 1 == len(frames)
    chunk_index, file_index = files.write(frames, pictures)
    sampled = _spread(frames)
    shades = sum((pictures.levels(frame[SCREEN]) for frame in sampled), start=levels())
    stats = {SCREEN: of_levels(shades, len(sampled)), **of_vectors(frames)}
    totals.pictures, totals.sampled = totals.pictures + shades, totals.sampled + len(sampled)
    totals.frames += [{name: value for name, value in frame.items() if name != SCREEN} for frame in frames]
    totals.episodes.append(
        {
            "episode_index": index,
            "tasks": [story.task],
            "length": len(frames),
            "dataset_from_index": first,
            "dataset_to_index": first + len(frames),
            "data/chunk_index": chunk_index,
            "data/file_index": file_index,
            "meta/episodes/chunk_index": 0,
            "meta/episodes/file_index": 0,
            "understudy/episode_id": story.id,
            "understudy/recording_id": story.recording_id,
            "understudy/start_ms": story.start_ms,
            **{f"stats/{name}/{what}": value for name, one in stats.items() for what, value in one.items()},
        }
    )


def _spread(frames: list[Row]) -> list[Row]:
    """Frames at even distances, at most `SAMPLED`, the first and the last among them."""
    if len(frames) <= SAMPLED:
        return frames
    return [frames[round(number * (len(frames) - 1) / (SAMPLED - 1))] for number in range(SAMPLED)]


def _checked(step: StoryStep, pictures: _Pictures) -> str:
    """The still of a step that the format can say. Raises Unsayable with the reason for one that it can't."""
    action = step.action
    if step.still_id is None:
        raise Unsayable("there is no picture before it")
    if action.kind == "type" and action.text_level != "text":
        raise Unsayable("the typed text was not kept")
    width, height = pictures.sizes[step.still_id]
    for x, y in ((action.x, action.y), (action.to_x, action.to_y)):
        if x is not None and y is not None and not (0 <= x < width and 0 <= y < height):
            raise Unsayable("its place lies outside the screen")
    return step.still_id


def _frame(step: StoryStep, pictures: _Pictures, still: str, pointer: tuple[float, float], number: int) -> Row:
    bounds = step.target.bounds if step.target else None
    box = (bounds.x, bounds.y, bounds.width, bounds.height) if bounds else (NONE,) * 4
    return {
        SCREEN: still,
        "observation.state": [*pointer, *map(float, pictures.sizes[still])],
        "action": action_vector(step),
        "step.id": step.id,
        "step.kind": step.action.kind,
        "step.text": step.action.text,
        "step.keys": "+".join(step.action.keys),
        "step.words": tell_action(step.action, step.target),
        "step.start_ms": step.action.start_ns // 1_000_000,
        "step.frame_age_ms": NONE if step.frame_age_ms is None else step.frame_age_ms,
        "target.role": step.target.role if step.target else "",
        "target.name": step.target.name if step.target else "",
        "target.box": [float(value) for value in box],
        "app": step.app,
        "timestamp": number / FPS,
        "frame_index": number,
    }


class _Pictures:
    """The stills that steps name, brought to one size: that of the widest and the highest together."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._levels: dict[str, Levels] = {}
        self.shown: set[str] = set()
        ids = source.tables["steps"]["still_id"].unique().drop_null().to_pylist()
        self.sizes: dict[str, tuple[int, int]] = {still: self._open(still).size for still in ids}
        """Width and height of each still as it was, px."""
        self.size = (
            max((width for width, _ in self.sizes.values()), default=1),
            max((height for _, height in self.sizes.values()), default=1),
        )

    def webp(self, still: str) -> bytes:
        """The still on the common canvas, lossless; the rest of the canvas is black."""
        self.shown.add(still)
        if self.sizes[still] == self.size:
            return self._source.still_webp(still)
        canvas = Image.new("RGB", self.size)
        canvas.paste(self._open(still).convert("RGB"))
        buffer = io.BytesIO()
        # Fast settings: they change the size by some percent, never the pixels.
        canvas.save(buffer, "WEBP", lossless=True, quality=20, method=1)
        return buffer.getvalue()

    def levels(self, still: str) -> Levels:
        """How often each level of each channel occurs on the still, its padding aside."""
        if still not in self._levels:
            self._levels[still] = levels(self._open(still).convert("RGB"))
        return self._levels[still]

    def _open(self, still: str) -> Image.Image:
        return Image.open(io.BytesIO(self._source.still_webp(still)))


class _Files:
    """The data files: the next one begins with the episode after a file is full."""

    def __init__(self, folder: Path, columns: dict[str, Row], said: Row) -> None:
        self._folder = folder
        metadata = {
            "huggingface": json.dumps({"info": {"features": {SCREEN: {"_type": "Image"}}}}),
            "understudy": json.dumps(said, ensure_ascii=False),
        }
        self.schema = pa.schema([pa.field(name, _arrow(one)) for name, one in columns.items()], metadata)
        self._place = (0, 0)
        self._bytes = 0
        self._writer: pq.ParquetWriter | None = None

    def write(self, frames: list[Row], pictures: _Pictures) -> tuple[int, int]:
        """Append an episode's frames; returns the indices of the chunk and the file that hold them."""
        if self._bytes >= FILE_BYTES:
            self.close()
            chunk_index, file_index = self._place
            self._place = (chunk_index, file_index + 1) if file_index + 1 < CHUNK_FILES else (chunk_index + 1, 0)
        writer = self._open()
        for group, size in _grouped(frames, pictures):
            writer.write_table(pa.Table.from_pylist(group, schema=self.schema), row_group_size=GROUP_ROWS)
            self._bytes += size
        return self._place

    def close(self) -> None:
        """Finish the file that is open, if any; without any frame there is one empty file."""
        self._open().close()
        self._writer, self._bytes = None, 0

    def _open(self) -> pq.ParquetWriter:
        if self._writer is None:
            chunk_index, file_index = self._place
            path = self._folder / DATA.format(chunk_index=chunk_index, file_index=file_index)
            path.parent.mkdir(parents=True, exist_ok=True)
            # A still that frames of a row group share is stored once: the dictionary must hold the whole group.
            self._writer = pq.ParquetWriter(path, self.schema, compression="zstd", dictionary_pagesize_limit=2**30)
        return self._writer


def _grouped(frames: list[Row], pictures: _Pictures) -> Iterator[tuple[list[Row], int]]:
    for start in range(0, len(frames), GROUP_ROWS):
        images: dict[str, Row] = {}
        group: list[Row] = []
        for frame in frames[start : start + GROUP_ROWS]:
            still = frame[SCREEN]
            if still not in images:
                images[still] = {"bytes": pictures.webp(still), "path": f"{still}.webp"}
            group.append(frame | {SCREEN: images[still]})
        yield group, sum(len(image["bytes"]) for image in images.values())


def _arrow(feature: Row) -> pa.DataType:
    if feature["dtype"] == "image":
        return IMAGE
    kinds = {"string": pa.string(), "int64": pa.int64(), "float32": pa.float32(), "bool": pa.bool_()}
    kind = kinds[feature["dtype"]]
    [length] = feature["shape"]
    return kind if length == 1 else pa.list_(kind, length)


def _write_meta(source: Source, folder: Path, size: tuple[int, int], totals: _Totals) -> None:
    meta = folder / "meta"
    (folder / EPISODES).parent.mkdir(parents=True)
    episodes = totals.episodes
    info = {
        "codebase_version": VERSION,
        "robot_type": "desktop",
        "total_episodes": len(episodes),
        "total_frames": len(totals.frames),
        "total_tasks": len(totals.tasks),
        "chunks_size": CHUNK_FILES,
        "data_files_size_in_mb": FILE_BYTES // 1_000_000,
        "video_files_size_in_mb": 200,
        "fps": FPS,
        "splits": {"train": f"0:{len(episodes)}"},
        "data_path": DATA,
        "video_path": None,
        "features": features(*size),
        "understudy": terms(source.manifest),
    }
    stats = {SCREEN: of_levels(totals.pictures, totals.sampled), **of_vectors(totals.frames)}
    _write_json(meta / "info.json", info)
    _write_json(meta / "stats.json", stats if totals.frames else {})
    pq.write_table(_tasks(totals.tasks), meta / "tasks.parquet", compression="zstd")
    table = pa.Table.from_pylist(episodes) if episodes else pa.table({"episode_index": pa.array([], pa.int64())})
    pq.write_table(table, folder / EPISODES, compression="zstd")


def _tasks(tasks: dict[str, int]) -> pa.Table:
    """The tasks as pandas reads them: by task, not by number, which is what LeRobot looks up."""
    table = pa.table({"task_index": pa.array(list(tasks.values()), pa.int64()), "task": pa.array(list(tasks))})
    columns = [
        {"name": "task_index", "field_name": "task_index", "pandas_type": "int64", "numpy_type": "int64"},
        {"name": "task", "field_name": "task", "pandas_type": "unicode", "numpy_type": "object"},
    ]
    pandas = {
        "index_columns": ["task"],
        "column_indexes": [],
        "columns": [column | {"metadata": None} for column in columns],
        "pandas_version": "2.0.0",
    }
    return table.replace_schema_metadata({"pandas": json.dumps(pandas)})


def _write_json(path: Path, value: Row) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
