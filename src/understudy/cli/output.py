"""Lists as tables for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Cell = str | int | float | bool | None | Sequence[str]


def print_list(rows: Sequence[Mapping[str, Cell]], *, as_json: bool, columns: Mapping[str, str], empty: str) -> None:
    """Print rows: as one JSON array of whole rows, or as a table.

    `columns` maps a row's key to its heading, in order; keys that it lacks appear in JSON only. `empty` is the line
    shown instead of an empty table.
    """
    console = Console()
    if as_json:
        # Not through rich: no wrapping, no colour.
        print(json.dumps([dict(row) for row in rows], indent=2, ensure_ascii=False))  # noqa: T201
        return
    if not rows:
        console.print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        table.add_column(heading)
    for row in rows:
        # Escaped: a name such as "Desk [1]" is no markup.
        table.add_row(*(escape(_shown(row[key])) for key in columns))
    console.print(table)


def print_json(value: object) -> None:
    """Print one JSON value, indented."""
    print(json.dumps(value, indent=2, ensure_ascii=False))  # noqa: T201


def _shown(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    return ", ".join(value)
