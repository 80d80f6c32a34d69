"""`understudy evaluate`: how often a model does tasks that nobody showed it, or takes the steps that people took."""

from __future__ import annotations

import io
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from understudy.act.desktop import DesktopUnavailable
from understudy.act.miniwob import PagesMissing, all_tasks
from understudy.act.miniwob_tasks import DEMONSTRATED
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.evaluating import Run, run
from understudy.cli.opening import note_export, opened
from understudy.cli.output import print_json
from understudy.dataset import Dataset
from understudy.learn.endpoint import (
    TIMEOUT_S,
    Endpoint,
    EndpointFault,
    Share,
    StepScore,
    evaluate_endpoint,
    shares,
    turns_of,
)
from understudy.learn.evaluate import EpisodeResult, WorldFault, as_json, by_task, overall
from understudy.learn.examples import LearntEpisode, episodes_of
from understudy.learn.intervals import Interval
from understudy.settings import Home

SUITES = ("miniwob",)
TIMED_OUT = "timed out"
"""What pages say when their time is over."""
_ENDED = {
    "page": "wrong by the page",
    "stop": "stopped too early",
    "steps": "too many steps",
    "stuck": "the same action over and over",
    "error": "the browser broke",
}


def register(app: typer.Typer) -> None:
    """Add `evaluate`."""
    app.command("evaluate", epilog="Example: understudy evaluate ./model --suite miniwob --episodes 50")(evaluate)


