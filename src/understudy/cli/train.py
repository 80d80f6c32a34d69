"""`understudy train`: a dataset version becomes a policy."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.opening import opened
from understudy.cli.output import print_json
from understudy.settings import Home

if TYPE_CHECKING:
    from understudy.dataset import Dataset
    from understudy.learn import settings as learning
    from understudy.learn.checkpoint import ModelManifest
    from understudy.learn.examples import LearntEpisode
    from understudy.learn.lessons import Corrections

MISSING = "training needs torch: pip install 'understudy[learn]'"


def register(app: typer.Typer) -> None:
    """Add `train`."""
    app.command("train", epilog="Example: understudy train orders --out models/orders")(train)


def train(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="DATASET", help="The dataset's name.")],
    out: Annotated[Path, typer.Option("--out", metavar="MODEL", help="The folder that the model goes to.")],
    version: Annotated[int | None, typer.Option("--version", help="The version's number (default: newest).")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and data give the same model.")] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="How long: looks in thousands, four an epoch.")] = 60,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="Most time; what comes out then depends on the machine.", show_default=False),
    ] = None,
    tasks: Annotated[
        list[str] | None,
        typer.Option("--task", metavar="PAGE", help="Only what was done on this page or window; may be repeated."),
    ] = None,
    demonstrations: Annotated[
        int | None, typer.Option(min=1, help="Most demonstrations of each page (default: all).", show_default=False)
    ] = None,
    corrections: Annotated[
        str, typer.Option(help="Slips and what undid them: drop (not taught), weight (a little) or keep.")
    ] = "drop",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was stopped.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Train a policy on a dataset version and nothing else.

    Demonstrations that failed, as their source says, are not taught. The folder gets the weights, the curves and a
    manifest that names the recordings by their pseudonyms. Stopped with Ctrl+C, it goes on with --resume.
    """
    try:
        from understudy.learn import checkpoint, curves
        from understudy.learn import train as training
        from understudy.learn.examples import episodes_of
        from understudy.learn.settings import TrainingSettings
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise CommandFailed(MISSING) from None
    home: Home = context.obj
    settings = TrainingSettings(
        seed=seed,
        epochs=epochs,
        minutes=minutes,
        tasks=tuple(tasks or ()),
        demonstrations=demonstrations,
        corrections=_corrections(corrections),
    )
    console = Console(stderr=as_json, highlight=False)
    with opened(home, name, version) as dataset:
        episodes = list(episodes_of(dataset))
        source = checkpoint.DatasetOfModel(
            dataset=dataset.manifest.dataset,
            version=dataset.manifest.version,
            number=dataset.manifest.number,
            manifest_sha256=dataset.manifest_sha256,
        )
    _check_tasks(episodes, settings)
    key = _key(dataset, settings)
    try:
        state = checkpoint.load_state(out, key) if resume else None
        if resume and state is None:
            raise UsageFault(f"{out}: nothing was stopped there; train without --resume")
        with _bar(shown=not as_json) as tell, _interrupts() as stopped:
            trained = training.train(
                episodes,
                settings,
                tell,
                state=state,
                save=lambda state: checkpoint.save_state(out, state, key),
                stop=stopped,
            )
        if not trained.finished:
            raise CommandFailed(
                f"stopped; what was learnt by the last whole epoch is kept: go on with --resume ({out})"
            )
        manifest = checkpoint.save(trained, out, source)
        curves.draw(trained.curves, out / curves.PICTURE)
        checkpoint.drop_state(out)
    except checkpoint.NotAModel as error:
        raise CommandFailed(str(error)) from None
    except ValueError as error:
        raise CommandFailed(f'"{name}": {error}') from None
    except OSError as error:
        raise CommandFailed(f"{error.filename or out}: {error.strerror or type(error).__name__}") from None
    if as_json:
        print_json({"model": str(out), **_as_json(manifest), "accuracy": trained.curves[-1].accuracy})
    else:
        _print(console, out, manifest, trained.curves)


def _corrections(told: str) -> Corrections:
    match told:
        case "drop" | "weight" | "keep":
            return told
    raise UsageFault(f'--corrections is drop, weight or keep, not "{told}"')


def _check_tasks(episodes: list[LearntEpisode], settings: learning.TrainingSettings) -> None:
    pages = {episode.page for episode in episodes}
    for task in settings.tasks:
        if task not in pages:
            some = ", ".join(sorted(pages)[:8]) or "none"
            raise UsageFault(f'nothing was done on "{task}" in this dataset; there are {some}{" …" * (len(pages) > 8)}')


def _key(dataset: Dataset, settings: learning.TrainingSettings) -> str:
    """What a stopped training must have in common with the one that goes on with it."""
    told = json.dumps([dataset.manifest_sha256, msgspec.to_builtins(settings)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Ctrl+C asks the training to stop behind its batch; once more stops at once."""
    import signal

    asked: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def ask(number: int, _frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[learning.Progress], None]]:
    """A bar on standard error where somebody looks at it."""
    if not shown or not sys.stderr.isatty():
        yield lambda _progress: None
        return
    columns = (
        *(TextColumn("training"), BarColumn(), TextColumn("{task.percentage:>3.0f} %")),
        *(TextColumn("loss {task.fields[loss]:.2f}"), TextColumn("right {task.fields[right]:.0%}")),
        *(TextColumn("{task.fields[per_s]:.0f} looks/s"), TimeElapsedColumn(), TimeRemainingColumn()),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("train", total=1.0, loss=float("nan"), right=0.0, per_s=0.0)
        yield lambda told: bar.update(task, completed=told.share, loss=told.loss, right=told.accuracy, per_s=told.per_s)


def _as_json(manifest: ModelManifest) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(manifest)
    told.pop("vocabulary")
    return told | {"recordings": len(manifest.recordings)}


def _print(console: Console, out: Path, manifest: ModelManifest, told: tuple[learning.Progress, ...]) -> None:
    from understudy.learn import curves

    last = told[-1]
    console.print(
        f"Learnt {manifest.lessons:,} actions of {manifest.episodes:,} episodes in {manifest.seconds / 60:.1f} minutes "
        f"({manifest.steps:,} steps of training); at the end {last.accuracy:.0%} of them came out right while varied."
    )
    console.print(f"loss  {curves.spark([each.loss for each in told])}  {told[0].loss:.2f} to {last.loss:.2f}")
    console.print(
        f"right {curves.spark([each.accuracy for each in told])}  {told[0].accuracy:.0%} to {last.accuracy:.0%}"
    )
    Console(highlight=False, soft_wrap=True, stderr=console.stderr).print(f"The model: {escape(str(out))}")
