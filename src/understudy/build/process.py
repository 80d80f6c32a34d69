"""One recording becomes one part: the unit of work, idempotent, the same bytes once unsealed wherever it runs.

An executor runs these jobs. In process is the only one so far; a supervised pool and a cluster take the same jobs and
give the same outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from understudy.dataset.flatten import Levels, outcome_of, still_id, stills_needed, tables_of
from understudy.dataset.manifest import Notice, Part
from understudy.dataset.sealing import part_key, pseudonym
from understudy.dataset.templates import Told
from understudy.dataset.writer import write_part
from understudy.pipeline.corrections import labelled
from understudy.pipeline.duplicates import likeness
from understudy.pipeline.finders import open_finders
from understudy.pipeline.ground import ground
from understudy.pipeline.observer import Session, session_of
from understudy.pipeline.reduce import reduce
from understudy.pipeline.score import parts_of
from understudy.pipeline.second_pass import second_pass
from understudy.pipeline.segment import segment
from understudy.pipeline.stills import Stills
from understudy.records.actions import Episode
from understudy.records.consent import Consent
from understudy.records.recording import Recording
from understudy.seal.errors import SealError
from understudy.seal.keys import dataset_key
from understudy.spool.reader import EmptyRecording, read_recording


@dataclass(frozen=True)
class Job:
    """Everything that one recording's part is made of; plain values, so that it can be handed to another process.

    `recording_key` is the recording's private key; it opens nothing else.
    """

    recording_id: str
    recording_folder: Path
    recording_key: bytes = field(repr=False)
    device_public_key: bytes
    consent: Consent
    part_id: str
    version_id: str
    version_folder: Path
    levels: Levels
    second_pass: bool = True
    """Whether other people's finders look through its texts once more."""


@dataclass(frozen=True)
class Outcome:
    """The part with its numbers of episodes and steps, or (`part` None) why there is none.

    `found` counts what the second pass took out, by kind. `told` has, for each episode, what templates are found by;
    `session` what the observer effect is told from, None for what can't be used for that.
    """

    job: Job
    part: Part | None
    reason: str = ""
    episodes: int = 0
    steps: int = 0
    found: Mapping[str, int] = field(default_factory=dict)
    told: tuple[Told, ...] = field(default=(), repr=False)
    session: Session | None = field(default=None, repr=False)


def process(job: Job) -> Outcome:
    """Unseal, look through the texts once more, reduce, ground, segment, label corrections, rate, seal.

    What only all recordings together tell (templates, near-duplicates) is settled afterwards: `build.settle`.

    What is wrong with one recording is an outcome; a full disk raises.
    """
    try:
        recording = read_recording(job.recording_folder, job.recording_key, device_public_key=job.device_public_key)
    except EmptyRecording:
        return Outcome(job, None, "empty")
    except SealError:
        return Outcome(job, None, "damaged")
    cleaned = second_pass(recording, open_finders() if job.second_pass else ())
    recording = cleaned.recording
    episodes = segment(recording, ground(recording, reduce(recording)))
    if not episodes:
        return Outcome(job, None, "no-actions")
    episodes = _rated(recording, episodes)
    key = dataset_key(job.recording_key)
    name = pseudonym(key)
    stills = Stills(recording, cleaned.masks)
    part = write_part(
        job.version_folder,
        job.part_id,
        part_key(key, job.version_id),
        notice=Notice(
            version=job.consent.notice_version, language=job.consent.language, sha256=job.consent.notice_sha256
        ),
        tables=tables_of(recording, episodes, pseudonym=name, consent=job.consent, levels=job.levels),
        stills=((still_id(name, nth), stills.webp(seq)) for nth, seq in enumerate(stills_needed(episodes))),
    )
    steps = sum(len(episode.steps) for episode in episodes)
    told = tuple(_told(episode) for episode in episodes)
    return Outcome(
        job,
        part,
        episodes=len(episodes),
        steps=steps,
        found=cleaned.found,
        told=told,
        session=_session(job.consent, episodes),
    )


def _rated(recording: Recording, episodes: Sequence[Episode]) -> list[Episode]:
    """The episodes with their corrections labelled, their scores' parts and signatures."""
    trees = {tree.seq: tree for tree in recording.tree}
    rated = []
    for episode in episodes:
        whole = msgspec.structs.replace(episode, steps=labelled(episode.steps, trees))
        parts = parts_of(recording, whole, outcome_of(recording, whole))
        rated.append(msgspec.structs.replace(whole, quality=parts, likeness=likeness(whole, trees)))
    return rated


def _session(consent: Consent, episodes: Sequence[Episode]) -> Session | None:
    """None for what was not recorded here, whose order in time nobody knows, and for a demonstration."""
    if consent.demo or consent.method == "provenance":
        return None
    return session_of(consent.contributor, episodes)


def _told(episode: Episode) -> Told:
    """The task, and the texts that the person typed or that stood on what they pressed."""
    values = []
    for step in episode.steps:
        values.append(step.action.text)
        if step.target is not None and step.action.x is not None:
            values.append(step.target.name)
    return Told(episode.task, tuple(value for value in values if value))


class Executor(Protocol):
    """Runs jobs somewhere."""

    def run(self, jobs: Iterable[Job], work: Callable[[Job], Outcome]) -> Iterator[Outcome]:
        """The outcome of every job, in any order, each as soon as it is there."""


class InProcess:
    """Runs jobs here, one after another."""

    def run(self, jobs: Iterable[Job], work: Callable[[Job], Outcome]) -> Iterator[Outcome]:
        """The outcomes in the order of the jobs."""
        return map(work, jobs)
