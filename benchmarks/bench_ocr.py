"""What reading pictures costs: CPU and time for each changed part, the reader's memory, and what isn't read in time.

Parts: a line of a text, a dialog, a whole 1080p window, as the guard cuts them, read by the real reader in its process;
light and dark, letters of 10 to 16 px. The words read are compared with those drawn: `right` of those that the reader
was sure of, `shown` of all that were drawn. Then a program that redraws a line many times a second for some seconds:
how many parts were asked for, and how many of them were not read in time.

Prints a table, writes benchmarks/out/ocr.json. `--times 20` for more.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from understudy.recorder.ocr import PictureReader
from understudy.records.events import Patch, Read
from understudy.records.geometry import Rect
from understudy.redact.ocr_lane import OcrLane
from understudy.redact.ocr_words import SURE

OUT = Path(__file__).parent / "out" / "ocr.json"
SIZES = {"line": (640, 40, 1), "dialog": (420, 220, 8), "1080p window": (1920, 1040, 44)}
WORDS = (
    *(
        "order",
        "seven",
        "chairs",
        "delivery",
        "planned",
        "weather",
        "bright",
        "today",
        "Reply",
        "invoice",
        "please",
        "open",
    ),
    *("Settings", "Cancel", "total", "update", "network", "printer", "morning", "ready", "window", "Search", "green"),
)
FONTS = ("DejaVuSans.ttf", "DejaVuSansMono.ttf", "DejaVuSans-Bold.ttf")


@dataclass
class Row:
    """One kind of part. Times in ms, medians and the worst; CPU is the reader's; shares of words 0 to 1."""

    part: str
    parts: int
    px: int
    wall_ms: float
    worst_ms: float
    cpu_ms: float
    guard_ms: float
    right: float
    shown: float
    missed: int


