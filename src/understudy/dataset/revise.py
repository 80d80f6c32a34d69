"""Erasure revisions: a version without the parts of a forgotten recording. Needs no key.

The new manifest replaces the old one, of which no copy is kept: it would only list what must be gone. What tells that
there was one are the revision number and the erasure's entry, and the catalogue's events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

import msgspec

from understudy.dataset.card import plain_card
from understudy.dataset.files import sync_folder, write_file
from understudy.dataset.manifest import README_NAME, Erasure, Manifest, encode, read_manifest, write_manifest
from understudy.dataset.risk_note import RISK_NAME


def revise(folder: Path, removed: Collection[str], reason: str) -> tuple[int, str]:
    """Remove the parts with these ids from the version in `folder`; returns (revision, the manifest's SHA-256).

    Done again, or after an interruption, it finishes what is left and returns the same. Files that the manifest
    doesn't name are removed too. Raises NotADataset and NewerFormat as `read_manifest`.
    """
    manifest, fields, data = read_manifest(folder)
    gone = [part for part in manifest.parts if part.id in removed]
    if gone:
        revision = manifest.revision + 1
        erasure = Erasure(revision=revision, parts=len(gone), reason=reason)
        fields["revision"] = revision
        fields["parts"] = [part for part in fields["parts"] if part["id"] not in removed]
        fields["erasures"] = [*fields.get("erasures", []), msgspec.to_builtins(erasure)]
        if fields.get("observed"):
            # It was told over a group that somebody has left.
            fields |= {"observed": [], "unobserved": "a recording that it was told from was erased; build anew"}
        manifest = msgspec.convert(fields, Manifest)
        data = encode(fields)
        write_manifest(folder, fields)
        # It was measured with the person in it.
        (folder / RISK_NAME).unlink(missing_ok=True)
    write_file(folder / README_NAME, plain_card(manifest).encode())
    remove_unnamed(folder, manifest)
    return manifest.revision, _sha256(data)


def remove_unnamed(folder: Path, manifest: Manifest) -> None:
    """Remove sealed files in `folder` that the manifest doesn't name: parts gone, and what a crash left."""
    named = {file.name for part in manifest.parts for file in part.files}
    for path in folder.iterdir():
        if path.name not in named and path.suffix in (".parquet", ".stills", ".part"):
            path.unlink(missing_ok=True)
    sync_folder(folder)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
