"""What is planted is valid of its kind, fresh each time, and distinct."""

from __future__ import annotations

import random

from stdnum import iban, luhn

from demo.secrets import CONTROL_WORDS, in_fours, plant


def test_cards_and_ibans_are_valid() -> None:
    for seed in range(50):
        planted = plant(random.Random(seed))
        assert luhn.is_valid(planted.card.value) and len(planted.card.value) == 16
        assert iban.is_valid(planted.iban.value, check_country=False)


def test_each_run_is_fresh_and_a_seed_repeats() -> None:
    assert plant().password != plant().password
    assert plant(random.Random(1)) == plant(random.Random(1))


def test_secrets_and_controls_are_distinct() -> None:
    planted = plant()
    assert len({secret.value for secret in planted.secrets}) == len({secret.name for secret in planted.secrets}) == 9
    controls = planted.controls
    assert len({controls.typed, controls.pixels, controls.title, controls.element, controls.task}) == 5
    assert all(len(word) >= 7 and word.isalpha() for word in CONTROL_WORDS)


def test_grouping() -> None:
    assert in_fours("123456789") == "1234 5678 9"
