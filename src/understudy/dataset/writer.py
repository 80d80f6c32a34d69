"""Writes a dataset version: parts first, each whole or not at all, the manifest last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

import msgspec
import pyarrow as pa

from understudy.dataset.card import plain_card
from understudy.dataset.files import Sink, write_file
from understudy.dataset.manifest import (
    README_NAME,
    STILLS,
    Manifest,
    Notice,
    Part,
    PartContent,
    PartFile,
    write_manifest,
)
from understudy.dataset.sealing import file_name, seal_table
from understudy.dataset.stills import write_stills
from understudy.dataset.tables import TABLES


def write_part(
    folder: Path,
    part_id: str,
    key: bytes,
    *,
    notice: Notice,
    tables: Mapping[str, pa.Table],
    stills: Iterable[tuple[str, bytes]],
) -> Part:
    """Seal one recording's tables and stills into `folder`, under its part key; returns the manifest's entry.

    Doing it again for the same part and key replaces the files by others that open to the same content. Raises
    OSError (a full disk, say), after which no half file is left under its final name.
    """
    files: list[PartFile] = []
    for name in TABLES:
        with Sink(folder / f"{file_name(key, name)}.parquet") as sink:
            sink.write(seal_table(tables[name], part_id, name, key))
        files.append(_entry(sink, name))
    with Sink(folder / f"{file_name(key, STILLS)}.stills") as sink:
        write_stills(sink, part_id, key, stills)
    files.append(_entry(sink, STILLS))
    return Part(id=part_id, notice=notice, files=tuple(files))


def replace_table(folder: Path, part: Part, key: bytes, name: str, table: pa.Table) -> Part:
    """Seal one table of a part anew, in the place of the old one; returns the manifest's entry. Raises OSError."""
    with Sink(folder / f"{file_name(key, name)}.parquet") as sink:
        sink.write(seal_table(table, part.id, name, key))
    files = tuple(_entry(sink, name) if file.content == name else file for file in part.files)
    return msgspec.structs.replace(part, files=files)


def finish_version(folder: Path, manifest: Manifest) -> str:
    """Put the README card and then the manifest in place: from now on the version can be opened.

    Returns the manifest's SHA-256, hexadecimal.
    """
    write_file(folder / README_NAME, plain_card(manifest).encode())
    return write_manifest(folder, manifest)


def _entry(sink: Sink, content: str) -> PartFile:
    return PartFile(name=sink.path.name, content=cast(PartContent, content), sha256=sink.sha256, bytes=sink.bytes)
