"""What a recording is reduced to: actions, steps and episodes."""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.records.elements import Element
from understudy.records.events import Modifier
from understudy.records.kept import Entered, KeyLevel

ActionKind = Literal[
    "click",
    "double_click",
    "triple_click",
    "long_press",
    "drag",
    "scroll",
    "type",
    "hotkey",
    "press",
    "wait",
]

Button = Literal["", "left", "middle", "right", "back", "forward"]


CorrectionLabel = Literal["slip", "undo", "repair", "within"]
"""A step's part in a span in which a person corrected themselves: what went wrong, what took it back, what was done
instead, or "within": the step's own text was corrected while it was typed, and stands right in the end."""

CorrectionRule = Literal["typed", "undone", "erased", "toggled", "chosen", "repeated", "returned", "missed"]
"""By which rule a correction was found (`pipeline.corrections` says each)."""


class Correction(msgspec.Struct, frozen=True):
    """Characters that were typed and taken back in one go.

    `removed` is what they were, in the order of the text; `at` where they had stood: the number of characters of the
    action's text before that place. What stands there in the end is what was typed instead.
    """

    at: int
    removed: str


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the person did, from `start_ns` (first press) to `end_ns` (last release).

    `x`, `y`: where it began, root px (None for keys and waits); `to_x`, `to_y`: where a drag ended; `path` the drag's
    points (time_ns, x, y), first and last included. `button` for mouse actions. `modifiers` held throughout.
    `keys` are keysym names for "hotkey" (modifiers first) and "press" (one, with `count` repeats). `text` and
    `text_level` for "type" (see `TextRun`); `corrections` counts the characters taken back, and `corrected` tells them,
    in the order in which they were taken back: () where the text was scrubbed, where the policy keeps less than the
    text, and where the keys alone don't explain it. `entered` tells how a text came into its element (see `Entered`);
    other kinds than "type" have a text where the program put one there because of them: a paste, a completion that was
    chosen, an undo, a text dragged. `scroll_x`, `scroll_y` in wheel notches, + is right and down.
    `pointer_seqs`, `key_seqs`, `text_seqs` name the records it was made from.
    """

    kind: ActionKind
    start_ns: int
    end_ns: int
    x: int | None = None
    y: int | None = None
    to_x: int | None = None
    to_y: int | None = None
    path: tuple[tuple[int, int, int], ...] = ()
    button: Button = ""
    modifiers: tuple[Modifier, ...] = ()
    keys: tuple[str, ...] = ()
    count: int = 1
    text: str = ""
    text_level: KeyLevel | None = None
    corrections: int = 0
    corrected: tuple[Correction, ...] = ()
    entered: Entered = "typed"
    scroll_x: int = 0
    scroll_y: int = 0
    pointer_seqs: tuple[int, ...] = ()
    key_seqs: tuple[int, ...] = ()
    text_seqs: tuple[int, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """An action with what the person had in front of them.

    `frame_seq` is the last frame before the action, None when there was none; `frame_age_ms` how old its picture was:
    0 when nothing on the screen had changed since. `target` is the element acted upon; `target_confidence` is
    "rested" (asked while the pointer rested there, answer stable), "pressed" (asked at the press), "moving" (asked
    elsewhere or unstable), "scrolled" (within 600 ms of a scroll), "focus" (it had the focus, or took it), "window" (no
    element was told there: the window stands for it) or "none". `app` and `window_title`, `url`
    are those of the window acted upon ("" when unknown). `tree_seq` is the last tree of that window that was read
    before the action (`ElementTree.seq`), None when there was none. `correction` is the step's part in a span in which
    the person corrected themselves, None outside; `correction_span` numbers these spans in their episode from 0,
    `correction_rule` tells how the span was found.
    """

    index: int
    action: Action
    frame_seq: int | None
    frame_age_ms: float | None
    target: Element | None
    target_confidence: Literal["rested", "pressed", "moving", "scrolled", "focus", "window", "none"]
    app: str = ""
    window_title: str = ""
    url: str = ""
    tree_seq: int | None = None
    correction: CorrectionLabel | None = None
    correction_span: int | None = None
    correction_rule: CorrectionRule | None = None


class QualityParts(msgspec.Struct, frozen=True, kw_only=True):
    """What an episode's score is made of, each from 0 to 1 with 1 the best; None where it doesn't apply.

    `fresh`: how new the pictures were; `grounded`: how surely the elements acted upon are known; `busy`: 1 less the
    share of time in which nothing was done; `readable`: 1 less the share that redaction took; `succeeded`: 1 for a
    task said to be done, 0 for one that failed; `unique`: 1 divided by its place among its near-duplicates;
    `direct`: 1 less the share of steps spent on slips and their corrections.
    """

    fresh: float | None = None
    grounded: float | None = None
    busy: float | None = None
    readable: float | None = None
    succeeded: float | None = None
    unique: float | None = None
    direct: float | None = None


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """A run of steps that belong together: one task, or what lies between two long pauses.

    `cause` says what ended it: the recording's end, a task mark, or a pause. `quality` is its score's parts and
    `likeness` its signature for finding near-duplicates (`pipeline.duplicates`), None and () until they are computed.
    """

    index: int
    task: str
    start_ns: int
    end_ns: int
    steps: tuple[Step, ...]
    cause: Literal["end", "task", "pause"]
    quality: QualityParts | None = None
    likeness: tuple[int, ...] = ()
