"""What attacks on a version found, kept beside its manifest as risk.json.

It lies in the clear and so holds figures over all people and sentences made of them: no row, no name, nothing of one
person. It is bound to the manifest that was attacked: after an erasure or any other change it is another version's.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from understudy.dataset.errors import DamagedPart
from understudy.dataset.files import write_file

RISK_NAME = "risk.json"


class RiskNote(msgspec.Struct, frozen=True, kw_only=True):
    """`lines` tell the findings to people, for the card; `figures` to programs. `manifest_sha256` names what was
    attacked, `product_version` and `seed` by what."""

    format: int = 1
    manifest_sha256: str
    product_version: str
    seed: int
    lines: tuple[str, ...]
    figures: dict[str, Any]


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    sha256: str
    note: msgspec.Raw


def write_note(folder: Path, note: RiskNote) -> None:
    """Put the note beside the manifest, in place of any before it. Raises OSError."""
    data = msgspec.json.encode(note)
    kept = _Kept(sha256=hashlib.sha256(data).hexdigest(), note=msgspec.Raw(data))
    write_file(folder / RISK_NAME, msgspec.json.encode(kept) + b"\n")


def read_note(folder: Path, manifest_sha256: str) -> RiskNote | None:
    """The findings about the manifest with this hash; None when nobody attacked it.

    Raises DamagedPart when the file is not what was written.
    """
    path = folder / RISK_NAME
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise DamagedPart(f"{path}: damaged: {error}; attack the version again: understudy risk NAME") from None
    if hashlib.sha256(bytes(kept.note)).hexdigest() != kept.sha256:
        raise DamagedPart(f"{path}: changed since it was written; attack the version again: understudy risk NAME")
    note = msgspec.json.decode(kept.note, type=RiskNote)
    return note if note.manifest_sha256 == manifest_sha256 else None
