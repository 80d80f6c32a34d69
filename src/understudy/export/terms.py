"""What an export may be used for: the same words in every format's metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from understudy.dataset.manifest import Manifest
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


def write_terms(
    folder: Path,
    manifest: Manifest,
    *,
    format_name: str,
    title: str,
    loses: Sequence[str],
    counts: Mapping[str, int],
    left_out: Mapping[str, int],
    usage: str,
    front_matter: str = "",
) -> None:
    """Write metadata.json for programs and README.md for people. `left_out` counts steps by the reason why."""
    said = {
        "format": format_name,
        **terms(manifest),
        "loses": list(loses),
        "counts": dict(counts),
        "left_out": dict(left_out),
    }
    (folder / "metadata.json").write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = [
        f"# A dataset of computer work as {title}",
        "",
        "**This is a copy in the clear.** Whoever can read this folder can read what it holds.",
        "",
        f"Purpose: {PURPOSE_WORDS[manifest.purpose]} (`{manifest.purpose}`)."
        + (" It is a demonstration: no person's work is in it." if manifest.demo else ""),
        "",
        "Conditions:",
        *(f"- {condition}" for condition in CONDITIONS),
        "",
        f"Version {manifest.number}, revision {manifest.revision} of dataset {manifest.dataset}.",
        "",
        "What lies here: " + ", ".join(f"{count} {what}" for what, count in counts.items()) + ".",
        "",
        "What this format loses:",
        *(f"- {loss}" for loss in loses),
    ]
    if left_out:
        lines += ["", "Steps left out:", *(f"- {count}: {reason}" for reason, count in left_out.items())]
    lines += ["", "How to read it:", "", usage.strip(), "", f"Made by understudy {manifest.product_version}."]
    (folder / "README.md").write_text(front_matter + "\n".join(lines) + "\n", encoding="utf-8")
