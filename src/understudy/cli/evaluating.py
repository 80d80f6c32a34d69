"""The episodes of an evaluation, in this process or in several side by side."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from understudy.act.miniwob import Headless
from understudy.act.miniwob_desktop import DesktopPages
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.seeing import PageSeer
from understudy.cli.teach_view import TaskView
from understudy.learn.acting import Policy
from understudy.learn.evaluate import EpisodeResult, RandomPolicy, World, WorldFault, evaluate
from understudy.redact.policy_file import preset, read_policy

RANDOM = "random"

Tell = Callable[[EpisodeResult], None]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be evaluated: `model` a folder or "random". `slack`: the pages' time limits times this."""

    model: str
    tasks: tuple[str, ...]
    episodes: int
    seed: int = 0
    jobs: int = 1
    desktop: bool = False
    slack: float = 1.0


def run(plan: Run, tell: Tell) -> list[EpisodeResult]:
    """All episodes, in order of tasks and numbers. Raises UsageFault for a model that is none, WorldFault."""
    load(plan.model, plan.seed)  # what is wrong with it shows before any browser starts
    if plan.jobs == 1:
        return _run_here(plan, tell)
    return _run_side_by_side(plan, tell)


def load(model: str, seed: int = 0) -> Policy:
    """The policy of a model's folder, or the random one. Raises UsageFault."""
    if model == RANDOM:
        return RandomPolicy(seed)
    folder = Path(model)
    if not folder.exists():
        raise UsageFault(f'{model}: no such model; expected a folder that understudy train wrote, or "{RANDOM}"')
    try:
        from understudy.learn import checkpoint
    except ModuleNotFoundError as error:
        raise CommandFailed(f"the package {error.name} is missing: pip install 'understudy[learn]'") from None
    try:
        return checkpoint.load(folder)
    except checkpoint.NotAModel as error:
        raise UsageFault(" ".join(str(error).split())) from None


def _world(plan: Run) -> AbstractContextManager[World]:
    if plan.desktop:
        policy = read_policy(preset("own-work"), source="own-work.toml")
        return DesktopPages(lambda words: TaskView(policy, words, {}), plan.slack)
    return Headless(PageSeer(read_policy(preset("imported"), source="imported.toml")), plan.slack)


def _run_here(plan: Run, tell: Tell) -> list[EpisodeResult]:
    with _world(plan) as world:
        return evaluate(
            load(plan.model, plan.seed), world, plan.tasks, episodes=plan.episodes, seed=plan.seed, tell=tell
        )


def _run_side_by_side(plan: Run, tell: Tell) -> list[EpisodeResult]:
    spawn = multiprocessing.get_context("spawn")
    results: list[EpisodeResult] = []
    open_: dict[Connection, BaseProcess] = {}
    for nth in range(min(plan.jobs, len(plan.tasks))):
        ours, theirs = spawn.Pipe(duplex=False)
        part = msgspec.structs.replace(plan, tasks=plan.tasks[nth :: plan.jobs], jobs=1)
        process: BaseProcess = spawn.Process(target=_work, args=(theirs, msgspec.json.encode(part)), daemon=True)
        process.start()
        theirs.close()
        open_[ours] = process
    try:
        for told in _messages(open_):
            results.append(told)
            tell(told)
    finally:
        for process in open_.values():
            process.terminate()
            process.join(10)
    order = {task: number for number, task in enumerate(plan.tasks)}
    return sorted(results, key=lambda result: order[result.task])


def _messages(open_: dict[Connection, BaseProcess]) -> Iterator[EpisodeResult]:
    while open_:
        for each in wait(list(open_)):
            if not isinstance(each, Connection):
                raise TypeError(f"a connection, not {type(each).__name__}")
            try:
                message = each.recv_bytes()
            except EOFError:
                process = open_.pop(each)
                process.join(10)
                if process.exitcode:
                    raise WorldFault(f"one of the jobs ended with {process.exitcode}") from None
                continue
            if message.startswith(b"!"):
                raise WorldFault(message[1:].decode())
            yield msgspec.json.decode(message, type=EpisodeResult)


def _work(connection: Connection, told: bytes) -> None:
    plan = msgspec.json.decode(told, type=Run)
    try:
        _run_here(plan, lambda result: connection.send_bytes(msgspec.json.encode(result)))
    except (WorldFault, UsageFault, CommandFailed) as fault:
        connection.send_bytes(b"!" + str(fault).encode())
    connection.close()