def evaluate(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="MODEL|DATASET",
            help='A model\'s folder, or "random"; with --endpoint the dataset whose steps are asked for.',
        ),
    ],
    suite: Annotated[str, typer.Option(help="The tasks to do: miniwob.")] = "miniwob",
    tasks: Annotated[
        str, typer.Option(help='Names with commas between; "all" has every page (default: those with demonstrations).')
    ] = "",
    episodes: Annotated[int, typer.Option(min=1, help="Episodes of each task, each with a seed of its own.")] = 50,
    seed: Annotated[int, typer.Option(help="Another number, other episodes; the same number, the same ones.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Browsers that work side by side.")] = 1,
    desktop: Annotated[
        bool, typer.Option("--desktop", help="With real X events on a virtual desktop, seen as the recorder sees it.")
    ] = False,
    slack: Annotated[
        float, typer.Option(min=1, help="The pages' time limits times this, on a machine busy with other things.")
    ] = 1.0,
    out: Annotated[
        Path | None, typer.Option(help="Write every episode, with what was chosen, to this JSON file.", metavar="FILE")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="Ask an OpenAI-compatible address for recorded steps instead.", metavar="URL")
    ] = None,
    model: Annotated[str | None, typer.Option(help="With --endpoint: the model's name there.")] = None,
    token_env: Annotated[
        str | None, typer.Option(help="With --endpoint: the environment variable with its token.", metavar="NAME")
    ] = None,
    steps: Annotated[
        int, typer.Option(min=1, help="With --endpoint: how many steps to ask for, drawn at random.")
    ] = 200,
    pictures: Annotated[
        bool, typer.Option("--pictures", help="With --endpoint: send pictures of the screen too.")
    ] = False,
    may_leave: Annotated[
        bool,
        typer.Option("--may-leave", help="With --endpoint: the steps may leave this machine, in the clear, for it."),
    ] = False,
    timeout_s: Annotated[float, typer.Option("--timeout", min=1, help="With --endpoint: seconds to wait.")] = TIMEOUT_S,
    version: Annotated[int | None, typer.Option("--version", help="With --endpoint: the dataset's version.")] = None,
    as_json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let a model do tasks that nobody showed it, in a real Chromium, and count what the pages themselves say.

    Each episode is a fresh instance. With --endpoint: ask somebody else's model for recorded steps and compare.
    """
    if endpoint is not None:
        made = _endpoint(endpoint, model, token_env, timeout_s)
        asking = _Asking(made, what, version, steps, seed, pictures, may_leave)
        _score(context.obj, asking, as_json=as_json_)
        return
    if model or token_env or pictures or may_leave:
        raise UsageFault("--model, --token-env, --pictures and --may-leave belong to --endpoint URL")
    if suite not in SUITES:
        raise UsageFault(f'no suite "{suite}"; there is {", ".join(SUITES)}')
    if desktop and jobs > 1:
        raise UsageFault("--desktop takes one job: what is typed goes to one window")
    try:
        chosen = _tasks(tasks)
        plan = Run(model=what, tasks=chosen, episodes=episodes, seed=seed, jobs=jobs, desktop=desktop, slack=slack)
        with _Bar("episodes", len(chosen) * episodes, shown=not as_json_) as bar:
            results = run(plan, lambda result: bar.advance(result.task, right=result.success))
    except (PagesMissing, WorldFault, DesktopUnavailable) as error:
        raise CommandFailed(str(error)) from None
    if out is not None:
        _write(out, plan, results)
    if as_json_:
        print_json(summary(plan, results))
    else:
        _print(plan, results)


def _tasks(told: str) -> tuple[str, ...]:
    there = all_tasks()
    if told in ("", "all"):
        return there if told else tuple(task for task in DEMONSTRATED if task in there)
    chosen = tuple(dict.fromkeys(task.strip() for task in told.split(",") if task.strip()))
    if unknown := [task for task in chosen if task not in there]:
        raise UsageFault(f"no page {', '.join(unknown)}; --tasks all has every one")
    return chosen


class _Bar:
    """A bar on standard error where somebody looks at it; `advance` after each episode or step."""

    def __init__(self, what: str, total: int, *, shown: bool) -> None:
        columns = (
            *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
            *(TextColumn("{task.fields[share]}"), TimeElapsedColumn(), TimeRemainingColumn()),
        )
        console = Console(stderr=True)
        shown = shown and console.is_terminal
        self._progress = Progress(*columns, console=console, transient=True, disable=not shown)
        self._task = self._progress.add_task(what, total=total, share="")
        self._done = self._right = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def advance(self, what: str, *, right: bool) -> None:
        """One more, of the task `what`."""
        self._done += 1
        self._right += right
        share = f"{self._right / self._done:.0%} right"
        self._progress.update(self._task, completed=self._done, description=what, share=share)


# What was found


def summary(plan: Run, results: list[EpisodeResult]) -> dict[str, Any]:
    """The results as plain values: each task's share with its interval, the mean, and every failure."""
    mean, interval = overall(results)
    return {
        "suite": "miniwob",
        "model": plan.model,
        "desktop": plan.desktop,
        "episodes_a_task": plan.episodes,
        "seed": plan.seed,
        "slack": plan.slack,
        "timed_out": sum(result.reason == TIMED_OUT for result in results),
        "mean": mean,
        "low": interval.low,
        "high": interval.high,
        "seconds": sum(result.seconds for result in results),
        "tasks": [{**msgspec.to_builtins(each), "share": each.share} for each in by_task(results)],
        "failures": as_json([result for result in results if not result.success]),
    }


def _write(path: Path, plan: Run, results: list[EpisodeResult]) -> None:
    told = summary(plan, results) | {"episodes": as_json(results)}
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        fresh.replace(path)
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror}") from None


