"""How a training went, drawn: a line of the terminal, and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from understudy.learn.settings import Progress

PICTURE = "curves.png"
WIDTH, HEIGHT, MARGIN = 720, 360, 40
INK, GRID, LOSS, RIGHT = "#333333", "#dddddd", "#b3432b", "#2b6cb3"
_BARS = "▁▂▃▄▅▆▇█"
SPARK_CHARS = 40


def spark(values: Sequence[float]) -> str:
    """Values as a row of at most 40 little bars, the lowest value the lowest bar."""
    if not values:
        return ""
    count = min(SPARK_CHARS, len(values))
    means = []
    for nth in range(count):
        part = values[
            nth * len(values) // count : max((nth + 1) * len(values) // count, nth * len(values) // count + 1)
        ]
        means.append(sum(part) / len(part))
    low, high = min(means), max(means)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BARS[round((value - low) * scale)] for value in means)


def draw(curves: Sequence[Progress], path: Path) -> None:
    """The loss (left scale, from 0) and the share that came out right (right scale) over the steps of training."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    inner = (MARGIN, MARGIN, WIDTH - MARGIN, HEIGHT - MARGIN)
    highest = max((each.loss for each in curves), default=1.0) or 1.0
    for nth in range(5):
        y = inner[3] - (inner[3] - inner[1]) * nth / 4
        pen.line((inner[0], y, inner[2], y), fill=GRID)
        pen.text((6, y - 6), f"{highest * nth / 4:.1f}", fill=LOSS)
        pen.text((inner[2] + 6, y - 6), f"{nth * 25} %", fill=RIGHT)
    last = curves[-1].step if curves else 1
    for name, colour, top in (("loss", LOSS, highest), ("accuracy", RIGHT, 1.0)):
        points = [
            (
                inner[0] + (inner[2] - inner[0]) * each.step / last,
                inner[3] - (inner[3] - inner[1]) * getattr(each, name) / top,
            )
            for each in curves
        ]
        if len(points) > 1:
            pen.line(points, fill=colour, width=2)
    pen.text((inner[0], 12), "loss", fill=LOSS)
    pen.text((inner[2] - 160, 12), "operation and target right", fill=RIGHT)
    pen.text((inner[0], inner[3] + 12), f"{last} steps of training", fill=INK)
    image.save(path)
