"""A folder that Hugging Face `datasets` loads: one row a step with its still as an image, and the episodes.

Layout: `README.md` with the head that names the tables, `data/steps.parquet`, `data/episodes.parquet`, `LICENSE.md`,
`croissant.json`. A row of `steps` is self-contained: the picture before the action, the task, the action in words, all
columns of the dataset's own `steps`, and the pointer's way. A still that several steps share is stored once a group of
rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from understudy.dataset.tables import POINTS, schema
from understudy.export.card import hub_head, write_licence
from understudy.export.croissant import RecordFile, write_croissant
from understudy.export.parquet import IMAGE, docs, table_file
from understudy.export.story import Source, stories
from understudy.export.terms import terms
from understudy.export.words import tell_action
from understudy.export.written import Written

STEPS, EPISODES = "data/steps.parquet", "data/episodes.parquet"
GROUP_BYTES = 16_000_000
"""Pictures in a row group: enough that shared ones are stored once, little enough to read one row without pain."""
GROUP_ROWS = 1_000
FIRST = (
    pa.field("image", IMAGE),
    pa.field("task", pa.string(), nullable=False),
    pa.field("words", pa.string(), nullable=False),
)
LAST = (
    pa.field("recording_id", pa.string(), nullable=False),
    pa.field("contributor", pa.string(), nullable=False),
    pa.field("path", POINTS, nullable=False),
)
WORDS = {
    "image": "The screen before the action, lossless; null without one.",
    "task": "The episode's task, scrubbed; empty when none was told.",
    "words": "The action in a sentence for people.",
    "recording_id": "The recording's pseudonym.",
    "contributor": "The contributor's pseudonym.",
    "path": "The pointer's way to and through the step as the motion level leaves it; times since the episode's start.",
}
LOSES = (
    "Dwell and flight times of keys, use of applications, what was dropped and why.",
    "Nothing is left out: steps without a picture have a null image, withheld text has its level in text_level.",
)
USAGE = """```python
from pathlib import Path

from datasets import load_dataset

steps = load_dataset(str(Path.cwd()), "steps", split="train")
print(steps[0]["task"], steps[0]["words"], steps[0]["image"].size)
```"""

Row = dict[str, Any]


def write(source: Source, folder: Path) -> Written:
    """Write the format into `folder`."""
    (folder / "data").mkdir()
    said = json.dumps(terms(source.manifest), ensure_ascii=False)
    features = {"info": {"features": {"image": {"_type": "Image"}}}}
    own = schema("steps")
    columns = pa.schema([*FIRST, *own, *LAST], {"huggingface": json.dumps(features), "understudy": said})
    rows = pictures = 0
    with pq.ParquetWriter(
        folder / STEPS, columns, compression="zstd", dictionary_pagesize_limit=4 * GROUP_BYTES
    ) as writer:
        for group, stills in _groups(source):
            writer.write_table(pa.Table.from_pylist(group, schema=columns), row_group_size=GROUP_ROWS)
            rows, pictures = rows + len(group), pictures + stills
    episodes = source.tables["episodes"].replace_schema_metadata({"understudy": said})
    pq.write_table(episodes, folder / EPISODES, compression="zstd")
    write_licence(folder, source.manifest)
    files = [
        RecordFile(
            "steps", STEPS, columns, "One row an action, self-contained.", "step_id", {**docs("steps"), **WORDS}
        ),
        table_file("episodes", EPISODES),
    ]
    write_croissant(folder, source, files)
    counts = {"steps": rows, "episodes": episodes.num_rows, "stills": pictures}
    return Written(counts=counts, left_out={})


def head(source: Source, written: Written) -> str:
    """The head of README.md: the configurations, the first being the default, the terms and the tags."""
    configs: list[Row] = [
        {"config_name": "steps", "data_files": [{"split": "train", "path": STEPS}], "default": True},
        {"config_name": "episodes", "data_files": [{"split": "train", "path": EPISODES}]},
    ]
    return hub_head(source.manifest, rows=written.counts["steps"], configs=configs, tags=["datasets"])


def _groups(source: Source) -> Iterator[tuple[list[Row], int]]:
    """Row groups, each with the number of stills that it is the first to hold."""
    own: dict[str, Row] = {row["step_id"]: row for row in source.tables["steps"].to_pylist()}
    group: list[Row] = []
    images: dict[str, Row] = {}
    met: set[str] = set()
    fresh = size = 0
    for story in stories(source):
        for step in story.steps:
            if len(group) >= GROUP_ROWS or size >= GROUP_BYTES:
                yield group, fresh
                group, images, fresh, size = [], {}, 0, 0
            still = step.still_id
            if still is not None and still not in images:
                webp = source.still_webp(still)
                images[still] = {"bytes": webp, "path": f"{still}.webp"}
                size += len(webp)
                fresh += still not in met
                met.add(still)
            group.append(
                own[step.id]
                | {
                    "image": images[still] if still is not None else None,
                    "task": story.task,
                    "words": tell_action(step.action, step.target),
                    "recording_id": story.recording_id,
                    "contributor": story.row["contributor"],
                    "path": [{"t_ms": t_ms, "x": x, "y": y} for t_ms, x, y in step.path],
                }
            )
    if group:
        yield group, fresh
