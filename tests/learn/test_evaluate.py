"""The loop of an evaluation, in a made-up world: what ends an episode, what counts as success, what is kept."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.evaluate import (
    STUCK,
    EpisodeResult,
    Outcome,
    RandomPolicy,
    WorldFault,
    as_json,
    by_task,
    evaluate,
    overall,
    play,
    seeds_of,
)
from understudy.records.geometry import Rect

BUTTON = Shown(role="push button", name="OK", states=("enabled", "showing"), bounds=Rect(0, 0, 10, 10))
FIELD = Shown(role="entry", states=("editable", "showing"), bounds=Rect(0, 20, 10, 10))
PAGE = Shown(role="document web", states=("showing",), bounds=Rect(0, 0, 99, 99))


class TwoPresses:
    """A world whose task is done after two presses on its button; pressing the field fails it."""

    def __init__(self, reward: float = 1.0, breaks_at: int = -1) -> None:
        self.reward, self.breaks_at = reward, breaks_at
        self.pressed = 0
        self.failed = False
        self.begun: list[tuple[str, str]] = []

    def begin(self, task: str, seed: str) -> str:
        self.begun.append((task, seed))
        self.pressed, self.failed = 0, False
        return f"Press OK twice ({task})"

    def look(self) -> Observation:
        if self.pressed == self.breaks_at:
            raise WorldFault("the window went away")
        shown = Shown(role="label", name=str(self.pressed), states=("showing",))
        return Observation(elements=(PAGE, BUTTON, FIELD, shown), bounds=Rect(0, 0, 99, 99))

    def act(self, choice: Choice, observation: Observation) -> bool:
        if choice.kind == "hotkey":
            return False
        self.pressed += choice.element == 1
        self.failed = self.failed or choice.element == 2
        return True

    def outcome(self) -> Outcome:
        if self.failed:
            return Outcome(done=True, reward=-1.0, reason="the field")
        return Outcome(done=self.pressed >= 2, reward=self.reward if self.pressed >= 2 else 0.0)


class Always:
    """Chooses the same, whatever is shown; notes what it was told."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.told: list[tuple[str, tuple[Done, ...]]] = []

    def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        self.told.append((task, tuple(done)))
        return self.choice


def test_success_is_the_worlds_own_word() -> None:
    policy = Always(Choice(kind="click", element=1))
    result = play(policy, TwoPresses(), "two", "s")
    assert (result.success, result.ended, result.steps, result.reward) == (True, "page", 2, 1.0)
    assert policy.told[1] == (
        "Press OK twice (two)",
        (Done(choice=Choice(kind="click", element=1), target=BUTTON, place=BUTTON.bounds),),
    )
    assert [taken.name for taken in result.taken] == ["OK", "OK"]


@pytest.mark.parametrize("reward", [0.0, -1.0])
def test_a_reward_of_nothing_is_no_success(reward: float) -> None:
    assert not play(Always(Choice(kind="click", element=1)), TwoPresses(reward), "two", "s").success


@pytest.mark.parametrize(
    ("choice", "ended", "steps"),
    [
        (Choice(kind="stop"), "stop", 1),
        (Choice(kind="click", element=0), "stuck", STUCK),
        (Choice(kind="click", element=2), "page", 1),
    ],
)
def test_what_else_ends_an_episode(choice: Choice, ended: str, steps: int) -> None:
    result = play(Always(choice), TwoPresses(), "two", "s")
    assert (result.success, result.ended, result.steps) == (False, ended, steps)


def test_steps_are_bounded() -> None:
    class Wandering:
        def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
            return Choice(kind="click", element=(0, 3)[len(done) % 2])

    assert play(Wandering(), TwoPresses(), "two", "s", most_steps=9).ended == "steps"


def test_what_can_not_be_done_is_told() -> None:
    result = play(Always(Choice(kind="hotkey", keys=("Hyper_L",))), TwoPresses(), "two", "s")
    assert [taken.performed for taken in result.taken] == [False] * STUCK


def test_a_world_that_breaks_fails_its_episode_alone() -> None:
    world = TwoPresses(breaks_at=1)
    results = evaluate(Always(Choice(kind="click", element=1)), world, ["a", "b"], episodes=2)
    assert [result.ended for result in results] == ["error"] * 4
    assert {result.reason for result in results} == {"the window went away"}
    assert len(world.begun) == 4


def test_seeds_are_the_tasks_own_and_fresh() -> None:
    assert len({*seeds_of("a", 50, 0), *seeds_of("b", 50, 0), *seeds_of("a", 50, 1)}) == 150
    world = TwoPresses()
    evaluate(Always(Choice(kind="click", element=1)), world, ["a", "b"], episodes=3, seed=7)
    assert world.begun == [(task, seed) for task in "ab" for seed in seeds_of(task, 3, 7)]


def test_a_slip_replaces_a_choice_and_the_policy_is_told() -> None:
    policy = Always(Choice(kind="click", element=1))

    def slip(observation: Observation, choice: Choice, done: Sequence[Done]) -> Choice | None:
        return Choice(kind="click", element=0) if not done else None

    result = play(policy, TwoPresses(), "two", "s", slip=slip)
    assert result.success
    assert [taken.forced for taken in result.taken] == [True, False, False]
    assert policy.told[1][1][0].target == PAGE


def test_results_in_short_and_as_values() -> None:
    good = play(Always(Choice(kind="click", element=1)), TwoPresses(), "good", "s")
    bad = play(Always(Choice(kind="click", element=2)), TwoPresses(), "bad", "s")
    results: list[EpisodeResult] = [good, bad, bad]
    assert [(each.task, each.share, each.episodes) for each in by_task(results)] == [("bad", 0.0, 2), ("good", 1.0, 1)]
    assert overall(results)[0] == 0.5
    assert overall(results, ["good"])[0] == 1.0
    told = as_json(results)
    assert "taken" not in told[0]
    assert told[1]["taken"][0]["role"] == "entry"


def test_the_random_policy_presses_what_does_something() -> None:
    world = TwoPresses()
    world.begin("a", "s")
    policy = RandomPolicy(3)
    chosen = [policy.choose("Press OK", world.look(), ()) for _ in range(40)]
    assert {choice.element for choice in chosen} == {1, 2}  # the label has no place
    assert {choice.text for choice in chosen if choice.kind == "type"} <= {"Press", "OK"}
    empty = Observation(elements=(PAGE,), bounds=Rect(0, 0, 9, 9))
    assert policy.choose("x", empty, ()).kind == "wait"
