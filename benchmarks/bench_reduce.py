"""How long an hour of work takes to reduce: 450,000 moves and 10,000 keys, with clicks, drags, scrolls and runs.

Prints a table and writes benchmarks/out/reduce.json.
"""

from __future__ import annotations

import json
import platform
import random
import time
import tracemalloc
from pathlib import Path

from understudy.pipeline.ground import ground
from understudy.pipeline.reduce import reduce
from understudy.pipeline.segment import segment
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import TextRun
from understudy.records.recording import Recording, RecordingInfo

MOVES, KEYS, HOUR_NS = 450_000, 10_000, 3_600_000_000_000
ROUNDS = 5
OUT = Path(__file__).parent / "out" / "reduce.json"


def hour(seed: int = 7) -> Recording:
    """An hour at 125 moves a second: a click every 2 s, every tenth a drag, a scroll every 20 s, runs of 20 keys."""
    dice = random.Random(seed)
    pointer: list[Pointer] = []
    elements: list[ElementAt] = []
    step_ns = HOUR_NS // MOVES
    x, y = 640, 400
    down = 0
    for n in range(MOVES):
        time_ns = n * step_ns
        x = min(1279, max(0, x + dice.randint(-4, 4)))
        y = min(799, max(0, y + dice.randint(-4, 4)))
        pointer.append(Pointer(time_ns=time_ns, seq=len(pointer), kind="move", x=x, y=y))
        if down and n == down:
            pointer.append(Pointer(time_ns=time_ns + 1, seq=len(pointer), kind="up", x=x, y=y, button=1))
            down = 0
        elif not down and n % 250 == 249:
            element = Element(id=str(n), role="push button", name="b", bounds=Rect(x - 20, y - 20, 40, 40))
            elements.append(
                ElementAt(
                    time_ns=time_ns, seq=len(elements), cause="rest", element=element, asked_ns=time_ns, x=x, y=y,
                    stable=True,
                )
            )  # fmt: skip
            pointer.append(Pointer(time_ns=time_ns + 1, seq=len(pointer), kind="down", x=x, y=y, button=1))
            down = n + (60 if n % 2500 == 2499 else 8)
        elif n % 2500 == 1200:
            for notch in range(5):
                pointer.append(
                    Pointer(time_ns=time_ns + 2 + notch, seq=len(pointer), kind="scroll", x=x, y=y, scroll_y=1)
                )
    keys: list[Key] = []
    text: list[TextRun] = []
    for run in range(KEYS // 20):
        start_ns = run * (HOUR_NS // (KEYS // 20)) + 500
        for n in range(20):
            for is_down in (True, False):
                keys.append(
                    Key(
                        time_ns=start_ns + n * 120_000_000 + (0 if is_down else 80_000_000), seq=len(keys),
                        down=is_down, keycode=38, keysym="a", text="a" if is_down else "", run=run,
                    )
                )  # fmt: skip
        text.append(
            TextRun(
                time_ns=keys[-1].time_ns, seq=run, run=run, start_ns=start_ns, text="a" * 20, level="text", element=None
            )
        )
    window = WindowState(id=1, rect=Rect(0, 0, 1280, 800), program="editor", app="Editor")
    info = RecordingInfo(
        id="0" * 32, contributor="c", consent_id="0" * 32, profile="own-work", started_at="2026-01-01T00:00:00+00:00",
        start_ns=0, policy_sha256="", product_version="", schema_version=1,
    )  # fmt: skip
    return Recording(
        info=info,
        pointer=tuple(pointer),
        keys=tuple(keys),
        text=tuple(text),
        element=tuple(elements),
        window=(Windows(time_ns=0, seq=0, active=1, windows=(window,), screen=Rect(0, 0, 1280, 800)),),
    )


def main() -> None:
    recording = hour()
    actions = reduce(recording)
    rows: list[dict[str, str | float | int]] = []
    for name, call in (
        ("reduce", lambda: reduce(recording)),
        ("ground", lambda: ground(recording, actions)),
        ("segment", lambda: segment(recording, ground(recording, actions))),
    ):
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
        tracemalloc.start()
        call()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        rows.append({"step": name, "median_s": round(sorted(times)[ROUNDS // 2], 3), "peak_mb": round(peak / 1e6, 1)})
    events = {"pointer": len(recording.pointer), "keys": len(recording.keys), "runs": len(recording.text)}
    print(f"one hour: {events['pointer']:,} pointer events, {events['keys']:,} key events → {len(actions):,} actions\n")
    print("| step | median s | peak MB beside the recording |\n|---|---|---|")
    for row in rows:
        print(f"| {row['step']} | {row['median_s']} | {row['peak_mb']} |")
    OUT.parent.mkdir(exist_ok=True)
    told = {"events": events, "actions": len(actions), "python": platform.python_version(), "rows": rows}
    OUT.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
