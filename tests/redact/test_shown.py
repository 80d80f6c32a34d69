"""The words of the indicator."""

from __future__ import annotations

import pytest

from understudy.redact.policy import AppRule
from understudy.redact.shown import level_in_words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (AppRule(name="Chromium", keys="text"), "text kept, scrubbed"),
        (AppRule(name="Desk", keys="shape", third_parties="mask"), "only the shape of text; other people masked"),
        (AppRule(name="Sheet", keys="timing", pixels="drop"), "only when keys are pressed; no pictures"),
        (AppRule(name="xterm", keys="text", terminal=True), "no typing"),
        (AppRule(name="xterm", keys="text", terminal=True, keyboard_text=True), "text kept, scrubbed"),
    ],
)
def test_the_level_in_words(rule: AppRule, words: str) -> None:
    assert level_in_words(rule) == words
