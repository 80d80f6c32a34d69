"""Makes the golden files of the format's version in force, once: `python tests/seal/make_golden.py`.

Sealing draws fresh random keys, so these files can't be made again byte for byte; it refuses to replace them. A new
version of the format gets a folder of its own beside the old ones, which stay readable for ever.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from understudy.records.redacted import Redacted
from understudy.seal.keys import DeviceSigner, KeyPair, dataset_key, public_of, wrap
from understudy.seal.layout import VERSION
from understudy.seal.passphrase import Cost, lock
from understudy.spool.writer import SpoolWriter

FOLDER = Path(__file__).parents[1] / "golden" / "seal" / f"v{VERSION}"
RECORDING_ID = "00112233445566778899aabbccddeeff"


def plain(record: msgspec.Struct) -> dict[str, Any]:
    """A record as JSON: bytes as base64, the raw value (which is never sealed) left out."""
    value: dict[str, Any] = msgspec.to_builtins(record)
    value.pop("type", None)
    if value.get("element"):
        value["element"].pop("value")
    return value


def main() -> None:
    if FOLDER.exists():
        sys.exit(f"{FOLDER} is there already: golden files are never made anew")
    spec = importlib.util.spec_from_file_location("samples", Path(__file__).with_name("conftest.py"))
    assert spec and spec.loader
    samples = importlib.util.module_from_spec(spec)
    sys.modules["samples"] = samples
    spec.loader.exec_module(samples)

    private = bytes(range(32))
    pair = KeyPair(private, public_of(private))
    contributor = bytes(range(32, 64))
    device = DeviceSigner(bytes(range(64, 96)))
    info = samples.info_of(RECORDING_ID)
    first = samples.every_kind()
    second = samples.every_kind(61_000_000_000)
    FOLDER.mkdir(parents=True)
    writer = SpoolWriter.create(FOLDER / RECORDING_ID, info, pair.public, device)
    writer.append([Redacted(record) for record in first[:7]])
    writer.append([Redacted(record) for record in first[7:]])
    writer.append([Redacted(record) for record in second])
    writer.close({"events": 28, "lost": {"input": 0}})
    streams: dict[str, list[dict[str, Any]]] = {}
    for record in (*first, *second):
        streams.setdefault(Redacted(record).stream, []).append(plain(record))
    keys = {
        "recording_private": private.hex(),
        "recording_public": pair.public.hex(),
        "contributor_private": contributor.hex(),
        "contributor_public": public_of(contributor).hex(),
        "device_public": device.public_key.hex(),
        "dataset": dataset_key(private).hex(),
        "passphrase": "korrekt Pferd",
    }
    (FOLDER / "wrap.rec").write_bytes(wrap(private, "recording", RECORDING_ID, public_of(contributor)))
    (FOLDER / "wrap.set").write_bytes(wrap(dataset_key(private), "dataset", RECORDING_ID, public_of(contributor)))
    (FOLDER / "locked.key").write_bytes(lock(contributor, keys["passphrase"], Cost(passes=1, memory_kib=64)))
    twin = {"keys": keys, "info": msgspec.to_builtins(info), "streams": streams}
    (FOLDER / "twin.json").write_text(json.dumps(twin, indent=1, ensure_ascii=False) + "\n")
    print(base64.b16encode(device.public_key).decode(), "signed", FOLDER)  # noqa: T201


if __name__ == "__main__":
    main()
