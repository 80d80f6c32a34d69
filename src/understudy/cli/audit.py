"""`understudy audit`: looks for proof that something sensitive got through."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from understudy.catalogue import Catalogue
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.opening import opened
from understudy.cli.output import print_json
from understudy.cli.own_key import open_identity
from understudy.cli.recording_ids import FEWEST_DIGITS, find_recording
from understudy.records.recording import Recording
from understudy.risk.leaks import Channel, Result, search_channel
from understudy.risk.matching import PART_MIN_DIGITS, PART_MIN_SIGNS, SHORT_MIN_SIGNS, Finder
from understudy.risk.reading import Reader, ReadingFailed
from understudy.risk.words import Words, WordsFault, read_words
from understudy.risk.written import (
    channels_of_dataset,
    channels_of_files,
    channels_of_recording,
    file_pieces,
    files_under,
)
from understudy.seal.errors import SealError
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyGone, KeyStore
from understudy.spool.reader import read_recording
from understudy.spool.recordings import recording_ids

FOUND, NOT_SEARCHED = 1, 2
"""Exit codes, as grep's: 0 nothing was found, 1 something was, 2 the search could not be made."""
MOST_ROWS = 40

CANT_SEE = (
    "text in pictures that a reader can't make out: tiny, pale, handwritten, turned, a few pixels of a letter",
    "words that were compressed or encrypted before they were recorded, other spellings, translations, sounds",
    f"words of fewer than {SHORT_MIN_SIGNS} letters and digits; of fewer than {PART_MIN_SIGNS} letters "
    f"({PART_MIN_DIGITS} digits) parts, reversals and codes, and pictures where one of their signs is misread",
    "how long a hidden word was, and the rhythm in which it was typed",
    "anything that is not on your list",
)


def register(app: typer.Typer) -> None:
    """Add `audit`."""
    group = typer.Typer(
        name="audit",
        no_args_is_help=True,
        help="Look for proof that something sensitive got through.",
        epilog="Example: understudy audit leaks orders --words customers.txt",
    )
    group.command("leaks", epilog="Example: understudy audit leaks orders --words customers.txt")(leaks)
    app.add_typer(group)


def leaks(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(help="A dataset's name, a recording's id, or an export's folder or file.", metavar="WHAT"),
    ],
    words: Annotated[Path, typer.Option("--words", help="Your list, one word a line; - reads it from standard input.")],
    version: Annotated[
        int | None, typer.Option("--version", help="The dataset version's number (default: newest).")
    ] = None,
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="Read the text in pictures, too.")] = True,
    show: Annotated[
        bool, typer.Option("--show", help="Print the words that were found, not only their lines.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every place.")] = False,
) -> None:
    """Search a dataset, a recording or an export for your own list of words, and say where they stand.

    Every text is searched, sealed files unsealed and as they lie, keys joined back to text, pictures read. Parts,
    reversed, split, encoded and misread forms count. The words are neither printed nor logged. Ends with code 0 when
    nothing was found, 1 when something was, 2 when the search could not be made.
    """
    home: Home = context.obj
    try:
        wanted = read_words(_bytes_of(words))
        if pictures and shutil.which("tesseract") is None:
            raise UsageFault(
                "reading pictures needs tesseract: sudo apt-get install tesseract-ocr; or leave them out: --no-pictures"
            )
        reader = Reader() if pictures else None
        with _channels(home, what, version, reader) as (kind, channels):
            results = _search(channels, wanted)
    except (CommandFailed, ReadingFailed, WordsFault, ValueError) as failure:
        # A search that could not be made must not look like one that found something.
        raise UsageFault(str(failure)) from None
    if as_json:
        print_json(_as_json(what, kind, wanted, results, pictures, show))
    else:
        _print(Console(highlight=False), what, kind, wanted, results, pictures, show)
    if any(result.leaks for result in results):
        raise typer.Exit(FOUND)


def _bytes_of(words: Path) -> bytes:
    if str(words) == "-":
        return sys.stdin.buffer.read()
    try:
        return words.read_bytes()
    except OSError as error:
        raise UsageFault(f"--words {words}: {error.strerror}; expected a file with one word a line, or -") from None


@contextmanager
def _channels(
    home: Home, what: str, version: int | None, reader: Reader | None
) -> Iterator[tuple[str, Iterator[Channel]]]:
    """What `what` names, opened: its kind in words, and the ways of looking at it. Raises UsageFault, CommandFailed."""
    if _is_dataset(home, what):
        with opened(home, what, version) as dataset:
            yield f"dataset, version {dataset.manifest.number}", channels_of_dataset(dataset, reader)
    elif version is not None:
        raise UsageFault(f'--version: no dataset is called "{what}"')
    elif len(what) >= FEWEST_DIGITS and any(one.startswith(what.lower()) for one in recording_ids(home.spool)):
        recording_id = find_recording(home, what)
        recording = _unsealed(home, recording_id)
        yield "recording", _recording_channels(home, recording_id, recording, reader)
    elif Path(what).exists():
        yield "files in the clear", channels_of_files(Path(what).absolute(), reader)
    else:
        raise UsageFault(f'"{what}": no dataset, recording or file is called so; expected one of them')


