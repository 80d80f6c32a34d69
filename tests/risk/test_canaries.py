from __future__ import annotations

from collections.abc import Iterable

import pytest

from understudy.risk.canaries import canaries, drawn

PEOPLE = {f"p{nth}": list(range(10 * nth, 10 * nth + 10)) for nth in range(6)}


def test_canaries_are_each_their_own_in_episodes_of_one_person() -> None:
    made = canaries(PEOPLE, 20, seed=1)
    assert len({one.text for one in made}) == 20
    places = [episode for one in made for episode in one.episodes]
    assert len(places) == len(set(places)) == 10 * 1 + 10 * 4
    assert all(len({episode // 10 for episode in one.episodes}) == 1 for one in made)
    assert made == canaries(PEOPLE, 20, seed=1)
    assert made != canaries(PEOPLE, 20, seed=2)


def test_too_few_episodes_are_told() -> None:
    with pytest.raises(ValueError, match="there are 60, of 6 people"):
        canaries(PEOPLE, 40, seed=1)


def test_what_is_kept_said_or_blurted_comes_out() -> None:
    made = canaries(PEOPLE, 6, seed=1)
    kept, said, blurted = made[0], made[1], made[5]

    def ask(episode: int) -> Iterable[str]:
        if episode in said.episodes:
            return ["hello", said.text]
        return [f"so {blurted.text}"] if episode == 59 else ["hello"]

    others = [episode for episode in range(60) if all(episode not in one.episodes for one in made)]
    rows = drawn(made, [b"weights", kept.text.encode("utf-16-le")], ask, [*others, 59])
    told = {row.episodes: (row.planted, row.read, row.asked, row.blind, row.any) for row in rows}
    assert told == {1: (3, 0, 0, 1, 1), 4: (3, 1, 1, 0, 2)}


def test_a_model_that_says_nothing_gives_nothing_away() -> None:
    rows = drawn(canaries(PEOPLE, 8, seed=1), [bytes(range(256)) * 50], lambda _episode: [], range(60))
    assert [row.any for row in rows] == [0, 0]
