"""The words of the indicator."""

from __future__ import annotations

import pytest

from understudy.redact.policy import AppRule
from understudy.redact.shown import in_words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (None, "not recorded"),
        (AppRule(name="Chromium", keys="text"), "Chromium: text kept, scrubbed"),
        (AppRule(name="Desk", keys="shape", third_parties="mask"), "Desk: only the shape of text; other people masked"),
        (AppRule(name="Sheet", keys="timing", pixels="drop"), "Sheet: only when keys are pressed; no pictures"),
        (AppRule(name="xterm", keys="text", terminal=True), "xterm: no typing"),
        (AppRule(name="xterm", keys="text", terminal=True, keyboard_text=True), "xterm: text kept, scrubbed"),
    ],
)
def test_the_level_in_words(rule: AppRule | None, words: str) -> None:
    assert in_words(rule) == words
