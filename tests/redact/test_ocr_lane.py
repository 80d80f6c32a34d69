"""Programs without a tree: what is read in their pictures decides what of them is shown. The reader here is a fake."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from understudy.records.events import Mark, Patch, Read, ReadWord, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, Kept
from understudy.redact.guard import Guard
from understudy.redact.ocr_lane import BUDGET_NS, Question
from understudy.redact.ocr_words import STEP_PX
from understudy.redact.policy import AppRule

MS = 1_000_000
BLANK, MASK, WHITE = (0x80,) * 3, (0x28,) * 3, (255,) * 3
RULE = AppRule(name="Canvas", program="editor", keys="nothing", pixels="ocr")
FONT = ImageFont.truetype("DejaVuSansMono.ttf", 12)
"""All letters are of one width: words of one length have one box."""
WIDE_PX, HIGH_PX = 7, 15
LINE_PX = 40
Lines = tuple[str, ...]


def draw(lines: Lines, size: tuple[int, int] = (400, 300), ink: tuple[int, ...] = (0, 0, 0)) -> Image.Image:
    picture = Image.new("RGB", size, WHITE)
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((16, 16 + number * LINE_PX), line, fill=ink, font=FONT)
    return picture


def place_of(line: int, word: int, lines: Lines) -> Rect:
    """Where a word stands."""
    before = " ".join(lines[line].split(" ")[:word])
    left = 16 + int(FONT.getlength(f"{before} " if word else ""))
    width = len(lines[line].split(" ")[word]) * WIDE_PX
    return Rect(left - 1, 16 + line * LINE_PX - 1, width + 3, HIGH_PX)


@dataclass
class Reader:
    """Reads what it knows to be shown, after `lag_ms`; `blind` words it doesn't see, of `unsure` ones it isn't sure."""

    shows: Callable[[], Lines]
    lag_ms: int = 50
    blind: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    misread: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    asked: list[Question] = field(default_factory=list)

    def read(self, question: Question) -> tuple[ReadWord, ...]:
        self.asked.append(question)
        lines = self.shows()
        whole = np.asarray(draw(lines))
        grey = ((whole @ np.array((77, 150, 29))) >> 8).astype(np.uint8)
        asked = np.frombuffer(question.grey, np.uint8).reshape(question.height, question.width)
        at = next(
            (x, y)
            for y in range(0, grey.shape[0] - question.height + 1)
            for x in range(0, grey.shape[1] - question.width + 1, 16)
            if (grey[y : y + question.height, x : x + question.width] == asked).all()
        )
        box = Rect(0, 0, question.width, question.height)
        words = []
        for number, line in enumerate(lines):
            for index, word in enumerate(line.split(" ")):
                rect = place_of(number, index, lines).shift(-at[0], -at[1])
                if word not in self.blind and rect.intersect(box) == rect:
                    told = self.misread.get(word, word)
                    words.append(ReadWord(told, rect, 40 if word in self.unsure else 95))
        return tuple(words)


class Canvas:
    """A program that draws lines of text, and the guard that its pictures go through."""

    def __init__(self, fabricate: Any, *rules: AppRule, **reader: Any) -> None:
        self.fabricate = fabricate
        self.made = fabricate.session().windows(1)
        self.lines: dict[int, Lines] = {}
        self.guard: Guard = fabricate.guard(*(rules or (RULE,)))
        self.reader = Reader(lambda: self.lines[max(self.lines)], **reader)
        self.kept: list[Kept] = []
        self._waiting: list[Read] = []
        self.wait(0)

    def show(self, *lines: str, window: WindowState | None = None) -> Canvas:
        page = window or self.fabricate.page
        new = draw(lines)
        old = self.made.pictures.get(page.id)
        self.made.pictures[page.id] = new
        self.lines[page.id] = lines
        whole = Rect(0, 0, new.width, new.height)
        rect = whole
        if old is not None:
            rows = np.flatnonzero((np.asarray(old) != np.asarray(new)).any((1, 2)))
            if not rows.size:
                return self
            rect = Rect(0, int(rows[0]), new.width, int(rows[-1]) - int(rows[0]) + 1)
        part = new.crop((rect.x, rect.y, rect.right, rect.bottom))
        patch = Patch(window=page.id, rect=rect, pixels=part.tobytes(), damaged_ns=self.made.now_ns)
        self.made.wait(20).frame(patch)
        return self.wait(0)

    def wait(self, ms: int) -> Canvas:
        """Let the guard take what has come, and answer it."""
        self.made.wait(ms)
        records = sorted(self.made.records, key=lambda each: each.time_ns)
        self.made.records = []
        for record in records:
            while self._waiting and self._waiting[0].time_ns <= record.time_ns:
                self._feed(self._waiting.pop(0))
            self._feed(record)
        return self

    def _feed(self, record: Any) -> None:
        self.kept += [each.record for each in self.guard.feed(record)]
        question = self.guard.question()
        if question is not None and not self.reader.silent:
            answered_ns = record.time_ns + self.reader.lag_ms * MS
            words = self.reader.read(question)
            self._waiting.append(Read(time_ns=answered_ns, seq=0, question=question.number, words=words))

    @property
    def last(self) -> Image.Image:
        return self.fabricate.screens(self.kept)[-1]

    def colours(self, rect: Rect) -> set[tuple[int, ...]]:
        return self.fabricate.colours(self.last, rect)

    def masked(self, line: int, word: int) -> bool:
        return self.colours(place_of(line, word, self.lines[1])) == {MASK}

    def shown(self, line: int, word: int) -> bool:
        """True when a word looks exactly as it was drawn."""
        rect = place_of(line, word, self.lines[1])
        box = (rect.x, rect.y, rect.right, rect.bottom)
        return self.last.crop(box).tobytes() == draw(self.lines[1]).crop(box).tobytes()


CARD = ("Order 17 is packed", "Card 4111 1111 1111 1111", "Press OK to go on")


def test_harmless_words_are_shown_and_a_card_is_not(fabricate: Any) -> None:
    canvas = Canvas(fabricate).show(*CARD).wait(900)
    assert all(canvas.masked(1, word) for word in range(1, 5))
    assert all(canvas.shown(0, word) for word in range(4)) and all(canvas.shown(2, word) for word in range(5))


def test_nothing_is_shown_before_it_was_read(fabricate: Any) -> None:
    canvas = Canvas(fabricate, silent=True).show(*CARD).wait(900)
    assert canvas.colours(fabricate.page.rect) == {BLANK}


def test_what_is_not_read_in_time_is_dropped_and_told_once(fabricate: Any) -> None:
    canvas = Canvas(fabricate, silent=True).show(*CARD).wait(4 * BUDGET_NS // MS)
    marks = [each for each in canvas.kept if isinstance(each, Mark) and each.reason == "time_out"]
    assert [(mark.kind, mark.what) for mark in marks] == [("dropped", "frame")]
    assert canvas.colours(fabricate.page.rect) == {BLANK}
    canvas.reader.silent = False
    assert canvas.wait(20_000).shown(0, 0)


def test_an_answer_that_came_too_late_tells_nothing(fabricate: Any) -> None:
    canvas = Canvas(fabricate, lag_ms=BUDGET_NS // MS + 500).show(*CARD).wait(BUDGET_NS // MS + 900)
    assert canvas.colours(fabricate.page.rect) == {BLANK}


def test_what_nobody_read_is_covered(fabricate: Any) -> None:
    canvas = Canvas(fabricate, blind=("packed",), unsure=("go",)).show(*CARD).wait(900)
    assert not any(canvas.colours(place_of(0, 3, CARD)) - {MASK}) or canvas.colours(place_of(0, 3, CARD)) <= {
        MASK,
        WHITE,
    }
    assert MASK in canvas.colours(place_of(2, 3, CARD)) <= {MASK, WHITE}
    assert canvas.shown(0, 0) and canvas.shown(2, 0)


@pytest.mark.parametrize("ink", [(0xEC,) * 3, (255, 255, 200), (200, 60, 60)])
def test_pale_or_coloured_text_that_nobody_read_is_covered(fabricate: Any, ink: tuple[int, ...]) -> None:
    canvas = Canvas(fabricate)
    picture = draw(("4111 1111 1111 1111",), ink=ink)
    canvas.lines[1] = ()
    rect = Rect(0, 0, 400, 300)
    canvas.reader.read = lambda _question: ()  # type: ignore[method-assign]
    canvas.made.pictures[1] = picture
    canvas.made.frame(Patch(window=1, rect=rect, pixels=picture.tobytes(), damaged_ns=canvas.made.now_ns))
    canvas.wait(900)
    assert canvas.colours(rect) <= {MASK, WHITE}


@pytest.mark.parametrize(
    "misread",
    [
        {"4111": "4117"},
        {"4111": "4l11", "1111": "11l1"},
        {"1111": "111"},
        {"4111": "A111"},
    ],
)
def test_a_card_with_a_digit_misread_is_covered(fabricate: Any, misread: dict[str, str]) -> None:
    canvas = Canvas(fabricate, misread=misread).show(*CARD).wait(900)
    assert all(canvas.masked(1, word) for word in range(1, 5))


@pytest.mark.parametrize(
    "read", ["ann.leeQexample.com", "ann.lee©example.com", "ann.lee(@example.com", "ann,lee@example,com"]
)
def test_an_address_with_its_sign_misread_is_covered(fabricate: Any, read: str) -> None:
    lines = ("Order 17", "mail ann.lee@example.com please")
    canvas = Canvas(fabricate, misread={"ann.lee@example.com": read}).show(*lines).wait(900)
    assert canvas.masked(1, 1) and canvas.shown(0, 0)


@pytest.mark.parametrize(
    ("lines", "masked"),
    [
        (("Password: hunter2!x", "Name: Ann"), [(0, 1)]),
        (("Password", "hunter2!x", "", "Order 17"), [(1, 0)]),
        (("PIN 4711 is set", "Order 17"), [(0, 1)]),
        (("call +49 171 5551234 now", "Order 17"), [(0, 1), (0, 2), (0, 3)]),
        (("key AKIAIOSFODNN7EXAMPLE here",), [(0, 1)]),
        (("token 8fk29dk1x0s2 here",), [(0, 1)]),
    ],
)
def test_what_is_sensitive_in_view_of_its_line(fabricate: Any, lines: Lines, masked: list[tuple[int, int]]) -> None:
    canvas = Canvas(fabricate, AppRule(name="Canvas", program="editor", pixels="ocr"))
    canvas.guard = fabricate.guard(RULE, kinds=("email", "card", "phone", "secret"))
    canvas.made.windows(1)
    canvas.show(*lines).wait(900)
    assert [place for place in masked if not canvas.masked(*place)] == []


@pytest.mark.parametrize(
    "text", ["2026-11-22 16:45", "total 1,299.00 EUR", "Order 17 of 250", "22.11.2026 done", "Room 12 on floor 3"]
)
def test_harmless_numbers_are_shown(fabricate: Any, text: str) -> None:
    canvas = Canvas(fabricate).show(text, "Press OK").wait(900)
    assert all(canvas.shown(0, word) for word in range(len(text.split())))


def test_only_what_changed_is_asked_about(fabricate: Any) -> None:
    lines = ("Order 17 is packed", *("",) * 5, "Ready")
    canvas = Canvas(fabricate).show(*lines).wait(900)
    first = canvas.reader.asked[-1]
    canvas.show(*lines[:-1], "Done").wait(900)
    second = canvas.reader.asked[-1]
    assert len(canvas.reader.asked) == 2
    assert second.height < first.height / 2
    assert canvas.shown(6, 0) and canvas.shown(0, 0)


def test_a_line_whose_end_changes_is_read_whole(fabricate: Any) -> None:
    """Twelve harmless digits become a card by four more: those before are covered, too."""
    canvas = Canvas(fabricate).show("Card 4111 1", "Order 17").wait(900)
    canvas.show("Card 4111 1111 1111 1111", "Order 17").wait(900)
    assert all(canvas.masked(0, word) for word in range(1, 5)) and canvas.shown(1, 0)


def test_the_old_picture_stays_until_the_new_one_is_read(fabricate: Any) -> None:
    canvas = Canvas(fabricate).show("Order 17").wait(900)
    before = canvas.last.tobytes()
    canvas.reader.silent = True
    canvas.show("Card 4111 1111 1111 1111").wait(900)
    assert canvas.last.tobytes() == before


def test_the_very_pixels_that_were_read_are_shown(fabricate: Any) -> None:
    """What has changed since the question waits for its own: the answer tells nothing of it."""
    canvas = Canvas(fabricate, lag_ms=500).show("Order 17").wait(120)
    canvas.show("Card 4111 1111 1111 1111")
    canvas.made.wait(350)
    canvas.wait(0)
    seen = canvas.fabricate.screens(canvas.kept)[-1].crop((0, 0, 400, 300))
    assert seen.tobytes() in (draw(("Order 17",)).tobytes(), Image.new("RGB", (400, 300), BLANK).tobytes())
    canvas.wait(1_500)
    assert canvas.masked(0, 1)


def test_a_secret_that_went_leaves_no_mask_behind(fabricate: Any) -> None:
    canvas = Canvas(fabricate).show(*CARD).wait(900).show("Order 17 is packed", "Done", "Press OK to go on").wait(900)
    assert canvas.last.crop((0, 0, 400, 300)).tobytes() == draw(canvas.lines[1]).tobytes()


def test_how_wide_a_mask_is_tells_the_length_only_in_steps(fabricate: Any) -> None:
    edges = set()
    for mail in ("ann@example.com", "anna@example.com", "annie@example.com"):
        canvas = Canvas(fabricate).show(f"mail {mail}").wait(900)
        row = np.asarray(canvas.last)[22, :400, 0]
        masked = np.flatnonzero(row == MASK[0])
        assert masked[0] % STEP_PX == 0 and (masked[-1] + 1) % STEP_PX == 0
        edges.add((int(masked[0]), int(masked[-1])))
    assert len(edges) == 1


def test_a_text_being_typed_shows_no_half_of_a_number(fabricate: Any) -> None:
    canvas = Canvas(fabricate).show("Order 17", "").wait(900)
    for end in range(1, 7):
        canvas.made.key("4", "4")
        canvas.show("Order 17", f"no. {'411111'[:end]}").wait(1_000)
    assert not canvas.shown(1, 1) and canvas.shown(0, 0)


def test_borders_are_no_text(fabricate: Any) -> None:
    canvas = Canvas(fabricate)
    picture = draw(("Order 17",))
    ImageDraw.Draw(picture).rectangle((100, 100, 250, 128), outline=(90, 90, 90))
    canvas.lines[1] = ("Order 17",)
    canvas.reader.read = lambda _question: ()  # type: ignore[method-assign]
    canvas.made.pictures[1] = picture
    canvas.made.frame(Patch(window=1, rect=Rect(0, 0, 400, 300), pixels=picture.tobytes(), damaged_ns=0))
    canvas.wait(900)
    box = (90, 90, 260, 140)
    assert canvas.last.crop(box).tobytes() == picture.crop(box).tobytes()


def test_what_is_faint_beyond_seeing_is_evened(fabricate: Any) -> None:
    canvas = Canvas(fabricate)
    picture = draw(("4111 1111 1111 1111",), ink=(250, 250, 250))
    canvas.lines[1] = ()
    canvas.made.pictures[1] = picture
    canvas.made.frame(Patch(window=1, rect=Rect(0, 0, 400, 300), pixels=picture.tobytes(), damaged_ns=0))
    canvas.wait(900)
    assert canvas.colours(fabricate.page.rect) == {WHITE}
    assert canvas.reader.asked == []


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Card 4111 1111 1111 1111", "Card 5500 0000 0000 0004"),
        ("mail ann.lee@example.com", "mail bob.ray@example.org"),
        ("Password: hunter2!x", "Password: tr0ub4dor"),
    ],
)
def test_two_secrets_of_one_shape_leave_the_same_output(fabricate: Any, one: str, two: str) -> None:
    """Same boxes, other pixels within: nothing of what is kept differs by a byte."""

    def kept(secret: str) -> list[Kept]:
        canvas = Canvas(fabricate)
        lines = ("Order 17 is packed", secret, "Press OK")
        canvas.show(*lines).wait(900).show(*lines, "Thanks").wait(900)
        canvas.made.click(50, 50)
        canvas.wait(500)
        return canvas.kept

    first, second = kept(one), kept(two)
    assert first == second
    assert sum(isinstance(each, Frame) for each in first) >= 2


# Windows


def test_a_window_out_of_scope_over_it_hides_it(fabricate: Any) -> None:
    over = msgspec.structs.replace(fabricate.bank, rect=Rect(0, 0, 100, 60))
    canvas = Canvas(fabricate)
    canvas.made.windows(1, fabricate.page, over)
    canvas.show("Order 17 is packed and gone").wait(900)
    assert canvas.colours(over.rect) == {BLANK}


def test_a_moved_window_keeps_what_was_read(fabricate: Any) -> None:
    canvas = Canvas(fabricate).show("Order 17").wait(900)
    moved = msgspec.structs.replace(fabricate.page, rect=Rect(100, 50, 400, 300))
    canvas.made.windows(1, moved).frame()
    canvas.wait(900)
    assert canvas.last.crop((100, 50, 500, 350)).tobytes() == draw(("Order 17",)).tobytes()
    assert len(canvas.reader.asked) == 1


def test_a_closed_window_is_forgotten(fabricate: Any) -> None:
    canvas = Canvas(fabricate).show("Order 17").wait(900)
    canvas.made.windows(2, fabricate.bank).frame()
    canvas.wait(300)
    canvas.made.windows(1, fabricate.page)
    canvas.made.pictures.pop(1)
    canvas.made.frame()
    canvas.wait(900)
    assert canvas.colours(fabricate.page.rect) == {BLANK}


def test_a_pause_forgets_what_was_asked(fabricate: Any) -> None:
    canvas = Canvas(fabricate, lag_ms=400).show("Order 17").wait(120)
    canvas.made.mark("pause")
    canvas.wait(50)
    canvas.made.mark("resume").windows(1)
    canvas.made.frame()
    canvas.wait(900)
    assert canvas.colours(fabricate.page.rect) == {BLANK}


# Other lanes


def test_blur_shows_blocks_of_one_colour(fabricate: Any) -> None:
    canvas = Canvas(fabricate, AppRule(name="Canvas", program="editor", pixels="blur"))
    canvas.show(*CARD).wait(3_000)
    assert len(canvas.colours(fabricate.page.rect)) <= 2 and canvas.reader.asked == []
    assert BLANK not in canvas.colours(fabricate.page.rect)


def test_drop_shows_nothing_and_hides_what_lies_beneath(fabricate: Any) -> None:
    page = AppRule(name="Canvas", program="editor", pixels="ocr")
    bank = AppRule(name="Bank", program="bank", pixels="drop")
    over = msgspec.structs.replace(fabricate.bank, rect=Rect(0, 0, 100, 60))
    canvas = Canvas(fabricate, page, bank)
    canvas.made.windows(1, fabricate.page, over)
    canvas.show("Order 17 is packed and gone").wait(900)
    assert canvas.colours(over.rect) == {BLANK}
    assert canvas.guard.allowed_windows == {1}
