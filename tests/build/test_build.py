from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace

import pytest

from understudy.build import BuildError, NoGrant, Progress, build_dataset, open_dataset
from understudy.build.process import Job, Outcome
from understudy.catalogue import NotInCatalogue
from understudy.dataset.tables import TABLES
from understudy.spool.keystore import KeyStore
from understudy.spool.lock import RecorderLock

ONE, TWO, THREE = "a1" * 16, "a2" * 16, "a3" * 16
NOW = "2026-02-01T00:00:00+00:00"


def build(stage: SimpleNamespace, name: str = "orders", **options: object) -> SimpleNamespace:
    return build_dataset(stage.home, name, identity=stage.identity, clock=lambda: NOW, **options)  # type: ignore[arg-type]


def test_a_recording_becomes_a_dataset_that_opens_by_name(stage: SimpleNamespace) -> None:
    stage.recording(ONE)
    stage.recording(TWO, shade=90)
    told: list[Progress] = []
    result = build(stage, progress=told.append)
    assert result.recordings == (ONE, TWO)
    assert [(one.done, one.total) for one in told] == [(1, 2), (2, 2)]
    assert (result.version.number, result.version.purpose, result.granted) == (1, "train-own-agent", True)
    assert result.bytes == sum(path.stat().st_size for path in result.folder.iterdir())
    dataset = open_dataset(stage.home, "orders")
    kinds = [step["kind"] for step in dataset.steps()]
    assert {"click", "type", "drag"} <= set(kinds)
    assert len(kinds) == result.steps
    for step in dataset.steps():
        if step["still_id"]:
            assert dataset.still(step["still_id"]).size == (320, 200)
    assert stage.made.PLANTED.lower() in {step["text"] for step in dataset.steps()}
    assert dataset.card.recordings == 2
    with stage.catalogue() as catalogue:
        assert catalogue.sources(result.version.id) == [ONE, TWO]
        actions = [event.action for event in catalogue.events(result.version.id)]
        assert actions == ["version-built", "grant-given", "version-opened"]


def test_the_same_recordings_build_to_the_same_content(stage: SimpleNamespace) -> None:
    stage.recording(ONE)
    stage.recording(TWO, shade=90)
    first, second, other = build(stage), build(stage), build(stage, "others")
    assert (first.version.number, second.version.number, other.version.number) == (1, 2, 1)
    opened = [
        open_dataset(stage.home, "orders", version=1),
        open_dataset(stage.home, "orders", version=2),
        open_dataset(stage.home, "others"),
    ]
    for again in opened[1:]:
        for name in TABLES:
            assert opened[0].tables[name].equals(again.tables[name], check_metadata=True), name
        assert list(opened[0].still_ids()) == list(again.still_ids())
        for still in again.still_ids():
            assert opened[0].still_webp(still) == again.still_webp(still)
    names = [{path.name for path in result.folder.iterdir()} for result in (first, second)]
    assert names[0] & names[1] == {"manifest.json", "README.md"}, "a part's names say nothing across versions"


