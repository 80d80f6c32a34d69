"""One sealed version with two parts of a made-up recording each."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from understudy.dataset.flatten import Levels, still_id, tables_of
from understudy.dataset.manifest import Manifest, Notice
from understudy.dataset.sealing import part_key, pseudonym
from understudy.dataset.writer import finish_version, write_part
from understudy.records.actions import Action, Episode, Step
from understudy.records.recording import Recording

VERSION_ID = "f0" * 16
PARTS = ("01" * 16, "02" * 16)
DATASET_KEYS = {PARTS[0]: bytes(range(32)), PARTS[1]: bytes(range(1, 33))}


def load_fabricated() -> ModuleType:
    path = Path(__file__).with_name("fabricated.py")
    spec = importlib.util.spec_from_file_location("fabricated_recordings", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def fabricated() -> ModuleType:
    return load_fabricated()


def steps_of(recording: Recording, fabricated: ModuleType) -> tuple[Episode, ...]:
    """What the pipeline would make of the recording, written by hand: a click, typed text, a drag, a wait."""
    ms = fabricated.ms
    element = recording.element[0].element
    actions = (
        Action(kind="click", start_ns=ms(700), end_ns=ms(787), x=50, y=40, button="left", pointer_seqs=(16, 17)),
        Action(
            kind="type", start_ns=ms(2000), end_ns=recording.keys[-1].time_ns, text=recording.text[0].text,
            text_level="text", key_seqs=tuple(key.seq for key in recording.keys), text_seqs=(0,),
        ),
        Action(kind="wait", start_ns=ms(4000), end_ns=ms(6000)),
        Action(
            kind="drag", start_ns=ms(6000), end_ns=ms(6400), x=20, y=120, to_x=130, to_y=130, button="left",
            path=((ms(6000), 20, 120), (ms(6400), 130, 130)),
        ),
    )  # fmt: skip
    frames = (0, 1, 1, 2)
    steps = tuple(
        Step(
            index=index, action=action, frame_seq=frame, frame_age_ms=12.345 * index, app="Chromium",
            target=element if action.kind == "click" else None, window_title=recording.window[0].windows[1].title,
            target_confidence="rested" if action.kind == "click" else "none", url=recording.window[0].windows[1].url,
            tree_seq=0 if action.kind == "click" else None,
        )
        for index, (action, frame) in enumerate(zip(actions, frames, strict=True))
    )  # fmt: skip
    return (Episode(index=0, task=recording.info.task, start_ns=ms(700), end_ns=ms(6400), steps=steps, cause="end"),)


def seal_version(folder: Path, fabricated: ModuleType, levels: Levels) -> SimpleNamespace:
    folder.mkdir(parents=True)
    consent = fabricated.make_consent()
    notice = Notice(version="1", language="en", sha256=consent.notice_sha256)
    keys = {part: part_key(key, VERSION_ID) for part, key in DATASET_KEYS.items()}
    parts = []
    for shade, part_id in enumerate(PARTS):
        recording = fabricated.make_recording(shade=40 + shade)
        name = pseudonym(DATASET_KEYS[part_id])
        stills = [(still_id(name, seq), fabricated.picture(40 + shade + seq)) for seq in (0, 1, 2)]
        tables = tables_of(recording, steps_of(recording, fabricated), pseudonym=name, consent=consent, levels=levels)
        parts.append(write_part(folder, part_id, keys[part_id], notice=notice, tables=tables, stills=stills))
    manifest = Manifest(
        format=1, dataset="d0" * 16, version=VERSION_ID, number=1, revision=1, product_version="0.1.0",
        purpose="train-own-agent", motion=levels.motion, timing=levels.timing, demo=False, parts=tuple(parts),
    )  # fmt: skip
    finish_version(folder, manifest)
    return SimpleNamespace(folder=folder, keys=keys, manifest=manifest, recording=recording, planted=fabricated.PLANTED)


@pytest.fixture
def sealed(tmp_path: Path, fabricated: ModuleType) -> SimpleNamespace:
    return seal_version(tmp_path / "version", fabricated, Levels())


@pytest.fixture
def seal_at(tmp_path: Path, fabricated: ModuleType) -> Callable[..., SimpleNamespace]:
    """Seals another version: `seal_at("name", Levels(...))`."""
    return lambda name, levels=Levels(): seal_version(tmp_path / name, fabricated, levels)  # noqa: B008
