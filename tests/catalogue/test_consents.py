from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from understudy.catalogue import Catalogue, NotInCatalogue
from understudy.records.consent import Consent

CONSENT_ID = "c0" * 16
NOTICE = "What is recorded, and why."


def test_a_consent_comes_back_as_it_was_given(catalogue: Catalogue) -> None:
    consent = catalogue.consent(CONSENT_ID)
    assert consent.notice_sha256 == hashlib.sha256(NOTICE.encode()).hexdigest()
    assert consent.purposes == ("train-own-agent", "train-shared-agent")
    assert consent.scope == ("chromium https://*.example.org", "gedit")
    assert consent.given_at == "2026-01-02T03:04:05+01:00"
    assert consent.holds
    assert catalogue.consents() == [consent] == catalogue.consents("p-1")
    assert catalogue.consents("p-2") == []
    assert catalogue.notice(consent.notice_sha256) == NOTICE


def test_a_withdrawal_holds_at_once_in_another_process_s_connection(catalogue: Catalogue, path: Path) -> None:
    with Catalogue.open(path) as other:
        assert other.consent_holds(CONSENT_ID)
        catalogue.withdraw_consent(CONSENT_ID, "2026-02-01T00:00:00+00:00")
        assert not other.consent_holds(CONSENT_ID)
        catalogue.withdraw_consent(CONSENT_ID, "2027-01-01T00:00:00+00:00")
        assert other.consent(CONSENT_ID).withdrawn_at == "2026-02-01T00:00:00+00:00"
    assert [event.action for event in catalogue.events(CONSENT_ID)] == ["consent-given", "consent-withdrawn"]


def test_unknown_consents_do_not_hold(catalogue: Catalogue) -> None:
    assert not catalogue.consent_holds("ff" * 16)
    with pytest.raises(NotInCatalogue, match="ff" * 16):
        catalogue.consent("ff" * 16)
    with pytest.raises(NotInCatalogue):
        catalogue.withdraw_consent("ff" * 16, "2026-02-01T00:00:00+00:00")
    with pytest.raises(NotInCatalogue, match="notice"):
        catalogue.notice("00" * 32)


def test_a_consent_needs_its_contributor_and_the_notice_shown(catalogue: Catalogue) -> None:
    known = catalogue.consent(CONSENT_ID)
    fields = {name: getattr(known, name) for name in Consent.__struct_fields__}
    with pytest.raises(ValueError, match="already on file"):
        catalogue.add_consent(known)
    with pytest.raises(NotInCatalogue, match="notice"):
        catalogue.add_consent(Consent(**{**fields, "id": "c1" * 16, "notice_sha256": "00" * 32}))
    with pytest.raises(NotInCatalogue, match="contributor p-9"):
        catalogue.add_consent(Consent(**{**fields, "id": "c1" * 16, "contributor": "p-9"}))


def test_adding_twice_is_harmless(catalogue: Catalogue) -> None:
    before = catalogue.events()
    catalogue.add_contributor("p-1")
    catalogue.add_notice(NOTICE, version="1", language="en")
    assert catalogue.events() == before
    catalogue.add_device("d-1", "p-1", "ab" * 32)
    catalogue.add_device("d-1", "p-1", "ab" * 32)
    assert [event.action for event in catalogue.events("d-1")] == ["device-added"]
    assert catalogue.contributors() == ["p-1"]
