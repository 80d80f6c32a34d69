from __future__ import annotations

import pytest

from understudy.catalogue import Catalogue, NotInCatalogue

CONSENT_ID = "c0" * 16
ONE, TWO = "a1" * 16, "a2" * 16
START = "2026-01-02T09:00:00+00:00"


def begin(catalogue: Catalogue, recording_id: str = ONE) -> None:
    catalogue.add_recording(recording_id, contributor="p-1", consent_id=CONSENT_ID, started_at=START)


def test_a_recording_from_begin_to_end(catalogue: Catalogue) -> None:
    begin(catalogue)
    assert catalogue.recording(ONE).state == "recording"
    assert catalogue.recording(ONE).bytes is None
    catalogue.finish_recording(ONE, "finished", 1234)
    row = catalogue.recording(ONE)
    assert (row.state, row.bytes, row.consent_id, row.contributor) == ("finished", 1234, CONSENT_ID, "p-1")
    begin(catalogue, TWO)
    assert [row.id for row in catalogue.recordings()] == [ONE, TWO]
    assert [row.id for row in catalogue.recordings(state="recording")] == [TWO]
    assert catalogue.recordings(contributor="p-2") == []


def test_nothing_begins_without_a_consent_that_holds(catalogue: Catalogue) -> None:
    with pytest.raises(NotInCatalogue):
        catalogue.add_recording(ONE, contributor="p-1", consent_id="ff" * 16, started_at=START)
    catalogue.add_contributor("p-2")
    with pytest.raises(ValueError, match="not given by"):
        catalogue.add_recording(ONE, contributor="p-2", consent_id=CONSENT_ID, started_at=START)
    begin(catalogue)
    with pytest.raises(ValueError, match="already"):
        begin(catalogue)
    catalogue.withdraw_consent(CONSENT_ID, START)
    with pytest.raises(ValueError, match="withdrawn"):
        begin(catalogue, TWO)


def test_wrong_ends_are_refused(catalogue: Catalogue) -> None:
    begin(catalogue)
    with pytest.raises(ValueError, match="forgotten"):
        catalogue.finish_recording(ONE, "forgotten", 0)
    with pytest.raises(NotInCatalogue):
        catalogue.finish_recording(TWO, "finished", 0)


def test_an_erasure_resumes_under_its_first_id_and_completes_once(catalogue: Catalogue) -> None:
    begin(catalogue)
    catalogue.finish_recording(ONE, "finished", 10)
    with pytest.raises(NotInCatalogue):
        catalogue.record_erasure(ONE)
    first = catalogue.begin_erasure(ONE, "asked", erasure_id="e1" * 16)
    assert catalogue.begin_erasure(ONE, "again", erasure_id="e2" * 16) == first
    assert catalogue.recording(ONE).state == "forgetting"
    assert catalogue.erasures(pending=True) == [first]
    catalogue.finish_recording(ONE, "finished", 10)
    assert catalogue.recording(ONE).state == "forgetting"
    catalogue.record_erasure(ONE)
    catalogue.record_erasure(ONE)
    assert catalogue.recording(ONE).state == "forgotten"
    assert catalogue.recording(ONE).bytes == 0
    assert catalogue.erasures(pending=True) == []
    actions = [event.action for event in catalogue.events(ONE)]
    assert actions == ["recording-begun", "recording-finished", "erasure-begun", "erasure-completed"]
    assert {event.actor for event in catalogue.events()} == {"tester"}
