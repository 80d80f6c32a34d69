"""Files that version 1 once wrote are read by every version that follows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from understudy.records.kept import STREAMS
from understudy.records.recording import RecordingInfo
from understudy.seal.keys import dataset_key, unwrap
from understudy.seal.passphrase import unlock
from understudy.seal.streams import RECORD_TYPES
from understudy.spool.reader import read_recording, verify_recording

FOLDER = Path(__file__).parents[1] / "golden" / "seal" / "v1"
RECORDING_ID = "00112233445566778899aabbccddeeff"


@pytest.fixture(scope="module")
def twin() -> dict[str, Any]:
    return json.loads((FOLDER / "twin.json").read_text())


@pytest.fixture(scope="module")
def keys(twin: dict[str, Any]) -> dict[str, bytes]:
    return {name: bytes.fromhex(value) for name, value in twin["keys"].items() if name != "passphrase"}


def test_the_golden_recording_reads_as_its_twin(twin: dict[str, Any], keys: dict[str, bytes]) -> None:
    recording = read_recording(
        FOLDER / RECORDING_ID, keys["recording_private"], device_public_key=keys["device_public"]
    )
    assert recording.info == msgspec.convert(twin["info"], RecordingInfo)
    for stream in STREAMS:
        expected = msgspec.convert(twin["streams"].get(stream, []), tuple[RECORD_TYPES[stream], ...])
        assert getattr(recording, stream) == expected, stream


def test_the_golden_recording_is_whole(keys: dict[str, bytes]) -> None:
    for private_key in (None, keys["recording_private"]):
        result = verify_recording(
            FOLDER / RECORDING_ID, device_public_key=keys["device_public"], private_key=private_key
        )
        assert result.verdict == "whole"


def test_the_golden_keys_open(twin: dict[str, Any], keys: dict[str, bytes]) -> None:
    contributor = keys["contributor_private"]
    private = unwrap((FOLDER / "wrap.rec").read_bytes(), "recording", RECORDING_ID, contributor)
    assert private == keys["recording_private"] and dataset_key(private) == keys["dataset"]
    assert unwrap((FOLDER / "wrap.set").read_bytes(), "dataset", RECORDING_ID, contributor) == keys["dataset"]
    assert unlock((FOLDER / "locked.key").read_bytes(), twin["keys"]["passphrase"]) == contributor
