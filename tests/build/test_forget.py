from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

import understudy.build.forget as forget_module
from understudy.build import StillRecording, build_dataset, forget_recording, open_dataset
from understudy.build.opening import open_version
from understudy.dataset import DamagedPart, NoKey
from understudy.dataset.sealing import part_key
from understudy.spool.keystore import KeyGone, KeyStore
from understudy.spool.lock import RecorderLock

ONE, TWO = "a1" * 16, "a2" * 16


@pytest.fixture
def built(stage: SimpleNamespace) -> SimpleNamespace:
    stage.recording(ONE)
    stage.recording(TWO, shade=90)
    stage.result = build_dataset(stage.home, "orders", identity=stage.identity)
    build_dataset(stage.home, "alone", identity=stage.identity, recordings=[TWO])
    return stage


def test_forgetting_takes_the_recording_out_of_everything(built: SimpleNamespace, tmp_path: Path) -> None:
    before = open_dataset(built.home, "orders")
    forgotten, kept = [row["recording_id"] for row in before.episodes()]
    stills = [still for still in before.still_ids() if still.startswith(kept)]
    files = {file.name for file in before.manifest.parts[0].files}
    copy = shutil.copytree(built.home.root, tmp_path / "copy")
    result = forget_recording(built.home, ONE, reason="asked")
    assert result.dataset_revisions == ("orders version 1, revision 2",)
    assert not (built.home.spool / ONE).exists()
    assert not (built.home.keys / ONE).exists()
    after = open_dataset(built.home, "orders")
    assert [row["recording_id"] for row in after.episodes()] == [kept]
    assert list(after.still_ids()) == stills
    after.verify()
    assert after.manifest.revision == 2
    assert not files & {path.name for path in built.result.folder.iterdir()}
    assert len(list(open_dataset(built.home, "alone").episodes())) == 1
    assert forgotten not in (built.result.folder / "manifest.json").read_text()
    with built.catalogue() as catalogue:
        assert catalogue.recording(ONE).state == "forgotten"
        assert catalogue.erasures(pending=True) == []
        assert catalogue.version(built.result.version.id).revision == 2
        assert "version-revised" in [event.action for event in catalogue.events(built.result.version.id)]

    # Even a copy of the old folder with the key store as it is now: the others open, the forgotten one never.
    old = copy / built.result.folder.relative_to(built.home.root)
    store = KeyStore(built.home.keys)
    recordings = dict(zip([part.id for part in before.manifest.parts], (ONE, TWO), strict=True))

    def keys(part_id: str) -> bytes:
        key = store.dataset_key(recordings[part_id], built.identity)
        return part_key(key, built.result.version.id)

    with pytest.raises(NoKey):
        open_version(old, keys)
    opened = open_version(old, keys, allow_missing=True)
    assert [row["recording_id"] for row in opened.episodes()] == [kept]
    with pytest.raises(KeyGone):
        store.dataset_key(ONE, built.identity)


def test_forgetting_twice_or_something_unknown_is_harmless(built: SimpleNamespace) -> None:
    forget_recording(built.home, ONE, reason="asked")
    assert forget_recording(built.home, ONE, reason="asked").dataset_revisions == ()
    assert forget_recording(built.home, "0e" * 16, reason="asked").dataset_revisions == ()
    assert open_dataset(built.home, "orders").manifest.revision == 2
    assert forget_recording(built.home, TWO, reason="asked").dataset_revisions == (
        "alone version 1, revision 2",
        "orders version 1, revision 3",
    )
    assert list(open_dataset(built.home, "orders").episodes()) == []
    assert open_dataset(built.home, "orders").card.recordings == 0


@pytest.mark.parametrize("step", ["forget_bytes", "revise", "_revise_version"])
def test_an_interrupted_erasure_is_finished_by_the_next_opening(
    built: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(forget_module, step, interrupted)
        with pytest.raises(KeyboardInterrupt):
            forget_recording(built.home, ONE, reason="asked")
    with pytest.raises(KeyGone):
        KeyStore(built.home.keys).unwrap(ONE, built.identity)
    dataset = open_dataset(built.home, "orders")
    assert len(list(dataset.episodes())) == 1
    assert not (built.home.spool / ONE).exists()
    with built.catalogue() as catalogue:
        assert catalogue.recording(ONE).state == "forgotten"
        assert catalogue.version(built.result.version.id).revision == 2


def test_a_cut_between_manifest_and_catalogue_heals(built: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    from understudy.catalogue import Catalogue

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Catalogue, "revise_version", interrupted)
        with pytest.raises(KeyboardInterrupt):
            forget_recording(built.home, ONE, reason="asked")
    assert open_dataset(built.home, "orders").manifest.revision == 2


def test_what_is_being_recorded_can_not_be_forgotten(stage: SimpleNamespace) -> None:
    stage.put(stage.made.make_recording(ONE), close=False)
    with RecorderLock(stage.home.spool), pytest.raises(StillRecording, match="stop it first"):
        forget_recording(stage.home, ONE, reason="asked")
    forget_recording(stage.home, ONE, reason="asked")
    assert not (stage.home.spool / ONE).exists()


def test_a_forgotten_recording_is_built_no_more(built: SimpleNamespace) -> None:
    forget_recording(built.home, ONE, reason="asked")
    result = build_dataset(built.home, "orders", identity=built.identity, recordings=[ONE, TWO])
    assert result.recordings == (TWO,)
    assert [(one.recording_id, one.reason) for one in result.left_out] == [(ONE, "forgotten")]


def test_a_version_whose_folder_was_removed_does_not_block_forgetting(built: SimpleNamespace) -> None:
    shutil.rmtree(built.result.folder)
    forget_recording(built.home, ONE, reason="asked")
    with built.catalogue() as catalogue:
        assert catalogue.recording(ONE).state == "forgotten"
        assert catalogue.versions_holding(ONE) == []


def test_a_manifest_that_the_catalogue_does_not_know_is_refused(built: SimpleNamespace) -> None:
    path = built.result.folder / "manifest.json"
    path.write_text(path.read_text().replace('"revision": 1', '"revision": 9'))
    with pytest.raises(DamagedPart, match=r"manifest\.json: not the manifest"):
        open_dataset(built.home, "orders")
