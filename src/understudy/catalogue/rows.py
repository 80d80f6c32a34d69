"""What the catalogue hands out: frozen rows and the closed lists of their words. Times are ISO 8601 with zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from understudy.records.consent import Consent, Purpose
from understudy.records.levels import Motion, Timing

RecordingState = Literal["recording", "finished", "interrupted", "forgetting", "forgotten"]
"""recording: the recorder runs, or died without telling; finished: closed in order; interrupted: stopped otherwise;
forgetting: an erasure began and must be finished; forgotten: its key and bytes are gone."""


Action = Literal[
    "contributor-added",
    "device-added",
    "notice-added",
    "policy-added",
    "consent-given",
    "consent-withdrawn",
    "recording-begun",
    "recording-finished",
    "recording-imported",
    "recording-left-out",
    "version-built",
    "version-edited",
    "version-revised",
    "version-opened",
    "version-exported",
    "grant-given",
    "grant-revoked",
    "erasure-begun",
    "erasure-completed",
]
"""Every consequential write is one event with one of these actions."""

SubjectKind = Literal[
    "contributor", "device", "notice", "policy", "consent", "recording", "dataset", "version", "grant"
]


class CatalogueError(Exception):
    """The catalogue can't be opened. The message is one line: which file, what is wrong, what to do."""


class NotInCatalogue(LookupError):
    """An id or name that the catalogue doesn't hold. The message names it."""


class NotAllowed(ValueError):
    """Recordings that may not be used any more: `reasons` maps their ids to "consent-withdrawn" or "forgotten"."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{recording}: {reason}" for recording, reason in reasons.items()))
        self.reasons = dict(reasons)


@dataclass(frozen=True)
class RecordingRow:
    """A recording as the catalogue knows it: no content. `bytes` is None until it is finished."""

    id: str
    contributor: str
    consent_id: str
    device: str | None
    state: RecordingState
    bytes: int | None
    started_at: str
    finished_at: str | None


@dataclass(frozen=True)
class ImportRow:
    """A recording made elsewhere, whose sealed bytes are in place. `source` is a keyed hash (32 hexadecimal digits) of
    what it was made from; `consent` holds by provenance."""

    recording_id: str
    source: str
    consent: Consent
    bytes: int
    started_at: str


@dataclass(frozen=True)
class DatasetRow:
    """A dataset: a name for people and the random id that names its folder."""

    id: str
    name: str
    added_at: str


@dataclass(frozen=True)
class VersionRow:
    """One version of a dataset. `number` counts from 1; `revision` counts its manifests from 1.

    `manifest_sha256` is the hash of the manifest in force.
    """

    id: str
    dataset_id: str
    name: str
    number: int
    purpose: Purpose
    motion: Motion
    timing: Timing
    revision: int
    manifest_sha256: str
    added_at: str


@dataclass(frozen=True)
class PartRow:
    """Which recording became which part of which version; `removed_at` is set by an erasure."""

    id: str
    version_id: str
    recording_id: str
    removed_at: str | None


@dataclass(frozen=True)
class GrantRow:
    """Leave to open a version: for a purpose, to a holder, until a date (None: until revoked)."""

    id: str
    version_id: str
    holder: str
    purpose: Purpose
    granted_at: str
    until: str | None
    revoked_at: str | None


@dataclass(frozen=True)
class ErasureRow:
    """One recording forgotten. `completed_at` is None while it has yet to be finished."""

    id: str
    recording_id: str
    reason: str
    begun_at: str
    completed_at: str | None


@dataclass(frozen=True)
class EventRow:
    """One consequential write. `subjects` are (kind, id); `reason` says why in a few words, "" where none is due."""

    id: int
    at: str
    actor: str
    action: Action
    reason: str
    subjects: tuple[tuple[SubjectKind, str], ...]
