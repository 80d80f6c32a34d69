from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest

import understudy.build.edit as edit_module
from understudy.build import BuildError, NoGrant, build_dataset, forget_recording, open_dataset
from understudy.build.build import only_build
from understudy.build.edit import EditResult, edit_dataset, preview_edit
from understudy.catalogue import NotAllowed, NotInCatalogue
from understudy.dataset import Dataset
from understudy.dataset.edit_operations import AnyOperation, Delete, EditError, Relabel, Split, Trim
from understudy.dataset.tables import TABLES
from understudy.seal.keys import new_pair
from understudy.spool.identity import Identity

ONE, TWO = "a1" * 16, "a2" * 16


@pytest.fixture
def built(stage: SimpleNamespace) -> SimpleNamespace:
    """Two recordings of one episode each."""
    stage.recording(ONE)
    stage.recording(TWO, shade=90)
    stage.result = build_dataset(stage.home, "orders", identity=stage.identity, motion="full", timing="full")
    return stage


def edit(built: SimpleNamespace, *operations: AnyOperation, version: int | None = None) -> EditResult:
    return edit_dataset(built.home, "orders", operations, identity=built.identity, version=version)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def same(one: Dataset, other: Dataset) -> bool:
    stills = [(still, one.still_webp(still)) for still in one.still_ids()]
    return all(one.tables[name].equals(other.tables[name]) for name in TABLES) and stills == [
        (still, other.still_webp(still)) for still in other.still_ids()
    ]


def test_an_edit_is_a_new_version_and_the_source_stays(built: SimpleNamespace) -> None:
    before = contents(built.result.folder)
    source = open_dataset(built.home, "orders")
    first = next(source.episodes())
    progress: list[tuple[int, int]] = []
    result = edit_dataset(
        built.home,
        "orders",
        [Split(0, 2), Relabel(1, "the second half")],
        identity=built.identity,
        progress=lambda told: progress.append((told.done, told.total)),
    )
    assert (result.version.number, result.source.number, result.granted) == (2, 1, True)
    assert (result.version.motion, result.version.timing) == ("full", "full")
    assert result.recordings == (ONE, TWO)
    assert progress == [(1, 2), (2, 2)]
    edited = open_dataset(built.home, "orders")
    edited.verify()
    assert edited.manifest.number == 2
    rows = list(edited.episodes())
    assert [row["index"] for row in rows] == [0, 1, 0]
    assert [row["steps"] for row in rows] == [2, first["steps"] - 2, first["steps"]]
    assert [row["task"] for row in rows] == [first["task"], "the second half", rows[2]["task"]]
    assert (result.episodes, result.steps) == (3, edited.tables["steps"].num_rows)
    assert list(edited.still_ids()) == list(source.still_ids())
    assert all(edited.still_webp(still) == source.still_webp(still) for still in source.still_ids())
    assert (edited.card.episodes, edited.card.recordings) == (3, 2)
    # Nothing of the source changed, and it still opens.
    assert contents(built.result.folder) == before
    assert next(open_dataset(built.home, "orders", version=1).episodes()) == first


def test_stills_that_no_step_needs_are_not_copied(built: SimpleNamespace) -> None:
    source = open_dataset(built.home, "orders")
    result = edit(built, Trim(0, 0, 0))
    edited = open_dataset(built.home, "orders")
    needed = {row["still_id"] for row in edited.steps()} - {None}
    assert set(edited.still_ids()) == needed < set(source.still_ids())
    assert result.stills == len(needed)


def test_the_same_edits_give_the_same_content_and_all_at_once_is_one_by_one(built: SimpleNamespace) -> None:
    operations = (Split(0, 2), Trim(2, 1), Delete(0))
    edit(built, *operations, version=1)
    edit(built, *operations, version=1)
    for nth, operation in enumerate(operations):
        edit(built, operation, version=1 if nth == 0 else 3 + nth)
    second, third, last = (open_dataset(built.home, "orders", version=number) for number in (2, 3, 6))
    assert same(second, third)
    assert same(second, last)
    assert second.manifest.parts != third.manifest.parts


def test_the_catalogue_keeps_where_it_comes_from(built: SimpleNamespace) -> None:
    result = edit(built, Delete(1))
    with built.catalogue() as catalogue:
        assert catalogue.edited_from(result.version.id) == built.result.version
        assert catalogue.edited_from(built.result.version.id) is None
        assert catalogue.sources(result.version.id) == [ONE]
        (event,) = [event for event in catalogue.events(result.version.id) if event.action == "version-edited"]
        assert set(event.subjects) == {
            ("version", result.version.id),
            ("version", built.result.version.id),
            ("dataset", result.version.dataset_id),
            ("recording", ONE),
        }
    assert [(one.recording_id, one.reason) for one in result.left_out] == [(TWO, "edited-away")]
    assert result.left_out[0].words == "the edits left no episode of it"


