"""What may be sealed, after redaction: the streams of a recording."""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Mark, Pointer, Windows

KeyLevel = Literal["text", "shape", "timing", "nothing"]
"""How much of a typed run an application's policy keeps, most first.

"text": the scrubbed text; "shape": classes of characters ("Aaa 99"); "timing": that keys went down and up, and
when; "nothing": one mark.
"""

STREAMS = ("pointer", "keys", "text", "window", "element", "frame", "mark")
"""The streams of a recording, in the order in which a segment stores them."""


class TextRun(msgspec.Struct, frozen=True, kw_only=True, tag="text"):
    """Text that one element received in one go, its edits applied, scrubbed as a whole.

    `run` numbers the runs of a recording from 0. From `start_ns` (first key) to `time_ns` (last key). `text` obeys
    `level`: scrubbed text with tokens such as <EMAIL_1>, or its shape; "" at "timing". `corrections` is the number
    of characters taken back while typing, 0 when `scrubbed` (a secret's length and rhythm are secret too).
    `scrubbed` is True when something was replaced; then no key of the run is kept. `source` tells whose word the
    text is: the element's, or (only under an explicit policy) the keyboard's.
    """

    time_ns: int
    seq: int
    run: int
    start_ns: int
    text: str
    level: KeyLevel
    element: Element | None
    corrections: int = 0
    scrubbed: bool = False
    source: Literal["element", "keyboard"] = "element"


class FramePatch(msgspec.Struct, frozen=True):
    """A changed rectangle of the masked screen: `x`, `y` in root px; `webp` a lossless WebP of it."""

    x: int
    y: int
    width: int
    height: int
    webp: bytes


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag="frame"):
    """The masked screen at `time_ns`: apply `patches` to the frame before. `key` True: patches cover all of it.

    `changed_ns` is when the first change that it shows was told by the X server: an action before that still had
    the previous frame in front of it, with age 0. `masked_px` counts the pixels painted over in the whole frame.
    """

    time_ns: int
    seq: int
    changed_ns: int
    width: int
    height: int
    key: bool
    patches: tuple[FramePatch, ...]
    masked_px: int = 0


Kept = Pointer | Key | TextRun | Windows | ElementAt | Frame | Mark
"""Everything that a recording may hold."""


def stream_of(record: Kept) -> str:
    """The stream (one of STREAMS) that a record belongs to; raises TypeError for anything that may not be kept."""
    match record:
        case Pointer():
            return "pointer"
        case Key():
            return "keys"
        case TextRun():
            return "text"
        case Windows():
            return "window"
        case ElementAt():
            return "element"
        case Frame():
            return "frame"
        case Mark():
            return "mark"
    raise TypeError(f"{type(record).__name__} is no record that may be kept")
