"""What sealing costs: one synthetic hour (450,000 moves, 10,000 keys) as the recorder would write it.

`python benchmarks/bench_seal.py [--minutes N]` prints a table and writes benchmarks/out/seal.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, FramePatch, Kept
from understudy.records.recording import RecordingInfo
from understudy.records.redacted import Redacted
from understudy.seal.keys import DeviceSigner, new_pair
from understudy.seal.rewrite import rewrite_segment
from understudy.seal.segment import GENESIS, SegmentWriter
from understudy.spool.reader import SegmentFiles, read_recording, verify_recording
from understudy.spool.writer import SpoolWriter

SECOND_NS = 1_000_000_000
MOVES_PER_HOUR, KEYS_PER_HOUR, FLUSHES_PER_S = 450_000, 10_000, 2
OUT = Path(__file__).parent / "out"


def hour(minutes: int, seed: int = 7) -> Iterator[list[Kept]]:
    """The records of each flush: a hand that wanders at 125 moves a second, bursts of typing, focus changes."""
    chance = random.Random(seed)
    flushes = minutes * 60 * FLUSHES_PER_S
    step_ns = SECOND_NS // FLUSHES_PER_S
    moves, keys = MOVES_PER_HOUR // (3600 * FLUSHES_PER_S), KEYS_PER_HOUR / (3600 * FLUSHES_PER_S)
    x, y, move_seq, key_seq, owed = 640.0, 400.0, 0, 0, 0.0
    for flush in range(flushes):
        start_ns = flush * step_ns
        kept: list[Kept] = []
        spread_x, spread_y = chance.gauss(0, 4), chance.gauss(0, 3)
        for index in range(moves):
            x, y = min(1279, max(0, x + spread_x + chance.gauss(0, 1))), min(799, max(0, y + spread_y))
            time_ns = start_ns + index * step_ns // moves + chance.randrange(200_000)
            kept.append(Pointer(time_ns=time_ns, seq=move_seq, kind="move", x=int(x), y=int(y)))
            move_seq += 1
        owed += keys
        while owed >= 1:
            owed -= 1
            time_ns = start_ns + chance.randrange(step_ns)
            letter = chance.choice("etaoinshrdlu")
            kept.append(Key(time_ns=time_ns, seq=key_seq, down=True, keycode=38, keysym=letter, text=letter, run=flush))
            key_seq += 1
        if flush % 6 == 0:
            element = Element(
                id=f"e{chance.randrange(50)}",
                role="push button",
                name=chance.choice(["Save", "Cancel", "Next order", "Customer"]),
                bounds=Rect(chance.randrange(1000), chance.randrange(700), 90, 30),
                path=("frame", "document web", "panel", "push button"),
            )
            kept.append(
                ElementAt(time_ns=start_ns, seq=flush, cause="rest", element=element, asked_ns=start_ns, stable=True)
            )
        if flush % 40 == 0:
            window = WindowState(id=7, rect=Rect(0, 0, 1280, 800), program="chromium", app="Chromium", title="Orders")
            kept.append(Windows(time_ns=start_ns, seq=flush, active=7, windows=(window,), screen=Rect(0, 0, 1280, 800)))
        kept.sort(key=lambda record: record.time_ns)
        yield kept


def with_frames(flushes: Iterator[list[Kept]]) -> Iterator[list[Kept]]:
    """The same with a patch of 8 KB a flush, a key frame of 150 KB a minute: about what lossless WebP takes."""
    for index, kept in enumerate(flushes):
        key = index % (60 * FLUSHES_PER_S) == 0
        patch = FramePatch(0, 0, 1280 if key else 200, 800 if key else 100, os.urandom(150_000 if key else 8_000))
        time_ns = kept[-1].time_ns
        yield [
            *kept,
            Frame(time_ns=time_ns, seq=index, changed_ns=time_ns, width=1280, height=800, key=key, patches=(patch,)),
        ]


def measure(name: str, flushes: list[list[Kept]], minutes: int) -> dict[str, float | str | int]:
    """One recording written, read, verified; a segment of it sealed anew."""
    pair, device, recording_id = new_pair(), DeviceSigner.generate(), os.urandom(16).hex()
    info = RecordingInfo(
        id=recording_id,
        contributor="c",
        consent_id="",
        profile="own-work",
        started_at="",
        start_ns=0,
        policy_sha256="",
        product_version="",
        schema_version=1,
    )
    wrapped = [[Redacted(record) for record in flush] for flush in flushes]
    records = sum(map(len, wrapped))

    seal = SegmentWriter(
        recording_id=recording_id, number=0, previous=GENESIS, recording_public_key=pair.public, device=device
    )
    began = time.process_time()
    for flush in wrapped:
        seal.append(flush)
    seal_s = time.process_time() - began

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / recording_id
        slowest = 0.0
        began = time.perf_counter()
        with SpoolWriter.create(folder, info, pair.public, device) as writer:
            for flush in wrapped:
                before = time.perf_counter()
                writer.append(flush)
                slowest = max(slowest, time.perf_counter() - before)
        write_s = time.perf_counter() - began
        size = sum(path.stat().st_size for path in folder.iterdir())
        began = time.perf_counter()
        recording = read_recording(folder, pair.private, device_public_key=device.public_key)
        read_s = time.perf_counter() - began
        found = sum(len(getattr(recording, stream)) for stream in ("pointer", "keys", "element", "window", "frame"))
        if found != records:
            raise SystemExit(f"{found} of {records} records came back")
        began = time.perf_counter()
        verdict = verify_recording(folder, device_public_key=device.public_key, private_key=pair.private)
        verify_s = time.perf_counter() - began
        began = time.perf_counter()
        hashed = verify_recording(folder, device_public_key=device.public_key)
        hash_s = time.perf_counter() - began
        if (verdict.verdict, hashed.verdict) != ("whole", "whole"):
            raise SystemExit(f"the recording reads as {verdict.verdict}")
        middle = SegmentFiles(folder)[minutes // 2]
        anew = []
        for _ in range(5):
            began = time.perf_counter()
            rewrite_segment(middle, private_key=pair.private, device=device, change=lambda stream, batch: batch)
            anew.append(time.perf_counter() - began)
    return {
        "what": name,
        "records": records,
        "mb_per_hour": round(size / 1e6 * 60 / minutes, 2),
        "seal_us_per_record": round(seal_s / records * 1e6, 2),
        "append_ms_mean": round(write_s / len(wrapped) * 1e3, 2),
        "append_ms_slowest": round(slowest * 1e3, 1),
        "cpu_percent_of_recording": round(seal_s / (minutes * 60) * 100, 2),
        "read_us_per_record": round(read_s / records * 1e6, 2),
        "verify_with_key_s": round(verify_s, 2),
        "verify_without_key_s": round(hash_s, 3),
        "reseal_segment_ms": round(sorted(anew)[2] * 1e3, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60, help="length of the synthetic recording")
    minutes = parser.parse_args().minutes
    rows = [
        measure("input only", list(hour(minutes)), minutes),
        measure("with frames", list(with_frames(hour(max(6, minutes // 6)))), max(6, minutes // 6)),
    ]
    print(f"{'':<28}" + "".join(f"{row['what']:>16}" for row in rows))
    for key in rows[0]:
        if key != "what":
            print(f"{key.replace('_', ' '):<28}" + "".join(f"{row[key]:>16}" for row in rows))
    OUT.mkdir(exist_ok=True)
    (OUT / "seal.json").write_text(json.dumps({"minutes": minutes, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
