"""The screen at a frame, composed from its patches."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from understudy.pipeline.second_pass import TimedMask
from understudy.records.kept import Frame
from understudy.records.recording import Recording

Pixels = npt.NDArray[np.uint8]

CACHED = 4
"""Composed screens held in memory, about 3 MB each at 1280x800."""


class Stills:
    """Composes the frames of one recording. Asking in order of time costs each patch once.

    A screen before its first key frame is black where no patch has covered it. `masks` are painted over in black.
    """

    def __init__(self, recording: Recording, masks: Sequence[TimedMask] = ()) -> None:
        self._masks = masks
        self._frames = recording.frame
        self._index = {frame.seq: nth for nth, frame in enumerate(recording.frame)}
        self._keys = [nth for nth, frame in enumerate(recording.frame) if frame.key]
        self._composed: OrderedDict[int, Pixels] = OrderedDict()

    def at(self, frame_seq: int) -> Pixels:
        """The screen: uint8 (height_px, width_px, 3), RGB, not writeable. Raises KeyError for an unknown frame."""
        target = self._index[frame_seq]
        if target in self._composed:
            self._composed.move_to_end(target)
            return self._composed[target]
        nearest = bisect_right(self._keys, target) - 1
        start = self._keys[nearest] if nearest >= 0 else 0
        ready = max((nth for nth in self._composed if start <= nth <= target), default=None)
        canvas = self._composed[ready].copy() if ready is not None else _blank(self._frames[start])
        for nth in range(start if ready is None else ready + 1, target + 1):
            canvas = _apply(canvas, self._frames[nth])
        canvas.flags.writeable = False
        self._composed[target] = canvas
        while len(self._composed) > CACHED:
            self._composed.popitem(last=False)
        return canvas

    def shown(self, frame_seq: int) -> Pixels:
        """The screen as `at` gives it, with all that is masked at its time painted over."""
        time_ns = self._frames[self._index[frame_seq]].time_ns
        masks = [mask.rect for mask in self._masks if mask.from_ns <= time_ns <= mask.until_ns]
        if not masks:
            return self.at(frame_seq)
        canvas = self.at(frame_seq).copy()
        for rect in masks:
            canvas[max(0, rect.y) : max(0, rect.bottom), max(0, rect.x) : max(0, rect.right)] = 0
        return canvas

    def webp(self, frame_seq: int) -> bytes:
        """What `shown` gives, as a lossless WebP; the same bytes for the same pixels. Raises as `at`."""
        buffer = io.BytesIO()
        Image.fromarray(self.shown(frame_seq)).save(buffer, "WEBP", lossless=True, quality=60, method=3, exact=True)
        return buffer.getvalue()


def _blank(frame: Frame) -> Pixels:
    return np.zeros((frame.height, frame.width, 3), np.uint8)


def _apply(canvas: Pixels, frame: Frame) -> Pixels:
    if frame.key or canvas.shape[:2] != (frame.height, frame.width):
        canvas = _blank(frame)
    for patch in frame.patches:
        pixels = np.asarray(Image.open(io.BytesIO(patch.webp)).convert("RGB"))
        # A patch may stand out over the screen's edge; what does is cut off.
        left, top = max(0, patch.x), max(0, patch.y)
        right = min(frame.width, patch.x + pixels.shape[1])
        bottom = min(frame.height, patch.y + pixels.shape[0])
        if right > left and bottom > top:
            canvas[top:bottom, left:right] = pixels[top - patch.y : bottom - patch.y, left - patch.x : right - patch.x]
    return canvas
