"""The leak search: each thing sought is looked for in everything that was written, channel by channel.

A channel is one way of looking at what was written (the spool's bytes, the unsealed titles, the text in the stills).
It may hold a harmless word of which one knows that it was kept: a channel in which that isn't found is blind, and a
blind channel's zero means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from understudy.risk.matching import Finder, Match, Sought, holds_word


@dataclass(frozen=True)
class Piece:
    """Something to search: `content` as text (misread signs are looked for too) or as the bytes of a file as it lies.

    `where` names it in reports: a file, a table and column, a picture. Never content.
    """

    where: str
    content: str | bytes


@dataclass(frozen=True)
class Channel:
    """One way of looking at what was written. `control` is the harmless word that must be found in it, "" for none."""

    name: str
    control: str
    pieces: Iterable[Piece]


@dataclass(frozen=True)
class Leak:
    """Something sought was found: where, and how it was wrapped; what it is stays unsaid."""

    where: str
    match: Match


@dataclass(frozen=True)
class Result:
    """What the search of one channel gave. `size` is in bytes or characters; `blind` that its control wasn't found."""

    channel: str
    control: str
    control_found: bool
    pieces: int
    size: int
    leaks: tuple[Leak, ...]

    @property
    def blind(self) -> bool:
        """Whether the channel's control word should have been found and wasn't."""
        return bool(self.control) and not self.control_found

    @property
    def count(self) -> int:
        """How many things were found, each place and wrapping counted once."""
        return len({(leak.where, leak.match.secret, leak.match.form) for leak in self.leaks})


def search(channels: Iterable[Channel], sought: Sequence[Sought]) -> list[Result]:
    """Search each channel for each thing sought, and for its own control word."""
    finder = Finder(sought)
    return [search_channel(channel, finder) for channel in channels]


def search_channel(channel: Channel, finder: Finder) -> Result:
    """Search one channel; its pieces are taken one by one, none is held."""
    leaks: list[Leak] = []
    found = False
    pieces = size = 0
    for piece in channel.pieces:
        pieces += 1
        size += len(piece.content)
        if isinstance(piece.content, bytes):
            matches = finder.in_bytes(piece.content)
            found = found or channel.control.lower().encode() in piece.content.lower()
        else:
            matches = finder.in_text(piece.content)
            found = found or holds_word(piece.content, channel.control)
        leaks += (Leak(piece.where, match) for match in matches)
    return Result(channel.name, channel.control, found, pieces, size, tuple(leaks))
