"""Models on disk: a folder with a manifest, the weights, the curves. Nothing in it is run when it is read."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import msgspec
import torch

from understudy import __version__
from understudy.learn.encode import Operation
from understudy.learn.model import Pointer
from understudy.learn.policy import LearntPolicy
from understudy.learn.settings import TrainingSettings
from understudy.learn.train import Trained

FORMAT = 2
"""2: each element is told what stands beside it, and pages are looked at unscrolled."""
MANIFEST, WEIGHTS, CURVES, STATE = "manifest.json", "weights.pt", "curves.json", "training.pt"


class NotAModel(Exception):
    """The folder holds no model that this version reads; the message says why and what to do."""


class DatasetOfModel(msgspec.Struct, frozen=True, kw_only=True):
    """Which dataset version a model learnt from: random ids, the number of the version, its manifest's hash."""

    dataset: str = ""
    version: str = ""
    number: int = 0
    manifest_sha256: str = ""


class ModelManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is made of. `recordings` are the dataset's pseudonyms of those that it learnt from, so that an
    erasure finds it. `seconds` is how long the training took; `lessons` how many looks were taught."""

    format: int
    product_version: str
    dataset: DatasetOfModel
    settings: TrainingSettings
    operations: tuple[Operation, ...]
    vocabulary: tuple[str, ...]
    recordings: tuple[str, ...]
    episodes: int
    lessons: int
    steps: int
    seconds: float
    finished: bool


def save(trained: Trained, folder: Path, dataset: DatasetOfModel) -> ModelManifest:
    """Write the model into `folder`, its manifest last; what was there of an older one is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = ModelManifest(
        format=FORMAT,
        product_version=__version__,
        dataset=dataset,
        settings=trained.settings,
        operations=trained.curriculum.operations,
        vocabulary=trained.curriculum.vocabulary,
        recordings=trained.curriculum.recordings,
        episodes=trained.curriculum.episodes,
        lessons=len(trained.curriculum.samples),
        steps=trained.curves[-1].step if trained.curves else 0,
        seconds=round(trained.seconds, 1),
        finished=trained.finished,
    )
    state = {name: value.detach().cpu() for name, value in trained.network.state_dict().items()}
    _replace(folder / WEIGHTS, lambda path: torch.save(state, path))
    curves = json.dumps([msgspec.structs.asdict(each) for each in trained.curves])
    _replace(folder / CURVES, lambda path: path.write_text(curves + "\n"))
    told = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    _replace(folder / MANIFEST, lambda path: path.write_bytes(told + b"\n"))
    return manifest


def manifest_of(folder: Path) -> ModelManifest:
    """The manifest of the model in `folder`. Raises NotAModel."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=ModelManifest)
    except FileNotFoundError:
        raise NotAModel(f"{folder}: no model is there ({MANIFEST} is missing); understudy train makes one") from None
    except (msgspec.DecodeError, msgspec.ValidationError, NotADirectoryError) as error:
        raise NotAModel(f"{folder / MANIFEST}: no manifest of a model: {error}") from None


def load(folder: Path | str, *, device: str = "cpu") -> LearntPolicy:
    """The policy in `folder`. Raises NotAModel for what isn't one, or one of another format."""
    folder = Path(folder)
    manifest = manifest_of(folder)
    if manifest.format > FORMAT:
        raise NotAModel(f"{folder}: format {manifest.format}; this version reads up to {FORMAT}: update Understudy")
    if manifest.format < FORMAT:
        raise NotAModel(f"{folder}: format {manifest.format}, of an older version of Understudy: train it again")
    network = Pointer(len(manifest.operations), len(manifest.vocabulary), manifest.settings.sizes)
    try:
        state = torch.load(folder / WEIGHTS, map_location=device, weights_only=True)
        network.load_state_dict(state)
    except FileNotFoundError:
        raise NotAModel(f"{folder}: {WEIGHTS} is missing; train it again") from None
    except (RuntimeError, OSError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise NotAModel(f"{folder / WEIGHTS}: damaged, or of another network: {str(error)[:200]}") from None
    return LearntPolicy(network.to(device), manifest.operations, manifest.vocabulary)


def save_state(folder: Path, state: dict[str, Any], key: str) -> None:
    """Keep how far a training is, to go on from; `key` says for what (see `load_state`)."""
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / STATE, lambda path: torch.save({"format": FORMAT, "key": key, **state}, path))


def load_state(folder: Path, key: str) -> dict[str, Any] | None:
    """How far a training with the same `key` (dataset, settings) came; None when none is there. Raises NotAModel for
    one of another key: going on would mix two trainings."""
    try:
        state: dict[str, Any] = torch.load(folder / STATE, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        return None
    except (RuntimeError, OSError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise NotAModel(f"{folder / STATE}: damaged ({str(error)[:100]}); train without --resume") from None
    if state.pop("format", None) != FORMAT:
        raise NotAModel(f"{folder}: stopped in another version of Understudy; train without --resume")
    if state.pop("key", None) != key:
        raise NotAModel(f"{folder}: stopped with another dataset or other settings; train without --resume")
    return state


def drop_state(folder: Path) -> None:
    """A finished training is not gone on with."""
    (folder / STATE).unlink(missing_ok=True)


def _replace(path: Path, write: Any) -> None:  # noqa: ANN401
    """Under a temporary name first, so that a reader finds the old file or the new one."""
    temporary = path.with_name(path.name + ".tmp")
    write(temporary)
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
