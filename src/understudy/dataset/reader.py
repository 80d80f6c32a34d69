"""Opens a dataset version with its keys and reads it part by part."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image

from understudy.dataset.card import Card, full_card
from understudy.dataset.errors import DamagedPart, NoKey
from understudy.dataset.files import sha256_of
from understudy.dataset.manifest import STILLS, Manifest, Part, PartFile, read_manifest
from understudy.dataset.risk_note import read_note
from understudy.dataset.sealing import unseal_table
from understudy.dataset.splits import HELD_OUT, By, Side, case_of, split
from understudy.dataset.stills import StillFile
from understudy.dataset.tables import TABLES, schema

KeySource = Callable[[str], bytes]
"""Gives the key (32 bytes) of a part by its id; raises LookupError, its message the cause, when there is none."""


def open_version(path: Path | str, keys: KeySource | Mapping[str, bytes], *, allow_missing: bool = False) -> Dataset:
    """Open the dataset version in the folder `path`.

    `keys` gives each part's key by the part's id. Without every key nothing opens (NoKey names the part and the
    cause), unless `allow_missing`: then parts without one are left out and listed in `Dataset.unopened`. Raises
    NotADataset, NewerFormat.
    """
    folder = Path(path)
    manifest, _, data = read_manifest(folder)
    ask = keys.__getitem__ if isinstance(keys, Mapping) else keys
    opened: dict[str, bytes] = {}
    unopened: list[str] = []
    for part in manifest.parts:
        try:
            opened[part.id] = ask(part.id)
        except LookupError as error:
            if not allow_missing:
                cause = "no key was given" if isinstance(error, KeyError) else str(error)
                raise NoKey(f"{folder}: part {part.id} can't be opened: {cause}") from error
            unopened.append(part.id)
    return Dataset(folder, manifest, hashlib.sha256(data).hexdigest(), opened, tuple(unopened))


class Dataset:
    """An opened dataset version. Nothing is read before it is asked for, and each table one part at a time.

    `manifest` is its manifest, `manifest_sha256` the hash of it as read, `unopened` the parts without a key.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        manifest_sha256: str,
        keys: Mapping[str, bytes],
        unopened: tuple[str, ...],
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.manifest_sha256 = manifest_sha256
        self.unopened = unopened
        self._keys = keys
        self._stills: dict[str, StillFile] = {}

    @property
    def parts(self) -> list[Part]:
        """The parts that open, in the order of their recordings' beginnings."""
        return [part for part in self.manifest.parts if part.id in self._keys]

    @property
    def tables(self) -> Mapping[str, pa.Table]:
        """All tables by name, each read whole when it is first asked for."""
        return self._tables

    @cached_property
    def _tables(self) -> _Tables:
        return _Tables(self)

    def batches(self, table: str) -> Iterator[pa.Table]:
        """A table part by part (one recording each), without holding more than one. Raises DamagedPart, KeyError."""
        if table not in TABLES:
            raise KeyError(f'no table "{table}"; there are {", ".join(TABLES)}')
        for part in self.parts:
            yield self._read(part, table)

    def table_of(self, part: Part, table: str) -> pa.Table:
        """One part's rows of a table. Raises DamagedPart, KeyError."""
        if table not in TABLES:
            raise KeyError(f'no table "{table}"; there are {", ".join(TABLES)}')
        return self._read(part, table)

    def stills_of(self, part: Part) -> StillFile:
        """One part's stills. Raises DamagedPart."""
        return self._still_file(part)

    def episodes(self) -> Iterator[dict[str, Any]]:
        """The rows of `episodes`."""
        for batch in self.batches("episodes"):
            yield from batch.to_pylist()

    def steps(self, episode_id: str | None = None) -> Iterator[dict[str, Any]]:
        """The rows of `steps`, of all episodes or of one, in order."""
        for batch in self.batches("steps"):
            for row in batch.to_pylist():
                if episode_id is None or row["episode_id"] == episode_id:
                    yield row

    def split(
        self, *, by: By = "contributor", test: float = HELD_OUT, validation: float = 0.0, key: str = ""
    ) -> dict[str, Side | None]:
        """Which side of a split each episode lies on, by its id; None: on none, as it nearly duplicates one in training
        (see `dataset.splits`). The same in every version, for the same `key`. Raises ValueError, DamagedPart."""
        return split([case_of(row) for row in self.episodes()], by=by, test=test, validation=validation, key=key)

    def still_ids(self) -> Iterator[str]:
        """The ids of all stills, in order."""
        for part in self.parts:
            yield from self._still_file(part).ids

    def still_webp(self, still_id: str) -> bytes:
        """A still as lossless WebP. Raises KeyError for an id that no step names, DamagedPart when it was changed."""
        for part in self.parts:
            stills = self._still_file(part)
            if still_id in stills:
                return stills.webp(still_id)
        raise KeyError(f"no still {still_id} in this version")

    def still(self, still_id: str) -> Image.Image:
        """A still as an image: RGB, the whole screen as it was kept. Raises as `still_webp`."""
        image = Image.open(io.BytesIO(self.still_webp(still_id)))
        return image.convert("RGB")

    @cached_property
    def card(self) -> Card:
        """What the version holds, counted from its tables."""
        return full_card(self.manifest, self.tables, sum(1 for _ in self.still_ids()), self.risk)

    @property
    def risk(self) -> tuple[str, ...]:
        """What attacks on this very version found, in sentences; () when nobody made any. Raises DamagedPart."""
        note = read_note(self.folder, self.manifest_sha256)
        return note.lines if note is not None else ()

    def verify(self) -> None:
        """Compare every file of every part with the manifest. Raises DamagedPart naming the first that differs."""
        for part in self.manifest.parts:
            for file in part.files:
                self._compare(file, *self._measure(file))

    def _measure(self, file: PartFile) -> tuple[str, int]:
        try:
            return sha256_of(self.folder / file.name)
        except FileNotFoundError as error:
            raise self._missing(file) from error

    def _read(self, part: Part, table: str) -> pa.Table:
        file = _file(part, table)
        if file is None:
            # Written before there was such a table.
            return schema(table).empty_table()
        try:
            data = (self.folder / file.name).read_bytes()
        except FileNotFoundError as error:
            raise self._missing(file) from error
        self._compare(file, hashlib.sha256(data).hexdigest(), len(data))
        read = unseal_table(data, file.name, part.id, table, self._keys[part.id])
        conformed = _conformed(read, schema(table))
        if conformed is None:
            raise DamagedPart(f"{self.folder / file.name}: its columns are not those of the table {table}")
        return conformed

    def _still_file(self, part: Part) -> StillFile:
        if part.id not in self._stills:
            file = _file(part, STILLS)
            if file is None:
                raise DamagedPart(f"part {part.id} has no {STILLS} in the manifest")
            path = self.folder / file.name
            # Only the size: each still is authenticated when it is read, and `verify` compares the whole.
            try:
                size = path.stat().st_size
            except FileNotFoundError as error:
                raise self._missing(file) from error
            self._compare(file, file.sha256, size)
            self._stills[part.id] = StillFile(path, part.id, self._keys[part.id])
        return self._stills[part.id]

    def _compare(self, file: PartFile, sha256: str, size: int) -> None:
        if (sha256, size) != (file.sha256, file.bytes):
            raise DamagedPart(
                f"{self.folder / file.name}: damaged part: the manifest says {file.bytes} bytes with SHA-256 "
                f"{file.sha256[:12]}…, found {size} bytes with {sha256[:12]}…; build the dataset anew"
            )

    def _missing(self, file: PartFile) -> DamagedPart:
        return DamagedPart(f"{self.folder / file.name}: damaged part: the file is missing; build the dataset anew")


class _Tables(Mapping[str, pa.Table]):
    """The tables by name, read when first asked for."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._read: dict[str, pa.Table] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._read:
            batches = list(self._dataset.batches(name))
            self._read[name] = pa.concat_tables(batches) if batches else schema(name).empty_table()
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


def _file(part: Part, content: str) -> PartFile | None:
    return next((file for file in part.files if file.content == content), None)


def _conformed(read: pa.Table, wanted: pa.Schema) -> pa.Table | None:
    """The table with the columns wanted: null where an older version had none, unknown ones left out.

    None when a column that is never null lacks or one has another type.
    """
    columns = []
    for field in wanted:
        if field.name in read.column_names:
            if read.schema.field(field.name) != field:
                return None
            columns.append(read[field.name])
        elif field.nullable:
            columns.append(pa.nulls(read.num_rows, field.type))
        else:
            return None
    return pa.Table.from_arrays(columns, schema=wanted)
