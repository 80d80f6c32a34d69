"""Demonstrations by the ordinary path: the scripted person works, the real recorder records, the real build builds."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.driven import Recorder, understudy
from benchmarks.tasks.instances import TASKS, Instance
from benchmarks.tasks.person import ScriptedPerson
from benchmarks.tasks.stage import TaskStage
from understudy.build import open_dataset
from understudy.dataset import Dataset
from understudy.records.recording import Recording
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.keystore import KeyStore
from understudy.spool.reader import read_recording

SLIPS = 0.05
"""Share of the demonstrated actions that go wrong first; never fewer than one of a task's demonstrations."""
DEMONSTRATIONS = 5


@dataclass(frozen=True)
class School:
    """Demonstrations of one task, recorded and built. `home` holds them; `slips` of `actions` went wrong first."""

    task: str
    home: Home
    recordings: tuple[str, ...]
    sentences: tuple[str, ...]
    actions: int
    slips: int
    seconds: float

    @property
    def dataset(self) -> Dataset:
        """What was built of them."""
        return open_dataset(self.home, self.task)

    def unsealed(self) -> list[Recording]:
        """The recordings, opened."""
        device = identity.device(self.home.identity).public_key
        own = identity.load(self.home.identity)
        keys = KeyStore(self.home.keys)
        return [
            read_recording(self.home.spool / one, keys.unwrap(one, own), device_public_key=device)
            for one in self.recordings
        ]

    def write(self, path: Path) -> None:
        """Note where they are."""
        told = {"task": self.task, "home": str(self.home.root), "recordings": self.recordings}
        told |= {"sentences": self.sentences, "actions": self.actions, "slips": self.slips, "seconds": self.seconds}
        path.write_text(json.dumps(told))

    @classmethod
    def read(cls, path: Path) -> School:
        """What `write` wrote."""
        told = json.loads(path.read_text())
        return cls(
            task=told["task"],
            home=Home(Path(told["home"])),
            recordings=tuple(told["recordings"]),
            sentences=tuple(told["sentences"]),
            actions=told["actions"],
            slips=told["slips"],
            seconds=told["seconds"],
        )


def planned_slips(demonstrations: Sequence[Instance], seed: int, share: float = SLIPS) -> Mapping[int, tuple[int, ...]]:
    """Which acts of which demonstration (by its place) go wrong, by chance from the seed."""
    able = [
        (nth, at)
        for nth, instance in enumerate(demonstrations)
        for at, act in enumerate(instance.script)
        if act.slip or act.kind == "type"
    ]
    actions = sum(len(instance.script) for instance in demonstrations)
    chosen = random.Random(seed).sample(able, min(len(able), max(1, round(share * actions)))) if share else []
    return {nth: tuple(at for n, at in chosen if n == nth) for nth in range(len(demonstrations))}


def demonstrate(
    stage: TaskStage, task: str, root: Path, *, first: int = 0, count: int = DEMONSTRATIONS, keys: str = "text"
) -> School:
    """Record `count` demonstrations of a task, from the seed `first` on, each as a recording, and build them."""
    instances = [TASKS[task].instance(seed) for seed in range(first, first + count)]
    slips = planned_slips(instances, first)
    began_s = time.monotonic()
    recordings = []
    with ScriptedPerson(stage.env) as person:
        for nth, instance in enumerate(instances):
            stage.load(instance)
            arguments = ("--consent", "demo", "--identity", "none", "--task", instance.sentence)
            with Recorder(stage.desktop, root, *arguments, policy=stage.policy(keys)) as recorder:
                recordings.append(recorder.begin())
                person.perform(instance, slips[nth])
                if not stage.succeeded(instance):
                    raise AssertionError(f"the demonstration of {instance.sentence!r} failed: {stage.done(instance)}")
                time.sleep(0.6)
                if (code := recorder.stop()) != 0:
                    raise AssertionError(f"record ended with {code}: {recorder.said()}")
    home = Home(root / "home")
    build(home, task, recordings)
    return School(
        task=task,
        home=home,
        recordings=tuple(recordings),
        sentences=tuple(instance.sentence for instance in instances),
        actions=sum(len(instance.script) for instance in instances),
        slips=sum(map(len, slips.values())),
        seconds=time.monotonic() - began_s,
    )


def build(home: Home, name: str, recordings: Sequence[str]) -> None:
    """The next version of a dataset of these recordings."""
    words = [word for one in recordings for word in ("--recording", one)]
    built = understudy(home.root, "build", name, "--no-second-pass", *words, timeout_s=120)
    if built.returncode:
        raise AssertionError(f"build failed: {built.stderr or built.stdout}")
