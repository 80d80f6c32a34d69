"""Episodes → the samples of a training: chosen, taught turn by turn, spelled and encoded."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import msgspec

from understudy.learn.encode import OTHER, STOP, Answer, Encoder, Operation, operation_of, same_targets
from understudy.learn.examples import LearntEpisode
from understudy.learn.lessons import Lesson, lessons_of
from understudy.learn.loader import Sample
from understudy.learn.pieces import PieceTable
from understudy.learn.settings import TrainingSettings
from understudy.learn.spelling import Part, learn_vocabulary, spell

LEAST_OPERATION = 2
"""An operation that was done less often isn't learnt: a key that was hit by accident."""
SHARE_OPERATION = 0.0004
DRAGS = "drag"
"""Drags have a second place, which the network doesn't point at."""


@dataclass(frozen=True)
class Curriculum:
    """What is taught. `recordings` are the pseudonyms of those that it came from, sorted; `left_out` counts the turns
    that can't be taught: rare keys, drags, unknown targets, texts that nothing explains."""

    samples: tuple[Sample, ...]
    table: PieceTable
    operations: tuple[Operation, ...]
    vocabulary: tuple[str, ...]
    recordings: tuple[str, ...]
    episodes: int
    left_out: int


def chosen(episodes: Iterable[LearntEpisode], settings: TrainingSettings) -> list[LearntEpisode]:
    """The episodes that the settings ask for. Which demonstrations of a page: by the seed, the same for each number,
    so that three contain the one."""
    wanted = [
        episode
        for episode in episodes
        if (settings.failures or episode.outcome != "failure")
        and (not settings.tasks or episode.page in settings.tasks)
    ]
    if settings.demonstrations is None:
        return wanted
    by_page: dict[str, list[LearntEpisode]] = {}
    for episode in wanted:
        by_page.setdefault(episode.page, []).append(episode)
    found: list[LearntEpisode] = []
    for page, members in sorted(by_page.items()):
        order = sorted(members, key=lambda episode: episode.episode_id)
        random.Random(f"{settings.seed} {page}").shuffle(order)
        found += order[: settings.demonstrations]
    return found


def curriculum_of(episodes: Sequence[LearntEpisode], settings: TrainingSettings) -> Curriculum:
    """All samples of the chosen episodes. Raises ValueError when there is nothing to learn from."""
    taught = [
        (episode, _controlled(lessons_of(episode, corrections=settings.corrections), settings)) for episode in episodes
    ]
    counts = Counter(
        operation_of(lesson.choice) for _, lessons in taught for lesson in lessons if lesson.choice.kind != DRAGS
    )
    least = max(LEAST_OPERATION, SHARE_OPERATION * sum(counts.values()))
    common = sorted(operation for operation, count in counts.items() if count >= least and operation != STOP)
    if not common:
        raise ValueError("nothing to learn from: no action with a known kind was done twice")
    operations = (OTHER, STOP, *common)
    vocabulary = learn_vocabulary(
        (lesson.choice.text, episode.task, episode.contributor)
        for episode, lessons in taught
        for lesson in lessons
        if _types(lesson)
    )
    table = PieceTable()
    encoder = Encoder(table, operations)
    indices = {operation: index for index, operation in enumerate(operations)}
    learnt = {text: index for index, text in enumerate(vocabulary)}
    samples: list[Sample] = []
    left_out = 0
    for episode, lessons in taught:
        for lesson in lessons:
            if lesson.weight <= 0:
                continue
            sample = sample_of(episode, lesson, encoder, indices, learnt)
            if sample is None:
                left_out += 1
            else:
                samples.append(sample)
    if not samples:
        raise ValueError("nothing to learn from: no action was done with a screen told before it")
    if settings.shuffle_labels:
        samples = _shuffled(samples, settings.seed)
    recordings = tuple(sorted({episode.recording_id for episode in episodes}))
    return Curriculum(tuple(samples), table, operations, vocabulary, recordings, len(episodes), left_out)


def _types(lesson: Lesson) -> bool:
    return lesson.choice.kind == "type" and bool(lesson.choice.text)


def sample_of(
    episode: LearntEpisode,
    lesson: Lesson,
    encoder: Encoder,
    indices: dict[Operation, int],
    learnt: dict[str, int],
) -> Sample | None:
    """The lesson as numbers. None for a text that can't be spelled, an operation that isn't learnt, a target that
    isn't known or lies beyond the limits of a look."""
    choice = lesson.choice
    if operation_of(choice) not in indices or not lesson.observation.elements:
        return None
    look = encoder.encode(episode.task, lesson.observation, lesson.done)
    places = {int(index): place for place, index in enumerate(look.kept)}
    elements: list[int] = []
    if choice.element is not None:
        elements = [places[index] for index in same_targets(lesson.observation, choice.element) if index in places]
        if not elements:
            return None
    elif choice.kind not in ("press", "hotkey", "stop", "wait"):
        return None
    parts: tuple[Part, ...] = ()
    if choice.kind == "type":
        names = [lesson.observation.elements[int(index)].name for index in look.kept]
        spelled = spell(choice.text, episode.task, names, learnt) if choice.text else None
        seen = len(look.task)
        if spelled is None or any(part.source == "task" and part.place >= seen for part in spelled):
            return None
        parts = spelled
    answer = Answer(indices[operation_of(choice)], tuple(elements), parts, lesson.weight)
    return Sample(look, answer, episode.page)


def _controlled(lessons: list[Lesson], settings: TrainingSettings) -> list[Lesson]:
    """For the control with the observation after the action: each turn has the next one's, matched by look."""
    if settings.observation == "before":
        return lessons
    out: list[Lesson] = []
    for lesson, following in pairwise(lessons):
        choice = lesson.choice
        if choice.element is not None:
            target = lesson.observation.elements[choice.element]
            found = [
                index
                for index, element in enumerate(following.observation.elements)
                if (element.role, element.name, element.bounds) == (target.role, target.name, target.bounds)
            ]
            if not found:
                continue
            choice = msgspec.structs.replace(choice, element=found[0])
        out.append(msgspec.structs.replace(lesson, observation=following.observation, choice=choice))
    return out


def _shuffled(samples: Sequence[Sample], seed: int) -> list[Sample]:
    """The control: each look gets what was done at another look of its page, at a place that it has."""
    by_group: dict[str, list[int]] = {}
    for place, sample in enumerate(samples):
        by_group.setdefault(sample.group, []).append(place)
    out = list(samples)
    for group, members in sorted(by_group.items()):
        order = list(members)
        maker = random.Random(f"{seed} {group} labels")
        maker.shuffle(order)
        for place, other in zip(members, order, strict=True):
            look, answer = samples[place].look, samples[other].answer
            elements = (maker.randrange(len(look.kept)),) if answer.elements else ()
            limits = {"task": len(look.task), "screen": len(look.kept)}
            parts = tuple(
                part if part.place < limits.get(part.source, part.place + 1) else Part("task", 0)
                for part in answer.parts
            )
            out[place] = replace(samples[place], answer=replace(answer, elements=elements, parts=parts))
    return out
