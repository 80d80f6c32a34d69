from __future__ import annotations

import pytest

from understudy.recorder.picture import HEIGHT_PX, Shown, State, draw


@pytest.mark.parametrize("state", ["recording", "elsewhere", "paused", "stopping"])
def test_every_state_says_something_of_its_own(state: State) -> None:
    shown = Shown(state, "editor", "text", "own-work", "Ctrl+Alt+P pauses")
    picture = draw(shown)
    assert picture.height == HEIGHT_PX
    assert picture.width > 100
    assert len({Shown(other).words() for other in ("recording", "elsewhere", "paused", "stopping")}) == 4


def test_levels_are_told_in_words() -> None:
    assert "editor" in Shown("recording", "editor", "shape").words()
    assert "shape" in Shown("recording", "editor", "shape").words()
    assert "no typed text" in Shown("recording", "editor", "nothing").words()
