"""What a run found, channel by channel, with what its numbers allow to say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.table import Table

KEPT_SHARE = 0.95
"""So many of the harmless controls must be kept: dropping everything is no redaction."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Row:
    """One channel. `where` are the places of its leaks, `lost` the controls that weren't found, `note` what went wrong.

    `unseen` are canaries that don't count: they did not arrive, or the reader can't make them
    out on the real screen either.
    """

    channel: str
    planted: int
    leaked: int
    controls: int
    kept: int
    unseen: int = 0
    where: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    note: str = ""

    @property
    def bound(self) -> float:
        """The greatest share of leaks that these counts allow, with 95 % confidence."""
        return upper_bound(self.leaked, self.planted)


def joined(row: Row, more: Row) -> Row:
    """Two rounds of one channel as one."""
    return Row(
        row.channel,
        row.planted + more.planted,
        row.leaked + more.leaked,
        row.controls + more.controls,
        row.kept + more.kept,
        row.unseen + more.unseen,
        row.where + more.where,
        row.lost + more.lost,
        row.note or more.note,
    )


def upper_bound(found: int, of: int, confidence: float = CONFIDENCE) -> float:
    """The one-sided upper bound of Clopper and Pearson for a share of which `found` of `of` were seen.

    With 0 of 50 it is 5.8 %. Without any trial it is 1. Raises ValueError when more was found than there was.
    """
    if not 0 <= found <= of:
        raise ValueError(f"{found} of {of} can't be")
    if found == of:
        return 1.0
    low, high = found / of, 1.0
    for _ in range(60):
        share = (low + high) / 2
        at_most = sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(found + 1))
        low, high = (share, high) if at_most > 1 - confidence else (low, share)
    return high


def verdict(rows: Sequence[Row], *, fewest: int) -> list[str]:
    """Every reason for which the run fails, [] when it passes. `fewest` canaries must have been planted a channel."""
    faults = []
    if not rows:
        faults.append("nothing was planted")
    for row in rows:
        if row.note:
            faults.append(f"{row.channel}: {row.note}")
        if row.leaked:
            faults.append(f"{row.channel}: {row.leaked} of {row.planted} leaked: {'; '.join(row.where[:3])}")
        if row.planted < fewest:
            faults.append(f"{row.channel}: only {row.planted} canaries were planted, {fewest} are wanted")
        if row.controls and not row.kept:
            faults.append(f"{row.channel}: blind: none of its {row.controls} controls was found")
    controls, kept = sum(row.controls for row in rows), sum(row.kept for row in rows)
    if not controls:
        faults.append("no control was planted")
    elif kept < KEPT_SHARE * controls:
        faults.append(f"only {kept} of {controls} controls were kept, {KEPT_SHARE:.0%} must be")
    return faults


def table_of(rows: Sequence[Row]) -> Table:
    """The rows and their sum, for people."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Channel", no_wrap=True)
    for heading in ("planted", "leaked", "at most", "controls", "kept"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    whole = Row("all channels", *(sum(getattr(row, name) for row in rows) for name in _COUNTS))
    for row in (*rows, whole):
        leaked = f"[bold red]{row.leaked}[/]" if row.leaked else "0"
        kept = f"[bold red]{row.kept}[/]" if row.kept < KEPT_SHARE * row.controls else str(row.kept)
        unseen = f"{row.unseen} not there" if row.unseen else ""
        note = " ".join(part for part in (unseen, row.note) if part)
        cells = (row.channel, str(row.planted), leaked, f"{row.bound:.1%}", str(row.controls), kept, note)
        table.add_row(*cells, style="bold" if row is whole else "", end_section=row is rows[-1])
    return table


_COUNTS = ("planted", "leaked", "controls", "kept", "unseen")


def as_values(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The same for a program."""
    return [{**asdict(row), "leak_share_at_most": round(row.bound, 4)} for row in rows]
