"""`understudy doctor`: what works on this desktop, and how to mend what doesn't."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from understudy.capture.survey import Check, can_record, survey
from understudy.cli.output import print_json
from understudy.cli.policy_files import load_policy
from understudy.recorder.confine import landlock_abi
from understudy.recorder.tesseract import Tesseract, TesseractMissing
from understudy.redact.policy import Policy
from understudy.redact.policy_file import PolicyFault
from understudy.settings import Home

_SIGNS = {"ok": "[green]ok[/]", "warn": "[yellow]warn[/]", "fail": "[red]fail[/]"}


def register(app: typer.Typer) -> None:
    """Add `doctor`."""
    app.command("doctor", epilog="Example: understudy doctor --json")(doctor)


def doctor(
    context: typer.Context,
    policy: Annotated[
        Path | None,
        typer.Option(help="Look at what this policy needs, too (default: the one in the home).", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what works on this desktop, how much each program shows of itself, and how to mend what doesn't.

    Exit code 0 when a recording can work here, 1 when it can't.
    """
    checks = [*survey(dict(os.environ), landlock_abi()), *policy_checks(policy, context.obj)]
    if as_json:
        print_json({"can_record": can_record(checks), "checks": [asdict(check) for check in checks]})
    else:
        _show(checks)
    if not can_record(checks):
        raise typer.Exit(1)


def policy_checks(given: Path | None, home: Home | None) -> list[Check]:
    """What the policy in force needs of this machine; [] without a policy, or where it needs nothing."""
    path = given if given is not None or home is None or not home.policy.exists() else home.policy
    if path is None:
        return []
    try:
        return reader_checks(load_policy(path, home))
    except PolicyFault as fault:
        return [Check("policy", "fail", str(fault), f"all of them: understudy policy check {path}")]


def reader_checks(policy: Policy) -> list[Check]:
    """Whether pictures can be read, where a rule asks for it."""
    names = [rule.name for rule in policy.apps if rule.pixels == "ocr"]
    if not names:
        return []
    try:
        Tesseract()
    except TesseractMissing as error:
        finding, _, mend = str(error).partition(": ")
        lost = f'pixels = "ocr" shows nothing of {", ".join(names)} without it'
        return [Check("picture reader", "warn", f"{finding}; {lost}", mend)]
    return [Check("picture reader", "ok", f"Tesseract; reads pictures of {', '.join(names)}")]


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
