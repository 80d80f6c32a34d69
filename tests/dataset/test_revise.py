from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import understudy.dataset
from understudy.dataset import NotADataset
from understudy.dataset.files import Sink
from understudy.dataset.revise import revise


def test_an_erasure_revision_leaves_the_others_whole(sealed: SimpleNamespace) -> None:
    one, two = sealed.keys
    path = sealed.folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "from_the_future": {"kept": True}}))
    before = {file.name for file in sealed.manifest.parts[0].files}
    revision, sha256 = revise(sealed.folder, {one}, "asked")
    assert revision == 2
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    fields = json.loads(path.read_text())
    assert fields["from_the_future"] == {"kept": True}
    assert fields["erasures"] == [{"revision": 2, "parts": 1, "reason": "asked"}]
    assert one not in path.read_text()
    assert not before & {file.name for file in sealed.folder.iterdir()}
    dataset = understudy.dataset.open(sealed.folder, {two: sealed.keys[two]})
    dataset.verify()
    assert len(list(dataset.episodes())) == 1
    assert "asked" in (sealed.folder / "README.md").read_text()


def test_done_again_it_finishes_what_was_left(sealed: SimpleNamespace) -> None:
    one, _ = sealed.keys
    leftover = sealed.folder / sealed.manifest.parts[0].files[0].name
    saved = leftover.read_bytes()
    first = revise(sealed.folder, {one}, "asked")
    leftover.write_bytes(saved)
    (sealed.folder / "README.md").unlink()
    assert revise(sealed.folder, {one}, "asked") == first
    assert not leftover.exists()
    assert (sealed.folder / "README.md").exists()


def test_an_unfinished_version_has_nothing_to_revise(sealed: SimpleNamespace) -> None:
    (sealed.folder / "manifest.json").unlink()
    with pytest.raises(NotADataset):
        revise(sealed.folder, {"01" * 16}, "asked")


def test_a_sink_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Sink(tmp_path / "x") as sink:
        sink.write(b"abc")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
