"""How fast other people's recordings are imported, what becomes of them, and whether they come out right.

    python benchmarks/bench_import.py

Needs the data of real people in ../shared/data; without it, says so and measures nothing. Imports all MiniWoB++
demonstrations and SapiMouse sessions into a home of its own, some once more with every file waited for on its own;
compares with what was written down by hand, and every typed text with what its field held by the data's own word.
Writes benchmarks/out/import.json.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from understudy.catalogue import Catalogue
from understudy.cli import importing
from understudy.cli.importing import Counts, Importing
from understudy.importers import files
from understudy.importers.formats import FORMATS
from understudy.importers.imported import Imported
from understudy.importers.miniwob import SUFFIXES, read_one
from understudy.records.kept import TextRun
from understudy.records.recording import Recording
from understudy.redact.policy_file import preset, read_policy
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.batch import BatchLog
from understudy.spool.keystore import KeyStore
from understudy.spool.writer import SpoolWriter

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "benchmarks" / "out" / "import.json"
BATCHES = ("first-turk", "second-turk", "third-turk")
LATER_STATES = 8
"""How many states after a text's last key are looked through for the field's value."""


def load(name: str) -> ModuleType:
    """A module of the tests."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", ROOT / "tests" / "importers" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def import_into(home: Home, name: str, path: Path) -> tuple[Counts, float, float]:
    """(counts, wall seconds, CPU seconds) of one import."""
    policy = read_policy(preset("imported"), source="imported.toml")
    if not identity.exists(home.identity):
        identity.create(home.identity, "none")
    wall, cpu = time.perf_counter(), time.process_time()
    with BatchLog(home.spool) as log, Catalogue.open(home.catalogue) as catalogue:
        counts = Importing(home, catalogue, log, FORMATS[name], policy).run(path)
    return counts, time.perf_counter() - wall, time.process_time() - cpu


def measure_speed(scratch: Path) -> dict[str, Any]:
    """Every source once, into one home."""
    home = Home(scratch / "home")
    sources = [("miniwob", DATA / "miniwob-demos" / f"{batch}.tar.xz") for batch in BATCHES]
    sources.append(("sapimouse", DATA / "sapimouse" / "sapimouse-80-users.tar.xz"))
    rows: dict[str, Any] = {}
    for name, path in sources:
        counts, wall_s, cpu_s = import_into(home, name, path)
        rows[f"{name} {path.name}"] = {
            "read": counts.read,
            "imported": counts.imported,
            "failed": counts.failed,
            "skipped": dict(counts.skipped),
            "found": dict(counts.found.most_common()),
            "dropped": dict(counts.dropped.most_common()),
            "sealed_bytes": counts.bytes,
            "wall_s": round(wall_s, 1),
            "cpu_s": round(cpu_s, 1),
            "per_s": round(counts.read / wall_s, 1),
        }
    return rows


def measure_waiting(scratch: Path) -> dict[str, float]:
    """ms a demonstration of the first batch, written together and with each file waited for on its own."""
    path = DATA / "miniwob-demos" / "first-turk.tar.xz"
    together, together_s, _ = import_into(Home(scratch / "together"), "miniwob", path)
    add, create = KeyStore.add, SpoolWriter.create

    def add_durable(self: KeyStore, *arguments: Any, **named: Any) -> None:  # noqa: ANN401
        add(self, *arguments, **(named | {"durable": True}))

    def create_durable(*arguments: Any, **named: Any) -> SpoolWriter:  # noqa: ANN401
        return create(*arguments, **(named | {"durable": True}))

    with (
        mock.patch.object(KeyStore, "add", add_durable),
        mock.patch.object(SpoolWriter, "create", create_durable),
        mock.patch.object(importing, "BATCH", 1),
    ):
        alone, alone_s, _ = import_into(Home(scratch / "alone"), "miniwob", path)
    return {
        "together_ms": round(1000 * together_s / together.imported, 2),
        "alone_ms": round(1000 * alone_s / alone.imported, 2),
    }


