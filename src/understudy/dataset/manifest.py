"""The manifest of a dataset version: which files belong to which part, with their hashes. Written last.

It lies in the clear, so it holds random ids, sizes, hashes and words of closed lists: no title, no task, no
application, no time, no number of rows. Fields that this program doesn't know survive a rewrite.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import msgspec

from understudy.dataset.errors import NewerFormat, NotADataset
from understudy.dataset.files import write_file
from understudy.dataset.tables import FORMAT_VERSION, TABLES
from understudy.records.consent import Purpose
from understudy.records.levels import Motion, Timing

MANIFEST_NAME = "manifest.json"
README_NAME = "README.md"
STILLS = "stills"

PartContent = Literal["episodes", "steps", "observations", "trajectories", "keystrokes", "app_usage", "marks", "stills"]
CONTENTS: tuple[str, ...] = (*TABLES, STILLS)
"""What a part's files hold, one file each."""


class PartFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a part: `name` within the folder, `content` a table or "stills", `bytes` its size."""

    name: str
    content: PartContent
    sha256: str
    bytes: int


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The notice that a part's recording was made under."""

    version: str
    language: str
    sha256: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one recording became. `id` is random and says nothing."""

    id: str
    notice: Notice
    files: tuple[PartFile, ...]


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a revision was made: this many parts left, for this reason (a word)."""

    revision: int
    parts: int
    reason: str


class ObservedEffect(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of the observer effect over a group: fields as in `pipeline.observer.Effect`."""

    measure: Literal["pace", "corrections", "applications"]
    people: int
    sessions: int
    p: float
    after: int | None = None
    before: float | None = None
    behind: float | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One version. `number` is the version within its dataset; `revision` counts this version's manifests from 1.

    `parts` stand in the order of their recordings' beginnings; `erasures` oldest first. `second_pass` names the finders
    that looked through the texts once more ("": none did), `second_pass_found` counts what they took out, by kind.
    `observed` is the observer effect over a group, `unobserved` why there is none of it; both empty in versions
    before they were told. Episodes whose score lies below `min_quality` were left out, `below_quality` of them.
    """

    format: int
    dataset: str
    version: str
    number: int
    revision: int
    product_version: str
    purpose: Purpose
    motion: Motion
    timing: Timing
    demo: bool
    parts: tuple[Part, ...]
    erasures: tuple[Erasure, ...] = ()
    second_pass: str = ""
    second_pass_found: dict[str, int] = {}
    min_quality: float = 0.0
    below_quality: int = 0
    observed: tuple[ObservedEffect, ...] = ()
    unobserved: str = ""


def read_manifest(folder: Path) -> tuple[Manifest, dict[str, Any], bytes]:
    """The manifest of the version in `folder`: as a value, as the JSON object with all its fields, and as bytes.

    Raises NotADataset when there is none or it isn't one, NewerFormat when a newer Understudy wrote it.
    """
    path = folder / MANIFEST_NAME
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotADataset(
            f"{folder}: no {MANIFEST_NAME} there; expected the folder of a finished dataset version"
        ) from None
    try:
        fields = json.loads(data)
    except ValueError as error:
        raise NotADataset(f"{path}: not a manifest: {error}") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("format"), int):
        raise NotADataset(f"{path}: not a manifest: it has no format version")
    if fields["format"] > FORMAT_VERSION:
        raise NewerFormat(
            f"{path}: dataset format {fields['format']}, but this Understudy knows formats up to {FORMAT_VERSION}; "
            "update Understudy"
        )
    try:
        manifest = msgspec.convert(fields, Manifest)
    except msgspec.ValidationError as error:
        raise NotADataset(f"{path}: not a manifest: {error}") from error
    for part in manifest.parts:
        for file in part.files:
            if Path(file.name).name != file.name or file.name.startswith("."):
                raise NotADataset(f"{path}: part {part.id} names a file outside the folder")
    return manifest, fields, data


def encode(fields: Manifest | dict[str, Any]) -> bytes:
    """A manifest as its bytes: indented JSON, the format version first."""
    plain = msgspec.to_builtins(fields) if isinstance(fields, Manifest) else fields
    return (json.dumps(plain, indent=1, ensure_ascii=True) + "\n").encode()


def write_manifest(folder: Path, fields: Manifest | dict[str, Any]) -> str:
    """Put the manifest in place of any before it; returns its SHA-256, hexadecimal."""
    return write_file(folder / MANIFEST_NAME, encode(fields))
