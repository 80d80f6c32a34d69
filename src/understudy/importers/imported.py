"""What every importer gives: demonstrations as raw records, or why one of them can't be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from understudy.records.events import Raw

Outcome = Literal["", "success", "failure"]
"""What the source itself says of a demonstration; "" when it says nothing."""

SkipReason = Literal["empty", "failed", "damaged", "foreign", "known", "forgotten", "withdrawn", "dropped"]
"""Why a demonstration is not imported. Importers use the first two rows' reasons, the wiring the last three."""

SKIP_WORDS: dict[SkipReason, str] = {
    "empty": "nothing was done in it",
    "failed": "it failed, and --failed skip was given",
    "damaged": "it can't be read",
    "foreign": "it is no demonstration of this format",
    "known": "it was imported before",
    "forgotten": "it was imported before and forgotten; forgetting stays",
    "withdrawn": "the leave to use it was withdrawn here",
    "dropped": "the policy keeps nothing of it",
}
"""Every reason in words that people understand."""


class NotReadable(ValueError):
    """The path can't be read as this format. One line: the path, what was expected, what to do."""


@dataclass(frozen=True)
class Imported:
    """One demonstration, as raw records. Everything in it lives in memory only until the guard has seen it.

    `name` says where it was found, for messages on the terminal; it is never kept. `content` is the SHA-256
    (hexadecimal) of exactly the bytes it was read from, by which it is known again; only a keyed hash of it is kept.
    `person` is the source's own identifier of whoever made it ("" when the source names nobody): only a keyed hash of
    it is kept. `task` is what was to be done, as the source says it (scrubbed before it is kept). `records` begin at
    `time_ns` 0 or later; they need no order (the wiring sorts them by time, state before events) and their `seq` is
    renumbered by the guard. `Mark`s of kind start, stop, task and outcome are the wiring's. `found` counts what was
    repaired, inferred or lost on the way, by a few words each ("clicks outside the screen"): shown, never kept.
    """

    name: str
    content: str
    records: Sequence[Raw]
    person: str = ""
    task: str = ""
    outcome: Outcome = ""
    found: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Skipped:
    """A demonstration that is not imported: `reason` out of the closed list, `detail` a few words more or ""."""

    name: str
    reason: SkipReason
    detail: str = ""


class Importer(Protocol):
    """Reads one format. `name` is what people type, `description` one line for the list of formats."""

    name: str
    description: str

    def provenance(self, path: Path) -> str:
        """What stands in the place of the notice: what the data is, from where, who made it and when, under which
        licence or terms, and what is not known of it. The same for all demonstrations under `path`; names nobody but
        its publishers. Raises NotReadable."""

    def count(self, path: Path) -> int | None:
        """How many demonstrations (skipped ones too) `read` will give; None when only reading tells. For progress."""

    def read(self, path: Path) -> Iterator[Imported | Skipped]:
        """The demonstrations under `path`, one at a time, in a fixed order.

        What is wrong with one demonstration is a `Skipped`, and reading goes on. Raises NotReadable, before the first
        one, when the path holds nothing of this format.
        """
