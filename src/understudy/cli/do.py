"""`understudy do`: a taught task, performed with the values that you name."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console

from understudy.act.agent import Limits
from understudy.capture.choose import check_desktop
from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.options import PolicyFile
from understudy.cli.policy_files import policy_in_force
from understudy.cli.teach_perform import Performance, perform
from understudy.cli.teach_task import Taught, folder_of, load
from understudy.redact.policy_file import PolicyFault
from understudy.settings import Home

SURE = 0.5


def register(app: typer.Typer) -> None:
    """Add `do`."""
    app.command("do", epilog="Example: understudy do file-the-note-under name=Anna folder=Bills")(do)


def do(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help="The task's name, or its sentence.", show_default=False)],
    values: Annotated[
        list[str] | None,
        typer.Argument(help="What varies: name=Anna folder=Bills; what is missing is asked.", metavar="[SLOT=VALUE]…"),
    ] = None,
    policy: PolicyFile = None,
    sure: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Ask below this probability.", show_default=True)
    ] = SURE,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Don't ask before what the policy calls irreversible.")
    ] = False,
) -> None:
    """Perform a taught task on this desktop, in the program's window, with real mouse and keyboard events.

    Each step is told before it is done; the stop hotkey of your policy ends it at once, and so does Ctrl+C here. It
    asks where it isn't sure and before what can't be taken back, and never types into password fields unless you tell
    it what, then and there. Exit code 1 unless it came to its end.
    """
    home: Home = context.obj
    known = load(home, task)
    asks = sys.stdin.isatty()
    told = _told(known, values or (), asks=asks)
    try:
        check_desktop(os.environ)
        wanted = _performance(home, known, os.environ, policy, sure)
        report = perform(wanted, told, Console(highlight=False), asks=asks, yes=yes)
    except CaptureUnavailable as missing:
        raise CommandFailed(str(missing)) from None
    if report.end != "done":
        raise typer.Exit(1)


def do_interactively(
    home: Home, task: Taught, environment: Mapping[str, str], policy: Path | None, console: Console
) -> None:
    """After teaching: perform it as often as the person likes, then say how to do so later."""
    example = " ".join(f"{slot}=…" for slot in task.slots)
    console.print(f"Have it done any time: [bold]understudy do {task.name} {example}[/]".rstrip())
    if not sys.stdin.isatty():
        return
    wanted = _performance(home, task, environment, policy, SURE)
    while typer.confirm("Do it now?", default=True):
        told = {slot: str(typer.prompt(f"      {slot}")) for slot in task.slots}
        perform(wanted, told, console, asks=True)


def _performance(
    home: Home, task: Taught, environment: Mapping[str, str], policy: Path | None, sure: float
) -> Performance:
    try:
        in_force = policy_in_force(home, policy or home.policy).policy
    except PolicyFault as fault:
        raise UsageFault(str(fault)) from None
    if not task.version:
        raise UsageFault(f"{task.name} isn't learnt yet; show it: understudy teach {task.name}")
    return Performance(
        task=task,
        chooser=learning().learnt(folder_of(home, task.name)),
        env=DesktopEnv.from_environment(environment),
        policy=in_force,
        limits=Limits(sure=sure),
    )


def learning() -> ModuleType:
    """What trains and finds policies again: imported when needed, since torch takes seconds. Raises CommandFailed."""
    try:
        return importlib.import_module("understudy.cli.teach_learn")
    except ImportError as missing:
        if missing.name != "torch":
            raise
        raise CommandFailed("learning needs PyTorch: pip install 'understudy[learn]'") from None


def _told(task: Taught, given: Sequence[str], *, asks: bool) -> dict[str, str]:
    """The values by slot; what is missing is asked. Raises UsageFault."""
    found: dict[str, str] = {}
    for one in given:
        slot, equals, value = one.partition("=")
        if not equals or slot not in task.slots:
            known = ", ".join(f"{each}=…" for each in task.slots) or "nothing"
            raise UsageFault(f"{one!r}: of this task varies {known}")
        if slot in found:
            raise UsageFault(f"{slot} is told twice")
        found[slot] = value
    for slot in task.slots:
        if slot not in found and not asks:
            raise UsageFault(f"{slot} is missing: understudy do {task.name} {slot}=…")
        if slot not in found:
            found[slot] = str(typer.prompt(slot))
    return found
