"""Training: it learns what words are there for, not the words; the same each time, and going on as if unstopped."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import torch

from understudy.learn.acting import Policy
from understudy.learn.curriculum import chosen
from understudy.learn.examples import LearntEpisode
from understudy.learn.model import Sizes
from understudy.learn.policy import LearntPolicy
from understudy.learn.settings import Progress, TrainingSettings
from understudy.learn.train import Trained, train

pytestmark = pytest.mark.timeout(900)
"""About ten seconds on a core of one's own; a machine that is shared by many took two minutes."""

SIZES = Sizes(width=32, heads=4, layers=2, dropout=0.0)
QUICK = TrainingSettings(epochs=6, epoch_size=960, sizes=SIZES, learning_rate=4e-3)
SHORT = TrainingSettings(epochs=3, epoch_size=64, sizes=SIZES)


def policy(trained: Trained) -> LearntPolicy:
    return LearntPolicy(trained.network, trained.curriculum.operations, trained.curriculum.vocabulary)


def right(policy: Policy, episodes: list[LearntEpisode]) -> float:
    """The share of all turns at which the policy chooses what was done, text and all."""
    turns = [(episode.task, turn) for episode in episodes for turn in episode.turns]
    same = 0
    for task, turn in turns:
        choice = policy.choose(task, turn.observation, turn.done)
        same += (choice.kind, choice.element, choice.text) == (turn.choice.kind, turn.choice.element, turn.choice.text)
    return same / len(turns)


@pytest.fixture(scope="module")
def learnt(made_up: SimpleNamespace) -> Trained:
    return train(made_up.episodes(60, 1), QUICK, device="cpu")


def test_words_that_no_weight_ever_saw(learnt: Trained, made_up: SimpleNamespace) -> None:
    assert right(policy(learnt), made_up.episodes(60, 2)) >= 0.9


def test_shuffled_labels_teach_nothing(made_up: SimpleNamespace) -> None:
    settings = TrainingSettings(epochs=3, epoch_size=960, sizes=SIZES, learning_rate=4e-3, shuffle_labels=True)
    trained = train(made_up.episodes(60, 1), settings, device="cpu")
    presses = [episode for episode in made_up.episodes(60, 2) if episode.page == "press"]
    assert right(policy(trained), presses) <= 0.5


def test_an_elements_place_in_the_tree_is_no_help_and_no_harm(learnt: Trained, made_up: SimpleNamespace) -> None:
    names = ["gadova", "zebiro", "lumita", "naseko", "wotuba"]
    for which, name in enumerate(names):
        choice = policy(learnt).choose(f"Press the button {name} now", made_up.page(names), ())
        assert choice.element == 1 + which


def test_it_stops_when_all_is_done(learnt: Trained, made_up: SimpleNamespace) -> None:
    stopped = 0
    for episode in made_up.episodes(20, 3):
        turn = episode.turns[-1]
        done = (*turn.done, made_up.episode(0, "", "", [(turn.observation, turn.choice)] * 2).turns[1].done[0])
        stopped += policy(learnt).choose(episode.task, turn.observation, done).kind == "stop"
    assert stopped >= 18


def test_the_curves_tell_how_it_went(learnt: Trained) -> None:
    assert learnt.finished
    assert learnt.curves[-1].share > 0.95
    assert learnt.curves[-1].loss < learnt.curves[0].loss / 2
    assert all(one.step < other.step for one, other in zip(learnt.curves, learnt.curves[1:], strict=False))


def weights(trained: Trained) -> dict[str, torch.Tensor]:
    return trained.network.state_dict()


def test_the_same_seed_gives_the_same_weights(made_up: SimpleNamespace) -> None:
    one, other = (train(made_up.episodes(12, 1), SHORT, device="cpu") for _ in range(2))
    assert all(torch.equal(weights(one)[name], weights(other)[name]) for name in weights(one))
    third = train(made_up.episodes(12, 1), msgspec.structs.replace(SHORT, seed=1), device="cpu")
    assert any(not torch.equal(weights(one)[name], weights(third)[name]) for name in weights(one))


def test_going_on_gives_what_would_have_come(made_up: SimpleNamespace) -> None:
    whole = train(made_up.episodes(12, 1), SHORT, device="cpu")
    states: list[dict[str, Any]] = []
    told: list[Progress] = []
    stopped = train(
        made_up.episodes(12, 1),
        SHORT,
        told.append,
        save=lambda state: states.append(copy.deepcopy(state)),
        stop=lambda: len(states) == 2,
        device="cpu",
    )
    assert not stopped.finished
    gone_on = train(made_up.episodes(12, 1), SHORT, state=states[0], device="cpu")
    assert gone_on.finished
    assert all(torch.equal(weights(whole)[name], weights(gone_on)[name]) for name in weights(whole))
    assert [each.step for each in gone_on.curves] == [each.step for each in whole.curves]


def test_minutes_end_it(made_up: SimpleNamespace) -> None:
    settings = TrainingSettings(epochs=10_000, epoch_size=64, sizes=SIZES, minutes=0.02)
    trained = train(made_up.episodes(12, 1), settings, device="cpu")
    assert trained.finished
    assert 1.0 <= trained.seconds < 60


def test_nothing_to_learn_from_is_said(made_up: SimpleNamespace) -> None:
    with pytest.raises(ValueError, match="nothing to learn from"):
        train([], SHORT)


def test_which_demonstrations(made_up: SimpleNamespace) -> None:
    episodes = made_up.episodes(40, 1)
    three = chosen(episodes, TrainingSettings(demonstrations=3))
    ten = chosen(episodes, TrainingSettings(demonstrations=10))
    assert len(three) == 6 and len(ten) == 20
    assert {each.episode_id for each in three} < {each.episode_id for each in ten}
    assert {each.page for each in chosen(episodes, TrainingSettings(tasks=("type",)))} == {"type"}
