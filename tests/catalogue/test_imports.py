"""Imported recordings in the catalogue."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest

from understudy.catalogue import Catalogue, ImportRow, NotInCatalogue
from understudy.records.consent import Consent

RECORDING, SOURCE = "a" * 32, "b" * 32


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue.open(tmp_path / "catalogue.db", clock=lambda: "2026-02-02T00:00:00+00:00")


def row(catalogue: Catalogue, number: int = 1) -> ImportRow:
    notice = catalogue.add_notice("where it is from", version="import-1", language="en")
    consent = Consent(
        id=f"{number:032x}",
        contributor=f"miniwob-{number}",
        profile="own-work",
        notice_sha256=notice,
        notice_version="import-1",
        language="en",
        purposes=("train-own-agent",),
        scope=("page (text)",),
        policy_sha256="0" * 64,
        retention_days=30,
        given_at="2026-01-01T00:00:00+00:00",
        method="provenance",
    )
    return ImportRow(f"{number:x}" * 32, f"{number + 8:x}" * 32, consent, 1234, "2026-01-01T00:00:00+00:00")


def test_a_batch_is_entered_whole(catalogue: Catalogue) -> None:
    first, second = row(catalogue, 1), row(catalogue, 2)
    third = dataclasses.replace(first, recording_id="f" * 32, source="e" * 32)
    catalogue.add_imports([first, second, third], made_by="understudy 0 import miniwob")
    assert catalogue.imported() == {each.source: each.recording_id for each in (first, second, third)}
    assert {one.state for one in catalogue.recordings()} == {"finished"}
    assert catalogue.contributors() == ["miniwob-1", "miniwob-2"]
    assert catalogue.consents("miniwob-1") == [first.consent]
    assert catalogue.recording(first.recording_id).bytes == 1234


def test_one_that_is_refused_keeps_the_whole_batch_out(catalogue: Catalogue) -> None:
    first, second = row(catalogue, 1), row(catalogue, 2)
    with pytest.raises(ValueError, match="already in the catalogue"):
        catalogue.add_imports([first, second, first], made_by="x")
    assert catalogue.recordings() == [] and catalogue.contributors() == [] and catalogue.imported() == {}


def test_only_provenance_that_holds_covers_an_import(catalogue: Catalogue) -> None:
    given = row(catalogue)
    typed = msgspec.structs.replace(given.consent, method="typed-yes")
    with pytest.raises(ValueError, match="given by a person"):
        catalogue.add_imports([dataclasses.replace(given, consent=typed)], made_by="x")
    catalogue.add_imports([given], made_by="x")
    catalogue.withdraw_consent(given.consent.id, "2026-03-03T00:00:00+00:00")
    with pytest.raises(ValueError, match="was withdrawn"):
        catalogue.add_imports([dataclasses.replace(given, recording_id="c" * 32)], made_by="x")


def test_without_its_notice_nothing_is_entered(catalogue: Catalogue) -> None:
    given = row(catalogue)
    unknown = msgspec.structs.replace(given.consent, notice_sha256="9" * 64)
    with pytest.raises(NotInCatalogue, match="add the notice first"):
        catalogue.add_imports([dataclasses.replace(given, consent=unknown)], made_by="x")
