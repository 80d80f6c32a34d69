"""What may be sealed, after redaction: the streams of a recording."""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.records.elements import Element, ValueClass
from understudy.records.events import ElementAt, Key, Mark, Pointer, Windows
from understudy.records.geometry import Rect

KeyLevel = Literal["text", "shape", "timing", "nothing"]
"""How much of a typed run an application's policy keeps, most first.

"text": the scrubbed text; "shape": classes of characters ("Aaa 99"); "timing": that keys went down and up, and
when; "nothing": one mark.
"""

Entered = Literal["typed", "completed", "committed", "pasted", "filled", "restored", "moved"]
"""How a text came into its element.

"typed": each character by a key. "completed": what was typed, and the program put more or something else there.
"committed": by an input method or as a code point spelled out; the keys tell nothing of it. "pasted": by the shortcut
or the middle button; the clipboard itself is never read. "filled": by the program alone once a key or button was
pressed (autofill, a choice, a corrected word, its menu's Paste). "restored": by undo or redo. "moved": dragged there.
"""

STREAMS = ("pointer", "keys", "text", "window", "element", "frame", "mark", "tree")
"""The streams of a recording, in the order in which a segment stores them."""


class TextRun(msgspec.Struct, frozen=True, kw_only=True, tag="text"):
    """Text that one element received in one go, its edits applied, scrubbed as a whole.

    `run` numbers the runs of a recording from 0. From `start_ns` (first key) to `time_ns` (last key). `text` obeys
    `level`: scrubbed text with tokens such as <EMAIL_1>, or its shape; "" at "timing". `corrections` is the number
    of characters taken back while typing, 0 when `scrubbed` (a secret's length and rhythm are secret too).
    `scrubbed` is True when something was replaced; then no key of the run is kept. `source` tells whose word the
    text is: the element's, or (only under an explicit policy) the keyboard's. `entered` tells how it came there; no key
    belongs to a run that is neither "typed" nor "completed", and `start_ns` of those that no key typed is when the key
    or button was pressed that made the program do it.
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
    entered: Entered = "typed"


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


class TreeNode(msgspec.Struct, frozen=True, kw_only=True):
    """One element of a kept `ElementTree`. `parent` is the index of its parent in the tree's `nodes`, -1 at the top.

    `id`, `role`, `bounds`, `states`, `secure`, `value_class` as in `Element`. `name` is scrubbed, "" where it may not
    be told. `text` is what stands in it where that isn't its name, scrubbed; "" below level "text". `hint` as in
    `Element`, scrubbed, "" where a name may not be told.
    """

    id: str
    role: str
    parent: int
    name: str = ""
    text: str = ""
    value_class: ValueClass = ""
    bounds: Rect | None = None
    states: tuple[str, ...] = ()
    secure: bool = False
    hint: str = ""


class ElementTree(msgspec.Struct, frozen=True, kw_only=True, tag="element_tree"):
    """The elements that one window showed between `started_ns` and `time_ns`, as far as they may be told.

    Kept when the person is about to act on the window and it changed since the last one kept: what an agent sees
    before an action. `window` is the id of the window, `url` the address of its document. `nodes` in document order,
    parents before children. `complete` False: reading stopped early, so what is absent may have been there.
    """

    time_ns: int
    seq: int
    started_ns: int
    window: int
    bounds: Rect
    nodes: tuple[TreeNode, ...]
    url: str = ""
    complete: bool = True


Kept = Pointer | Key | TextRun | Windows | ElementAt | Frame | Mark | ElementTree
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
        case ElementTree():
            return "tree"
    raise TypeError(f"{type(record).__name__} is no record that may be kept")
