"""`understudy risk MODEL`: what a model gives away of the people whose work it learnt from."""

from __future__ import annotations

import dataclasses
import math
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from rich.console import Console

from understudy.catalogue import Catalogue, NotInCatalogue
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.opening import opened
from understudy.learn import checkpoint
from understudy.learn.examples import LearntEpisode, Turn, episodes_of
from understudy.learn.lessons import lessons_of
from understudy.learn.policy import LearntPolicy
from understudy.learn.settings import TrainingSettings
from understudy.learn.train import train
from understudy.risk.canaries import Canary, Drawn, canaries, drawn
from understudy.risk.matching import Finder, Sought, is_too_short
from understudy.risk.membership import Membership, halves, membership
from understudy.risk.telling import interval
from understudy.settings import Home

LEAST_LIKELY = 1e-6
OTHERS = 40
"""Episodes without a canary at which the model is asked blindly."""

Tell = Callable[[str, float], None]
"""(what is under way, how much of it is done from 0 to 1)"""


@dataclass(frozen=True)
class Options:
    """How much is attacked: canaries planted, models trained for the membership attack, most episodes, and most minutes
    of training for each model (None: as long as the model itself)."""

    canaries: int
    references: int
    episodes: int
    minutes: float | None
    seed: int


@dataclass(frozen=True)
class Given:
    """What a model gave away.

    `kept_texts`: of `own_texts` texts that one person alone typed, those that lie in the model's own files. `drawn` and
    `membership` are of models trained anew like it, on its dataset with canaries planted, and on halves of that;
    `refused` says why a figure is missing.
    """

    own_texts: int
    kept_texts: int
    episodes: int
    drawn: tuple[Drawn, ...]
    membership: Membership | None
    refused: tuple[str, ...]


def is_model(name: str) -> bool:
    """Whether the argument is a model's folder rather than a dataset's name."""
    return (Path(name) / checkpoint.MANIFEST).is_file()


def attack(home: Home, folder: Path, options: Options, tell: Tell) -> Given:
    """Attack the model in `folder`. Raises UsageFault, CommandFailed."""
    try:
        manifest = checkpoint.manifest_of(folder)
    except checkpoint.NotAModel as fault:
        raise UsageFault(str(fault)) from None
    settings = manifest.settings
    if options.minutes is not None:
        settings = msgspec.structs.replace(settings, minutes=options.minutes)
    with opened(home, *_dataset(home, manifest.dataset.version, folder)) as dataset:
        # What a training leaves out, nobody can draw from it.
        taught = [episode for episode in episodes_of(dataset) if episode.outcome != "failure"]
    own = _own_texts(taught)
    files = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    finder = Finder(Sought(str(nth), text) for nth, text in enumerate(own))
    kept = {match.secret for data in files for match in finder.in_bytes(data)}
    some = _some(taught, options.episodes)
    refused: list[str] = []
    rows: tuple[Drawn, ...] = ()
    told: Membership | None = None
    try:
        rows = tuple(_canaries(some, settings, options, tell)) if options.canaries else ()
    except ValueError as why:
        refused.append(f"no canaries: {why}")
    try:
        told = _membership(some, settings, options, tell) if options.references else None
    except ValueError as why:
        refused.append(f"no membership attack: {why}")
    return Given(len(own), len(kept), len(some), rows, told, tuple(refused))


def _dataset(home: Home, version: str, folder: Path) -> tuple[str, int]:
    """Name and number of the version that the model learnt from."""
    try:
        with Catalogue.open(home.catalogue) as catalogue:
            row = catalogue.version(version)
    except NotInCatalogue:
        raise CommandFailed(
            f"{folder}: the dataset version that it learnt from is not in {home.root}; attacks train on it again"
        ) from None
    return row.name, row.number


def _own_texts(episodes: Sequence[LearntEpisode]) -> list[str]:
    """Texts that one person alone typed, and that no task of theirs tells."""
    people: dict[str, set[str]] = defaultdict(set)
    for episode in episodes:
        for turn in episode.turns:
            text = turn.choice.text
            if text and not is_too_short(text) and text.casefold() not in episode.task.casefold():
                people[text].add(episode.contributor)
    return sorted(text for text, typed_by in people.items() if len(typed_by) == 1)


def _types(episode: LearntEpisode) -> bool:
    return any(turn.choice.kind == "type" and turn.choice.text for turn in episode.turns)


def _some(episodes: Sequence[LearntEpisode], most: int) -> list[LearntEpisode]:
    """At most so many episodes, those with typed text first, else evenly."""
    if len(episodes) <= most:
        return list(episodes)
    order = sorted(range(len(episodes)), key=lambda nth: (not _types(episodes[nth]), nth))
    typing = [nth for nth in order if _types(episodes[nth])]
    rest = [nth for nth in order if not _types(episodes[nth])]
    chosen = typing[:most] if len(typing) >= most else [*typing, *_evenly(rest, most - len(typing))]
    return [episodes[nth] for nth in sorted(chosen)]


def _evenly(places: Sequence[int], most: int) -> list[int]:
    return [places[int(nth)] for nth in np.linspace(0, len(places) - 1, most)] if places and most > 0 else []


