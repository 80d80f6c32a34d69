"""Next-action prediction, and the yardsticks beside it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from understudy.learn import predict, ranker
from understudy.learn.acting import Choice, Done


def test_nobody_is_on_both_sides(made_up: SimpleNamespace) -> None:
    learnt, asked = predict.split(made_up.episodes(30, 1), held_out=0.4, seed=2)
    people = [{episode.contributor for episode in side} for side in (learnt, asked)]
    assert people[0] and people[1] and not people[0] & people[1]


def test_the_ranker_matches_words_by_hand_made_features(made_up: SimpleNamespace) -> None:
    learnt = [episode for episode in made_up.episodes(60, 1) if episode.page == "press"]
    asked = [episode for episode in made_up.episodes(60, 2) if episode.page == "press"]
    fitted = ranker.fit(learnt)
    (turns,) = predict.turns_of(asked).values()
    told = predict.score(predict.by_ranker(fitted), turns)
    assert told.turns == 30
    assert told.top1 >= 0.95
    majority = ranker.MajorityPolicy(predict.lessons_with_episodes(learnt))
    assert predict.score(predict.by_majority(majority), turns).top1 < 0.3


def test_the_ranker_types_what_is_quoted(made_up: SimpleNamespace) -> None:
    fitted = ranker.fit([episode for episode in made_up.episodes(60, 1) if episode.page == "type"])
    episode = made_up.episodes(1, 9)[0]
    choice = fitted.choose(episode.task, episode.turns[0].observation, ())
    assert (choice.kind, choice.element, choice.text) == ("type", 3, episode.turns[0].choice.text)
    done = [Done(choice=choice, target=episode.turns[0].observation.elements[3])]
    assert fitted.choose(episode.task, episode.turns[1].observation, done).kind == "click"


def test_a_page_that_it_never_saw(made_up: SimpleNamespace) -> None:
    shown = made_up.page(["one"])
    assert ranker.RankerPolicy({}).choose("Press one", shown, ()).kind == "stop"


def test_random_chooses_everything(made_up: SimpleNamespace) -> None:
    shown = made_up.page(["one", "two", "three"], field="Note")
    policy = ranker.RandomPolicy(1)
    chosen = [policy.choose("Press one", shown, ()) for _ in range(200)]
    assert {choice.element for choice in chosen} == set(range(5))
    assert {choice.kind for choice in chosen} == {"click", "type"}


def test_top_three_counts_the_second_guess(made_up: SimpleNamespace) -> None:
    (turns,) = predict.turns_of([made_up.episodes(2, 1)[1]]).values()
    element = turns[0][1].choice.element

    def second(*_told: object) -> list[tuple[str, int]]:
        return [("click", 0), ("click", element or 0)]

    told = predict.score(second, turns)
    assert (told.top1, told.top3) == (0.0, 1.0)


def test_features_are_of_one_shape(made_up: SimpleNamespace) -> None:
    told = ranker.features("Press one", made_up.page(["one", "two"]), [Done(choice=Choice(kind="wait"))])
    assert told.shape == (3, ranker.FEATURES)
    assert np.isfinite(told).all()
