"""What each export costs: seconds to write and bytes on disk, for a fabricated dataset of 240 steps at 1920x1080.

160 stills of drawn text, about as large as those of real office screens; every third step shares its still with the
one before. The full levels of motion and timing. Prints a table and writes benchmarks/out/export.json.
"""

from __future__ import annotations

import io
import json
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image, ImageDraw, ImageFont

from understudy.dataset.manifest import Manifest, Notice, Part
from understudy.dataset.tables import TABLES, field_name, schema
from understudy.export.formats import FORMATS, export

STEPS, STEPS_AN_EPISODE, ROUNDS = 240, 24, 3
WIDTH, HEIGHT = 1920, 1080
OUT = Path(__file__).parent / "out" / "export.json"
WORDS = (
    *("order", "invoice", "paper", "customer", "delivery", "of", "the", "for", "box", "sheet"),
    *("price", "total", "open", "confirm", "note", "print", "week"),
)


@dataclass
class Fabricated:
    """A dataset version in memory."""

    manifest: Manifest
    tables: Mapping[str, pa.Table]
    stills: dict[str, bytes]

    def still_webp(self, still_id: str) -> bytes:
        return self.stills[still_id]


def screen(dice: random.Random) -> bytes:
    """A page of text and a few buttons, as lossless WebP."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (246, 247, 249))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    for _ in range(5):
        x, y = dice.randrange(WIDTH - 200), dice.randrange(HEIGHT - 60)
        pen.rounded_rectangle((x, y, x + 180, y + 40), 6, (38, 92, 200))
    for line in range(38):
        text = " ".join(dice.choice(WORDS) for _ in range(dice.randint(3, 22)))
        pen.text((120, 40 + 26 * line), text, (28, 32, 40), font)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, quality=20, method=1)
    return buffer.getvalue()


def fabricate() -> Fabricated:
    """The dataset: clicks, typed text, hotkeys and scrolls in turn, with paths and keystrokes."""
    dice = random.Random(11)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    stills: dict[str, bytes] = {}
    for number in range(STEPS):
        episode, index = divmod(number, STEPS_AN_EPISODE)
        if number % 3 != 2:
            stills[f"r0-f{number:06d}"] = screen(dice)
        x, y = dice.randrange(WIDTH - 100), dice.randrange(HEIGHT - 40)
        kind = ("click", "type", "hotkey", "scroll", "click")[number % 5]
        placed = kind in ("click", "scroll")
        step = {"step_id": f"s{number:05d}", "episode_id": f"e{episode:04d}", "index": index, "kind": kind}
        step |= {"start_ms": 2000 * index, "duration_ms": 90, "x": x if placed else None, "y": y if placed else None}
        step |= {"button": "left" if kind == "click" else "", "keys": ["ctrl", "c"] if kind == "hotkey" else []}
        step |= {"text": "twelve boxes" if kind == "type" else "", "text_level": "text" if kind == "type" else None}
        step |= {"scroll_y": 3 if kind == "scroll" else 0, "count": 1, "frame_age_ms": 40.0, "app": "Chromium"}
        step |= {
            "still_id": list(stills)[-1],
            "screen_width": WIDTH,
            "screen_height": HEIGHT,
            "url": "http://desk.test/",
        }
        step |= {"target_role": "push button", "target_name": "Confirm", "target_confidence": "rested"}
        step |= {
            "target_url": "http://desk.test/",
            "target_states": ["enabled"],
            "target_path": ["frame", "document web"],
        }
        step |= {"target_x": max(0, x - 20), "target_y": max(0, y - 10), "target_width": 100, "target_height": 40}
        rows["steps"].append(step)
        path = [{"t_ms": 2000 * index + 8 * n, "x": max(0, x - 100 + n), "y": y} for n in range(100)]
        rows["trajectories"].append({**_names(step), "level": "full", "points": path})
        if kind == "type":
            rows["keystrokes"] += [
                {**_names(step), "index": n, "key": "a", "dwell_ms": 80, "flight_ms": 60} for n in range(12)
            ]
        if index == 0:
            length = 2000 * STEPS_AN_EPISODE
            span = {"start_ms": length * episode, "end_ms": length * (episode + 1)}
            found = {"episode_id": step["episode_id"], "recording_id": "r0", "index": episode, "cause": "task"}
            found |= {"task": f"Confirm order {episode}", **span}
            rows["episodes"].append(found | {"steps": STEPS_AN_EPISODE, "demo": True, "purposes": ["train-own-agent"]})
    tables = {name: _table(name, found) for name, found in rows.items()}
    part = Part(id="4" * 32, notice=Notice(version="1", language="en", sha256="3" * 64), files=())
    manifest = Manifest(
        format=1, dataset="bench", version="5" * 32, number=1, revision=1, product_version="0", demo=True,
        purpose="train-own-agent", motion="full", timing="full", parts=(part,),
    )  # fmt: skip
    return Fabricated(manifest, tables, stills)


def _names(step: Mapping[str, Any]) -> dict[str, Any]:
    return {"step_id": step["step_id"], "episode_id": step["episode_id"]}


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """The rows as a table; columns that can't be null and aren't told are empty."""
    empty: dict[str, Any] = {}
    for column in TABLES[name]:
        if not column.null:
            kinds = ((pa.types.is_list, []), (pa.types.is_string, ""), (pa.types.is_boolean, False))
            empty[field_name(column)] = next((value for is_kind, value in kinds if is_kind(column.type)), 0)
        elif pa.types.is_list(column.type):
            empty[field_name(column)] = []
    return pa.Table.from_pylist([empty | row for row in rows], schema=schema(name))


def main() -> None:
    source = fabricate()
    still_bytes = sum(map(len, source.stills.values()))
    rows: list[dict[str, Any]] = []
    for name in FORMATS:
        times, cpu_times = [], []
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                began, began_cpu = time.perf_counter(), time.process_time()
                exported = export(source, name, Path(folder) / "out")
                times.append(time.perf_counter() - began)
                cpu_times.append(time.process_time() - began_cpu)
        rows.append(
            {
                "format": name,
                "median_s": round(statistics.median(times), 2),
                "median_cpu_s": round(statistics.median(cpu_times), 2),
                "bytes": exported.bytes,
                "beside_stills": round(exported.bytes / still_bytes, 3),
                "left_out": sum(exported.left_out.values()),
            }
        )
    each_kb = still_bytes / len(source.stills) / 1e3
    print(f"{STEPS} steps, {len(source.stills)} stills of {WIDTH}x{HEIGHT}, {each_kb:.0f} KB each on average\n")
    print("| format | median s | of CPU | MB | times the stills' bytes | steps left out |\n|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['format']} | {row['median_s']} | {row['median_cpu_s']} | {row['bytes'] / 1e6:.1f} "
            f"| {row['beside_stills']} | {row['left_out']} |"
        )
    OUT.parent.mkdir(exist_ok=True)
    told = {"steps": STEPS, "stills": len(source.stills), "still_bytes": still_bytes, "rows": rows}
    OUT.write_text(json.dumps({"python": platform.python_version(), **told}, indent=1) + "\n")


if __name__ == "__main__":
    main()