def _trained(
    episodes: Sequence[LearntEpisode], settings: TrainingSettings, tell: Tell, what: str
) -> tuple[LearntPolicy, Any]:
    trained = train(episodes, settings, lambda told: tell(what, told.share))
    return LearntPolicy(trained.network, trained.curriculum.operations, trained.curriculum.vocabulary), trained


def _canaries(
    episodes: Sequence[LearntEpisode], settings: TrainingSettings, options: Options, tell: Tell
) -> Iterator[Drawn]:
    of_people: dict[str, list[int]] = defaultdict(list)
    for nth, episode in enumerate(episodes):
        if _types(episode):
            of_people[episode.contributor].append(nth)
    planted = canaries(of_people, options.canaries, options.seed)
    by_episode = {nth: canary for canary in planted for nth in canary.episodes}
    with_them = [_plant(episode, by_episode.get(nth)) for nth, episode in enumerate(episodes)]
    policy, trained = _trained(with_them, settings, tell, "learning with canaries")
    with tempfile.TemporaryDirectory(prefix="understudy-risk-") as folder:
        checkpoint.save(trained, Path(folder), checkpoint.DatasetOfModel())
        files = [path.read_bytes() for path in sorted(Path(folder).iterdir())]

    def ask(nth: int) -> Iterator[str]:
        for lesson in lessons_of(with_them[nth]):
            yield policy.choose(with_them[nth].task, lesson.observation, lesson.done).text

    others = _evenly([nth for nth in range(len(episodes)) if nth not in by_episode], OTHERS)
    tell("asking for canaries", 1.0)
    return iter(drawn(planted, files, ask, others))


def _plant(episode: LearntEpisode, canary: Canary | None) -> LearntEpisode:
    """The episode with the canary typed in place of its last typed text, also where later turns remember it."""
    if canary is None:
        return episode
    last = max(nth for nth, turn in enumerate(episode.turns) if turn.choice.kind == "type" and turn.choice.text)
    turns: list[Turn] = []
    for nth, turn in enumerate(episode.turns):
        if nth == last:
            turn = msgspec.structs.replace(turn, choice=msgspec.structs.replace(turn.choice, text=canary.text))
        elif nth > last and len(turn.done) > last:
            typed = turn.done[last]
            typed = msgspec.structs.replace(typed, choice=msgspec.structs.replace(typed.choice, text=canary.text))
            turn = msgspec.structs.replace(turn, done=(*turn.done[:last], typed, *turn.done[last + 1 :]))
        turns.append(turn)
    return msgspec.structs.replace(episode, turns=tuple(turns))


def _membership(
    episodes: Sequence[LearntEpisode], settings: TrainingSettings, options: Options, tell: Tell
) -> Membership:
    people = [episode.contributor for episode in episodes]
    held = halves(people, options.references, options.seed)
    losses = np.zeros(held.shape)
    for nth, half in enumerate(held):
        chosen = [episode for episode, taught in zip(episodes, half, strict=True) if taught]
        # Each with a seed of its own: two that began alike would differ less than two models do.
        seeded = msgspec.structs.replace(settings, seed=settings.seed + nth)
        policy, _ = _trained(chosen, seeded, tell, f"learning from half {nth + 1} of {len(held)}")
        losses[nth] = [_loss(policy, episode) for episode in episodes]
    return membership(losses, held, people, seed=options.seed)


def _loss(policy: LearntPolicy, episode: LearntEpisode) -> float:
    """How unlikely the model finds what was done in an episode: the mean negative logarithm over its turns."""
    likely = [
        policy.likelihood(episode.task, lesson.observation, lesson.done, lesson.choice)
        for lesson in lessons_of(episode)
    ]
    return float(np.mean([-math.log(max(one, LEAST_LIKELY)) for one in likely])) if likely else 0.0


def as_json(folder: Path, given: Given, options: Options) -> dict[str, Any]:
    """All of it as plain values."""
    return {"model": str(folder), "options": dataclasses.asdict(options)} | dataclasses.asdict(given)


def tell_given(console: Console, folder: Path, given: Given) -> None:
    """Print what was given away."""
    console.print(
        f"[bold]{folder.name}[/bold], attacked with {given.episodes} of the episodes that it could learn from"
    )
    console.print(
        f"Read from its files: {given.kept_texts} of {given.own_texts} texts that one person alone typed and no task "
        "tells."
    )
    for row in given.drawn:
        times = "once" if row.episodes == 1 else f"in {row.episodes} episodes of one person"
        console.print(
            f"Of {row.planted} canaries typed {times}, {row.any} come out of a model trained with them: {row.read} "
            f"read from its files, {row.asked} typed where they were typed, {row.blind} typed elsewhere."
        )
    if (told := given.membership) is not None:
        console.print(
            f"Membership: told apart with an area under the curve of {interval(told.auc)} (guessing: 0.5); "
            f"{interval(told.found)} of the members found at 0.01 false ones. {told.models} models, {told.episodes} "
            f"episodes of {told.people} people."
        )
    for why in given.refused:
        console.print(f"Not attacked, {why}.")