def test_what_may_not_go_in_is_left_out_with_its_reason(stage: SimpleNamespace) -> None:
    stage.recording(ONE)
    withdrawn = stage.consent("c1" * 16)
    short = stage.consent("c2" * 16, retention_days=10)
    shared = stage.consent("c3" * 16, purposes=("train-shared-agent",))
    ids = {name: f"{index:x}" * 32 for index, name in enumerate(("withdrawn", "short", "shared"), 4)}
    stage.recording(ids["withdrawn"], consent_id=withdrawn)
    stage.recording(ids["short"], consent_id=short)
    stage.recording(ids["shared"], consent_id=shared)
    stage.put(stage.made.empty_recording("ee" * 16))
    stage.recording("b1" * 16)
    KeyStore(stage.home.keys).destroy("b1" * 16)
    stage.recording("b2" * 16)
    for path in (stage.home.spool / ("b2" * 16)).glob("*.seg"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(bytes(data))
    with stage.catalogue() as catalogue:
        catalogue.withdraw_consent(withdrawn, NOW)
    result = build(stage)
    assert result.recordings == (ONE,)
    reasons = {one.recording_id: one.reason for one in result.left_out}
    assert reasons == {
        ids["withdrawn"]: "consent-withdrawn",
        ids["short"]: "retention-over",
        ids["shared"]: "purpose-not-allowed",
        "ee" * 16: "no-actions",
        "b1" * 16: "no-key",
        "b2" * 16: "tampered",
    }
    assert all(one.words for one in result.left_out)
    with stage.catalogue() as catalogue:
        events = [event for event in catalogue.events("b2" * 16) if event.action == "recording-left-out"]
        assert [event.reason for event in events] == ["tampered"]
    assert build(stage, purpose="train-shared-agent").recordings == (ids["shared"],)


def test_a_recording_of_a_recorder_that_died_is_built_and_noted(stage: SimpleNamespace) -> None:
    stage.put(stage.made.make_recording(ONE), close=False)
    assert build(stage).recordings == (ONE,)
    with stage.catalogue() as catalogue:
        assert catalogue.recording(ONE).state == "interrupted"


def test_a_recording_under_way_is_left_out(stage: SimpleNamespace) -> None:
    stage.recording(ONE)
    stage.put(stage.made.make_recording(TWO), close=False, started_at="2026-01-03T09:00:00+00:00")
    with RecorderLock(stage.home.spool):
        result = build(stage)
    assert result.recordings == (ONE,)
    assert [(one.recording_id, one.reason) for one in result.left_out] == [(TWO, "still-recording")]


def test_recordings_are_named_by_the_beginning_of_their_ids(stage: SimpleNamespace) -> None:
    stage.recording(ONE)
    stage.recording(TWO)
    assert build(stage, recordings=["A2"]).recordings == (TWO,)
    with pytest.raises(BuildError, match='"a" names 2 recordings'):
        build(stage, recordings=["a"])
    with pytest.raises(BuildError, match='"ff" names no recording'):
        build(stage, recordings=["ff"])


def test_nothing_to_build_is_one_line_and_leaves_nothing(stage: SimpleNamespace) -> None:
    with pytest.raises(BuildError, match="nothing is recorded yet"):
        build(stage)
    stage.put(stage.made.empty_recording())
    with pytest.raises(BuildError, match="1 left out: nothing was done in it"):
        build(stage)
    with pytest.raises(BuildError, match="name"):
        build(stage, "")
    with stage.catalogue() as catalogue:
        assert catalogue.versions() == []
    assert [path for path in stage.home.datasets.rglob("*") if path.is_file()] == []


class WithdrawsWhileBuilding:
    """An executor in whose time somebody changes their mind."""

    def __init__(self, stage: SimpleNamespace, consent_id: str) -> None:
        self._stage, self._consent_id = stage, consent_id

    def run(self, jobs: Iterable[Job], work: Callable[[Job], Outcome]) -> Iterator[Outcome]:
        outcomes = [work(job) for job in jobs]
        with self._stage.catalogue() as catalogue:
            catalogue.withdraw_consent(self._consent_id, NOW)
        return iter(reversed(outcomes))


def test_a_consent_withdrawn_while_building_takes_its_part_out(stage: SimpleNamespace) -> None:
    stage.recording(ONE)
    stage.recording(TWO)
    stage.recording(THREE, consent_id=stage.consent("c1" * 16))
    result = build(stage, executor=WithdrawsWhileBuilding(stage, "c1" * 16))
    assert result.recordings == (ONE, TWO), "in the order of recordings, whatever the executor's"
    assert [(one.recording_id, one.reason) for one in result.left_out] == [(THREE, "consent-withdrawn")]
    dataset = open_dataset(stage.home, "orders")
    named = {file.name for part in dataset.manifest.parts for file in part.files}
    assert {path.name for path in result.folder.iterdir()} == named | {"manifest.json", "README.md"}
    dataset.verify()


class Dies:
    """An executor that fails as a full disk would, after one part."""

    def run(self, jobs: Iterable[Job], work: Callable[[Job], Outcome]) -> Iterator[Outcome]:
        yield work(next(iter(jobs)))
        raise OSError(28, "No space left on device")


def test_a_build_that_fails_leaves_no_version_and_the_next_one_works(stage: SimpleNamespace) -> None:
    stage.recording(ONE)
    with pytest.raises(OSError, match="No space"):
        build(stage, executor=Dies())
    with pytest.raises(NotInCatalogue):
        open_dataset(stage.home, "orders")
    result = build(stage)
    orphan = result.folder.with_name("0f" * 16)
    orphan.mkdir()
    (orphan / "x.parquet").write_bytes(b"left by a build that was killed")
    assert build(stage).version.number == 2
    assert not orphan.exists()
    assert result.folder.exists()


def test_opening_needs_a_grant_in_force(stage: SimpleNamespace) -> None:
    stage.recording(ONE, consent_id=stage.consent("c1" * 16, profile="workplace"))
    result = build(stage)
    assert not result.granted
    with pytest.raises(NoGrant, match="not granted to you: only own-work"):
        open_dataset(stage.home, "orders")
    from understudy.build.grants import grant_self

    with stage.catalogue() as catalogue:
        grant_self(catalogue, result.version, stage.identity, until="2026-03-01T00:00:00+00:00")
    assert list(open_dataset(stage.home, "orders", clock=lambda: NOW).episodes())
    with pytest.raises(NoGrant, match="ended on 2026-03-01"):
        open_dataset(stage.home, "orders", clock=lambda: "2026-03-02T00:00:00+00:00")
    with stage.catalogue() as catalogue:
        grant = catalogue.grants(result.version.id)[0]
        catalogue.revoke_grant(grant.id)
    with pytest.raises(NoGrant, match="revoked"):
        open_dataset(stage.home, "orders", clock=lambda: NOW)


def test_unknown_names_say_what_there_is(stage: SimpleNamespace) -> None:
    with pytest.raises(NotInCatalogue, match="none was built yet"):
        open_dataset(stage.home, "orders")
    stage.recording(ONE)
    build(stage)
    with pytest.raises(NotInCatalogue, match='no dataset "order"; there are orders'):
        open_dataset(stage.home, "order")
    with pytest.raises(NotInCatalogue, match="no version 7; its newest is 1"):
        open_dataset(stage.home, "orders", version=7)
