"""Frames are composed from their patches, in any order asked."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from understudy.pipeline.stills import Stills
from understudy.records.kept import Frame, FramePatch
from understudy.records.recording import Recording

if TYPE_CHECKING:
    from tests.pipeline.conftest import Hand

COLOURS = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (90, 90, 90), (250, 250, 0), (1, 2, 3), (9, 8, 7)]


def patch(x: int, y: int, width: int, height: int, colour: tuple[int, int, int]) -> FramePatch:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "WEBP", lossless=True)
    return FramePatch(x, y, width, height, buffer.getvalue())


@pytest.fixture
def recording(hand: Hand) -> Recording:
    for nth, colour in enumerate(COLOURS):
        key = nth % 4 == 0
        patches = (patch(0, 0, 40, 20, colour) if key else patch(nth, nth, 10, 5, colour),)
        hand.frames(Frame(time_ns=nth, seq=nth + 10, changed_ns=nth, width=40, height=20, key=key, patches=patches))
    return hand.recording()


def test_patches_are_applied_in_order(recording: Recording) -> None:
    screen = Stills(recording).at(12)
    assert screen.shape == (20, 40, 3) and screen.dtype == np.uint8
    assert tuple(screen[0, 0]) == COLOURS[0]
    assert tuple(screen[1, 1]) == COLOURS[1]
    assert tuple(screen[3, 3]) == COLOURS[2]


def test_any_order_gives_the_same_screens(recording: Recording) -> None:
    expected = {seq: Stills(recording).at(seq) for seq in range(10, 17)}
    stills = Stills(recording)
    asked = list(expected) * 5
    random.Random(3).shuffle(asked)
    for seq in asked:
        assert np.array_equal(stills.at(seq), expected[seq])


def test_a_screen_can_not_be_changed_by_its_reader(recording: Recording) -> None:
    with pytest.raises(ValueError, match="read-only"):
        Stills(recording).at(10)[0, 0] = 0


def test_webp_is_lossless_and_repeatable(recording: Recording) -> None:
    stills = Stills(recording)
    webp = stills.webp(13)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(webp))), stills.at(13))
    assert webp == Stills(recording).webp(13)


def test_what_stands_out_over_the_edge_is_cut_off(hand: Hand) -> None:
    patches = (patch(-4, -4, 10, 10, COLOURS[0]), patch(35, 15, 10, 10, COLOURS[1]))
    hand.frames(Frame(time_ns=1, seq=0, changed_ns=1, width=40, height=20, key=True, patches=patches))
    screen = Stills(hand.recording()).at(0)
    assert tuple(screen[5, 5]) == COLOURS[0] and tuple(screen[6, 6]) == (0, 0, 0)
    assert tuple(screen[19, 39]) == COLOURS[1]


def test_a_new_geometry_begins_a_new_screen(hand: Hand) -> None:
    hand.frames(
        Frame(time_ns=1, seq=0, changed_ns=1, width=4, height=4, key=True, patches=(patch(0, 0, 4, 4, COLOURS[0]),)),
        Frame(time_ns=2, seq=1, changed_ns=2, width=8, height=6, key=False, patches=(patch(0, 0, 2, 2, COLOURS[1]),)),
    )
    screen = Stills(hand.recording()).at(1)
    assert screen.shape == (6, 8, 3) and tuple(screen[3, 3]) == (0, 0, 0)


def test_an_unknown_frame_is_refused(recording: Recording) -> None:
    with pytest.raises(KeyError):
        Stills(recording).at(999)
