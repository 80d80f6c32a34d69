"""`understudy doctor`: what works on this desktop, and how to mend what doesn't."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from understudy.capture.survey import Check, can_record, survey
from understudy.cli.output import print_json
from understudy.recorder.confine import landlock_abi

_SIGNS = {"ok": "[green]ok[/]", "warn": "[yellow]warn[/]", "fail": "[red]fail[/]"}


def register(app: typer.Typer) -> None:
    """Add `doctor`."""
    app.command("doctor", epilog="Example: understudy doctor --json")(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Tell what works on this desktop, how much each program shows of itself, and how to mend what doesn't.

    Exit code 0 when a recording can work here, 1 when it can't.
    """
    checks = survey(dict(os.environ), landlock_abi())
    if as_json:
        print_json({"can_record": can_record(checks), "checks": [asdict(check) for check in checks]})
    else:
        _show(checks)
    if not can_record(checks):
        raise typer.Exit(1)


def _show(checks: list[Check]) -> None:
    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("state", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("finding and how to mend it", overflow="fold")
    for check in checks:
        told = escape(check.finding)
        if check.mend:
            told += f"\n[dim]→ {escape(check.mend)}[/]"
        table.add_row(_SIGNS[check.state], escape(check.name), told)
    console.print(table)
    console.print()
    if not can_record(checks):
        console.print("[red]A recording can't work here yet.[/] Mend what failed, then run this again.")
    elif any(check.state == "warn" for check in checks):
        console.print("A recording works here; the warnings say what is lost or less safe.")
    else:
        console.print("[green]All is well.[/]")
