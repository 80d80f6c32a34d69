"""A plain copy of the tables as Parquet files that pyarrow, DuckDB, Hugging Face `datasets` and mlcroissant read.

Layout: `episodes.parquet`, `steps.parquet` and so on, and `stills.parquet` with the pictures as bytes in the shape
that `datasets` decodes by itself (a struct of bytes and path); `croissant.json` describes them all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from understudy.dataset.tables import TABLES, field_name, schema
from understudy.export.card import hub_head, write_licence
from understudy.export.croissant import RecordFile, write_croissant
from understudy.export.story import Source
from understudy.export.terms import terms
from understudy.export.written import Written

IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
# Nullable, though nothing is null: `datasets` believes its metadata only where the fields are.
STILLS = pa.schema([pa.field("still_id", pa.string()), pa.field("image", IMAGE)])
FEATURES = {
    "still_id": {"dtype": "string", "_type": "Value"},
    "image": {"_type": "Image"},
}
"""What `datasets` writes into a file's own metadata, and looks for there."""
STILLS_A_GROUP = 16
"""Stills in a row group: about 1 MB, so that one picture costs no more than that to read."""
TABLE_WORDS = {
    "episodes": "One row a task or a stretch of work.",
    "steps": "One row an action, with its target and the still before it.",
    "observations": "The elements on screen before the steps that refer to them.",
    "trajectories": "The pointer's way to each step, as the motion level leaves it.",
    "keystrokes": "Dwell and flight of each key, as the timing level leaves them.",
    "app_usage": "Spans of focus, without gaps.",
    "marks": "What happened to the recording itself: what was dropped and why.",
}
KEYS = {"episodes": "episode_id", "steps": "step_id"}


def write(source: Source, folder: Path) -> Written:
    """Write every table, and the stills that the steps name."""
    counts: dict[str, int] = {}
    said = json.dumps(terms(source.manifest), ensure_ascii=False)
    for name in TABLES:
        table = source.tables[name]
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"understudy": said.encode()})
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
        counts["rows of " + name] = table.num_rows
    metadata = {"huggingface": json.dumps({"info": {"features": FEATURES}}), "understudy": said}
    with_metadata = STILLS.with_metadata(metadata)
    ids = [still for still in source.tables["steps"]["still_id"].unique().to_pylist() if still is not None]
    with pq.ParquetWriter(folder / "stills.parquet", with_metadata, compression="none") as writer:
        for batch in _batches(source, ids, with_metadata):
            writer.write_batch(batch)
    counts["stills"] = len(ids)
    write_licence(folder, source.manifest)
    files = [table_file(name, f"{name}.parquet") for name in TABLES]
    files.append(RecordFile("stills", "stills.parquet", STILLS, "The screen before actions.", "still_id"))
    write_croissant(folder, source, files)
    return Written(counts=counts, left_out={})


def table_file(name: str, path: str) -> RecordFile:
    """One of the dataset's own tables, as it stands in the Parquet file `path`."""
    return RecordFile(name, path, schema(name), TABLE_WORDS[name], KEYS.get(name, ""), docs(name))


def docs(name: str) -> dict[str, str]:
    """What each column of a table means, with its unit, by its stored name."""
    return {
        field_name(column): f"{column.doc} Unit: {column.unit}." if column.unit else column.doc
        for column in TABLES[name]
    }


def _batches(source: Source, ids: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(ids), STILLS_A_GROUP):
        some = ids[start : start + STILLS_A_GROUP]
        images = [{"bytes": source.still_webp(still), "path": f"{still}.webp"} for still in some]
        yield pa.record_batch([pa.array(some, pa.string()), pa.array(images, IMAGE)], schema=schema)


def head(source: Source, written: Written) -> str:
    """The head of README.md, by which `datasets` finds each table under its own name."""
    configs = [{"config_name": name, "data_files": f"{name}.parquet"} for name in (*TABLES, "stills")]
    return hub_head(source.manifest, rows=written.counts["rows of steps"], configs=configs, tags=[])
