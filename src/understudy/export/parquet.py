"""A plain copy of the tables as Parquet files that pyarrow, DuckDB and Hugging Face `datasets` read.

Layout: `episodes.parquet`, `steps.parquet` and so on, and `stills.parquet` with the pictures as bytes in the shape
that `datasets` decodes by itself (a struct of bytes and path).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from understudy.dataset.tables import TABLES
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
    schema = STILLS.with_metadata(metadata)
    ids = [still for still in source.tables["steps"]["still_id"].unique().to_pylist() if still is not None]
    with pq.ParquetWriter(folder / "stills.parquet", schema, compression="none") as writer:
        for batch in _batches(source, ids, schema):
            writer.write_batch(batch)
    counts["stills"] = len(ids)
    return Written(counts=counts, left_out={})


def _batches(source: Source, ids: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(ids), STILLS_A_GROUP):
        some = ids[start : start + STILLS_A_GROUP]
        images = [{"bytes": source.still_webp(still), "path": f"{still}.webp"} for still in some]
        yield pa.record_batch([pa.array(some, pa.string()), pa.array(images, IMAGE)], schema=schema)


def front_matter() -> str:
    """The head of README.md by which `datasets` finds each table under its own name."""
    configs = [*TABLES, "stills"]
    lines = ["---", "configs:"]
    for name in configs:
        lines += [f"- config_name: {name}", f"  data_files: {name}.parquet"]
    return "\n".join([*lines, "---", ""])
