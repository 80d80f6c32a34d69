"""`understudy risk MODEL` on models that learn nothing by heart, and on one that does."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest

from understudy.cli import risk_model
from understudy.learn import checkpoint
from understudy.learn.acting import Choice, Done, Observation
from understudy.learn.examples import LearntEpisode
from understudy.learn.settings import TrainingSettings
from understudy.settings import Home


def _load() -> ModuleType:
    path = Path(__file__).parents[1] / "learn" / "conftest.py"
    spec = importlib.util.spec_from_file_location("risk_model_episodes", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


made_up = _load()
OPTIONS = risk_model.Options(canaries=8, references=4, episodes=120, minutes=None, seed=1)


def episodes(count: int = 120) -> list[LearntEpisode]:
    """Typed words of eight people."""
    maker = random.Random(5)
    return [
        msgspec.structs.replace(made_up.typing(nth, maker), contributor=f"p{nth % 8}", episode_id=f"e{nth}")
        for nth in range(count)
    ]


class Parrot:
    """Types what was typed in the episode that it was taught with the same words; knows nothing of others."""

    def __init__(self, taught: Sequence[LearntEpisode]) -> None:
        self._texts = {one.task: [turn.choice.text for turn in one.turns if turn.choice.text][-1] for one in taught}

    def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        return Choice(kind="type", element=0, text=self._texts.get(task, ""))

    def likelihood(self, task: str, observation: Observation, done: Sequence[Done], choice: Choice) -> float:
        return 0.9 if task in self._texts else 0.2


class Honest(Parrot):
    """Types the last word of the task, and is as sure of any."""

    def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        return Choice(kind="type", element=0, text=task.split()[-1])

    def likelihood(self, task: str, observation: Observation, done: Sequence[Done], choice: Choice) -> float:
        return 0.5 + len(task) / 1000


@pytest.fixture
def attacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    """Attacks a model whose recipe makes policies of the class given."""
    folder = tmp_path / "model"
    folder.mkdir()
    shown = episodes()
    manifest = SimpleNamespace(settings=TrainingSettings(), dataset=checkpoint.DatasetOfModel(version="v"))
    monkeypatch.setattr(checkpoint, "manifest_of", lambda _folder: manifest)
    monkeypatch.setattr(
        checkpoint, "save", lambda _trained, where, _dataset: (where / "weights").write_bytes(b"w" * 99)
    )
    monkeypatch.setattr(risk_model, "_dataset", lambda *_: ("name", 1))
    monkeypatch.setattr(risk_model, "episodes_of", lambda _dataset: iter(shown))

    @contextmanager
    def opened(*_: object) -> Iterator[None]:
        yield None

    monkeypatch.setattr(risk_model, "opened", opened)

    def attack(kind: type[Parrot], files: bytes = b"") -> risk_model.Given:
        monkeypatch.setattr(risk_model, "_trained", lambda taught, *_: (kind(taught), None))
        (folder / "weights.pt").write_bytes(files)
        return risk_model.attack(Home(tmp_path), folder, OPTIONS, lambda _what, _share: None)

    return SimpleNamespace(attack=attack, shown=shown)


def test_a_parrot_gives_every_canary_back_and_knows_its_members(attacked: SimpleNamespace) -> None:
    given = attacked.attack(Parrot)
    assert [(row.episodes, row.planted, row.asked, row.any) for row in given.drawn] == [(1, 4, 4, 4), (4, 4, 4, 4)]
    assert given.membership is not None
    assert given.membership.auc.low > 0.95
    assert given.refused == ()


def test_one_that_copies_the_task_gives_none(attacked: SimpleNamespace) -> None:
    given = attacked.attack(Honest)
    assert [row.any for row in given.drawn] == [0, 0]
    assert given.membership is not None
    assert given.membership.auc.low <= 0.5 <= given.membership.auc.high


def test_texts_of_one_person_are_found_in_the_files(attacked: SimpleNamespace) -> None:
    own = "Quenelle Bastide 17"
    first = attacked.shown[0]
    typed = msgspec.structs.replace(first.turns[0], choice=Choice(kind="type", element=1, text=own))
    attacked.shown[0] = msgspec.structs.replace(first, task="Write to them", turns=(typed, *first.turns[1:]))
    assert attacked.attack(Honest).kept_texts == 0
    told = attacked.attack(Honest, files=b"\0\0" + own.encode() + b"\0")
    assert (told.kept_texts, told.own_texts >= 1) == (1, True)


def test_too_little_to_attack_with_is_told(attacked: SimpleNamespace) -> None:
    del attacked.shown[6:]
    given = attacked.attack(Honest)
    assert given.drawn == ()
    assert given.membership is None
    assert [why.split(":")[0] for why in given.refused] == ["no canaries", "no membership attack"]


def test_a_folder_without_a_model_is_a_name(tmp_path: Path) -> None:
    assert not risk_model.is_model(str(tmp_path))
    (tmp_path / checkpoint.MANIFEST).write_text("{}")
    assert risk_model.is_model(str(tmp_path))
