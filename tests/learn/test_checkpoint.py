"""Models on disk."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from understudy.learn import checkpoint, curves
from understudy.learn.checkpoint import DatasetOfModel, NotAModel
from understudy.learn.model import Sizes
from understudy.learn.settings import TrainingSettings
from understudy.learn.train import Trained, train

SETTINGS = TrainingSettings(epochs=1, epoch_size=64, sizes=Sizes(width=16, heads=2, layers=1))
SOURCE = DatasetOfModel(dataset="d" * 32, version="e" * 32, number=3, manifest_sha256="f" * 64)


@pytest.fixture(scope="module")
def trained(made_up: SimpleNamespace) -> Trained:
    return train(made_up.episodes(8, 1), SETTINGS, device="cpu")


@pytest.fixture
def folder(trained: Trained, tmp_path: Path) -> Path:
    checkpoint.save(trained, tmp_path / "model", SOURCE)
    return tmp_path / "model"


def test_a_model_comes_back(trained: Trained, folder: Path, made_up: SimpleNamespace) -> None:
    policy = checkpoint.load(folder)
    assert policy.operations == trained.curriculum.operations
    episode = made_up.episodes(2, 5)[1]
    turn = episode.turns[0]
    again = checkpoint.load(folder)
    assert policy.choose(episode.task, turn.observation, ()) == again.choose(episode.task, turn.observation, ())


def test_the_manifest_says_what_it_is_made_of(folder: Path) -> None:
    manifest = checkpoint.manifest_of(folder)
    assert manifest.dataset == SOURCE
    assert manifest.settings == SETTINGS
    assert manifest.recordings == tuple(f"r{nth:04d}" for nth in range(8))
    assert (manifest.episodes, manifest.steps, manifest.finished) == (8, 2, True)


def test_nothing_in_a_model_is_run(folder: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str, ...]]:
            return (exec, (f"open({str(tmp_path / 'sprung')!r}, 'w')",))

    (folder / checkpoint.WEIGHTS).write_bytes(pickle.dumps(Trap(), protocol=2))
    with pytest.raises(NotAModel, match="damaged"):
        checkpoint.load(folder)
    torch.save(Trap(), folder / checkpoint.WEIGHTS)
    with pytest.raises(NotAModel, match="damaged"):
        checkpoint.load(folder)
    assert not (tmp_path / "sprung").exists()


def test_what_is_no_model_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotAModel, match="no model is there"):
        checkpoint.load(tmp_path)
    told = json.loads((folder / checkpoint.MANIFEST).read_text())
    (folder / checkpoint.MANIFEST).write_text(json.dumps(told | {"format": checkpoint.FORMAT + 1}))
    with pytest.raises(NotAModel, match="update Understudy"):
        checkpoint.load(folder)
    (folder / checkpoint.MANIFEST).write_text(json.dumps(told | {"format": checkpoint.FORMAT - 1}))
    with pytest.raises(NotAModel, match="train it again"):
        checkpoint.load(folder)
    (folder / checkpoint.MANIFEST).write_text("{")
    with pytest.raises(NotAModel, match="no manifest"):
        checkpoint.load(folder)


def test_weights_that_are_missing_or_cut_short(folder: Path) -> None:
    data = (folder / checkpoint.WEIGHTS).read_bytes()
    (folder / checkpoint.WEIGHTS).write_bytes(data[: len(data) // 2])
    with pytest.raises(NotAModel, match="damaged"):
        checkpoint.load(folder)
    (folder / checkpoint.WEIGHTS).unlink()
    with pytest.raises(NotAModel, match="missing"):
        checkpoint.load(folder)


def test_a_stopped_training_belongs_to_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint.save_state(tmp_path, {"epoch": 2, "network": {"a": torch.ones(2)}}, "one")
    state = checkpoint.load_state(tmp_path, "one")
    assert state is not None and state["epoch"] == 2 and torch.equal(state["network"]["a"], torch.ones(2))
    with pytest.raises(NotAModel, match="another dataset"):
        checkpoint.load_state(tmp_path, "other")
    monkeypatch.setattr(checkpoint, "FORMAT", checkpoint.FORMAT + 1)
    with pytest.raises(NotAModel, match="another version"):
        checkpoint.load_state(tmp_path, "one")
    checkpoint.drop_state(tmp_path)
    assert checkpoint.load_state(tmp_path, "one") is None


def test_curves_are_drawn(trained: Trained, tmp_path: Path) -> None:
    curves.draw(trained.curves, tmp_path / curves.PICTURE)
    assert (tmp_path / curves.PICTURE).stat().st_size > 1000
    assert curves.spark([3, 2, 1]) == "█▅▁"
    assert curves.spark([]) == ""