def _print(plan: Run, results: list[EpisodeResult]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Task")
    for heading in ("Done right", "95 % interval", "Episodes"):
        table.add_column(heading, justify="right")
    for each in by_task(results):
        table.add_row(each.task, f"{each.share:.0%}", _ends(each.low, each.high), str(each.episodes))
    console.print(table)
    mean, interval = overall(results)
    count = len({result.task for result in results})
    console.print(
        f"[bold]{mean:.1%}[/bold] on average over {count} {'task' if count == 1 else 'tasks'} "
        f"(95 % interval {_ends(*interval)}, over tasks and episodes)"
    )
    failed = Counter(result.ended for result in results if not result.success)
    if failed:
        words = ", ".join(f"{count} {_ENDED.get(ended, ended)}" for ended, count in failed.most_common())
        console.print(f"{failed.total()} of {len(results)} episodes failed: {words}. --out FILE keeps each of them.")
    late = sum(result.reason == TIMED_OUT for result in results)
    if late:
        console.print(f"{late} of them timed out; on a busy machine that says little of the model (--slack).")
    limit = "each page's own time limit" if plan.slack == 1 else f"{plan.slack:g} times each page's own time limit"
    how = "with real X events on a virtual desktop" if plan.desktop else "in Chromium without a screen"
    console.print(f"MiniWoB++ 1.1.0 {how}, {limit}, a reward above 0 counts as success.")


def _ends(low: float, high: float) -> str:
    return f"{low:.0%} to {high:.0%}" if low == low else "–"


# Endpoints


class _Asking(msgspec.Struct, frozen=True):
    endpoint: Endpoint
    dataset: str
    version: int | None
    steps: int
    seed: int
    pictures: bool
    may_leave: bool


def _endpoint(url: str, model: str | None, token_env: str | None, timeout_s: float) -> Endpoint:
    if model is None:
        raise UsageFault("which model? expected --model NAME, as the address calls it")
    token = ""
    if token_env is not None:
        token = os.environ.get(token_env, "")
        if not token:
            raise UsageFault(f"the environment variable {token_env} is empty or not set")
    try:
        return Endpoint(url, model, token, timeout_s=timeout_s)
    except EndpointFault as fault:
        raise UsageFault(str(fault)) from None


def _score(home: Home, asking: _Asking, *, as_json: bool) -> None:
    endpoint = asking.endpoint
    if not endpoint.local and not asking.may_leave:
        raise UsageFault(
            f"the steps would leave this machine for {endpoint.host}, in the clear; if the consents behind "
            f"{asking.dataset} allow that, say so with --may-leave"
        )
    with opened(home, asking.dataset, asking.version) as dataset:
        asked = turns_of(episodes_of(dataset))
        if not asked:
            raise CommandFailed(f"{asking.dataset}: no step that can be asked for (elements known, text kept)")
        asked = random.Random(asking.seed).sample(asked, min(asking.steps, len(asked)))
        # Logged first: what was sent must not be unknown.
        note_export(home, dataset, f"evaluation: steps sent to {endpoint.host}")
        with _Bar("steps", len(asked), shown=not as_json) as bar:
            picture = _pictures(dataset) if asking.pictures else _no_picture
            try:
                scores = evaluate_endpoint(
                    endpoint, asked, picture=picture, tell=lambda each: bar.advance(each.page, right=each.right)
                )
            except EndpointFault as fault:
                raise CommandFailed(str(fault)) from None
    _print_scores(scores, as_json=as_json)


def _no_picture(_episode: LearntEpisode, _index: int) -> bytes | None:
    return None


def _pictures(dataset: Dataset) -> Callable[[LearntEpisode, int], bytes | None]:
    def picture(episode: LearntEpisode, index: int) -> bytes | None:
        still = list(dataset.steps(episode.episode_id))[index]["still_id"]
        if not still:
            return None
        written = io.BytesIO()
        dataset.still(still).save(written, "WEBP", lossless=True)
        return written.getvalue()

    return picture


_ASKED = {"kind": "kind of action", "hit": "target hit", "text": "text or keys", "right": "all of these"}


def _print_scores(scores: list[StepScore], *, as_json: bool) -> None:
    found = shares(scores)
    if as_json:
        print_json({**msgspec.to_builtins(found), "asked": msgspec.to_builtins(scores)})
        return
    console = Console(highlight=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(("Of the recorded steps", "Same", "95 % interval", "Steps")):
        table.add_column(heading, justify="left" if number == 0 else "right")
    for name, words in _ASKED.items():
        table.add_row(words, *_share(found[name]))
    console.print(table)
    silent = sum(not each.said for each in scores)
    if silent:
        console.print(f"{silent} of {len(scores)} answers were no action.")
    console.print(f"First answer only, against what people did: {escape('another way may be as good')}.")


def _share(share: Share) -> tuple[str, str, str]:
    if not share.steps:
        return "–", "–", "0"
    interval = Interval(share.low, share.high)
    return f"{share.right / share.steps:.0%}", _ends(*interval), str(share.steps)