def _is_dataset(home: Home, name: str) -> bool:
    if not home.catalogue.exists():
        return False
    with Catalogue.open(home.catalogue) as catalogue:
        return bool(catalogue.versions(name))


def _unsealed(home: Home, recording_id: str) -> Recording:
    try:
        key = KeyStore(home.keys).unwrap(recording_id, open_identity(home))
        device = identity.device(home.identity)
        return read_recording(home.spool / recording_id, key, device_public_key=device.public_key)
    except (KeyGone, SealError) as error:
        raise CommandFailed(str(error)) from None


def _recording_channels(
    home: Home, recording_id: str, recording: Recording, reader: Reader | None
) -> Iterator[Channel]:
    yield from channels_of_recording(recording, reader)
    yield Channel("files as they lie", "", file_pieces(files_under(home.spool / recording_id), home.spool))


def _search(channels: Iterator[Channel], words: Words) -> list[Result]:
    console = Console(stderr=True)
    results = []
    with console.status("making ready") as status:
        finder = Finder(words.sought)
        for channel in channels:
            status.update(f"searching: {channel.name}")
            results.append(search_channel(channel, finder))
    return results


def _places(results: Sequence[Result]) -> dict[str, dict[tuple[str, str], int]]:
    """For each line of the list that was found: (where, form) and how often."""
    places: dict[str, Counter[tuple[str, str]]] = {}
    for result in results:
        for leak in result.leaks:
            places.setdefault(leak.match.secret, Counter())[f"{result.channel}: {leak.where}", leak.match.form] += 1
    return {name: dict(places[name]) for name in sorted(places, key=_number)}


def _number(name: str) -> int:
    return int(name.removeprefix("line "))


def _as_json(
    what: str, kind: str, words: Words, results: Sequence[Result], pictures: bool, show: bool
) -> dict[str, object]:
    return {
        "searched": what,
        "kind": kind,
        "words": len(words.sought),
        "found": [
            {
                "line": _number(name),
                **({"word": words.value(name)} if show else {}),
                "places": [{"where": where, "form": form, "times": times} for (where, form), times in places.items()],
            }
            for name, places in _places(results).items()
        ],
        "channels": [
            {"name": result.channel, "pieces": result.pieces, "size": result.size, "matches": len(result.leaks)}
            for result in results
        ],
        "pictures_read": pictures,
        "not_looked_for_lines": list(words.too_short),
        "whole_words_only_lines": list(words.short),
        "cant_see": list(CANT_SEE),
    }


def _print(
    console: Console, what: str, kind: str, words: Words, results: Sequence[Result], pictures: bool, show: bool
) -> None:
    console.print(f"[bold]{escape(what)}[/bold] ({escape(kind)}), searched for {len(words.sought):,} words")
    console.print()
    looked = Table(box=None, pad_edge=False, header_style="bold")
    looked.add_column("Searched", no_wrap=True)
    looked.add_column("Pieces", justify="right")
    looked.add_column("Size", justify="right")
    looked.add_column("Words found", justify="right")
    for result in results:
        found = len({leak.match.secret for leak in result.leaks})
        shown = f"[bold red]{found}[/]" if found else "0"
        looked.add_row(escape(result.channel), f"{result.pieces:,}", _size(result.size), shown)
    console.print(looked)
    console.print()
    places = _places(results)
    if places:
        _print_found(console, words, places, show)
    else:
        console.print("[bold]Nothing was found.[/bold]")
    console.print()
    console.print("What this search can't see:")
    for line in _limits(words, pictures):
        console.print(f"  - {escape(line)}")


def _print_found(console: Console, words: Words, places: dict[str, dict[tuple[str, str], int]], show: bool) -> None:
    console.print(f"[bold red]{len(places)} of the words were found[/]")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Line", justify="right")
    if show:
        table.add_column("Word")
    table.add_column("Where", overflow="fold")
    table.add_column("How")
    rows = [(name, where, form) for name, found in places.items() for where, form in found]
    for name, where, form in rows[:MOST_ROWS]:
        word = (escape(words.value(name)),) if show else ()
        table.add_row(str(_number(name)), *word, escape(where), form)
    console.print(table)
    if len(rows) > MOST_ROWS:
        console.print(f"… and {len(rows) - MOST_ROWS:,} more places: --json lists them all")


def _limits(words: Words, pictures: bool) -> list[str]:
    limits = list(CANT_SEE)
    if not pictures:
        limits.insert(0, "pictures: they were left out (--no-pictures)")
    if words.too_short:
        limits.insert(0, f"these lines of your list, too short to be looked for: {_listed(words.too_short)}")
    return limits


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:20]))
    return f"{shown} and {len(numbers) - 20} more" if len(numbers) > 20 else shown


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
