"""What is told by no action, and why: with the actions it accounts for every event of a recording."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import msgspec

from understudy.records.actions import Action

EventStream = Literal["pointer", "keys", "text"]
"""The streams whose records are events that a person made."""

LeftOutReason = Literal["free_move", "release_without_press", "modifier_alone", "by_program"]
"""Why a record is part of no action: the pointer moved with no button down (`trajectories` has it); a button or key
came up whose press isn't in the recording, or lies before a pause; a modifier, lock or
layout key that no action was made with (what it changed shows in the text of later keys); a program put text into a
field, and the action that made it do so isn't in the recording."""


class LeftOut(msgspec.Struct, frozen=True):
    """Records of one stream that are left out for one reason; `seqs` in order."""

    stream: EventStream
    reason: LeftOutReason
    seqs: tuple[int, ...]


class Reduction(msgspec.Struct, frozen=True):
    """A recording reduced: every pointer, key and text record is in exactly one of these, once."""

    actions: tuple[Action, ...]
    left_out: tuple[LeftOut, ...]


class Leavings:
    """Collects what is left out while a recording is reduced."""

    def __init__(self) -> None:
        self.of: dict[tuple[EventStream, LeftOutReason], list[int]] = {
            (stream, reason): [] for stream in get_args(EventStream) for reason in get_args(LeftOutReason)
        }

    def told(self) -> Iterator[LeftOut]:
        """What was left out, by stream and reason; nothing for those that were never needed."""
        for (stream, reason), seqs in self.of.items():
            if seqs:
                yield LeftOut(stream, reason, tuple(sorted(seqs)))
