"""The screen source on a real desktop: exact pixels of allowed windows, and never one of another."""

from __future__ import annotations

import itertools
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from understudy.capture.source import Allow, CaptureUnavailable, DesktopEnv, Pause, Press, Resume
from understudy.capture.x11.pixels import MOST_ASKED_PX
from understudy.capture.x11.screen import ScreenSource
from understudy.records.events import RawFrame, Windows
from understudy.records.geometry import Rect

if TYPE_CHECKING:
    from tests.capture.conftest import Painter, Running, Sheet

pytestmark = pytest.mark.desktop

WIDTH, HEIGHT = 320, 240
SECRET = 0xFF00FF
PALETTE = (0x203040, 0xE0E0E0, 0x00A050, 0xC8B400, 0x102090)


@pytest.fixture
def run(running: type[Running], env: DesktopEnv) -> Iterator[Running]:
    with running(ScreenSource(env)) as started:
        started.wait(lambda: started.of(Windows), "the first snapshot")
        yield started


def composed(run: Running, window: int) -> Image.Image:
    """The window's content as the patches tell it."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (1, 2, 3))
    for frame in run.of(RawFrame):
        for patch in frame.patches:
            if patch.window == window:
                assert len(patch.pixels) == 3 * patch.rect.width * patch.rect.height
                part = Image.frombytes("RGB", (patch.rect.width, patch.rect.height), patch.pixels)
                image.paste(part, (patch.rect.x, patch.rect.y))
    return image


def same(run: Running, sheet: Sheet) -> bool:
    return ImageChops.difference(composed(run, sheet.id), sheet.image(WIDTH, HEIGHT)).getbbox() is None


def captured(run: Running, window: int) -> bool:
    frames = run.of(RawFrame)
    return bool(frames) and any(p.window == window and p.captured for p in frames[-1].stack)


def allow(run: Running, *sheets: Sheet) -> None:
    run.channel.tell(Allow(tuple(sheet.id for sheet in sheets)))
    for sheet in sheets:
        run.wait(lambda window=sheet.id: captured(run, window), "an allowed window's pixels")


def scribble(sheet: Sheet, dice: random.Random) -> None:
    sheet.fill(
        dice.choice(PALETTE),
        dice.randrange(WIDTH),
        dice.randrange(HEIGHT),
        dice.randrange(1, 90),
        dice.randrange(1, 90),
    )


def colours(run: Running) -> set[bytes]:
    return {
        patch.pixels[i : i + 3]
        for frame in run.of(RawFrame)
        for patch in frame.patches
        for i in range(0, len(patch.pixels), 3)
    }


def test_nothing_is_read_until_it_is_allowed(run: Running, painter: Painter) -> None:
    sheet = painter.sheet(100, 100, WIDTH, HEIGHT, SECRET)
    run.wait(lambda: any(s.id == sheet.id for s in run.of(Windows)[-1].windows), "the window")
    sheet.fill(0x00FF00, 10, 10, 50, 50)
    time.sleep(0.4)
    assert not [patch for frame in run.of(RawFrame) for patch in frame.patches]


def test_patches_compose_to_the_real_picture(run: Running, painter: Painter) -> None:
    dice = random.Random(1)
    sheet = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[0])
    allow(run, sheet)
    for _ in range(60):
        scribble(sheet, dice)
        time.sleep(0.01)
    run.wait(lambda: same(run, sheet), "the same picture")
    assert len(composed(run, sheet.id).getcolors() or []) > 2
    first = next(patch for frame in run.of(RawFrame) for patch in frame.patches)
    assert first.rect == Rect(0, 0, WIDTH, HEIGHT), "a window newly allowed is sent whole"
    small = [p for frame in run.of(RawFrame)[1:] for p in frame.patches if p.rect.width < WIDTH]
    assert small, "later patches are what was damaged"
    for frame in run.of(RawFrame):
        for patch in frame.patches:
            assert patch.damaged_ns <= frame.time_ns


def test_at_most_ten_grabs_a_second_on_damage(run: Running, painter: Painter) -> None:
    dice = random.Random(2)
    sheet = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[0])
    allow(run, sheet)
    before, started_s = len(run.of(RawFrame)), time.monotonic()
    while time.monotonic() < started_s + 1.5:
        scribble(sheet, dice)
        time.sleep(0.005)
    spent_s = time.monotonic() - started_s
    assert 3 <= len(run.of(RawFrame)) - before <= 10 * spent_s + 2


def test_another_window_s_pixels_never_appear(run: Running, painter: Painter) -> None:
    dice = random.Random(3)
    sheet = painter.sheet(200, 200, WIDTH, HEIGHT, PALETTE[0], title="allowed")
    secret = painter.sheet(100, 100, 200, 150, SECRET, title="secret")
    menu = painter.sheet(260, 260, 60, 60, SECRET, override=True)
    allow(run, sheet)
    for step in range(80):
        secret.place(60 + 5 * step, 80 + 3 * step)
        menu.place(150 + 4 * step, 180 + 2 * step)
        if step % 10 == 0:
            (sheet if step % 20 else secret).raise_()
        scribble(sheet, dice)
        if step % 7 == 0:
            run.channel.tell(Press(time.monotonic_ns()))
        time.sleep(0.012)
    run.wait(lambda: same(run, sheet) or sheet.raise_(), "the same picture, once on top")
    allowed_only = {colour.to_bytes(3, "big") for colour in PALETTE}
    assert colours(run) <= allowed_only
    assert {patch.window for frame in run.of(RawFrame) for patch in frame.patches} == {sheet.id}
    assert all(
        {secret.id, menu.id} <= {p.window for p in frame.stack if not p.captured} for frame in run.of(RawFrame)
    ), "what hides an allowed window is told, without its pixels"


def test_the_stack_is_bottom_first_and_moves_are_told(run: Running, painter: Painter) -> None:
    low = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[1])
    high = painter.sheet(150, 150, WIDTH, HEIGHT, PALETTE[2])
    allow(run, low, high)

    def order() -> list[int]:
        return [p.window for p in run.of(RawFrame)[-1].stack if p.window in (low.id, high.id)]

    run.wait(lambda: order() == [low.id, high.id], "the first order")
    low.raise_()
    run.wait(lambda: order() == [high.id, low.id], "the new order")
    patches = sum(len(frame.patches) for frame in run.of(RawFrame))
    low.place(333, 222)
    root = painter.connection.get_setup().roots[0].root

    def told() -> bool:
        at = painter.core.TranslateCoordinates(low.id, root, 0, 0).reply()
        rect = next(p.rect for p in run.of(RawFrame)[-1].stack if p.window == low.id)
        return (rect.x, rect.y) == (at.dst_x, at.dst_y) and rect.x > 300

    run.wait(told, "the new place")
    assert sum(len(frame.patches) for frame in run.of(RawFrame)) <= patches + 2, "a move has no new pixels"


def test_a_resized_window_is_sent_whole(run: Running, painter: Painter) -> None:
    sheet = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[0])
    allow(run, sheet)
    sheet.place(100, 100, 400, 300)
    whole = Rect(0, 0, 400, 300)
    run.wait(lambda: any(p.rect == whole for f in run.of(RawFrame) for p in f.patches), "the whole window")


def test_a_window_no_longer_allowed_sends_nothing_and_comes_back_whole(run: Running, painter: Painter) -> None:
    sheet = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[0])
    allow(run, sheet)
    run.channel.tell(Allow(()))
    run.wait(lambda: not captured(run, sheet.id), "the end of it")
    frames = len(run.of(RawFrame))
    sheet.fill(SECRET)
    time.sleep(0.4)
    assert not [patch for frame in run.of(RawFrame)[frames:] for patch in frame.patches]
    sheet.fill(PALETTE[1])
    allow(run, sheet)
    patches = [patch for frame in run.of(RawFrame)[frames:] for patch in frame.patches]
    assert patches[0].rect == Rect(0, 0, WIDTH, HEIGHT)
    assert SECRET.to_bytes(3, "big") not in colours(run)


def test_pause_reads_nothing_and_resume_sends_everything(run: Running, painter: Painter) -> None:
    sheet = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[0])
    allow(run, sheet)
    run.channel.tell(Pause())
    time.sleep(0.3)
    before = len(run.channel.records)
    sheet.fill(SECRET)
    sheet.title("while paused")
    time.sleep(0.4)
    assert len(run.channel.records) == before
    sheet.fill(PALETTE[2])
    run.channel.tell(Resume())
    run.wait(lambda: len(run.of(RawFrame)) and len(run.channel.records) >= before + 2, "everything anew")
    run.wait(lambda: same(run, sheet), "the same picture")
    fresh = run.channel.records[before:]
    assert any(isinstance(record, Windows) for record in fresh)
    first = next(patch for r in fresh if isinstance(r, RawFrame) for patch in r.patches)
    assert first.rect == Rect(0, 0, WIDTH, HEIGHT)
    assert SECRET.to_bytes(3, "big") not in colours(run)


def test_pixels_of_parts_outside_the_screen_and_below_others_are_the_window_s_own(
    run: Running, painter: Painter
) -> None:
    sheet = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[0])
    allow(run, sheet)
    sheet.place(-80, 700)
    sheet.fill(PALETTE[3])
    run.wait(lambda: composed(run, sheet.id).getpixel((1, HEIGHT - 1)) != (1, 2, 3), "pixels")
    assert colours(run) <= {colour.to_bytes(3, "big") for colour in PALETTE}
    assert run.error is None


def test_an_allowed_window_that_dies_does_no_harm(run: Running, painter: Painter) -> None:
    dice = random.Random(5)
    for _ in range(5):
        sheet = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[0])
        allow(run, sheet)
        scribble(sheet, dice)
        sheet.close()
    last = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[1])
    allow(run, last)
    assert run.error is None


def test_no_shared_memory_is_used(run: Running, painter: Painter) -> None:
    sheet = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[0])
    allow(run, sheet)
    maps = Path("/proc/self/maps").read_text()
    assert "SYSV" not in maps


def test_no_descriptor_is_left_open(running: type[Running], env: DesktopEnv) -> None:
    def once() -> int:
        with running(ScreenSource(env)) as run:
            run.wait(lambda: run.of(Windows), "the first snapshot")
        return len(list(Path("/proc/self/fd").iterdir()))

    before = once()
    assert [once() for _ in range(3)] == [before] * 3


def test_a_killed_server_ends_the_source(
    running: type[Running], bare_server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    display, server = bare_server
    with running(ScreenSource(DesktopEnv(display))) as run:
        run.wait(lambda: run.of(Windows), "the first snapshot")
        server.kill()
        run.thread.join(10)
        assert isinstance(run.error, CaptureUnavailable | ConnectionError)


def test_a_recorder_that_is_gone_ends_the_source(running: type[Running], env: DesktopEnv) -> None:
    with running(ScreenSource(env)) as run:
        run.channel.hang_up()
        run.thread.join(10)
        assert isinstance(run.error, EOFError)


def test_the_cursor_is_in_no_picture(run: Running, painter: Painter) -> None:
    """It is told apart, by the pointer's records; a picture is the same with the pointer over it and without."""
    sheet = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[0])
    allow(run, sheet)
    root = painter.connection.get_setup().roots[0].root
    for x, y in ((150, 150), (260, 200), (151, 151)):
        painter.core.WarpPointer(0, root, 0, 0, 0, 0, x, y)
        sheet.fill(PALETTE[1], x - 130, y - 130, 60, 60)
        run.wait(lambda: same(run, sheet), "the same picture")
    assert colours(run) <= {colour.to_bytes(3, "big") for colour in PALETTE}


