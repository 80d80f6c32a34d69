"""`understudy risk`: attacks on a dataset, and what they found, in words, as JSON and on the dataset's card."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import understudy
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.opening import opened
from understudy.cli.output import print_json
from understudy.dataset import Dataset
from understudy.dataset.risk_note import RiskNote, write_note
from understudy.risk.identify import SIGHTS, WINDOW_STEPS, Attacker, AttackerName, Identified, identify
from understudy.risk.quasi import COLUMNS, Shared, shared
from understudy.risk.sessions import sessions_of, split
from understudy.risk.telling import figures, interval, lines, strongest
from understudy.settings import Home

SIGHT_NAMES = tuple(sight.name for sight in SIGHTS)


def register(app: typer.Typer) -> None:
    """Add `risk`."""
    app.command("risk", epilog="Example: understudy risk orders")(risk)


def risk(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A dataset's name, or the folder of a model.", metavar="NAME")],
    version: Annotated[int | None, typer.Option("--version", help="The version's number (default: newest).")] = None,
    sight: Annotated[
        list[str] | None,
        typer.Option("--by", help=f"Only look for people by this ({', '.join(SIGHT_NAMES)}); may be repeated."),
    ] = None,
    recurrent: Annotated[
        bool, typer.Option("--recurrent/--no-recurrent", help="Attack with the recurrent net beside the forest.")
    ] = True,
    window: Annotated[
        list[int] | None,
        typer.Option("--window", min=1, max=500, help=f"Steps a window; may be repeated (default: {WINDOW_STEPS})."),
    ] = None,
    canaries: Annotated[
        int, typer.Option(min=0, max=1000, help="Of a model: made-up texts planted in what it learns from.")
    ] = 100,
    references: Annotated[
        int,
        typer.Option(min=0, max=64, help="Of a model: models trained on halves, to tell members (at least 4, or 0)."),
    ] = 4,
    episodes: Annotated[int, typer.Option(min=40, help="Of a model: most episodes to attack with.")] = 600,
    minutes: Annotated[
        float,
        typer.Option(min=0, help="Of a model: most minutes of each training; 0: as long as its own."),
    ] = 1.5,
    seed: Annotated[int, typer.Option(min=0, help="Of everything drawn by chance.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every attack.")] = False,
) -> None:
    """Attack a dataset as somebody would who wants to know whose it is, or a model, and tell what that finds.

    Attackers learn from the data as it is and look for people in sessions that they haven't seen; how many people share
    what else could single them out is counted. A run of all attacks is kept for the dataset's card. Of a model, planted
    texts are drawn out and members told from others, on models trained like it from its dataset.
    """
    home: Home = context.obj
    if (Path(name) / "manifest.json").is_file():
        _model(home, Path(name), (canaries, references, episodes, minutes, seed), as_json=as_json)
        return
    chosen = [one for one in SIGHTS if one.name in (sight or SIGHT_NAMES)]
    if unknown := [one for one in sight or () if one not in SIGHT_NAMES]:
        raise UsageFault(f'people can be looked for by {", ".join(SIGHT_NAMES)}, not by "{unknown[0]}"')
    attackers: tuple[AttackerName, ...] = ("forest", "recurrent") if recurrent else ("forest",)
    whole = sight is None and recurrent and window is None
    with opened(home, name, version) as dataset:
        parted = split(sessions_of(dataset))
        shares = _shares(dataset)
        make = _attackers(seed)
        with _bar(shown=not as_json) as tell:
            identified = identify(
                parted,
                make,
                contributors=len({row["contributor"] for row in _columns(dataset, "episodes")}),
                seed=seed,
                sights=chosen,
                attackers=attackers,
                window_steps=tuple(window or WINDOW_STEPS),
                tell=tell,
            )
        note = RiskNote(
            manifest_sha256=dataset.manifest_sha256,
            product_version=understudy.__version__,
            seed=seed,
            lines=lines(identified, shares, seed),
            figures=figures(identified, shares),
        )
        if whole:
            write_note(dataset.folder, note)
        levels = (dataset.manifest.motion, dataset.manifest.timing)
    if as_json:
        print_json({"dataset": name, "motion": levels[0], "timing": levels[1], "seed": seed} | note.figures)
    else:
        _print(Console(highlight=False), name, levels, identified, shares, kept=whole)


def _model(home: Home, folder: Path, sizes: tuple[int, int, int, float, int], *, as_json: bool) -> None:
    """Attack a model. Raises CommandFailed where what it is trained with isn't installed."""
    try:
        from understudy.cli import risk_model
    except ModuleNotFoundError as error:
        raise CommandFailed(f'{error.name} is missing: attacks train: pip install "understudy[learn]"') from None
    canaries, references, episodes, minutes, seed = sizes
    options = risk_model.Options(canaries, _pairs(references), episodes, minutes or None, seed)
    with _bar(shown=not as_json) as tell:
        given = risk_model.attack(home, folder, options, lambda what, share: tell(what, round(100 * share), 100))
    if as_json:
        print_json(risk_model.as_json(folder, given, options))
    else:
        risk_model.tell_given(Console(highlight=False), folder, given)


