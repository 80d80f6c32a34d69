"""What the leak search of a demonstration found, told: the verdict, the table, the values for `summary.json`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from understudy.risk.leaks import Result


def verdict(results: Sequence[Result]) -> str | None:
    """None when nothing leaked and no channel is blind; else one line that says what is wrong, leaks first."""
    if not results:
        return "the leak search had nothing to search"
    if leaking := [result for result in results if result.count]:
        places = "; ".join(f"{leak.match.secret} ({leak.match.form}) in {leak.where}" for leak in leaking[0].leaks[:3])
        total = sum(result.count for result in leaking)
        return f"{total} planted secrets were found in what was written: {leaking[0].channel}: {places}"
    if blind := [result.channel for result in results if result.blind]:
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