def page(dice: random.Random, width: int, height: int, lines: int) -> tuple[Image.Image, set[str]]:
    dark = dice.random() < 0.5
    picture = Image.new("RGB", (width, height), (30, 32, 36) if dark else (255, 255, 255))
    size = dice.choice((10, 12, 13, 14, 16))
    font = ImageFont.truetype(dice.choice(FONTS), size)
    told: set[str] = set()
    for line in range(lines):
        top = 10 + line * (height - 10) // lines
        words = [dice.choice(WORDS) for _ in range(min(24, width // 90))]
        told.update(words)
        ImageDraw.Draw(picture).text((12, top), " ".join(words), fill=(225,) * 3 if dark else (10,) * 3, font=font)
    return picture, told


def whole(picture: Image.Image) -> Patch:
    rect = Rect(0, 0, picture.width, picture.height)
    return Patch(window=1, rect=rect, pixels=picture.tobytes(), damaged_ns=time.monotonic_ns())


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> float:
    """The largest resident memory of a process so far, MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def answered(reader: PictureReader, lane: OcrLane, timeout_s: float = 30.0) -> Iterator[Read]:
    """Ask what the lane asks until it asks nothing more; the answers."""
    until_s = time.monotonic() + timeout_s
    while time.monotonic() < until_s:
        lane.advance(time.monotonic_ns())
        question = lane.question()
        if question is None:
            return
        reader.ask(question)
        while time.monotonic() < until_s:
            reader.go_on()
            found = [each for each in reader.hear() if each.question == question.number]
            if found:
                yield Read(time_ns=time.monotonic_ns(), seq=0, question=found[0].question, words=found[0].words)
                break
            time.sleep(0.001)


def measure(part: str, times: int, reader: PictureReader, dice: random.Random) -> Row:
    width, height, lines = SIZES[part]
    walls, cpus, guards, parts, right, sure, shown, drawn, missed = [], [], [], 0, 0, 0, 0, 0, 0
    for _ in range(times):
        picture, told = page(dice, width, height, lines)
        lane = OcrLane(lambda _text, _label: ())
        lane.place(1, Rect(0, 0, width, height))
        lane.windows[1].patch(whole(picture), time.monotonic_ns())
        assert reader.pid is not None
        before_s, started_s, own_s, found = cpu_s(reader.pid), time.monotonic(), time.process_time(), set[str]()
        for answer in answered(reader, lane):
            parts += 1
            missed += answer.words is None
            for word in answer.words or ():
                if word.confidence >= SURE:
                    sure += 1
                    right += word.text in told
                    found.add(word.text)
            lane.answer(answer, ())
        walls.append((time.monotonic() - started_s) * 1000)
        cpus.append((cpu_s(reader.pid) - before_s) * 1000)
        guards.append((time.process_time() - own_s) * 1000)
        drawn += len(told)
        shown += len(told & found)
    return Row(
        part=part,
        parts=parts,
        px=width * height,
        wall_ms=round(statistics.median(walls), 1),
        worst_ms=round(max(walls), 1),
        cpu_ms=round(statistics.mean(cpus), 1),
        guard_ms=round(statistics.median(guards), 1),
        right=round(right / max(1, sure), 4),
        shown=round(shown / max(1, drawn), 4),
        missed=missed,
    )


def restless(seconds: float, reader: PictureReader, dice: random.Random) -> dict[str, float]:
    """A window of 800 x 600 px in which three lines change ten times a second."""
    lane = OcrLane(lambda _text, _label: ())
    lane.place(1, Rect(0, 0, 800, 600))
    lane.windows[1].patch(whole(page(dice, 800, 600, 20)[0]), time.monotonic_ns())
    assert reader.pid is not None
    before_s, until_s, next_s = cpu_s(reader.pid), time.monotonic() + seconds, 0.0
    asked = read = missed = 0
    while time.monotonic() < until_s:
        if time.monotonic() >= next_s:
            next_s = time.monotonic() + 0.1
            lines = page(dice, 800, 90, 3)[0]
            rect = Rect(0, 200, 800, 90)
            patch = Patch(window=1, rect=rect, pixels=lines.tobytes(), damaged_ns=time.monotonic_ns())
            lane.windows[1].patch(patch, time.monotonic_ns())
        lane.advance(time.monotonic_ns())
        missed += lane.missed()
        if (question := lane.question()) is not None:
            asked += 1
            reader.ask(question)
        reader.go_on()
        for answer in reader.hear():
            read += answer.words is not None
            lane.answer(Read(time_ns=time.monotonic_ns(), seq=0, question=answer.question, words=answer.words), ())
        time.sleep(0.005)
    used = (cpu_s(reader.pid) - before_s) / seconds
    return {
        "asked": asked,
        "read": read,
        "spells_missed": missed,
        "reader_cpu_share": round(used, 3),
        "seconds": seconds,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10, help="pictures of each kind")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long a program never rests")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args(arguments)
    dice = random.Random(options.seed)
    reader = PictureReader()
    started_s = time.monotonic()
    reader.start()
    warm = OcrLane(lambda _text, _label: ())
    warm.place(1, Rect(0, 0, 640, 40))
    warm.windows[1].patch(whole(page(dice, 640, 40, 1)[0]), 0)
    list(answered(reader, warm))
    start_s = time.monotonic() - started_s
    rows = [measure(part, options.times, reader, dice) for part in SIZES]
    never = restless(options.seconds, reader, dice)
    assert reader.pid is not None
    memory_mb = round(peak_mb(reader.pid), 1)
    reader.end()
    heads = ("parts", "wall ms", "worst", "CPU ms", "guard", "right", "shown", "missed")
    print(f"{'part':14}" + "".join(f"{head:>{6 if head == 'parts' else 8}}" for head in heads))
    for row in rows:
        print(
            f"{row.part:14}{row.parts:6}{row.wall_ms:8.0f}{row.worst_ms:8.0f}{row.cpu_ms:8.0f}{row.guard_ms:8.0f}"
            f"{row.right:8.2%}{row.shown:8.2%}{row.missed:8}"
        )
    print(f"reader: {memory_mb} MB at most, first answer after {start_s:.1f} s; never resting: {never}")
    OUT.parent.mkdir(exist_ok=True)
    report = {
        "rows": [asdict(row) for row in rows],
        "restless": never,
        "memory_mb": memory_mb,
        "start_s": round(start_s, 2),
    }
    OUT.write_text(json.dumps({**report, "load": os.getloadavg()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