def measure_meaning() -> dict[str, Any]:
    """Agreement with what was written down, and of typed texts with their fields."""
    agreement, ways = load("agreement"), load("conftest")
    rows = {row["sha256"]: row for row in agreement.expected()}
    result, texts = agreement.Agreement(), Counter[str]()
    for batch in BATCHES:
        for name, data in files.read(DATA / "miniwob-demos" / f"{batch}.tar.xz", SUFFIXES):
            assert isinstance(data, bytes)
            demonstration = read_one(name, data)
            if not isinstance(demonstration, Imported):
                continue
            recording = ways.recording_of(demonstration)
            texts.update(check_texts(recording, data))
            if (row := rows.pop(hashlib.sha256(data).hexdigest()[:16], None)) is not None:
                agreement.compare(result, row, ways.episodes_of(demonstration))
    return {
        "steps": result.steps,
        "agreeing": result.agreeing,
        "invented": result.extra,
        "share": round(result.share, 4),
        "demonstrations": result.demonstrations,
        "whole": result.whole,
        "by_field": {name: f"{right} of {all_}" for name, (right, all_) in result.by_field.items()},
        "differences": result.differences,
        "typed_texts": dict(texts),
    }


def check_texts(recording: Recording, data: bytes) -> list[str]:
    """For each kept text, whether its field held it right after its last key, by an own reading of the JSON."""
    runs = [run for run in recording.text if not run.scrubbed and run.element and run.element.role == "entry"]
    if not runs:
        return []
    states = json.loads(data)["states"]
    return [check_text(run, states) for run in runs]


def check_text(run: TextRun, states: list[dict[str, Any]]) -> str:
    seen: list[str] = []
    for state in states:
        if state["time"] * 1e6 < run.time_ns:
            continue
        for node in walk(state["dom"]):
            name = f"#{node['id']}" if node.get("id") else f"{node['tag']}{node['ref']}"
            if run.element is not None and name == run.element.id and isinstance(node.get("value"), str):
                seen.append(node["value"])
        if len(seen) >= LATER_STATES:
            break
    if run.text in seen:
        return "all that the field held"
    return "part of what the field held" if any(run.text in value for value in seen) else "not in the field"


def walk(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(each for child in node.get("children", ()) for each in walk(child))]


def main() -> None:
    if not DATA.is_dir():
        print(f"the data of real people is not in {DATA}: nothing to measure")
        return
    with tempfile.TemporaryDirectory(prefix="understudy-bench-") as scratch:
        speed = measure_speed(Path(scratch))
        waiting = measure_waiting(Path(scratch))
    meaning = measure_meaning()
    print(f"{'source':<38}{'read':>7}{'imported':>10}{'failed':>8}{'skipped':>9}{'s':>8}{'per s':>8}{'MB':>7}")
    for name, row in speed.items():
        skipped = sum(row["skipped"].values())
        print(
            f"{name:<38}{row['read']:>7}{row['imported']:>10}{row['failed']:>8}{skipped:>9}{row['wall_s']:>8}"
            f"{row['per_s']:>8}{row['sealed_bytes'] / 1e6:>7.1f}"
        )
        for reason, count in row["skipped"].items():
            print(f"  skipped {count}: {reason}")
    print(f"written together {waiting['together_ms']} ms a demonstration, each on its own {waiting['alone_ms']} ms")
    print(
        f"agreement: {meaning['agreeing']} of {meaning['steps']} steps ({meaning['share']:.1%}), "
        f"{meaning['whole']} of {meaning['demonstrations']} demonstrations whole"
    )
    for name, told in meaning["by_field"].items():
        print(f"  {name}: {told}")
    print(f"typed texts: {meaning['typed_texts']}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"speed": speed, "waiting": waiting, "meaning": meaning}, indent=2) + "\n")
    print(f"written: {OUT}")


if __name__ == "__main__":
    main()
