"""Imported demonstrations as steps, by the ordinary way (guard, reduce, ground, segment), and where real data lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from understudy.cli.importing import guarded
from understudy.importers.imported import Imported
from understudy.pipeline.ground import ground
from understudy.pipeline.reduce import reduce
from understudy.pipeline.segment import segment
from understudy.records.actions import Episode
from understudy.records.recording import Recording, RecordingInfo
from understudy.redact.guard import Guard
from understudy.redact.policy_file import preset, read_policy
from understudy.redact.scrub import Scrubber

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real people's data beside the checkout; tests skip where it isn't."""
    if not DATA.is_dir():
        pytest.skip(f"the data of real people is not beside the checkout ({DATA})")
    return DATA


def recording_of(demonstration: Imported) -> Recording:
    """What the guard keeps of a demonstration, as the pipeline takes it."""
    policy = read_policy(preset("imported"), source="imported.toml")
    kept = guarded(demonstration, Guard(policy, Scrubber(policy.scrub)))
    streams = {name: tuple(item.record for item in kept if item.stream == name) for name in Recording.__struct_fields__}
    del streams["info"]
    info = RecordingInfo(
        id="ab" * 16,
        contributor="c",
        consent_id="cd" * 16,
        profile="own-work",
        started_at="2026-01-02T03:04:05+00:00",
        start_ns=0,
        policy_sha256=policy.sha256,
        product_version="0",
        schema_version=1,
        task=demonstration.task,
    )
    return Recording(info=info, **streams)  # type: ignore[arg-type]


def episodes_of(demonstration: Imported) -> list[Episode]:
    """The episodes of a demonstration."""
    recording = recording_of(demonstration)
    return segment(recording, ground(recording, reduce(recording)))


@pytest.fixture
def episodes() -> Callable[[Imported], list[Episode]]:
    return episodes_of


@pytest.fixture
def recording() -> Callable[[Imported], Recording]:
    return recording_of
