"""Evaluation: a policy at tasks that nobody showed it, one fresh instance after another, each outcome kept."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from understudy.learn.acting import Choice, Done, Observation, Policy, Shown
from understudy.learn.intervals import Interval, bootstrap_over, mean_over, wilson
from understudy.learn.scrolled import done_of

MOST_STEPS = 40
"""An episode ends here; the longest of the 4,007 successful demonstrations had 31 steps."""
STUCK = 15
"""The same choice so often in a row on a page that shows no change leads nowhere. A spinner that tells no value takes
ten presses that look alike."""
TEXT_CHARS = 120


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an episode stands: `reward` is the page's own, unscaled by time; `reason` its words, "" mostly."""

    done: bool
    reward: float = 0.0
    reason: str = ""


class WorldFault(Exception):
    """The world broke: no fault of the policy's. The episode counts as failed, the next one begins anew."""


class World(Protocol):
    """Somewhere to act in. Raises WorldFault; in `begin` where it can't be mended."""

    def begin(self, task: str, seed: str) -> str:
        """Begin an instance of `task`; its words as a policy may see them. The same seed gives the same instance."""
        ...

    def look(self) -> Observation:
        """What is shown now."""
        ...

    def act(self, choice: Choice, observation: Observation) -> bool:
        """Do what was chosen of `observation`, the last one looked at; False when it can't be done."""
        ...

    def outcome(self) -> Outcome:
        """How the instance stands."""
        ...


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One action of an episode: what was chosen, in words for a reader; `performed` False when it couldn't be done."""

    kind: str
    role: str = ""
    name: str = ""
    text: str = ""
    keys: tuple[str, ...] = ()
    performed: bool = True
    forced: bool = False
    probability: float = 1.0


class EpisodeResult(msgspec.Struct, frozen=True, kw_only=True):
    """One episode. `ended` says by what: "page" (its own end), "stop" (the policy's), "steps", "stuck" or "error".

    `seconds` is wall-clock time, the page's loading included. `words` are the task's.
    """

    task: str
    seed: str
    words: str
    success: bool
    reward: float
    reason: str
    ended: str
    steps: int
    seconds: float
    taken: tuple[Taken, ...] = ()


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """One task's episodes in short: share of successes and its 95 % interval (Wilson)."""

    task: str
    episodes: int
    successes: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Of the episodes, those that succeeded; 0 to 1."""
        return self.successes / self.episodes if self.episodes else 0.0


class Slip(Protocol):
    """Forces a wrong action on a policy."""

    def __call__(self, observation: Observation, choice: Choice, done: Sequence[Done]) -> Choice | None:
        """The wrong action to do in the place of `choice`; None: not now."""
        ...


def play(
    policy: Policy,
    world: World,
    task: str,
    seed: str,
    *,
    most_steps: int = MOST_STEPS,
    slip: Slip | None = None,
) -> EpisodeResult:
    """One episode: look, choose, act, until the page says that it is over, the policy stops, or it leads nowhere.

    `slip` may replace the policy's choices by others: the policy is told what was really done.
    """
    began = time.monotonic()
    words = world.begin(task, seed)
    episode = _Episode(policy, world, words, slip)
    reason = ""
    try:
        ended = episode.run(most_steps)
        outcome = world.outcome()
    except WorldFault as fault:
        ended, reason, outcome = "error", str(fault), Outcome(done=False)
    return EpisodeResult(
        task=task,
        seed=seed,
        words=words,
        success=outcome.done and outcome.reward > 0,
        reward=outcome.reward if outcome.done else 0.0,
        reason=reason or outcome.reason,
        ended="page" if outcome.done else ended,
        steps=len(episode.taken),
        seconds=time.monotonic() - began,
        taken=tuple(episode.taken),
    )


class _Episode:
    def __init__(self, policy: Policy, world: World, words: str, slip: Slip | None) -> None:
        self._policy, self._world, self._words, self._slip = policy, world, words, slip
        self._done: list[Done] = []
        self._last: tuple[Choice, Observation] | None = None
        self._alike = 0
        self.taken: list[Taken] = []

    def run(self, most_steps: int) -> str:
        """Act until something ends it; what did."""
        while len(self.taken) < most_steps:
            observation = self._world.look()
            if self._world.outcome().done:
                return "page"
            choice = self._policy.choose(self._words, observation, tuple(self._done))
            wrong = self._slip(observation, choice, self._done) if self._slip is not None else None
            choice = wrong if wrong is not None else choice
            if choice.kind == "stop":
                self.taken.append(told(choice, observation))
                return "stop"
            if self._leads_nowhere(choice, observation):
                return "stuck"
            performed = self._world.act(choice, observation)
            self.taken.append(told(choice, observation, performed=performed, forced=wrong is not None))
            self._done.append(done_of(choice, observation))
        return "steps"

    def _leads_nowhere(self, choice: Choice, observation: Observation) -> bool:
        same = msgspec.structs.replace(choice, probability=1.0)
        self._alike = self._alike + 1 if (same, observation) == self._last else 0
        self._last = (same, observation)
        return self._alike >= STUCK


def target_of(choice: Choice, observation: Observation) -> Shown | None:
    """The element that a choice is for; None when it is for none."""
    if choice.element is None or not 0 <= choice.element < len(observation.elements):
        return None
    return observation.elements[choice.element]


def told(choice: Choice, observation: Observation, *, performed: bool = True, forced: bool = False) -> Taken:
    """A choice in words."""
    target = target_of(choice, observation)
    return Taken(
        kind=choice.kind,
        role=target.role if target is not None else "",
        name=(target.name or target.text)[:TEXT_CHARS] if target is not None else "",
        text=choice.text[:TEXT_CHARS],
        keys=choice.keys,
        performed=performed,
        forced=forced,
        probability=round(choice.probability, 3),
    )


def seeds_of(task: str, episodes: int, seed: int) -> list[str]:
    """The seeds of a task's episodes: words that no demonstration was made with."""
    return [f"understudy {seed} {task} {number}" for number in range(episodes)]


