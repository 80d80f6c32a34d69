"""A home with an identity, a consent and made-up recordings in its spool, sealed for real."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from understudy.catalogue import Catalogue
from understudy.records.kept import STREAMS
from understudy.records.recording import Recording
from understudy.records.redacted import Redacted
from understudy.seal.keys import new_pair
from understudy.settings import Home
from understudy.spool import identity as identities
from understudy.spool.identity import Identity
from understudy.spool.keystore import KeyStore
from understudy.spool.writer import SpoolWriter

CONSENT_ID = "c0" * 16
STARTED_AT = "2026-01-02T09:00:00+00:00"


def _load_fabricated() -> ModuleType:
    path = Path(__file__).parents[1] / "dataset" / "fabricated.py"
    spec = importlib.util.spec_from_file_location("fabricated_recordings", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def fabricated() -> ModuleType:
    return _load_fabricated()


class Stage:
    """A home in which recordings are put as the recorder would leave them."""

    def __init__(self, root: Path, fabricated: ModuleType) -> None:
        self.home = Home(root)
        self.made = fabricated
        self.identity: Identity = identities.create(self.home.identity)
        self.device = identities.device(self.home.identity)
        with self.catalogue() as catalogue:
            catalogue.add_contributor("p-1")
            self.notice = catalogue.add_notice("What is recorded.", version="1", language="en")
        self.consent()

    def catalogue(self) -> Catalogue:
        return Catalogue.open(self.home.catalogue, actor="tester")

    def consent(self, consent_id: str = CONSENT_ID, **changes: object) -> str:
        with self.catalogue() as catalogue:
            catalogue.add_consent(self.made.make_consent(consent_id, notice_sha256=self.notice, **changes))
        return consent_id

    def put(self, recording: Recording, *, close: bool = True, started_at: str = STARTED_AT) -> str:
        """Seal a recording into the spool, its key into the key store, its row into the catalogue."""
        info = recording.info
        with self.catalogue() as catalogue:
            catalogue.add_recording(
                info.id, contributor=info.contributor, consent_id=info.consent_id, started_at=started_at
            )
        pair = new_pair()
        KeyStore(self.home.keys).add(info.id, pair.private, [self.identity.public_key])
        writer = SpoolWriter.create(self.home.spool / info.id, info, pair.public, self.device)
        records = [record for stream in STREAMS for record in getattr(recording, stream)]
        writer.append([Redacted(record) for record in sorted(records, key=lambda record: record.time_ns)])
        if close:
            writer.close()
            with self.catalogue() as catalogue:
                catalogue.finish_recording(info.id, "finished", writer.bytes_written)
        else:
            writer.abandon()
        return info.id

    def recording(self, recording_id: str = "a1" * 16, **changes: object) -> str:
        return self.put(self.made.make_recording(recording_id, **changes))


@pytest.fixture
def stage(tmp_path: Path, fabricated: ModuleType) -> Stage:
    return Stage(tmp_path / "home", fabricated)
