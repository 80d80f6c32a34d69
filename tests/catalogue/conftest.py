"""A catalogue with one contributor, one notice and one consent on file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from understudy.catalogue import Catalogue
from understudy.records.consent import Consent

CONSENT_ID = "c0" * 16
WHEN = "2026-01-02T03:04:05+01:00"


def make_consent(consent_id: str = CONSENT_ID, *, contributor: str = "p-1", notice_sha256: str = "") -> Consent:
    return Consent(
        id=consent_id,
        contributor=contributor,
        profile="own-work",
        notice_sha256=notice_sha256,
        notice_version="1",
        language="en",
        purposes=("train-own-agent", "train-shared-agent"),
        scope=("chromium https://*.example.org", "gedit"),
        policy_sha256="5a" * 32,
        retention_days=30,
        given_at=WHEN,
        method="typed-yes",
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.db"


@pytest.fixture
def catalogue(path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(path, actor="tester") as opened:
        opened.add_contributor("p-1")
        sha256 = opened.add_notice("What is recorded, and why.", version="1", language="en")
        opened.add_consent(make_consent(notice_sha256=sha256))
        yield opened
