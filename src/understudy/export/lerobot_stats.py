"""The statistics that LeRobot normalises by: of vectors exactly, of pictures from how often each level occurs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Levels = NDArray[np.int64]
"""Counts of the 256 levels of each channel: int64 (3, 256), RGB."""

QUANTILES = (0.01, 0.10, 0.50, 0.90, 0.99)
"""The shares whose quantiles LeRobot 0.4 keeps, as q01 to q99."""
SAMPLE_PX = 150
"""Pictures are thinned to about so many px on their longer side before they are counted, as LeRobot does."""

Stats = dict[str, Any]


def levels(image: Image.Image | None = None) -> Levels:
    """The levels of a picture, thinned; all zero without one."""
    counted: Levels = np.zeros((3, 256), np.int64)
    if image is not None:
        stride = max(1, max(image.size) // SAMPLE_PX)
        pixels = np.asarray(image)[::stride, ::stride]
        for channel in range(3):
            counted[channel] = np.bincount(pixels[:, :, channel].ravel(), minlength=256)
    return counted


def of_levels(counted: Levels, frames: int) -> Stats:
    """Statistics of pictures whose levels were added up, on a scale of 0 to 1, each (3, 1, 1); `frames` is their count.

    All zero when nothing was counted.
    """
    scale = np.arange(256) / 255
    totals = np.maximum(counted.sum(axis=1), 1)
    mean = counted @ scale / totals
    spread = np.sqrt(np.maximum(counted @ scale**2 / totals - mean**2, 0))
    some = counted > 0
    found = {
        "min": scale[some.argmax(axis=1)],
        "max": scale[255 - some[:, ::-1].argmax(axis=1)] * some.any(axis=1),
        "mean": mean,
        "std": spread,
    }
    below = counted.cumsum(axis=1)
    for share in QUANTILES:
        found[_name(share)] = scale[(below >= share * totals[:, None]).argmax(axis=1)]
    return {what: value.reshape(3, 1, 1).tolist() for what, value in found.items()} | {"count": [frames]}


def of_vectors(frames: Sequence[dict[str, Any]]) -> dict[str, Stats]:
    """Statistics of every column of numbers, by its name; columns of text have none."""
    told: dict[str, Stats] = {}
    for name, first in frames[0].items() if frames else ():
        if isinstance(first, str):
            continue
        values = np.asarray([frame[name] for frame in frames], np.float64).reshape(len(frames), -1)
        found = {
            "min": values.min(axis=0),
            "max": values.max(axis=0),
            "mean": values.mean(axis=0),
            "std": values.std(axis=0),
            **dict(zip(map(_name, QUANTILES), np.quantile(values, QUANTILES, axis=0), strict=True)),
        }
        told[name] = {what: value.tolist() for what, value in found.items()} | {"count": [len(frames)]}
    return told


def _name(share: float) -> str:
    return f"q{round(share * 100):02d}"
