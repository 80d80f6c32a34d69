"""`understudy train`, run as a person runs it."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from understudy.cli.app import run
from understudy.learn import checkpoint
from understudy.settings import Home


def _load(relative: str) -> ModuleType:
    path = Path(__file__).parents[1] / relative
    spec = importlib.util.spec_from_file_location(f"cli_train_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


pages = _load("importers/pages.py")

PERSON = "3TPZPLC3M1672Y0OHFHMWBH11DT3PK"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the dataset "forms": two demonstrations of filling in a form, and one that failed."""
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("train")
    folder = root / "source" / "fill-form"
    folder.mkdir(parents=True)
    for index in range(3):
        page = pages.Pages()
        page.click(3, 30, 70)
        page.type(3, f"anna {index}")
        page.click(7, 20, 140)
        (folder / f"fill-form_{PERSON}_d{index}.json").write_bytes(page.json(reward=1 if index < 2 else -1))
    home = Home(root / "home")
    for line in (["import", "miniwob", str(folder), "--identity", "none"], ["build", "forms", "--no-second-pass"]):
        assert run(["--home", str(home.root), *line]) == 0
    return home


def train(home: Home, out: Path, *more: str) -> int:
    return run(["--home", str(home.root), "train", "forms", "--out", str(out), *more])


def test_a_dataset_becomes_a_model(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "model"
    assert train(home, out, "--minutes", "0.03", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["episodes"], told["recordings"], told["finished"]) == (2, 2, True)
    manifest = checkpoint.manifest_of(out)
    assert manifest.dataset.number == 1 and len(manifest.dataset.manifest_sha256) == 64
    assert ("type",) in manifest.operations
    assert sorted(path.name for path in out.iterdir()) == ["curves.json", "curves.png", "manifest.json", "weights.pt"]
    # Nothing that somebody typed once is in the model's own words.
    assert b"anna" not in (out / "manifest.json").read_bytes()
    policy = checkpoint.load(out)
    assert policy.operations == manifest.operations


def test_in_words(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(home, tmp_path / "model", "--minutes", "0.03") == 0
    told = capsys.readouterr().out
    assert "actions of 2 episodes" in told
    assert "loss" in told and "right" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--task", "other"], 'nothing was done on "other" in this dataset; there are fill-form'),
        (["--corrections", "no"], "--corrections is drop, weight or keep"),
        (["--resume"], "nothing was stopped there"),
        (["--version", "9"], "no version 9"),
    ],
)
def test_wrong_use_is_one_line(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert train(home, tmp_path / "model", *arguments) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "model").exists()
