"""What never rests: seen as it was when a button went down, and never with something that no tree tells of."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image, ImageDraw
from tests.redact.drawn import SECRET, crop, frames, pen, secret_seen

from understudy.records.events import Stir, Tree
from understudy.records.geometry import Rect
from understudy.records.kept import Kept
from understudy.redact.guard import Guard
from understudy.redact.scrub import Scrubber

TOP, LOW = Rect(10, 10, 300, 24), Rect(10, 250, 300, 24)
PLACE = Rect(96, 144, 128, 32)
"""Where something moves; nothing stands there that a tree tells of."""
FAR = Rect(300, 144, 64, 32)
BLOCK = (0, 96, 200)
HIDDEN = "ann.lee@example.com"


class Scene:
    """A page with a line of text and a disc that moves beneath it. `steps` are where it was, by time."""

    def __init__(self, fabricate: Any, *things: tuple[Any, str]) -> None:
        self.fabricate, self.page = fabricate, fabricate.page
        hello = fabricate.entry("Hello", at=TOP, role="label", key="hello")
        self.things = (*(things or ((hello, "Hello"),)),)
        self.made = fabricate.session().windows(1).show(self.page, *self.things)
        self.made.wait(700)
        self.tree().wait(500)
        self.steps: list[tuple[int, bytes]] = []
        self._x = 0

    def tree(self, *, stirs: bool = True, complete: bool = True) -> Any:
        self.made.tree(self.page, complete=complete)
        last = self.made.records[-1]
        assert isinstance(last, Tree)
        self.made.records[-1] = msgspec.structs.replace(last, stirs=stirs)
        return self.made

    def draw(self, rect: Rect, text: str = "") -> None:
        """Fill a rectangle with a text and have it read, without telling anybody."""
        draw = pen(self.made.pictures[1])
        draw.rectangle((rect.x, rect.y, rect.right - 1, rect.bottom - 1), fill=(255, 255, 255))
        draw.text((rect.x + 2, rect.y + 2), text, fill=SECRET)
        self.made.damage(self.page, rect)

    def draw_over(self, rect: Rect, text: str) -> None:
        pen(self.made.pictures[1]).text((rect.x + 9, rect.y + 9), text, fill=SECRET)
        self.made.damage(self.page, rect)

    def step(self) -> None:
        """The disc moves on; 100 ms."""
        self._x = (self._x + 8) % (PLACE.width - 16)
        draw = ImageDraw.Draw(self.made.pictures[1])
        draw.rectangle((PLACE.x, PLACE.y, PLACE.right - 1, PLACE.bottom - 1), fill=(255, 255, 255))
        draw.ellipse((PLACE.x + self._x, PLACE.y, PLACE.x + self._x + 15, PLACE.y + 15), fill=BLOCK)
        self.made.damage(self.page, PLACE)
        self.steps.append((self.made.now_ns, crop(self.made.pictures[1], PLACE)))
        self.made.wait(80)

    def move(self, steps: int) -> None:
        for _ in range(steps):
            self.step()

    def going(self) -> None:
        """Under way for a while, with trees read of it."""
        self.move(8)
        self.tree()
        self.move(8)

    def ended(self) -> list[Kept]:
        """It goes on, a tree is read, everything comes out."""
        self.move(8)
        self.tree()
        self.move(6)
        kept: list[Kept] = self.fabricate.kept(self.made.wait(300))
        return kept

    def stir(self, *elements: str) -> None:
        told = elements or None
        self.made.add(Stir(time_ns=self.made.now_ns, seq=0, pid=100, elements=told))


def moved(fabricate: Any, kept: list[Kept]) -> int:
    """How many pictures of the place were kept."""
    return len({crop(screen, PLACE) for screen in fabricate.screens(kept)})


def test_a_press_has_the_picture_that_was_read_before_it(fabricate: Any) -> None:
    scene = Scene(fabricate)
    scene.going()
    pressed_ns = scene.made.now_ns
    scene.made.point(20, 200, "down", button=1).wait(20).point(20, 200, "up", button=1)
    scene.move(8)
    scene.tree()
    kept = scene.ended()
    before = [nth for nth, frame in enumerate(frames(kept)) if frame.time_ns <= pressed_ns][-1]
    read_ns, drawn = [step for step in scene.steps if step[0] <= pressed_ns][-1]
    assert frames(kept)[before].time_ns == read_ns
    assert crop(fabricate.screens(kept)[before], PLACE) == drawn
    assert frames(kept)[before + 1].changed_ns > read_ns


def test_what_moves_is_kept_at_the_pace_of_frames_and_in_order(fabricate: Any) -> None:
    scene = Scene(fabricate)
    scene.going()
    scene.move(30)
    kept = scene.ended()
    drawn = dict(scene.steps)
    shown = [
        (frame.time_ns, crop(screen, PLACE))
        for frame, screen in zip(frames(kept), fabricate.screens(kept), strict=True)
    ]
    whole = [drawn[time_ns] == picture for time_ns, picture in shown if time_ns in drawn]
    assert len(whole) >= 6 and all(whole), "each is a picture that was there at its time, none is put together"
    assert [time_ns for time_ns, _ in shown] == sorted(time_ns for time_ns, _ in shown)


def test_video_keeps_each_picture_that_was_read(fabricate: Any) -> None:
    scene = Scene(fabricate)
    scene.going()
    scene.move(20)
    scene.ended()
    guard = Guard(fabricate.policy(), Scrubber(("email",)), frames_per_s=30)
    kept = frames(scene.made.run(guard))
    proven = [read_ns for read_ns, _ in scene.steps[15:36]]
    assert set(proven) <= {frame.time_ns for frame in kept}


def test_nothing_is_known_of_the_time_before_the_first_tree_of_it(fabricate: Any) -> None:
    scene = Scene(fabricate)
    scene.move(10)
    assert moved(fabricate, scene.ended()) <= 2


FILM = Rect(0, 64, 400, 176)
"""More than a quarter of the page."""


def play(scene: Scene, steps: int, text: str = "") -> None:
    for step in range(steps):
        dice = np.random.default_rng(len(scene.steps) + step)
        noise = dice.integers(0, 200, (FILM.height // 8, FILM.width // 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        scene.made.pictures[1].paste(Image.fromarray(noise), (FILM.x, FILM.y))
        scene.draw_over(FILM, text)
        scene.steps.append((scene.made.now_ns, crop(scene.made.pictures[1], FILM)))
        scene.made.wait(80)


def film_seen(fabricate: Any, scene: Scene, kept: list[Kept]) -> int:
    drawn = {picture for _, picture in scene.steps}
    return len({crop(screen, FILM) for screen in fabricate.screens(kept)} & drawn)


def test_a_film_is_seen_once_it_has_played_for_a_while(fabricate: Any) -> None:
    scene = Scene(fabricate)
    for _ in range(10):
        play(scene, 8)
        scene.tree()
    play(scene, 5)
    kept = fabricate.kept(scene.made.wait(300))
    assert film_seen(fabricate, scene, kept) >= 4


def test_a_page_that_replaces_a_film_is_not_part_of_it(fabricate: Any) -> None:
    told = fabricate.entry("ann", at=FILM, role="label", key="told")
    scene = Scene(fabricate)
    for _ in range(7):
        play(scene, 8)
        scene.tree()
    play(scene, 3)
    play(scene, 4, HIDDEN)
    scene.tree()
    play(scene, 2, HIDDEN)
    scene.made.shown[1].append((told, "ann"))
    scene.stir("somebody")
    scene.tree()
    play(scene, 6, HIDDEN)
    scene.tree()
    kept = fabricate.kept(scene.made.wait(500))
    assert film_seen(fabricate, scene, kept) > 0
    assert not secret_seen(fabricate, kept)


# Attacks. Each draws the secret between two trees that both know nothing of it, and takes it away again.


def flash(scene: Scene, place: Rect = PLACE, *, steps: int = 2) -> None:
    for _ in range(steps):
        scene.draw(place, HIDDEN)
        scene.made.point(20, 200, "down", button=1).wait(40).point(20, 200, "up", button=1).wait(40)
        scene.step()
    scene.draw(place)
    scene.step()


def test_the_attacks_below_would_succeed(fabricate: Any) -> None:
    """Where something moves, and nobody tells of anything, whatever is drawn is part of it: the rules below matter."""
    scene = Scene(fabricate)
    scene.going()
    flash(scene)
    assert secret_seen(fabricate, scene.ended())


def test_a_secret_that_comes_and_goes_where_nothing_moved(fabricate: Any) -> None:
    scene = Scene(fabricate)
    scene.going()
    flash(scene, FAR, steps=1)
    kept = scene.ended()
    assert not secret_seen(fabricate, kept)
    assert moved(fabricate, kept) > 3


@pytest.mark.parametrize("named", [(), ("gone",), ("around",), ("hello", "gone")])
def test_a_secret_that_comes_and_goes_where_something_moves_as_the_program_tells(
    fabricate: Any, named: tuple[str, ...]
) -> None:
    around = fabricate.entry("", at=Rect(0, 100, 400, 150), role="section", key="around")
    hello = fabricate.entry("Hello", at=TOP, role="label", key="hello")
    scene = Scene(fabricate, (hello, "Hello"), (msgspec.structs.replace(around, states=("showing",)), ""))
    scene.going()
    scene.stir(*named)
    flash(scene)
    scene.stir(*named)
    assert not secret_seen(fabricate, scene.ended())


def test_changes_told_elsewhere_hold_nothing_back(fabricate: Any) -> None:
    scene = Scene(fabricate)
    scene.going()
    scene.stir("hello")
    scene.move(4)
    assert moved(fabricate, scene.ended()) > 3


@pytest.mark.parametrize("first", [True, False])
def test_a_secret_told_by_one_of_the_trees(fabricate: Any, first: bool) -> None:
    told = fabricate.entry("ann", at=PLACE, role="label", key="told")
    scene = Scene(fabricate)
    scene.move(8)
    shown = scene.made.shown[1]
    if first:
        shown.append((told, "ann"))
    scene.tree()
    scene.move(3)
    flash(scene)
    if first:
        shown.pop()
    else:
        shown.append((told, "ann"))
    scene.move(3)
    assert not secret_seen(fabricate, scene.ended())


def test_a_covered_text_that_jumps_to_where_something_moves_and_back(fabricate: Any) -> None:
    mail = fabricate.entry("", at=LOW, role="label", key="mail")
    scene = Scene(fabricate, (mail, "ann@example.com"))
    home = scene.made.pictures[1].crop((LOW.x, LOW.y, LOW.right, LOW.bottom))
    scene.going()
    for _ in range(3):
        scene.draw(LOW)
        scene.draw(PLACE, HIDDEN)
        scene.made.point(20, 200, "down", button=1).wait(20).point(20, 200, "up", button=1)
        scene.step()
        scene.made.pictures[1].paste(home, (LOW.x, LOW.y))
        scene.made.damage(scene.page, LOW)
        scene.step()
    kept = scene.ended()
    assert not secret_seen(fabricate, kept)


def test_a_field_where_something_moves(fabricate: Any) -> None:
    field = fabricate.entry("Note", at=PLACE.grow(4))
    scene = Scene(fabricate, (field, ""))
    scene.going()
    flash(scene)
    assert not secret_seen(fabricate, scene.ended())


def test_scrolling_moving_and_unsure_trees_between(fabricate: Any) -> None:
    def between(scene: Scene, what: str) -> None:
        if what == "scroll":
            scene.made.point(20, 200, "scroll", scroll_y=1)
        elif what == "window":
            scene.made.windows(1, msgspec.structs.replace(scene.page, rect=Rect(20, 20, 400, 300)), fabricate.bank)
        elif what == "incomplete":
            scene.tree(complete=False)

    for what in ("scroll", "window", "incomplete"):
        scene = Scene(fabricate)
        scene.going()
        flash(scene)
        between(scene, what)
        scene.step()
        assert not secret_seen(fabricate, scene.ended()), what


def test_nobody_listened_to_the_program(fabricate: Any) -> None:
    scene = Scene(fabricate)
    scene.move(8)
    scene.tree(stirs=False)
    scene.move(16)
    scene.tree(stirs=False)
    scene.move(4)
    scene.made.wait(300)
    assert moved(fabricate, fabricate.kept(scene.made)) <= 2


def test_a_tree_begun_too_soon_after_the_pixels_ends_no_proof(fabricate: Any) -> None:
    """Drawn before the tree tells of it: the first tree after it says nothing yet, the next one does."""
    told = fabricate.entry("ann", at=PLACE, role="label", key="told")
    scene = Scene(fabricate)
    scene.going()
    scene.draw(PLACE, HIDDEN)
    scene.made.point(20, 200, "down", button=1).wait(40).point(20, 200, "up", button=1)
    scene.tree()
    scene.made.shown[1].append((told, "ann"))
    scene.step()
    assert not secret_seen(fabricate, scene.ended())


def test_a_tree_read_just_before_the_pixels_begins_no_proof(fabricate: Any) -> None:
    """The program has told that the text is gone, and still shows it."""
    told = fabricate.entry("ann", at=PLACE, role="label", key="told")
    scene = Scene(fabricate)
    scene.made.shown[1].append((told, "ann"))
    scene.move(8)
    scene.draw(PLACE, HIDDEN)
    scene.made.shown[1].pop()
    scene.tree()
    scene.draw(PLACE, HIDDEN[:9])
    scene.made.point(20, 200, "down", button=1).wait(40).point(20, 200, "up", button=1)
    scene.move(3)
    assert not secret_seen(fabricate, scene.ended())


@pytest.mark.parametrize("secrets", [("ann.lee@example.com", "bob.ray@example.org")])
def test_two_secrets_beside_what_moves_leave_the_same_output(fabricate: Any, secrets: tuple[str, str]) -> None:
    def kept(secret: str) -> list[Kept]:
        mail = fabricate.entry("", at=Rect(10, 176, 300, 24), role="label", key="mail")
        scene = Scene(fabricate, (mail, secret))
        scene.going()
        scene.made.show(scene.page, (mail, secret[::-1]))
        scene.move(3)
        scene.made.show(scene.page, (mail, secret))
        scene.move(3)
        return scene.ended()

    assert kept(secrets[0]) == kept(secrets[1])


def test_a_scroll_gives_up_what_waits(fabricate: Any) -> None:
    scene = Scene(fabricate)
    scene.going()
    flash(scene)
    scene.made.point(20, 200, "scroll", scroll_y=1).wait(1_200)
    scene.tree()
    assert not secret_seen(fabricate, fabricate.kept(scene.made.wait(600)))
