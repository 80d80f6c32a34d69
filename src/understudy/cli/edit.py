"""`understudy edit`: episodes of a dataset trimmed, split, merged, relabelled and deleted, as a new version."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from understudy.build import BuildError, NoGrant, Progress
from understudy.build.edit import EditPreview, EditResult, edit_dataset, preview_edit
from understudy.catalogue import CatalogueError, NotInCatalogue
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.opening import opened
from understudy.cli.output import Cell, print_json, print_list
from understudy.cli.own_key import open_identity
from understudy.dataset import DatasetError
from understudy.dataset.edit import EpisodeLine, episode_lines
from understudy.dataset.edit_file import MAX_BYTES, read_operations
from understudy.dataset.edit_operations import (
    AnyOperation,
    Delete,
    EditError,
    Merge,
    Relabel,
    Split,
    Trim,
    describe,
)
from understudy.export.story import stories
from understudy.export.words import tell_action
from understudy.redact.policy import Policy
from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_span import kinds_of
from understudy.seal.errors import SealError
from understudy.settings import Home

TASK_CHARS = 400
"""The longest task that is kept; imports cut theirs there too."""

_NAME = Annotated[str, typer.Argument(help="The dataset's name.", metavar="NAME", show_default=False)]
_EPISODE = Annotated[int, typer.Argument(help="The episode's number; `edit episodes` lists them.", show_default=False)]
_VERSION = Annotated[int | None, typer.Option("--version", help="The version to edit (default: newest).")]
_DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Show what would come out; make nothing.")]
_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add `edit episodes`, `steps`, `trim`, `split`, `merge`, `relabel`, `delete` and `apply`."""
    edit = typer.Typer(
        no_args_is_help=True,
        help="Mend a dataset's episodes. Each edit makes a new version; the one that was edited stays.",
    )
    edit.command("episodes", epilog="Example: understudy edit episodes orders")(episodes)
    edit.command("steps", epilog="Example: understudy edit steps orders 2")(steps)
    edit.command("trim", epilog="Example: understudy edit trim orders 2 --from 3 --to 9")(trim)
    edit.command("split", epilog="Example: understudy edit split orders 2 --before 5")(split)
    edit.command("merge", epilog="Example: understudy edit merge orders 2 3")(merge)
    edit.command("relabel", epilog="Example: understudy edit relabel orders 2 'file the report'")(relabel)
    edit.command("delete", epilog="Example: understudy edit delete orders 4")(delete)
    edit.command("apply", epilog="Example: understudy edit apply orders edits.toml --dry-run")(apply)
    app.add_typer(edit, name="edit", epilog="Example: understudy edit trim orders 2 --from 3 --to 9")


def episodes(context: typer.Context, name: _NAME, version: _VERSION = None, as_json: _JSON = False) -> None:
    """List a dataset's episodes with the numbers by which edits name them."""
    with opened(context.obj, name, version) as dataset:
        lines = list(episode_lines(list(dataset.batches("episodes"))))
    _print_lines(lines, as_json=as_json)


def steps(
    context: typer.Context, name: _NAME, episode: _EPISODE, version: _VERSION = None, as_json: _JSON = False
) -> None:
    """List the steps of one episode with their numbers, to find where to cut."""
    rows: list[dict[str, Cell]] = []
    with opened(context.obj, name, version) as dataset:
        count = 0
        for number, story in enumerate(stories(dataset)):
            count += 1
            if number == episode:
                for nth, step in enumerate(story.steps):
                    told = tell_action(step.action, step.target)
                    start_ms = step.action.start_ns // 1_000_000
                    when: Cell = start_ms if as_json else f"{start_ms / 1000:.1f} s"
                    rows.append({"step": nth, "start_ms": when, "what": told, "app": step.app})
    if not rows:
        raise UsageFault(f'"{name}" has no episode {episode}; expected 0 to {count - 1}: understudy edit episodes')
    columns = {"step": "Step", "start_ms": "At", "what": "What", "app": "Application"}
    print_list(rows, as_json=as_json, columns=columns, empty="It has no steps.")


def trim(
    context: typer.Context,
    name: _NAME,
    episode: _EPISODE,
    first: Annotated[int, typer.Option("--from", help="The first step to keep.")] = 0,
    last: Annotated[int | None, typer.Option("--to", help="The last step to keep (default: the last).")] = None,
    version: _VERSION = None,
    dry_run: _DRY_RUN = False,
    as_json: _JSON = False,
) -> None:
    """Keep only some steps of an episode, from one to another, both included."""
    _edit(context.obj, name, [Trim(episode, first, last)], version, dry_run=dry_run, as_json=as_json)


