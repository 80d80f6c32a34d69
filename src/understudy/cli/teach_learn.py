"""A task's demonstrations → a policy: trained here, offline, in minutes; and the policy found again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from understudy.catalogue.rows import VersionRow
from understudy.cli.errors import CommandFailed
from understudy.cli.teach_task import MODEL
from understudy.cli.teach_vary import exchanged
from understudy.learn.acting import Choice, Policy
from understudy.learn.augment import Variation
from understudy.learn.checkpoint import DatasetOfModel, NotAModel, load, save
from understudy.learn.examples import LearntEpisode, Turn
from understudy.learn.policy import LearntPolicy
from understudy.learn.scrolled import done_of
from understudy.learn.settings import Progress as Step
from understudy.learn.settings import TrainingSettings
from understudy.learn.train import Tell, Trained, train

MINUTES = 4.5
"""No training takes longer, whatever the machine; with the building before it that makes five minutes."""
FEW = TrainingSettings(
    epochs=12,
    epoch_size=1_000,
    minutes=MINUTES,
    corrections="drop",
    # A handful of demonstrations says little of what else may be there: nearly every look is varied.
    variation=Variation(words=(0.9, 0.8), gone=(0.6, 0.3), moved=0.9),
)
"""How a task is learnt from a handful of demonstrations."""


def learn(episodes: Sequence[LearntEpisode], folder: Path, version: VersionRow, seed: int, console: Console) -> None:
    """Train on the demonstrations and put the model into `folder`, with a bar meanwhile. Raises CommandFailed."""
    columns = (TextColumn("      learning"), BarColumn(), TextColumn("{task.fields[right]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("learn", total=1.0, right="")

        def tell(step: Step) -> None:
            bar.update(task, completed=step.share, right=f"{step.accuracy:.0%} right")

        try:
            trained = _train(episodes, msgspec.structs.replace(FEW, seed=seed), tell)
        except ValueError as error:
            raise CommandFailed(f"nothing can be learnt from these demonstrations: {error}") from None
    source = DatasetOfModel(
        dataset=version.dataset_id, version=version.id, number=version.number, manifest_sha256=version.manifest_sha256
    )
    save(trained, folder / MODEL, source)


def learn_from(episodes: Sequence[LearntEpisode], settings: TrainingSettings = FEW) -> LearntPolicy:
    """The policy that the demonstrations teach; nothing is written. Raises ValueError."""
    trained = _train(episodes, settings, lambda _step: None)
    return LearntPolicy(trained.network, trained.curriculum.operations, trained.curriculum.vocabulary)


def learnt(folder: Path) -> Policy:
    """The policy of the task in `folder`. Raises CommandFailed."""
    torch.set_num_threads(1)  # a look takes some ms; more threads would take them from the programs
    try:
        return load(folder / MODEL)
    except NotAModel as missing:
        raise CommandFailed(str(missing)) from None


def _train(episodes: Sequence[LearntEpisode], settings: TrainingSettings, tell: Tell) -> Trained:
    return train(lessons(episodes, settings.seed), settings, tell, device="cpu")


def lessons(episodes: Sequence[LearntEpisode], seed: int) -> list[LearntEpisode]:
    """What is trained on: the demonstrations with their ends, and what else they could have been."""
    return exchanged([ended(each) for each in episodes], seed)


def ended(episode: LearntEpisode) -> LearntEpisode:
    """A demonstration that its person called right, with its end as the last thing to learn: nothing more to do.

    Where the recording tells what was there in the end, that is what an agent will see then.
    """
    if episode.end is None or not episode.turns:
        return msgspec.structs.replace(episode, outcome="success")
    last = episode.turns[-1]
    done = (*last.done, done_of(last.choice, last.observation))
    stop = Turn(observation=episode.end, choice=Choice(kind="stop"), done=done)
    return msgspec.structs.replace(episode, turns=(*episode.turns, stop), outcome="")
