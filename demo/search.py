"""The leak search: every planted secret is looked for in everything that was written, channel by channel.

A channel is one way of looking at what was written (the spool's bytes, the unsealed titles, the text in the stills).
Each holds one harmless planted word that the policy keeps: a channel in which that isn't found is blind, and a blind
channel's zero means nothing, so it fails as a leak does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from demo.matching import Finder, Match, holds_word
from demo.secrets import Secret


@dataclass(frozen=True)
class Piece:
    """Something to search: `content` as text (misread signs are looked for too) or as the bytes of a file as it lies.

    `where` names it in reports: a file, a table and column, a picture. Never content.
    """

    where: str
    content: str | bytes


@dataclass(frozen=True)
class Channel:
    """One way of looking at what was written. `control` is the harmless word that must be found in it."""

    name: str
    control: str
    pieces: Iterable[Piece]


@dataclass(frozen=True)
class Leak:
    """A secret was found: where, and how it was wrapped; what it is stays unsaid."""

    where: str
    match: Match


@dataclass(frozen=True)
class Result:
    """What the search of one channel gave. `size` is in bytes or characters."""

    channel: str
    control: str
    control_found: bool
    pieces: int
    size: int
    leaks: tuple[Leak, ...]

    @property
    def count(self) -> int:
        """How many secrets were found, each place and wrapping counted once."""
        return len({(leak.where, leak.match.secret, leak.match.form) for leak in self.leaks})


def search(channels: Iterable[Channel], secrets: Sequence[Secret]) -> list[Result]:
    """Search each channel for each secret, and for its own control word."""
    finder = Finder(secrets)
    return [_search_one(channel, finder) for channel in channels]


def _search_one(channel: Channel, finder: Finder) -> Result:
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


def verdict(results: Sequence[Result]) -> str | None:
    """None when nothing leaked and no channel is blind; else one line that says what is wrong, leaks first."""
    if not results:
        return "the leak search had nothing to search"
    if leaking := [result for result in results if result.count]:
        places = "; ".join(f"{leak.match.secret} ({leak.match.form}) in {leak.where}" for leak in leaking[0].leaks[:3])
        total = sum(result.count for result in leaking)
        return f"{total} planted secrets were found in what was written: {leaking[0].channel}: {places}"
    if blind := [result.channel for result in results if not result.control_found]:
        return f"the search is blind in {', '.join(blind)}: the planted harmless word was not found there"
    return None


def table_of(results: Sequence[Result]) -> Table:
    """Counts by channel, beside whether the channel's control word was found."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("searched", no_wrap=True)
    table.add_column("pieces", justify="right")
    table.add_column("size", justify="right")
    table.add_column("secrets found", justify="right")
    table.add_column("control word found", no_wrap=True)
    for result in results:
        count = f"[bold red]{result.count}[/]" if result.count else "[green]0[/]"
        control = "[green]yes[/]" if result.control_found else "[bold red]no: blind[/]"
        table.add_row(
            result.channel, f"{result.pieces:,}", _size(result.size), count, f"{control} [dim]({result.control})[/]"
        )
    return table


def as_json(results: Sequence[Result]) -> list[dict[str, object]]:
    """The same as values, for `summary.json`."""
    return [
        {
            "channel": result.channel,
            "pieces": result.pieces,
            "size": result.size,
            "secrets_found": result.count,
            "control_word": result.control,
            "control_found": result.control_found,
            "where": sorted({leak.where for leak in result.leaks}),
        }
        for result in results
    ]


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