def split(
    context: typer.Context,
    name: _NAME,
    episode: _EPISODE,
    before: Annotated[int, typer.Option("--before", help="The step that the second half begins with.")],
    version: _VERSION = None,
    dry_run: _DRY_RUN = False,
    as_json: _JSON = False,
) -> None:
    """Make two episodes of one. Both keep its task: relabel them."""
    _edit(context.obj, name, [Split(episode, before)], version, dry_run=dry_run, as_json=as_json)


def merge(
    context: typer.Context,
    name: _NAME,
    numbers: Annotated[
        list[int],
        typer.Argument(help="Their numbers: two or more, in order.", metavar="EPISODE...", show_default=False),
    ],
    version: _VERSION = None,
    dry_run: _DRY_RUN = False,
    as_json: _JSON = False,
) -> None:
    """Make one episode of several that follow one another in the same recording."""
    _edit(context.obj, name, [Merge(tuple(numbers))], version, dry_run=dry_run, as_json=as_json)


def relabel(
    context: typer.Context,
    name: _NAME,
    episode: _EPISODE,
    task: Annotated[str, typer.Argument(help='The task in your words; "" for none.', show_default=False)],
    version: _VERSION = None,
    dry_run: _DRY_RUN = False,
    as_json: _JSON = False,
) -> None:
    """Say anew what an episode's task was. Your words are scrubbed as recorded text is before they are kept."""
    _edit(context.obj, name, [Relabel(episode, task)], version, dry_run=dry_run, as_json=as_json)


def delete(
    context: typer.Context,
    name: _NAME,
    episode: _EPISODE,
    version: _VERSION = None,
    dry_run: _DRY_RUN = False,
    as_json: _JSON = False,
) -> None:
    """Take an episode out. Older versions and the recording still hold it: `recordings forget` erases."""
    _edit(context.obj, name, [Delete(episode)], version, dry_run=dry_run, as_json=as_json)


def apply(
    context: typer.Context,
    name: _NAME,
    file: Annotated[Path, typer.Argument(help="The edits: TOML or JSON.", metavar="FILE", show_default=False)],
    version: _VERSION = None,
    dry_run: _DRY_RUN = False,
    as_json: _JSON = False,
) -> None:
    """Do a list of edits in one go, as one new version. Each sees the numbers that the ones before it left."""
    try:
        with file.open("rb") as opened_file:
            data = opened_file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageFault(f"{file}: can't read the edits: {error.strerror}; expected a TOML or JSON file") from None
    try:
        operations = read_operations(data, file.name)
    except EditError as error:
        raise UsageFault(str(error)) from None
    _edit(context.obj, name, operations, version, dry_run=dry_run, as_json=as_json)


