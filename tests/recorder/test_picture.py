from __future__ import annotations

import pytest

from understudy.recorder.picture import HEIGHT_PX, Shown, State, draw
from understudy.redact.policy import AppRule
from understudy.redact.shown import level_in_words


@pytest.mark.parametrize("state", ["recording", "elsewhere", "paused", "stopping"])
def test_every_state_says_something_of_its_own(state: State) -> None:
    shown = Shown(state, "editor", "text kept, scrubbed", "own-work", "Ctrl+Alt+P pauses")
    picture = draw(shown)
    assert picture.height == HEIGHT_PX
    assert picture.width > 100
    assert len({Shown(other).words() for other in ("recording", "elsewhere", "paused", "stopping")}) == 4


def test_the_program_and_its_level_are_told_in_words() -> None:
    rule = AppRule(name="editor", program="mousepad", keys="shape", third_parties="mask")
    shown = Shown("recording", rule.name, level_in_words(rule))
    assert shown.says() == "editor: only the shape of text; other people masked"
    hidden = AppRule(name="terminal", program="xterm", keys="text", terminal=True)
    assert Shown("recording", hidden.name, level_in_words(hidden)).says() == "terminal: no typing"
    assert Shown("elsewhere", "keepassxc").says() == "keepassxc: not recorded"
