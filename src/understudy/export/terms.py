"""What an export may be used for: the same words in every format's metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from understudy.dataset.manifest import Manifest
from understudy.export.written import Written
from understudy.records.consent import IMPORTED, Purpose

PURPOSE_WORDS: dict[Purpose, str] = {
    "train-own-agent": "train an agent for the person who was recorded",
    "train-shared-agent": "train an agent that others use too",
}

CONDITIONS = (
    "Use it for the stated purpose only; the people recorded consented to nothing else.",
    "Never use it to rate, rank or supervise a person, and never try to find out who a person is.",
    "Their consent can be withdrawn: when the dataset gets an erasure revision, delete this copy and export anew.",
    "Typed text, names and pictures were redacted before they were written; nobody promises that nothing was missed.",
)


IMPORTED_CONDITION = (
    "Part of it was imported from elsewhere: nobody was asked for a consent here, and the terms of its makers hold as "
    "NOTICES.md tells them."
)


def conditions(manifest: Manifest) -> tuple[str, ...]:
    """The conditions of a version: the same for all, and one more when some of it was imported."""
    imported = any(part.notice.version.startswith(IMPORTED) for part in manifest.parts)
    return (*CONDITIONS, IMPORTED_CONDITION) if imported else CONDITIONS


def write_notices(folder: Path, manifest: Manifest, texts: Mapping[str, str]) -> None:
    """Write NOTICES.md: the words of the notices that `texts` has, by SHA-256. Without any there is no file."""
    wanted = sorted({part.notice.sha256 for part in manifest.parts} & set(texts))
    if wanted:
        told = [f"# SHA-256 {sha256}\n\n{texts[sha256].strip()}\n" for sha256 in wanted]
        (folder / "NOTICES.md").write_text("\n".join(told), encoding="utf-8")


def terms(manifest: Manifest) -> dict[str, Any]:
    """Purpose and conditions as a JSON object, the same in every format."""
    return {
        "dataset": manifest.dataset,
        "version": manifest.version,
        "number": manifest.number,
        "revision": manifest.revision,
        "purpose": manifest.purpose,
        "purpose_in_words": PURPOSE_WORDS[manifest.purpose],
        "conditions": list(conditions(manifest)),
        "notices": [
            {"version": version, "language": language, "sha256": sha256}
            for version, language, sha256 in sorted(
                {(part.notice.version, part.notice.language, part.notice.sha256) for part in manifest.parts}
            )
        ],
        "demo": manifest.demo,
        "motion": manifest.motion,
        "timing": manifest.timing,
        "erasures": [
            {"revision": erasure.revision, "parts": erasure.parts, "reason": erasure.reason}
            for erasure in manifest.erasures
        ],
        "product": f"understudy {manifest.product_version}",
    }


def write_terms(folder: Path, manifest: Manifest, *, format_name: str, loses: Sequence[str], written: Written) -> None:
    """Write metadata.json: what the copy is, what it may be used for, what it lacks."""
    said = {
        "format": format_name,
        **terms(manifest),
        "loses": list(loses),
        "counts": dict(written.counts),
        "left_out": dict(written.left_out),
    }
    (folder / "metadata.json").write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
