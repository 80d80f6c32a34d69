"""What an export may be used for: the same words in every format's metadata."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from understudy.dataset.manifest import Manifest
from understudy.export.written import Written
from understudy.records.consent import Purpose

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


def terms(manifest: Manifest) -> dict[str, Any]:
    """Purpose and conditions as a JSON object, the same in every format."""
    return {
        "dataset": manifest.dataset,
        "version": manifest.version,
        "number": manifest.number,
        "revision": manifest.revision,
        "purpose": manifest.purpose,
        "purpose_in_words": PURPOSE_WORDS[manifest.purpose],
        "conditions": list(CONDITIONS),
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