def _pairs(references: int) -> int:
    """An even number, of two pairs or more: else no other model is without what the attacked one never saw. 0 for 0."""
    return max(4, references + references % 2) if references else 0


def _attackers(seed: int) -> Callable[[AttackerName], Attacker]:
    """Makes attackers who know nothing yet; what they learn with is loaded for the first of them.

    Making one raises CommandFailed where that isn't installed.
    """

    def make(name: AttackerName) -> Attacker:
        try:
            import torch

            from understudy.risk.attackers import Forest, Recurrent
        except ModuleNotFoundError as error:
            raise CommandFailed(
                f'{error.name} is missing: attackers that learn need pip install "understudy[learn]"'
            ) from None
        # The net is small: threads wait for each other longer than they work, above all on a busy machine.
        torch.set_num_threads(1)
        if name == "forest":
            return Forest(seed, jobs=-1)
        if name == "recurrent":
            return Recurrent(seed)
        raise ValueError(f"an attacker is forest or recurrent, not {name}")

    return make


def _columns(dataset: Dataset, table: str) -> Iterator[dict[str, Any]]:
    for batch in dataset.batches(table):
        yield from batch.select(COLUMNS[table]).to_pylist()


def _shares(dataset: Dataset) -> tuple[Shared, ...]:
    return shared(_columns(dataset, "episodes"), _columns(dataset, "steps"), _columns(dataset, "app_usage"))


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error where somebody looks at it."""
    if not shown or not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("…", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _print(
    console: Console,
    name: str,
    levels: tuple[str, str],
    identified: Identified,
    shares: tuple[Shared, ...],
    *,
    kept: bool,
) -> None:
    console.print(f"[bold]{escape(name)}[/bold], motion {levels[0]}, timing {levels[1]}")
    best = strongest(identified)
    if best:
        console.print(
            f"{identified.people} people with two sessions or more, sought in {identified.sought} sessions by "
            f"attackers who learnt from {identified.known} others. The strongest attack of each kind with a whole "
            "session:"
        )
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("looked for by", "named right (95 %)", "guessing", "EER (0.5)", "AUC (0.5)", "attacker"):
            table.add_column(heading)
        for attack in best:
            found = attack.found
            table.add_row(
                attack.sight,
                interval(found.rank1),
                f"{found.rank1_chance:.3f}",
                f"{found.eer.value:.2f}",
                f"{found.auc.value:.2f}",
                f"{attack.attacker}, {attack.window_steps} steps a window",
            )
        console.print(table)
    for why in dict.fromkeys(one.why for one in identified.refused):
        names = ", ".join(one.sight for one in identified.refused if one.why == why)
        console.print(f"No figure for {names}: {why}.")
    if shares:
        console.print("\n[bold]Who shares what[/bold]")
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("of the people", "values", "shared by at least (k)", "people alone with theirs"):
            table.add_column(heading)
        for one in shares:
            table.add_row(one.name, str(one.classes), str(one.fewest), f"{one.alone} of {identified.contributors}")
        console.print(table)
    if kept:
        console.print("\nKept for the dataset's card.")