def evaluate(
    policy: Policy,
    world: World,
    tasks: Iterable[str],
    *,
    episodes: int,
    seed: int = 0,
    tell: Callable[[EpisodeResult], None] = lambda _result: None,
    slip: Callable[[str], Slip] | None = None,
) -> list[EpisodeResult]:
    """Every task's episodes, in order. `slip` makes one for each episode, of its seed."""
    results: list[EpisodeResult] = []
    for task in tasks:
        for each in seeds_of(task, episodes, seed):
            result = play(policy, world, task, each, slip=slip(each) if slip is not None else None)
            results.append(result)
            tell(result)
    return results


def by_task(results: Iterable[EpisodeResult]) -> list[TaskResult]:
    """The tasks in short, in order of their names."""
    counts: dict[str, list[bool]] = {}
    for result in results:
        counts.setdefault(result.task, []).append(result.success)
    made = []
    for task, successes in sorted(counts.items()):
        interval = wilson(sum(successes), len(successes))
        made.append(
            TaskResult(
                task=task,
                episodes=len(successes),
                successes=sum(successes),
                low=interval.low,
                high=interval.high,
            )
        )
    return made


def outcomes_of(results: Iterable[EpisodeResult]) -> dict[str, list[float]]:
    """Each task's outcomes, 1 or 0, in order."""
    found: dict[str, list[float]] = {}
    for result in results:
        found.setdefault(result.task, []).append(float(result.success))
    return found


def overall(results: Sequence[EpisodeResult], tasks: Iterable[str] | None = None) -> tuple[float, Interval]:
    """Mean success over tasks (each weighs the same), and its 95 % interval: a bootstrap over tasks and episodes.

    `tasks` None: all.
    """
    found = outcomes_of(results)
    if tasks is not None:
        wanted = frozenset(tasks)
        found = {task: values for task, values in found.items() if task in wanted}
    return mean_over(found), bootstrap_over(found)


def as_json(results: Sequence[EpisodeResult]) -> list[dict[str, Any]]:
    """Results as plain values, failures with what was chosen; of successes only how they ended."""
    made = []
    for result in results:
        row: dict[str, Any] = msgspec.to_builtins(result)
        if result.success:
            del row["taken"]
        made.append(row)
    return made


class RandomPolicy:
    """A control: clicks an element at random, or types a word of the task into one, if it takes text."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        """Any of the shown elements that do something, each as likely."""
        acting = [
            index
            for index, element in enumerate(observation.elements)
            if element.bounds is not None and "showing" in element.states and element.role not in _IDLE
        ]
        if not acting:
            return Choice(kind="wait")
        index = self._random.choice(acting)
        element = observation.elements[index]
        words = task.split()
        if "editable" in element.states and words and self._random.random() < 0.5:
            text = self._random.choice(words).strip('".,:;()')
            return Choice(kind="type", element=index, text=text, probability=1 / len(acting))
        return Choice(kind="click", element=index, button="left", probability=1 / len(acting))


_IDLE = frozenset(("document web", "section", "paragraph", "form", "table", "table row", "separator", "static"))
"""Roles of what only holds or says something."""
