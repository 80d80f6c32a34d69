"""The card of a dataset version, in two: README.md beside the data, and the full card, which needs the keys.

README.md lies in the clear, so it is written from the manifest alone: what kind of data this is, at which levels,
under which notices, what was erased. Every number about what people did is counted from the sealed tables when the
version is opened. Neither ever calls the data of one person anonymous.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from understudy.dataset.findings import Findings, findings, in_words
from understudy.dataset.manifest import Manifest
from understudy.dataset.pacing import STEP_MS, nominal
from understudy.dataset.thinning import COARSE_GRID_PX, COARSE_TIME_MS, KEY_BUCKET_MS, TIME_GRID_MS
from understudy.records.consent import IMPORTED
from understudy.records.levels import Motion, Timing

MOTION_WORDS: dict[Motion, str] = {
    "targets": "where actions happened, no path of the cursor",
    "coarse": f"one cursor position each {COARSE_TIME_MS} ms on a grid of {COARSE_GRID_PX} px",
    "full": "every cursor movement as recorded; people can be recognised by it",
}
NOMINAL_WORDS = (
    f"no dwell or flight times of keys; a nominal clock of {STEP_MS} ms a step and waits in a few lengths, which tells "
    "nobody's pace"
)
TIMING_WORDS: dict[Timing, str] = {
    "none": f"no dwell or flight times of keys; times of actions on a grid of {TIME_GRID_MS} ms, since the path has "
    "times too; they tell people's pace",
    "bucketed": f"dwell and flight times of keys in steps of {KEY_BUCKET_MS} ms; times of actions on a grid of "
    f"{TIME_GRID_MS} ms",
    "full": "every time as recorded; people can be recognised by their typing rhythm",
}

NOT_ATTACKED = "Nobody has attacked this version yet, so no figure says how well people are told apart in it."

LIMITS = (
    "The data comes from real people's work, and redaction lowers the risk that somebody is recognised but does not "
    "remove it: treat it as personal data.",
    "People work differently when they know that they are recorded, above all in the first days.",
    "Only applications within the contributors' scope appear, and what could not be decided was left out, so programs "
    "without an accessibility tree are under-represented.",
    "The share of contributors, tasks and applications is whoever and whatever was recorded, not a sample of office "
    "work.",
)


def plain_card(manifest: Manifest) -> str:
    """README.md of a version, from its manifest alone."""
    notices = sorted({(part.notice.version, part.notice.language, part.notice.sha256) for part in manifest.parts})
    lines = [
        "# A sealed dataset of computer work",
        "",
        f"Version {manifest.number}, revision {manifest.revision}; dataset format {manifest.format}, made by "
        f"Understudy {manifest.product_version}.",
        "",
        *(["The consent in it is a demonstration's: no person gave it.", ""] if manifest.demo else []),
        "Everything but this card and the manifest's hashes is sealed, one key a recording. Without a grant no row, "
        "picture or column name of it can be read. With one: `understudy inspect NAME`, or in code "
        "`understudy.build.open_dataset(home, name)`. The full card, with all counts, is part of what opens.",
        "",
        "## What it is for",
        f"- Purpose consented to and built for: `{manifest.purpose}`. Rating, ranking or watching a person is no "
        "purpose that a consent can name.",
        f"- Motion `{manifest.motion}`: {MOTION_WORDS[manifest.motion]}.",
        f"- Timing `{manifest.timing}`: {timing_words(manifest.motion, manifest.timing)}.",
        f"- {second_pass_words(manifest)}",
        f"- Recordings: {len(manifest.parts)}.",
        *(f"- {notice_words(*notice)}" for notice in notices),
        "",
        "## Erasures",
        *(
            f"- Revision {erasure.revision}: {erasure.parts} recording(s) removed, reason: {erasure.reason}."
            for erasure in manifest.erasures
        ),
        *([] if manifest.erasures else ["None so far."]),
        "",
        "## Limits",
        *(f"- {limit}" for limit in LIMITS),
        "",
    ]
    return "\n".join(lines)


def timing_words(motion: Motion, timing: Timing) -> str:
    """What a version of these levels tells of time."""
    return NOMINAL_WORDS if nominal(motion, timing) else TIMING_WORDS[timing]


def second_pass_words(manifest: Manifest) -> str:
    """Who looked through the texts after the recorder, and what that took out."""
    if not manifest.second_pass:
        return "No second pass over the texts was made after the recorder's own scrubbing."
    found = ", ".join(f"{count} {kind}" for kind, count in sorted(manifest.second_pass_found.items()))
    return (
        f"Second pass over all texts by {manifest.second_pass}, after the recorder's own scrubbing: "
        f"{found or 'nothing more was found'}."
    )


def notice_words(version: str, language: str, sha256: str) -> str:
    """What a notice, or the provenance of imported recordings in its place, means for the recordings made under it."""
    if version.startswith(IMPORTED):
        return (
            f"Imported on the terms of the provenance {version} ({language}), SHA-256 {sha256}; nobody was asked here."
        )
    return f"Recorded under notice version {version} ({language}), SHA-256 {sha256}."


@dataclass(frozen=True)
class Card:
    """What an opened version holds, counted over all of it. `markdown` says it in words.

    `dropped` counts marks of what was removed, by (reason, stream); `apps` focused seconds by application;
    `kinds` steps by kind; `withheld_text` steps of typed text whose words were not kept. `risk` are the findings of
    attacks on the version in sentences, () when nobody attacked it. `findings` tell of quality, corrections and splits.
    Times are those of the version's clock.
    """

    recordings: int
    contributors: int
    episodes: int
    steps: int
    stills: int
    recorded_s: float
    kinds: dict[str, int]
    apps: dict[str, float]
    dropped: dict[tuple[str, str], int]
    withheld_text: int
    grounded: int
    risk: tuple[str, ...]
    findings: Findings
    markdown: str


def full_card(
    manifest: Manifest,
    tables: Mapping[str, pa.Table],
    stills: int,
    risk: Sequence[str] = (),
    *,
    for_others: bool = False,
) -> Card:
    """The card of an opened version. Only the columns that it counts are read into Python.

    `for_others`: it goes where others than the contributor may read it.
    """
    episodes = _rows(tables["episodes"], "recording_id", "contributor", "profile")
    kinds = Counter(tables["steps"]["kind"].to_pylist())
    texts = _rows(tables["steps"], "text_level", "target_confidence")
    apps: Counter[str] = Counter()
    recorded_ms = 0
    for span in _rows(tables["app_usage"], "state", "app", "start_ms", "end_ms"):
        length_ms = span["end_ms"] - span["start_ms"]
        if span["state"] != "paused":
            recorded_ms += length_ms
        if span["state"] == "focused":
            apps[span["app"] or "unknown"] += length_ms
    dropped = Counter(
        (mark["reason"], mark["what"])
        for mark in _rows(tables["marks"], "kind", "reason", "what")
        if mark["kind"] == "dropped"
    )
    card = Card(
        recordings=len(manifest.parts),
        contributors=len({row["contributor"] for row in episodes}),
        episodes=len(episodes),
        steps=sum(kinds.values()),
        stills=stills,
        recorded_s=recorded_ms / 1000,
        kinds=dict(kinds.most_common()),
        apps={app: length_ms / 1000 for app, length_ms in apps.most_common()},
        dropped=dict(sorted(dropped.items(), key=lambda item: (-item[1], item[0]))),
        withheld_text=sum(row["text_level"] not in (None, "text") for row in texts),
        grounded=sum(row["target_confidence"] not in ("none", "window") for row in texts),
        risk=tuple(risk),
        findings=findings(tables, for_others=for_others or any(row["profile"] != "own-work" for row in episodes)),
        markdown="",
    )
    return dataclasses.replace(card, markdown=_markdown(manifest, card))


def _markdown(manifest: Manifest, card: Card) -> str:
    share = f"{100 * card.grounded / card.steps:.0f} %" if card.steps else "none"
    most = next(iter(card.apps.items()), None)
    total_s = sum(card.apps.values())
    bias = (
        [f"- {100 * most[1] / total_s:.0f} % of the focused time is {most[0]}."] if most is not None and total_s else []
    )
    lines = [
        plain_card(manifest).rstrip(),
        *(bias),
        *(["- All of it comes from one contributor."] if card.contributors == 1 else []),
        "",
        "## What was recorded",
        f"- {card.recordings} recordings of {card.contributors} contributors, {card.recorded_s / 60:.1f} minutes"
        f"{' by the nominal clock' if nominal(manifest.motion, manifest.timing) else ''}.",
        f"- {card.episodes} episodes, {card.steps} steps, {card.stills} stills; a target element is known for {share} "
        "of the steps.",
        *(f"- {kind}: {count}" for kind, count in card.kinds.items()),
        "",
        "## Applications by focused time",
        *(f"- {app}: {seconds:.0f} s" for app, seconds in card.apps.items()),
        "",
        *(
            line
            for heading, told in in_words(manifest, card.findings).items()
            for line in (f"## {heading}", *(f"- {one}" for one in told), "")
        ),
        "## What it gives away",
        *(f"- {line}" for line in card.risk or (NOT_ATTACKED,)),
        "",
        "## What was removed",
        f"- Steps of typed text whose words were not kept: {card.withheld_text}.",
        *(
            f"- {reason.replace('_', ' ') or 'no reason given'} ({what or 'unspecified'}): {count}"
            for (reason, what), count in card.dropped.items()
        ),
        "",
    ]
    return "\n".join(lines)


def _rows(table: pa.Table, *columns: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.select(columns).to_pylist()
    return rows
