"""Forgets a recording: its keys first, then its bytes, then its part in every dataset version that held it.

Once the keys are destroyed no copy of its segments or of its parts opens, whatever happens after. Each further step
can be done again, and the catalogue knows from the start that an erasure is under way, so an interrupted one is
finished by the next call, build or opening.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

from understudy.build.choose import live_recording
from understudy.build.errors import StillRecording
from understudy.catalogue import Catalogue, ErasureRow, NotInCatalogue, VersionRow
from understudy.dataset.errors import NotADataset
from understudy.dataset.revise import revise
from understudy.settings import Home
from understudy.spool.keystore import KeyStore
from understudy.spool.recordings import forget_bytes

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ForgetResult:
    """What forgetting did: the revisions of datasets that it made, in words ("orders version 1, revision 2")."""

    dataset_revisions: tuple[str, ...]


def forget_recording(home: Home, recording_id: str, *, reason: str) -> ForgetResult:
    """Destroy a recording's keys and bytes and give every dataset version that held it a revision without it.

    Needs no key. Done again, or after an interruption, it finishes what is left. `reason` goes into the manifests of
    the revisions and into the catalogue, so it says nothing about the content. A recording that the catalogue doesn't
    know loses its keys and bytes all the same. Raises StillRecording while it is being recorded, OSError when something
    can't be removed, NewerFormat for a dataset version of a newer Understudy (call again with that one).
    """
    with Catalogue.open(home.catalogue) as catalogue:
        if live_recording(home, catalogue) == recording_id:
            raise StillRecording(f"recording {recording_id} is still being recorded; stop it first, then forget it")
        try:
            erasure: ErasureRow | None = catalogue.begin_erasure(recording_id, reason, erasure_id=secrets.token_hex(16))
        except NotInCatalogue:
            erasure = None
        KeyStore(home.keys).destroy(recording_id)
        forget_bytes(home.spool, recording_id)
        if erasure is None:
            return ForgetResult(())
        return ForgetResult(_revise_versions(home, catalogue, erasure))


def finish_erasures(home: Home) -> None:
    """Finish erasures that were interrupted. Cheap when there are none, and makes no catalogue where none is."""
    if not home.catalogue.exists():
        return
    with Catalogue.open(home.catalogue) as catalogue:
        pending = catalogue.erasures(pending=True)
    for erasure in pending:
        logger.info("finishing the erasure of recording %s", erasure.recording_id)
        forget_recording(home, erasure.recording_id, reason=erasure.reason)


def _revise_versions(home: Home, catalogue: Catalogue, erasure: ErasureRow) -> tuple[str, ...]:
    told: list[str] = []
    for version in catalogue.versions_holding(erasure.recording_id):
        told.append(_revise_version(home, catalogue, version, erasure))
    catalogue.record_erasure(erasure.recording_id)
    return tuple(told)


def _revise_version(home: Home, catalogue: Catalogue, version: VersionRow, erasure: ErasureRow) -> str:
    removed = {part.id for part in catalogue.parts(version.id) if part.recording_id == erasure.recording_id}
    folder = home.datasets / version.dataset_id / version.id
    try:
        revision, sha256 = revise(folder, removed, erasure.reason)
    except NotADataset:
        # Somebody removed or broke the folder: there is nothing left in it to revise, and the part must not count.
        logger.warning("version %s has no readable manifest: nothing to revise", version.id)
        revision, sha256 = version.revision, version.manifest_sha256
    catalogue.revise_version(version.id, erasure.recording_id, revision=revision, manifest_sha256=sha256)
    return f"{version.name} version {version.number}, revision {revision}"