def test_a_large_window_comes_in_bands_that_make_the_same_picture(run: Running, painter: Painter) -> None:
    sheet = painter.sheet(0, 0, 1200, 760, PALETTE[0])
    for index in range(40):
        sheet.fill(PALETTE[index % len(PALETTE)], 30 * index, 19 * index, 90, 60)
    allow(run, sheet)
    first = [patch for frame in run.of(RawFrame) for patch in frame.patches if patch.window == sheet.id]
    assert len(first) > 1 and all(patch.rect.width * patch.rect.height <= MOST_ASKED_PX for patch in first)
    at = painter.core.GetGeometry(sheet.id).reply()
    whole = Image.new("RGB", (at.width, at.height))
    for patch in first:
        part = Image.frombytes("RGB", (patch.rect.width, patch.rect.height), patch.pixels)
        whole.paste(part, (patch.rect.x, patch.rect.y))
    assert ImageChops.difference(whole, sheet.image(at.width, at.height)).getbbox() is None


def test_more_grabs_a_second_when_asked_for(running: type[Running], env: DesktopEnv, painter: Painter) -> None:
    dice = random.Random(7)
    sheet = painter.sheet(100, 100, WIDTH, HEIGHT, PALETTE[0])
    with running(ScreenSource(env, 40)) as run:
        run.wait(lambda: run.of(Windows), "the first snapshot")
        allow(run, sheet)
        before, started_s = len(run.of(RawFrame)), time.monotonic()
        gaps_s: list[float] = []
        # Ten a second are at least 0.1 s apart; a busy machine may delay most of forty.
        while sum(gap_s < 0.08 for gap_s in gaps_s) < 5 and time.monotonic() < started_s + 20:
            scribble(sheet, dice)
            time.sleep(0.005)
            times = [frame.time_ns / 1e9 for frame in run.of(RawFrame)[before:]]
            gaps_s = [later - earlier for earlier, later in itertools.pairwise(times)]
        spent_s = time.monotonic() - started_s
        assert sum(gap_s < 0.08 for gap_s in gaps_s) >= 5
        assert len(run.of(RawFrame)) - before <= 40 * spent_s + 2
