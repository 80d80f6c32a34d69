from __future__ import annotations

import pytest

from understudy.catalogue import Catalogue, NotAllowed, NotInCatalogue, VersionRow

CONSENT_ID = "c0" * 16
ONE, TWO = "a1" * 16, "a2" * 16
DATASET, VERSION = "d0" * 16, "f0" * 16


def build(catalogue: Catalogue, version_id: str = VERSION) -> VersionRow:
    dataset = catalogue.add_dataset("orders", dataset_id=DATASET)
    return catalogue.add_dataset_version(
        dataset.id,
        version_id=version_id,
        number=catalogue.next_number(dataset.id),
        manifest_sha256="ab" * 32,
        purpose="train-own-agent",
        motion="targets",
        timing="none",
        parts={version_id[:2] + "1" * 30: ONE, version_id[:2] + "2" * 30: TWO},
        made_by="understudy 0",
    )


@pytest.fixture(autouse=True)
def recordings(catalogue: Catalogue) -> None:
    for recording in (ONE, TWO):
        catalogue.add_recording(recording, contributor="p-1", consent_id=CONSENT_ID, started_at="2026-01-02T09:00:00Z")


def test_versions_count_up_and_know_their_recordings(catalogue: Catalogue) -> None:
    first = build(catalogue)
    assert (first.number, first.name, first.revision) == (1, "orders", 1)
    second = build(catalogue, "f1" * 16)
    assert second.number == 2
    assert [version.number for version in catalogue.versions("orders")] == [1, 2]
    assert catalogue.versions("others") == []
    assert catalogue.version(first.id).manifest_sha256 == "ab" * 32
    assert catalogue.sources(first.id) == [ONE, TWO]
    assert [version.number for version in catalogue.versions_holding(ONE)] == [1, 2]
    assert catalogue.add_dataset("orders", dataset_id="99" * 16).id == DATASET
    assert [row.name for row in catalogue.datasets()] == ["orders"]
    assert catalogue.dataset("orders").id == DATASET


def test_a_version_enters_only_while_every_recording_may_be_used(catalogue: Catalogue) -> None:
    catalogue.begin_erasure(TWO, "asked", erasure_id="e1" * 16)
    with pytest.raises(NotAllowed) as refused:
        build(catalogue)
    assert refused.value.reasons == {TWO: "forgotten"}
    catalogue.withdraw_consent(CONSENT_ID, "2026-02-01T00:00:00+00:00")
    with pytest.raises(NotAllowed) as refused:
        build(catalogue)
    assert refused.value.reasons == {ONE: "consent-withdrawn", TWO: "forgotten"}
    assert catalogue.versions() == []
    assert catalogue.versions_holding(ONE) == []


def test_a_number_is_given_once(catalogue: Catalogue) -> None:
    first = build(catalogue)
    with pytest.raises(ValueError, match="version 1 already"):
        catalogue.add_dataset_version(
            first.dataset_id,
            version_id="f3" * 16,
            number=1,
            purpose="train-own-agent",
            motion="targets",
            timing="none",
            parts={},
            manifest_sha256="ab" * 32,
            made_by="understudy 0",
        )


def test_an_erasure_revision_takes_the_part_away(catalogue: Catalogue) -> None:
    version = build(catalogue)
    with pytest.raises(NotInCatalogue, match="erasure"):
        catalogue.revise_version(version.id, ONE, revision=2, manifest_sha256="cd" * 32)
    catalogue.begin_erasure(ONE, "asked", erasure_id="e1" * 16)
    for _ in range(2):
        catalogue.revise_version(version.id, ONE, revision=2, manifest_sha256="cd" * 32)
    assert catalogue.versions_holding(ONE) == []
    assert [part.recording_id for part in catalogue.parts(version.id) if part.removed_at is None] == [TWO]
    assert catalogue.version(version.id).revision == 2
    assert catalogue.version(version.id).manifest_sha256 == "cd" * 32
    assert [event.action for event in catalogue.events(version.id)].count("version-revised") == 1


def test_grants_are_for_the_purpose_and_can_be_revoked(catalogue: Catalogue) -> None:
    version = build(catalogue)
    grant = catalogue.add_grant(version.id, grant_id="9a" * 16, holder="p-1", purpose="train-own-agent")
    assert catalogue.grants(version.id, "p-1") == [grant]
    assert catalogue.grants(version.id, "p-2") == []
    with pytest.raises(ValueError, match="built for train-own-agent"):
        catalogue.add_grant(version.id, grant_id="9b" * 16, holder="p-1", purpose="train-shared-agent")
    catalogue.revoke_grant(grant.id)
    catalogue.revoke_grant(grant.id)
    assert catalogue.grants(version.id)[0].revoked_at is not None
    assert [event.action for event in catalogue.events(grant.id)] == ["grant-given", "grant-revoked"]


@pytest.mark.parametrize("ask", ["version", "dataset", "add_grant", "revoke_grant"])
def test_unknown_ids_are_named(catalogue: Catalogue, ask: str) -> None:
    unknown = "0f" * 16
    with pytest.raises(NotInCatalogue, match=unknown):
        match ask:
            case "version":
                catalogue.version(unknown)
            case "dataset":
                catalogue.dataset(unknown)
            case "add_grant":
                catalogue.add_grant(unknown, grant_id="9a" * 16, holder="p-1", purpose="train-own-agent")
            case "revoke_grant":
                catalogue.revoke_grant(unknown)
