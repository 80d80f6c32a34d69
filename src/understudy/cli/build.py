"""`understudy build`: recordings become a dataset version."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from understudy.build import BuildError, BuildResult, Progress, build_dataset
from understudy.catalogue import CatalogueError
from understudy.cli.errors import CommandFailed
from understudy.cli.output import print_json
from understudy.cli.own_key import open_identity
from understudy.dataset import DatasetError
from understudy.records.consent import Purpose
from understudy.records.levels import Motion, Timing
from understudy.seal.errors import SealError
from understudy.settings import Home

MOTION_HELP = "Cursor: targets (where actions happened), coarse (a thinned path) or full (every move)."
TIMING_HELP = "Keys: none, bucketed (dwell and flight in 50 ms steps) or full."


def register(app: typer.Typer) -> None:
    """Add `build`."""
    app.command("build", epilog="Example: understudy build orders --motion coarse")(build)


def build(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The dataset's name; a known one gets its next version.")],
    recording: Annotated[
        list[str] | None,
        typer.Option("--recording", metavar="ID", help="Only this recording (id or its beginning); may be repeated."),
    ] = None,
    motion: Annotated[Motion, typer.Option(help=MOTION_HELP)] = "targets",
    timing: Annotated[Timing, typer.Option(help=TIMING_HELP)] = "none",
    purpose: Annotated[
        Purpose | None, typer.Option(help="What it is for (default: your own agent, where the consent names it).")
    ] = None,
    second_pass: Annotated[
        bool | None,
        typer.Option(
            "--second-pass/--no-second-pass",
            help="Look through all texts once more, with Presidio and detect-secrets (default: where installed).",
            show_default=False,
        ),
    ] = None,
    min_quality: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out episodes that score below this (0 to 1).", show_default=False)
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build a dataset version from your recordings: sealed, one key a recording.

    Recordings whose consent was withdrawn or doesn't name the purpose, whose retention is over, or that don't verify
    are left out, each with its reason.
    """
    home: Home = context.obj
    holder = open_identity(home)
    try:
        with _bar(shown=not as_json) as progress:
            result = build_dataset(
                home,
                name,
                identity=holder,
                recordings=recording or None,
                motion=motion,
                timing=timing,
                purpose=purpose,
                second_pass=second_pass,
                min_quality=min_quality,
                progress=progress,
            )
    except (BuildError, CatalogueError, DatasetError, SealError) as error:
        raise CommandFailed(str(error)) from None
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise CommandFailed(
            f'building "{name}" failed: {what}; nothing was left behind, your recordings are whole'
        ) from None
    if as_json:
        print_json(_as_json(result))
    else:
        _print(Console(highlight=False), result)


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar on standard error where somebody looks at it."""
    if not shown or not sys.stderr.isatty():
        yield lambda _progress: None
        return
    columns = (TextColumn("building"), BarColumn(), MofNCompleteColumn(), TextColumn("recordings"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("build", total=None)
        yield lambda told: bar.update(task, completed=told.done, total=told.total)


def _as_json(result: BuildResult) -> dict[str, object]:
    version = result.version
    return {
        "name": version.name,
        "version": version.number,
        "id": version.id,
        "folder": str(result.folder),
        "purpose": version.purpose,
        "motion": version.motion,
        "timing": version.timing,
        "recordings": list(result.recordings),
        "episodes": result.episodes,
        "steps": result.steps,
        "bytes": result.bytes,
        "granted": result.granted,
        "second_pass": result.second_pass,
        "second_pass_found": dict(result.second_pass_found),
        "min_quality": result.min_quality,
        "below_quality": result.below_quality,
        "left_out": [{"id": one.recording_id, "reason": one.reason, "words": one.words} for one in result.left_out],
    }


def _print(console: Console, result: BuildResult) -> None:
    version = result.version
    name = escape(version.name)
    console.print(
        f"Built [bold]{name}[/bold] version {version.number}: {_count(len(result.recordings), 'recording')}, "
        f"{_count(result.episodes, 'episode')}, {_count(result.steps, 'step')}, {result.bytes / 1e6:.1f} MB sealed."
    )
    console.print(f"Purpose {version.purpose}, motion {version.motion}, timing {version.timing}.")
    if result.second_pass:
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(result.second_pass_found.items()))
        console.print(f"Second pass by {result.second_pass}: {found or 'nothing more found'}.")
    else:
        console.print("No second pass over the texts was made.")
    if result.min_quality:
        console.print(f"Left out for scoring below {result.min_quality:g}: {_count(result.below_quality, 'episode')}.")
    if result.left_out:
        console.print(f"Left out: {_count(len(result.left_out), 'recording')}")
        for one in result.left_out:
            console.print(f"  {one.recording_id[:8]}  {one.words}")
    if not result.granted:
        console.print("It holds workplace recordings, so opening it needs a grant.")
        return
    shell = name if name.isalnum() else f"'{name}'"
    console.print(f"Next: understudy inspect {shell}")
    console.print(f"      understudy export {shell} --to opencua")


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