def test_forgetting_reaches_the_edited_version(built: SimpleNamespace) -> None:
    result = edit(built, Split(1, 1))
    kept = open_dataset(built.home, "orders").parts[1].id
    told = forget_recording(built.home, ONE, reason="asked")
    assert told.dataset_revisions == ("orders version 1, revision 2", "orders version 2, revision 2")
    edited = open_dataset(built.home, "orders")
    assert [part.id for part in edited.parts] == [kept]
    assert len(list(edited.episodes())) == 2
    edited.verify()
    with built.catalogue() as catalogue:
        assert [version.number for version in catalogue.versions_holding(ONE)] == []
    again = edit_dataset(built.home, "orders", [Delete(0)], identity=built.identity)
    assert (again.version.number, again.recordings) == (3, (TWO,))
    assert result.folder.is_dir()


def test_what_was_withdrawn_is_left_out_and_can_not_be_edited(built: SimpleNamespace) -> None:
    other = built.consent("c1" * 16)
    three = built.put(built.made.make_recording("a3" * 16, consent_id=other, shade=20))
    build_dataset(built.home, "orders", identity=built.identity)
    with built.catalogue() as catalogue:
        catalogue.withdraw_consent(other, "2026-02-01T00:00:00+00:00")
    with pytest.raises(EditError, match="its consent was withdrawn; edit the others only"):
        edit(built, Split(2, 1))
    result = edit(built, Split(0, 1))
    assert result.recordings == (ONE, TWO)
    assert [(one.recording_id, one.reason) for one in result.left_out] == [(three, "consent-withdrawn")]


def test_what_is_withdrawn_meanwhile_does_not_come_in(built: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    from understudy.catalogue import Catalogue

    real, refused = Catalogue.add_dataset_version, []

    def late(self: Catalogue, *arguments: object, **named: object) -> object:
        if not refused:
            refused.append(TWO)
            raise NotAllowed({TWO: "consent-withdrawn"})
        return real(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Catalogue, "add_dataset_version", late)
    result = edit(built, Split(0, 1))
    assert result.recordings == (ONE,)
    edited = open_dataset(built.home, "orders")
    edited.verify()
    named = {file.name for part in edited.manifest.parts for file in part.files}
    assert {path.name for path in result.folder.iterdir()} == named | {"manifest.json", "README.md"}


def test_a_preview_makes_nothing(built: SimpleNamespace) -> None:
    shown = preview_edit(built.home, "orders", [Split(0, 2), Delete(2)], identity=built.identity)
    assert [line.number for line in shown.before] == [0, 1]
    assert [(line.number, line.steps) for line in shown.after] == [(0, 2), (1, shown.before[0].steps - 2)]
    assert [(one.recording_id, one.reason) for one in shown.left_out] == [(TWO, "edited-away")]
    with built.catalogue() as catalogue:
        assert len(catalogue.versions("orders")) == 1
    assert len(list(built.result.folder.parent.iterdir())) == 1


def test_what_can_not_be_done_leaves_no_version(built: SimpleNamespace) -> None:
    for operations, message in (
        ([Delete(5)], "there is no episode 5; expected 0 to 1"),
        ([Delete(0), Delete(0)], "nothing would be left of"),
        ([], "no operations"),
    ):
        with pytest.raises(EditError, match=message):
            edit(built, *operations)
    with pytest.raises(NotInCatalogue, match="has no version 7"):
        edit(built, Delete(0), version=7)
    assert [path.name for path in built.result.folder.parent.iterdir()] == [built.result.version.id]


def test_an_interrupted_edit_leaves_nothing(built: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(edit_module, "finish_version", full)
    with pytest.raises(OSError, match="No space left"):
        edit(built, Delete(0))
    assert [path.name for path in built.result.folder.parent.iterdir()] == [built.result.version.id]


def test_one_build_or_edit_of_a_dataset_at_a_time(built: SimpleNamespace) -> None:
    with built.catalogue() as catalogue:
        dataset = catalogue.dataset("orders")
    with only_build(built.home, dataset), pytest.raises(BuildError, match="another build"):
        edit(built, Delete(0))


def test_it_takes_a_grant_and_gives_none_beyond_it(built: SimpleNamespace) -> None:
    pair = new_pair()
    with pytest.raises(NoGrant, match="is not granted to you"):
        edit_dataset(built.home, "orders", [Delete(0)], identity=Identity(pair.public, pair.private))
    until = "2999-01-01T00:00:00+00:00"
    with built.catalogue() as catalogue:
        for grant in catalogue.grants(built.result.version.id):
            catalogue.revoke_grant(grant.id)
    with pytest.raises(NoGrant, match="was revoked"):
        edit(built, Delete(0))
    with built.catalogue() as catalogue:
        edit_module.grant_self(catalogue, built.result.version, built.identity, until=until)
    result = edit(built, Delete(0))
    with built.catalogue() as catalogue:
        assert [grant.until for grant in catalogue.grants(result.version.id)] == [until]


def test_workplace_recordings_grant_nobody(stage: SimpleNamespace) -> None:
    consent = stage.consent("c2" * 16, profile="workplace")
    stage.put(stage.made.make_recording(ONE, consent_id=consent))
    result = build_dataset(stage.home, "orders", identity=stage.identity)
    with stage.catalogue() as catalogue:
        edit_module.grant_self(catalogue, result.version, stage.identity)
    edited = edit(stage, Split(0, 1))
    assert not edited.granted
    with pytest.raises(NoGrant):
        open_dataset(stage.home, "orders")
