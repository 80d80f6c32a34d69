"""README.md of an export: the dataset's card in words, under the head by which hubs and `datasets` read it.

The numbers are counted from the tables when the export is written. How long somebody used which program is told as
shares of the whole only: a copy in the clear travels further than the person thought.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from understudy.dataset import Dataset
from understudy.dataset.card import (
    LIMITS,
    MOTION_WORDS,
    NOT_ATTACKED,
    Card,
    full_card,
    notice_words,
    second_pass_words,
    timing_words,
)
from understudy.dataset.findings import in_words
from understudy.dataset.manifest import Manifest
from understudy.export.story import Source
from understudy.export.terms import PURPOSE_WORDS, conditions, terms
from understudy.export.written import Written

LICENCE_NAME = "understudy-purpose-bound"
LICENCE_FILE = "LICENSE.md"
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
"""Hugging Face's words for a number of rows, each below its bound; 10 million more is beyond one workplace."""


def card_of(source: Source) -> Card:
    """The counted card of what is exported."""
    stills = source.tables["steps"]["still_id"].unique().drop_null()
    return full_card(
        source.manifest, source.tables, len(stills), source.risk if isinstance(source, Dataset) else (), for_others=True
    )


def licence(manifest: Manifest) -> str:
    """The terms as a text of their own: what hubs link to as the licence."""
    lines = [
        "# Terms of use",
        "",
        "This data is about people. It may be used for one purpose, and is under no open licence.",
        "",
        f"Purpose: {PURPOSE_WORDS[manifest.purpose]} (`{manifest.purpose}`).",
        "",
        *(f"{number}. {condition}" for number, condition in enumerate(conditions(manifest), 1)),
        "",
        *_notices(manifest),
    ]
    return "\n".join(lines).rstrip() + "\n"


def write_licence(folder: Path, manifest: Manifest) -> None:
    """Write the terms beside the data."""
    (folder / LICENCE_FILE).write_text(licence(manifest), encoding="utf-8")


def hub_head(manifest: Manifest, *, rows: int, configs: Sequence[Mapping[str, Any]], tags: Sequence[str]) -> str:
    """The YAML head of README.md as Hugging Face's hub and libraries read it. `rows` is the number of steps.

    Purpose and conditions stand where the hub shows them: as the licence, and as the prompt that somebody must accept
    before a gated copy opens. Its public viewer is off.
    """
    size = next((word for bound, word in SIZES if rows < bound), "1M<n<10M")
    fields = {
        "pretty_name": f"Computer work, version {manifest.number} of {manifest.dataset}",
        "license": "other",
        "license_name": LICENCE_NAME,
        "license_link": LICENCE_FILE,
        "tags": ["computer-use", "demonstrations", "gui", f"purpose:{manifest.purpose}", *tags],
        "task_categories": ["robotics", "image-text-to-text"],
        "size_categories": [size],
        "viewer": False,
        "extra_gated_prompt": f"Purpose: {PURPOSE_WORDS[manifest.purpose]}. " + " ".join(conditions(manifest)),
        "extra_gated_fields": {"I accept these conditions": "checkbox"},
        "configs": list(configs),
        "understudy": terms(manifest),
    }
    # Each value as JSON, which is YAML too.
    return "\n".join(["---", *(f"{key}: {json.dumps(value)}" for key, value in fields.items()), "---", ""])


def write_card(
    folder: Path, source: Source, *, title: str, loses: Sequence[str], written: Written, usage: str, head: str = ""
) -> None:
    """Write README.md: what it is and may be used for, what was recorded and removed, what the format loses."""
    manifest = source.manifest
    lines = [
        f"# A dataset of computer work as {title}",
        "",
        "**This is a copy in the clear.** Whoever can read this folder can read what it holds.",
        "",
        f"Purpose: {PURPOSE_WORDS[manifest.purpose]} (`{manifest.purpose}`)."
        + (" It is a demonstration: no person's work is in it." if manifest.demo else ""),
        "",
        "Conditions:",
        *(f"- {condition}" for condition in conditions(manifest)),
        "",
        f"Version {manifest.number}, revision {manifest.revision} of dataset {manifest.dataset}.",
        *(
            f"Revision {erasure.revision} erased {erasure.parts} recording(s), reason: {erasure.reason}."
            for erasure in manifest.erasures
        ),
        "",
        "What lies here: " + ", ".join(f"{count} {what}" for what, count in written.counts.items()) + ".",
        "",
        "## How to read it",
        "",
        usage.strip(),
        "",
        "## What this format loses",
        "",
        *(f"- {loss}" for loss in loses),
    ]
    if written.left_out:
        lines += ["", "Steps left out:", "", *(f"- {count}: {reason}" for reason, count in written.left_out.items())]
    lines += ["", *_recorded(source), "", f"Made by understudy {manifest.product_version}."]
    (folder / "README.md").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def _recorded(source: Source) -> list[str]:
    manifest, card = source.manifest, card_of(source)
    focused_s = sum(card.apps.values())
    return [
        "## What was recorded",
        "",
        f"- {card.recordings} recordings of {card.contributors} contributors: {card.episodes} episodes, {card.steps} "
        f"steps, {card.stills} stills.",
        *_notices(manifest),
        f"- {second_pass_words(manifest)}",
        f"- Motion `{manifest.motion}`: {MOTION_WORDS[manifest.motion]}.",
        f"- Timing `{manifest.timing}`: {timing_words(manifest.motion, manifest.timing)}.",
        *(["- Kinds of steps: " + _listed(card.kinds) + "."] if card.kinds else []),
        *(
            ["- Share of the focused time: " + ", ".join(_share(app, s / focused_s) for app, s in card.apps.items())]
            if focused_s
            else []
        ),
        "",
        *(
            line
            for heading, told in in_words(manifest, card.findings).items()
            for line in (f"## {heading}", "", *(f"- {one}" for one in told), "")
        ),
        "## What it gives away",
        "",
        *(f"- {line}" for line in card.risk or (NOT_ATTACKED,)),
        "",
        "## What was removed",
        "",
        f"- Typed text whose words were not kept: {card.withheld_text} steps.",
        *(
            f"- {reason.replace('_', ' ') or 'no reason given'} ({what or 'unspecified'}): {count}"
            for (reason, what), count in card.dropped.items()
        ),
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in LIMITS),
        *(["- All of it comes from one contributor."] if card.contributors == 1 else []),
    ]


def _notices(manifest: Manifest) -> list[str]:
    notices = sorted({(part.notice.version, part.notice.language, part.notice.sha256) for part in manifest.parts})
    return [f"- {notice_words(*notice)}" for notice in notices]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in counts.items())


def _share(app: str, part: float) -> str:
    return f"{app} {100 * part:.0f} %"
