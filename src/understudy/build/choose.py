"""Which recordings may go into a dataset, and why the others may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from understudy.build.errors import BuildError
from understudy.catalogue import Catalogue, NotInCatalogue, RecordingRow
from understudy.records.consent import Consent, Purpose
from understudy.settings import Home
from understudy.spool.lock import AlreadyRecording, RecorderLock

Reason = Literal[
    "consent-withdrawn",
    "purpose-not-allowed",
    "retention-over",
    "still-recording",
    "forgotten",
    "no-bytes",
    "no-key",
    "wrong-key",
    "incomplete",
    "tampered",
    "unknown-format",
    "damaged",
    "empty",
    "no-actions",
    "edited-away",
    "below-quality",
]

REASON_WORDS: dict[str, str] = {
    "consent-withdrawn": "its consent was withdrawn",
    "purpose-not-allowed": "its consent doesn't name this purpose",
    "retention-over": "it is older than its consent allows; forget it",
    "still-recording": "it is still being recorded",
    "forgotten": "it was forgotten",
    "no-bytes": "its sealed bytes are not in the spool",
    "no-key": "its key is gone",
    "wrong-key": "it is sealed to another identity",
    "incomplete": "something of it is missing for an unknown cause; see understudy recordings verify",
    "tampered": "something of it was changed; see understudy recordings verify",
    "unknown-format": "it was made by a newer Understudy",
    "damaged": "it can't be read; see understudy recordings verify",
    "empty": "nothing of it reached the disk",
    "no-actions": "nothing was done in it",
    "edited-away": "the edits left no episode of it",
    "below-quality": "no episode of it reaches the quality asked for",
}
"""Every reason in words that people understand."""


@dataclass(frozen=True)
class LeftOut:
    """A recording that is not in the version, and why."""

    recording_id: str
    reason: str

    @property
    def words(self) -> str:
        """The reason for people."""
        return REASON_WORDS[self.reason]


@dataclass(frozen=True)
class Chosen:
    """A recording that consent, purpose and retention allow."""

    row: RecordingRow
    consent: Consent


def find(catalogue: Catalogue, ids: Sequence[str] | None) -> list[RecordingRow]:
    """The recordings named by their ids or beginnings of these, oldest first; all but the forgotten for None.

    Raises BuildError for one that names no recording, or several.
    """
    known = catalogue.recordings()
    if ids is None:
        return [row for row in known if row.state not in ("forgetting", "forgotten")]
    wanted: set[str] = set()
    for given in ids:
        found = [row.id for row in known if row.id.startswith(given.lower())]
        if len(found) != 1 or not given:
            what = "names no recording" if not found else f"names {len(found)} recordings: give more of the id"
            raise BuildError(f'"{given}" {what}; see understudy recordings list')
        wanted.add(found[0])
    return [row for row in known if row.id in wanted]


def default_purpose(catalogue: Catalogue, rows: Sequence[RecordingRow]) -> Purpose:
    """The purpose to build for when none is named: one's own agent where any consent allows it, else the newest's.

    Raises BuildError when there is no recording to go by.
    """
    purposes = [catalogue.consent(row.consent_id).purposes for row in rows]
    if any("train-own-agent" in named for named in purposes):
        return "train-own-agent"
    for named in reversed(purposes):
        if named:
            return named[0]
    raise BuildError("nothing is recorded yet; record something first: understudy record")


def choose(
    home: Home, catalogue: Catalogue, rows: Sequence[RecordingRow], purpose: Purpose, now: str
) -> tuple[list[Chosen], list[LeftOut]]:
    """Part the recordings by consent, purpose and retention. `now` is ISO 8601 with zone."""
    live = live_recording(home, catalogue)
    chosen: list[Chosen] = []
    left_out: list[LeftOut] = []
    for row in rows:
        try:
            consent = catalogue.consent(row.consent_id)
        except NotInCatalogue as error:
            raise BuildError(f"recording {row.id}: {error}; the catalogue is damaged") from error
        reason = _reason(row, consent, purpose, now, live)
        if reason is None:
            chosen.append(Chosen(row, consent))
        else:
            left_out.append(LeftOut(row.id, reason))
    return chosen, left_out


def _reason(row: RecordingRow, consent: Consent, purpose: Purpose, now: str, live: str | None) -> Reason | None:
    if row.state in ("forgetting", "forgotten"):
        return "forgotten"
    if not consent.holds:
        return "consent-withdrawn"
    if purpose not in consent.purposes:
        return "purpose-not-allowed"
    started = datetime.fromisoformat(row.started_at)
    if datetime.fromisoformat(now) > started + timedelta(days=consent.retention_days):
        return "retention-over"
    return "still-recording" if row.id == live else None


def live_recording(home: Home, catalogue: Catalogue) -> str | None:
    """The recording that a recorder is writing now, None when none runs.

    Others in state "recording" were left by a recorder that died; they are noted as interrupted on the way.
    """
    rows = catalogue.recordings(state="recording")
    if not rows:
        return None
    live: str | None = None
    try:
        RecorderLock(home.spool).acquire().release()
    except AlreadyRecording:
        live = rows[-1].id
    for row in rows:
        if row.id != live:
            catalogue.finish_recording(row.id, "interrupted", sealed_bytes(home.spool / row.id))
    return live


def sealed_bytes(folder: Path) -> int:
    """The size of a recording's files, 0 when there is no such folder."""
    if not folder.is_dir():
        return 0
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