def _edit(
    home: Home,
    name: str,
    operations: Sequence[AnyOperation],
    version: int | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    cleaned, replaced = _scrubbed(operations)
    holder = open_identity(home)
    try:
        if dry_run:
            preview = preview_edit(home, name, cleaned, identity=holder, version=version)
            _show_preview(preview, cleaned, replaced, as_json=as_json)
            return
        with _bar(shown=not as_json) as progress:
            result = edit_dataset(home, name, cleaned, identity=holder, version=version, progress=progress)
    except (EditError, NotInCatalogue) as error:
        raise UsageFault(str(error)) from None
    except (BuildError, NoGrant, CatalogueError, DatasetError, SealError) as error:
        raise CommandFailed(str(error)) from None
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise CommandFailed(f'editing "{name}" failed: {what}; nothing was left behind') from None
    if as_json:
        print_json(_as_json(result, cleaned, replaced))
    else:
        _print(Console(highlight=False, soft_wrap=True), result, cleaned, replaced)


def _scrubbed(operations: Sequence[AnyOperation]) -> tuple[list[AnyOperation], int]:
    """The operations with the tasks that a person wrote on one line and without what is sensitive; how much that was.

    With the kinds that a policy names by default; names of people only where a label says so, without a directory.
    """
    scrubber = Scrubber(kinds_of(Policy(version=1, profile="own-work").categories))
    replaced = 0
    cleaned: list[AnyOperation] = []
    for operation in operations:
        if isinstance(operation, Relabel):
            task = " ".join("".join(c if c.isprintable() else " " for c in operation.task).split())
            if len(task) > TASK_CHARS:
                raise UsageFault(f"the task has {len(task)} characters; expected {TASK_CHARS} at most")
            scrubbed = scrubber.scrub(task)
            replaced += len(scrubbed.hits)
            cleaned.append(Relabel(operation.episode, scrubbed.text))
        else:
            cleaned.append(operation)
    return cleaned, replaced


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar on standard error where somebody looks at it."""
    if not shown or not sys.stderr.isatty():
        yield lambda _progress: None
        return
    columns = (TextColumn("editing"), BarColumn(), MofNCompleteColumn(), TextColumn("recordings"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("edit", total=None)
        yield lambda told: bar.update(task, completed=told.done, total=told.total)


def _print_lines(lines: Sequence[EpisodeLine], *, as_json: bool) -> None:
    rows: list[dict[str, Cell]] = [
        dataclasses.asdict(line)
        if as_json
        else {
            "number": line.number,
            "steps": line.steps,
            "begins": _clock(line.start_ms),
            "takes": f"{(line.end_ms - line.start_ms) / 1000:.1f} s",
            "recording": line.recording[:8],
            "task": line.task or "–",
        }
        for line in lines
    ]
    columns = {
        "number": "Episode",
        "steps": "Steps",
        "begins": "Begins",
        "takes": "Takes",
        "recording": "Recording",
        "task": "Task",
    }
    print_list(rows, as_json=as_json, columns=columns, empty="The version holds no episodes.")


def _show_preview(preview: EditPreview, operations: Sequence[AnyOperation], replaced: int, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "dry_run": True,
                "name": preview.source.name,
                "source": preview.source.number,
                "operations": [describe(operation) for operation in operations],
                "replaced": replaced,
                "before": [dataclasses.asdict(line) for line in preview.before],
                "after": [dataclasses.asdict(line) for line in preview.after],
                "left_out": [
                    {"id": one.recording_id, "reason": one.reason, "words": one.words} for one in preview.left_out
                ],
            }
        )
        return
    console = Console(highlight=False, soft_wrap=True)
    source = preview.source
    console.print(f"[bold]{escape(source.name)}[/bold] version {source.number} would become:")
    _print_lines(preview.after, as_json=False)
    for one in preview.left_out:
        console.print(f"Left out: {one.recording_id[:8]}  {one.words}")
    _say_replaced(console, operations, replaced)
    console.print("Nothing was made: this was a dry run.")


def _as_json(result: EditResult, operations: Sequence[AnyOperation], replaced: int) -> dict[str, object]:
    version = result.version
    return {
        "name": version.name,
        "version": version.number,
        "id": version.id,
        "source": result.source.number,
        "folder": str(result.folder),
        "operations": [describe(operation) for operation in operations],
        "replaced": replaced,
        "recordings": list(result.recordings),
        "episodes": result.episodes,
        "steps": result.steps,
        "stills": result.stills,
        "bytes": result.bytes,
        "granted": result.granted,
        "left_out": [{"id": one.recording_id, "reason": one.reason, "words": one.words} for one in result.left_out],
    }


def _print(console: Console, result: EditResult, operations: Sequence[AnyOperation], replaced: int) -> None:
    version = result.version
    console.print(
        f"Edited [bold]{escape(version.name)}[/bold] version {result.source.number} into version {version.number}: "
        f"{_count(result.episodes, 'episode')}, {_count(result.steps, 'step')}, {_count(result.stills, 'still')}."
    )
    for one in result.left_out:
        console.print(f"Left out: {one.recording_id[:8]}  {one.words}")
    _say_replaced(console, operations, replaced)
    if not result.granted:
        console.print("It holds workplace recordings, so opening it needs a grant.")
    console.print(f"Version {result.source.number} stays as it is.")


def _say_replaced(console: Console, operations: Sequence[AnyOperation], replaced: int) -> None:
    if any(isinstance(operation, Relabel) for operation in operations):
        what = f"{_count(replaced, 'thing')} in it replaced by a token" if replaced else "nothing in it was sensitive"
        console.print(f"The new task was scrubbed: {what}.")


def _clock(time_ms: int) -> str:
    minutes, seconds = divmod(time_ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
