"""The exam: an agent performs instances that nobody showed it, and the program says whether what was asked was done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.tasks.instances import Instance
from benchmarks.tasks.stage import TaskStage
from understudy.act.agent import Agent, End, Intent, Limits, Rules
from understudy.act.agent_eyes import AgentEyes, Seen
from understudy.act.replay_hands import Hands
from understudy.act.xtest import XTest
from understudy.capture.choose import make_source
from understudy.cli.teach_view import Irreversible, TaskView
from understudy.learn.acting import Choice, Done, Observation, Policy
from understudy.records.events import Tree, Windows
from understudy.redact.policy_file import read_policy

LIMITS = Limits(sure=0.0, patience_s=2.5, steps=14)
"""For the exam: it may be unsure, nobody is there to be asked."""
FIELDS = ("text", "entry")


@dataclass
class Mark:
    """How one instance went. `asked`: how often the agent wanted to be allowed something."""

    seed: int
    succeeded: bool
    end: End
    seconds: float
    choosing_s: float
    did: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


class Examiner:
    """Allows everything, says nothing, writes down what it is told."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.asked: list[str] = []

    def tell(self, intent: Intent) -> None:
        """This is about to be done."""
        self.did.append(words(intent))

    def stops(self) -> bool:
        """Never."""
        return False

    def allows(self, intent: Intent, why: Literal["unsure", "irreversible"]) -> bool:
        """Always, noted."""
        self.asked.append(f"{why}: {words(intent)}")
        return True

    def secret(self, intent: Intent) -> str | None:
        """No."""
        return None


def words(intent: Intent) -> str:
    """An intent in a few words."""
    choice, target = intent.choice, intent.target
    what = f"{target.role} {target.name!r}" if target is not None else ""
    how = repr(choice.text) if choice.kind == "type" else "+".join(choice.keys)
    return " ".join(word for word in (choice.kind, choice.button, how, what, f"{choice.probability:.2f}") if word)


class Views:
    """The view of the instance that is on, behind one pair of eyes."""

    def __init__(self) -> None:
        self.now: TaskView | None = None

    def learn(self, record: Windows | Tree) -> None:
        """Hand on what was told."""
        if self.now is not None:
            self.now.learn(record)

    def seen(self, typed_into: frozenset[str]) -> Seen | None:
        """What the view of now shows."""
        return self.now.seen(typed_into) if self.now is not None else None


def examine(
    stage: TaskStage, policy: Policy, instances: Sequence[Instance], *, keys: str = "text", limits: Limits = LIMITS
) -> list[Mark]:
    """Have `policy` do each instance on the stage's desktop; how each went."""
    rules = read_policy(stage.policy(keys).encode(), source="policy.toml")
    irreversible = Irreversible(rules.irreversible)
    views = Views()
    marks = []
    with (
        AgentEyes(make_source("elements", stage.env), stage.env, views) as eyes,
        XTest(stage.desktop.display) as xtest,
        Hands(xtest) as hands,
    ):
        for instance in instances:
            began_s = time.monotonic()
            stage.load(instance)
            view = views.now = TaskView(rules, instance.sentence, instance.slots)
            view.learn(eyes.windows_now())
            person = Examiner()
            agent = Agent(eyes, hands, policy, Rules(irreversible, view.value), person, limits)
            report = agent.perform(view.task)
            marks.append(
                Mark(
                    seed=instance.seed,
                    succeeded=stage.succeeded(instance, patience_s=0.5),
                    end=report.end,
                    seconds=time.monotonic() - began_s,
                    choosing_s=report.choosing_s,
                    did=person.did,
                    asked=person.asked,
                )
            )
    return marks


class Oracle:
    """Knows the script: what is left of a perfect policy once seeing and acting are taken away."""

    def __init__(self, instances: Sequence[Instance]) -> None:
        self._left = list(instances)
        self._now: Instance | None = None

    def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        """The script's next act."""
        if not done and (self._now is None or self._left):
            self._now = self._left.pop(0)
        assert self._now is not None
        if len(done) >= len(self._now.script):
            return Choice(kind="stop")
        act = self._now.script[len(done)]
        if act.kind == "hotkey":
            return Choice(kind="hotkey", keys=tuple(act.keys.split("+")))
        focused = [i for i, each in enumerate(observation.elements) if "focused" in each.states]
        if act.kind == "type":
            return Choice(kind="type", text=act.text, element=focused[-1] if focused else None)
        for index, each in enumerate(observation.elements):
            right = each.role == act.role or (act.role in FIELDS and each.role in FIELDS)
            if right and (each.name == act.named if act.named else act.part in each.name):
                return Choice(kind="click", element=index, button="right" if act.kind == "context" else "left")
        return Choice(kind="wait")
