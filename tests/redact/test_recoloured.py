"""The same picture in other colours: a button lit up is shown at the press, and nothing new passes for it."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from PIL import Image, ImageDraw
from tests.redact.drawn import SECRET, crop, frames, pen, secret_seen

from understudy.records.events import Patch
from understudy.records.geometry import Rect
from understudy.redact.pixels import WindowPixels, recoloured

TOP = Rect(10, 10, 300, 24)


def lit(fabricate: Any, made: Any, old: tuple[int, int, int], new: tuple[int, int, int], at: Rect) -> None:
    picture = np.asarray(made.pictures[1]).copy()
    part = picture[at.y : at.bottom, at.x : at.right]
    part[(part == old).all(2)] = new
    made.pictures[1] = Image.fromarray(picture)
    made.damage(fabricate.page, at)


def settled(fabricate: Any, *things: tuple[Any, str]) -> Any:
    made = fabricate.session().windows(1).show(fabricate.page, *things).wait(700).tree(fabricate.page)
    made.records[-1] = msgspec.structs.replace(made.records[-1], stirs=True)
    return made.wait(500)


def test_a_button_lit_up_under_the_pointer_is_seen_at_the_press(fabricate: Any) -> None:
    button = fabricate.entry("Send", at=TOP, role="button")
    made = settled(fabricate, (msgspec.structs.replace(button, states=("showing",)), "Send"))
    lit(fabricate, made, (255, 255, 255), (150, 200, 255), TOP)
    drawn = crop(made.pictures[1], TOP)
    pressed_ns = made.now_ns + 1
    made.wait(1).point(20, 20, "down", button=1).wait(50)
    kept = fabricate.kept(made)
    last = [nth for nth, frame in enumerate(frames(kept)) if frame.time_ns <= pressed_ns][-1]
    assert crop(fabricate.screens(kept)[last], TOP) == drawn


def test_a_text_drawn_over_it_is_not_the_same_picture(fabricate: Any) -> None:
    button = msgspec.structs.replace(fabricate.entry("Send", at=TOP, role="button"), states=("showing",))
    made = settled(fabricate, (button, "Send"))
    pen(made.pictures[1]).text((60, 15), "ann@example.com", fill=SECRET)
    made.damage(fabricate.page, TOP).point(20, 20, "down", button=1).wait(50)
    assert not secret_seen(fabricate, fabricate.kept(made))


def test_a_field_never_shows_before_its_tree(fabricate: Any) -> None:
    made = settled(fabricate, (fabricate.entry("Note", at=TOP), "hello"))
    lit(fabricate, made, (255, 255, 255), SECRET, TOP)
    made.point(20, 20, "down", button=1).wait(50)
    assert not secret_seen(fabricate, fabricate.kept(made))


def test_where_something_is_being_typed_nothing_is_recoloured() -> None:
    def read(pixels: WindowPixels, gray: int) -> None:
        box = pixels.area
        told = bytes([gray]) * (3 * box.width * box.height)
        pixels.patch(Patch(window=1, rect=box, pixels=told, damaged_ns=0))

    for covered in (False, True):
        pixels = WindowPixels(64, 64)
        read(pixels, 255)
        pixels.damaged(1, 2, 0)
        pixels.check(10, (), ())
        if covered:
            pixels.cover(Rect(20, 20, 10, 10))
        read(pixels, 90)
        assert pixels.recolour(pixels.area) is not covered


def picture(*shape: int, text: str = "", ground: int = 255, ink: int = 0) -> Any:
    image = Image.new("L", (shape[1], shape[0]), ground)
    ImageDraw.Draw(image).text((8, 8), text, fill=ink)
    gray = np.asarray(image).astype("<u4")
    return gray | gray << 8 | gray << 16


def test_other_colours() -> None:
    plain, text = picture(40, 120), picture(40, 120, text="Send it now")
    assert recoloured(text, picture(40, 120, text="Send it now", ground=200, ink=40))
    assert not recoloured(text, plain), "letters are smaller than anything that is taken for the same"
    assert recoloured(plain, picture(40, 120, ground=90))
    assert not recoloured(plain, text)
    assert not recoloured(text, picture(40, 120, text="Send it all"))
    assert not recoloured(plain, plain), "nothing has changed"


def test_what_has_as_many_values_as_pixels_could_become_anything() -> None:
    scattered = np.arange(256, dtype="<u4").reshape(16, 16) * 0x010101
    after = np.asarray(picture(16, 16, ground=200)).copy()
    after[4:9, 4] = 0
    assert not recoloured(scattered, after)


def test_what_is_covered_is_never_recoloured(fabricate: Any) -> None:
    mail = fabricate.entry("", at=TOP, role="label", key="mail")
    made = settled(fabricate, (mail, "ann@example.com"))
    lit(fabricate, made, (255, 255, 255), SECRET, Rect(0, 0, 400, 60))
    made.point(20, 20, "down", button=1).wait(50)
    assert not secret_seen(fabricate, fabricate.kept(made))


def test_small_things_are_never_taken_for_the_same(fabricate: Any) -> None:
    before, after = picture(40, 120), picture(40, 120)
    after[10:22, 10:13] = 0
    assert not recoloured(before, after), "an l, or a 1"
