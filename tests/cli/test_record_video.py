"""`understudy record --video`: how it changes what the recorder is told."""

from __future__ import annotations

import pytest

from understudy.cli.record import recorder_settings
from understudy.settings import RecorderSettings


def test_without_it_nothing_changes() -> None:
    assert recorder_settings(None) == RecorderSettings()


@pytest.mark.parametrize(("video", "frames", "grabs"), [(30, 30, 30), (1, 2, 10)])
def test_it_only_ever_adds_pictures(video: int, frames: float, grabs: float) -> None:
    settings = recorder_settings(video)
    assert (settings.frames_per_s, settings.grabs_per_s) == (frames, grabs)
    assert settings.hold_ms == RecorderSettings().hold_ms
