"""`understudy import`: other people's recordings become recordings of this home."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from understudy.catalogue import Catalogue, CatalogueError
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.importing import Counts, Importing
from understudy.cli.options import IdentityMethod
from understudy.cli.output import print_json, print_list
from understudy.cli.own_key import make_identity
from understudy.cli.policy_files import PolicyInForce, policy_in_force
from understudy.importers.formats import FORMATS
from understudy.importers.imported import SKIP_WORDS, Importer, NotReadable
from understudy.redact.policy_file import PolicyFault, preset, read_policy
from understudy.seal.errors import SealError
from understudy.settings import Home
from understudy.spool.batch import AlreadyImporting, BatchLog
from understudy.spool.writer import SpoolFull

DAMAGED_TOLD = 20
"""Most damaged demonstrations named on the terminal; JSON names all."""


def register(app: typer.Typer) -> None:
    """Add `import`."""
    app.command("import", epilog="Example: understudy import miniwob demonstrations.tar.xz")(import_)


def import_(
    context: typer.Context,
    format_name: Annotated[
        str | None, typer.Argument(metavar="[FORMAT]", help="What the recordings are; --list names all.")
    ] = None,
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", help="The file or folder that holds them.")] = None,
    policy: Annotated[
        Path | None,
        typer.Option(help="The policy file (default: the one shipped for imports).", show_default=False),
    ] = None,
    failed: Annotated[
        Literal["keep", "skip"], typer.Option(help="Demonstrations that failed, as their source says: keep or skip.")
    ] = "keep",
    identity_method: IdentityMethod = None,
    list_formats: Annotated[bool, typer.Option("--list", help="List the formats.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Import recordings that were made elsewhere: redacted, sealed and listed like your own.

    Where they are from stands in the place of the consent. The same demonstration is imported once, however often this
    is called; stopped in between, what was imported stays and the next call goes on.
    """
    if list_formats:
        rows = [{"name": each.name, "description": each.description} for each in FORMATS.values()]
        print_list(rows, as_json=as_json, columns={"name": "Format", "description": "What it is"}, empty="None.")
        return
    importer = _importer(format_name)
    if path is None:
        raise UsageFault(f"what shall be imported? expected understudy import {importer.name} PATH")
    home: Home = context.obj
    console = Console(stderr=as_json, highlight=False)
    in_force = _policy(home, policy)
    chosen = in_force.policy
    try:
        importer.provenance(path)  # before anything is made: a path that can't be read leaves nothing behind
        home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_identity(home, chosen.profile, identity_method, console)
        with (
            BatchLog(home.spool) as log,
            Catalogue.open(home.catalogue) as catalogue,
            _bar(importer.count(path), shown=not as_json) as progress,
        ):
            catalogue.add_policy(in_force.text, edition=chosen.edition, signature=in_force.signature)
            importing = Importing(home, catalogue, log, importer, chosen)
            counts = importing.run(path, keep_failed=failed == "keep", progress=progress)
    except NotReadable as fault:
        raise UsageFault(str(fault)) from None
    except (AlreadyImporting, SpoolFull, CatalogueError, SealError) as error:
        raise CommandFailed(str(error)) from None
    except OSError as error:
        what = f"{error.filename or path}: {error.strerror or type(error).__name__}"
        raise CommandFailed(f"{what}; what was imported before is whole, call again to go on") from None
    if as_json:
        print_json(_as_json(importer, counts))
    else:
        _print(console, importer, counts)


def _importer(name: str | None) -> Importer:
    if name is None:
        raise UsageFault(f"which format? expected one of {', '.join(FORMATS)} (understudy import --list)")
    if name not in FORMATS:
        raise UsageFault(f'no format "{name}"; expected one of {", ".join(FORMATS)} (understudy import --list)')
    return FORMATS[name]


def _policy(home: Home, given: Path | None) -> PolicyInForce:
    if given is None:
        text = preset("imported")
        return PolicyInForce(read_policy(text, source="imported.toml"), text)
    try:
        return policy_in_force(home, given)
    except PolicyFault as fault:
        raise UsageFault(f"{fault}; all of them: understudy policy check {given}") from None


@contextmanager
def _bar(total: int | None, *, shown: bool) -> Iterator[Callable[[Counts], None]]:
    """A bar on standard error where somebody looks at it."""
    if not shown or not sys.stderr.isatty():
        yield lambda _counts: None
        return
    columns = (
        *(TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TextColumn("demonstrations")),
        *(TextColumn("{task.fields[skipped]} skipped"), TimeElapsedColumn()),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("import", total=total, skipped=0)
        yield lambda counts: bar.update(task, completed=counts.read, skipped=sum(counts.skipped.values()))


def _as_json(importer: Importer, counts: Counts) -> dict[str, object]:
    return {
        "format": importer.name,
        "read": counts.read,
        "imported": counts.imported,
        "failed": counts.failed,
        "bytes": counts.bytes,
        "skipped": dict(counts.skipped.most_common()),
        "found": dict(counts.found.most_common()),
        "dropped": dict(counts.dropped.most_common()),
        "damaged": [{"name": one.name, "reason": one.reason, "detail": one.detail} for one in counts.damaged],
        "recordings": counts.recordings,
    }


def _print(console: Console, importer: Importer, counts: Counts) -> None:
    skipped = sum(counts.skipped.values())
    console.print(
        f"{counts.read:,} demonstrations read: [bold]{counts.imported:,} imported[/bold], {skipped:,} skipped; "
        f"{counts.bytes / 1e6:.1f} MB sealed."
    )
    if counts.failed:
        console.print(f"{counts.failed:,} of those imported failed, as their source says; their outcome tells it.")
    for reason, count in counts.skipped.most_common():
        console.print(f"  skipped {count:,}: {SKIP_WORDS[reason]}")
    for one in counts.damaged[:DAMAGED_TOLD]:
        console.print(f"    {escape(one.name)}: {escape(one.detail)}")
    if len(counts.damaged) > DAMAGED_TOLD:
        console.print(f"    and {len(counts.damaged) - DAMAGED_TOLD:,} more; --json names all")
    for what, count in counts.found.most_common():
        console.print(f"  {count:,} × {escape(what)}")
    for what, count in counts.dropped.most_common():
        console.print(f"  {count:,} × dropped: {escape(what.replace('_', ' '))}")
    if counts.imported:
        console.print(f"Next: understudy build {importer.name}")
