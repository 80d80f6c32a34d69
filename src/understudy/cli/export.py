"""`understudy export`: a dataset in the clear, in a format that trainers read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from understudy.catalogue import Catalogue, NotInCatalogue
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.opening import note_export, opened
from understudy.cli.output import Cell, print_json, print_list
from understudy.dataset import Dataset
from understudy.export.charts import bytes_words
from understudy.export.folder import FolderInUse, check_free
from understudy.export.formats import FORMATS, MissingPackage, check_installed, export
from understudy.settings import Home


def register(app: typer.Typer) -> None:
    """Add `export`."""
    app.command("export", epilog="Example: understudy export orders --to opencua --out ./orders-opencua")(export_)


def export_(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The dataset's name.", metavar="NAME")] = None,
    to: Annotated[str | None, typer.Option("--to", help="The format; --list shows them.", metavar="FORMAT")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The new folder to write (default: ./NAME-FORMAT).", metavar="DIR")
    ] = None,
    version: Annotated[int | None, typer.Option("--version", help="The version's number (default: newest).")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the formats and what each loses, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a copy of a dataset in the clear, in a format that trainers read.

    The copy is no longer sealed: whoever can read the folder can read it. That it was made is logged.
    """
    if list_:
        _list(as_json)
        return
    if name is None or to is None:
        raise UsageFault("name a dataset and a format, as in: understudy export NAME --to opencua (--list shows all)")
    if to not in FORMATS:
        raise UsageFault(f'no format "{to}"; there are {", ".join(FORMATS)}')
    home: Home = context.obj
    folder = (out or Path(f"{name}-{to}")).absolute()
    try:
        check_installed(to)
        check_free(folder)
        with opened(home, name, version) as dataset:
            # Logged first: a copy that nobody knows of must not exist, a logged one that failed may.
            note_export(home, dataset, f"export to {to}")
            exported = export(dataset, to, folder, notices=_notices(home, dataset))
    except FolderInUse as error:
        raise UsageFault(str(error)) from None
    except MissingPackage as error:
        raise CommandFailed(str(error)) from None
    if as_json:
        print_json(
            {
                "format": to,
                "folder": str(folder),
                "bytes": exported.bytes,
                "counts": dict(exported.counts),
                "left_out": dict(exported.left_out),
                "sealed": False,
            }
        )
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"Wrote {escape(str(folder))} ({bytes_words(exported.bytes)}).")
    console.print("  " + ", ".join(f"{count} {what}" for what, count in exported.counts.items()))
    for reason, count in exported.left_out.items():
        console.print(f"  left out: {count} {'step' if count == 1 else 'steps'}, because {escape(reason)}")
    console.print("[bold]This copy is in the clear[/bold]: whoever can read the folder can read what it holds.")


def _notices(home: Home, dataset: Dataset) -> dict[str, str]:
    """The words of the notices that the dataset's recordings were made under, as far as the catalogue keeps them."""
    texts: dict[str, str] = {}
    with Catalogue.open(home.catalogue) as catalogue:
        for sha256 in {part.notice.sha256 for part in dataset.manifest.parts}:
            with suppress(NotInCatalogue):
                texts[sha256] = catalogue.notice(sha256)
    return texts


def _list(as_json: bool) -> None:
    rows: list[dict[str, Cell]] = [
        {
            "format": one.name,
            "title": one.title,
            "description": one.description,
            "needs": f"understudy[export] ({one.package})" if one.package else "",
            "loses": list(one.loses) if as_json else "; ".join(loss.rstrip(".") for loss in one.loses),
        }
        for one in FORMATS.values()
    ]
    columns = {"format": "Format", "description": "What it is", "loses": "What it loses"}
    print_list(rows, as_json=as_json, columns=columns, empty="There are no formats.")
