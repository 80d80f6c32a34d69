"""The guard under anything: random sessions with secrets in every place. Nothing of them comes out, nothing raises."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

import random
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.records.events import Insert, Key
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, Kept, TextRun

HIDDEN = "QXJ"
"""Typed where nothing may be kept; no harmless text holds any of these."""
WORDS = ("hello", "the order", "is packed", "thanks", "on monday", "see you")
CARDS = ("4111 1111 1111 1111", "5500 0000 0000 0004", "3782 822463 10005")
MAILS = ("ann.lee1@example.com", "bob9@mail.example.org")
SHORTCUTS = (("s", "\x13"), ("c", "\x03"), ("a", "\x01"), ("z", "\x1a"), ("v", "\x16"))


class Person:
    """Does things at random: types harmless words and secrets, switches, pastes, takes back, clicks."""

    def __init__(self, fabricate: Any, seed: int) -> None:
        self.dice = random.Random(seed)
        self.fabricate = fabricate
        self.fields = [fabricate.entry(f"F{at}", at=Rect(10, 10 + 40 * at, 200, 24)) for at in range(3)]
        self.secret = fabricate.entry("Password", secure=True, at=Rect(10, 200, 200, 24))
        self.made = fabricate.typing(self.fields[0])
        self.at: Any = self.fields[0]
        self.typed: list[str] = []

    def live(self, steps: int) -> Any:
        for _ in range(steps):
            self.dice.choice(
                (
                    *(self.word, self.word, self.split, self.password, self.elsewhere, self.unproven, self.go),
                    *(self.press, self.paste, self.back, self.noise, self.echo, self.rest, self.pause),
                )
            )()
        self.made.key("Return", "\r").wait(70_000)
        return self.made

    def word(self) -> None:
        word = self.dice.choice(WORDS)
        self.typed.append(word)
        self.made.type(self.at, f"{word} ")

    def split(self) -> None:
        """A secret in two goes, something harmless between them."""
        secret = self.dice.choice(CARDS + MAILS)
        cut = self.dice.randint(5, len(secret) - 5)
        self.made.type(self.at, f" {secret[:cut]}")
        self.dice.choice((self.press, self.click, self.rest, self.press_and_rest))()
        self.made.type(self.at, f"{secret[cut:]} ")

    def press_and_rest(self) -> None:
        self.press()
        self.rest()

    def password(self) -> None:
        back = self.at
        self.made.key("Tab", "\t")
        self.made.type(None, self.hidden(2)).focus(self.secret, self.dice.randint(0, 600))
        self.made.type(self.secret, self.hidden(5))
        self.dice.choice((lambda: self.made.key("Tab", "\t"), lambda: self.made.click(20, 20)))()
        self.made.type(None, self.hidden(1)).focus(back, self.dice.randint(0, 40)).wait(700)

    def elsewhere(self) -> None:
        self.made.type(None, self.hidden(2)).wait(self.dice.randint(0, 600)).windows(2)
        self.made.type(None, self.hidden(4)).key("Return", "\r").wait(self.dice.randint(0, 600))
        self.made.windows(1).focus(self.at, self.dice.randint(0, 40)).wait(700)

    def unproven(self) -> None:
        """Keys that went somewhere that nobody tells of."""
        self.made.click(20, 20).type(None, self.hidden(4)).click(20, 20).wait(700)

    def hidden(self, most: int) -> str:
        return "".join(self.dice.choice(HIDDEN) for _ in range(self.dice.randint(1, most)))

    def go(self) -> None:
        self.at = self.dice.choice(self.fields)
        self.made.key("Tab", "\t").focus(self.at, self.dice.randint(0, 60)).wait(self.dice.randint(0, 300))

    def press(self) -> None:
        self.made.key(*self.dice.choice(SHORTCUTS), modifiers=("ctrl",))

    def click(self) -> None:
        self.made.click(20, 20)

    def rest(self) -> None:
        self.made.wait(self.dice.randint(0, 5_000))

    def pause(self) -> None:
        self.made.key("Return", "\r").wait(900).mark("pause").mark("resume").windows(1).focus(self.at).wait(300)

    def paste(self) -> None:
        text = self.dice.choice((*WORDS, *CARDS, *MAILS))
        pressed_ns = self.made.now_ns
        held = self.made.fields.get(self.at.id, "")
        self.made.key("v", "\x16", modifiers=("ctrl",))
        self.made.say(self.at, "insert", len(held), f" {text} ", pressed_ns + 8_000_000)
        self.made.fields[self.at.id] = f"{held} {text} "

    def back(self) -> None:
        self.made.type(self.at, "\b" * self.dice.randint(1, 4))

    def noise(self) -> None:
        """What programs tell wrongly: odd places, empty texts, elements that nobody knows, grabs."""
        other = self.fabricate.entry(f"N{self.dice.randint(0, 99)}", pid=self.dice.choice((100, 200)))
        text = self.dice.choice(("", "beep", "\n", "é", "beep " * 50))
        for _ in range(self.dice.randint(1, 6)):
            offset = self.dice.choice((-3, 0, 5, 10**7))
            op = self.dice.choice(("insert", "delete"))
            self.made.add(
                Insert(time_ns=self.made.now_ns, seq=0, op=op, element=other, offset=offset, text=text)  # type: ignore[arg-type]
            )
        if self.dice.random() < 0.3:
            self.made.grab(True, 999).type(None, self.hidden(3)).grab(False, 999)

    def echo(self) -> None:
        """A program that shows in its title and beside the field what is in the field."""
        held = self.made.fields.get(self.at.id, "")
        titled = msgspec.structs.replace(self.fabricate.page, title=f"{held} - Notes")
        self.made.windows(1, titled, self.fabricate.bank).wait(self.dice.randint(0, 200))
        self.made.windows(1, self.fabricate.page, self.fabricate.bank)


def of(kept: list[Kept], kind: type[Any]) -> list[Any]:
    return [each for each in kept if isinstance(each, kind)]


def told(kept: list[Kept]) -> str:
    """Everything that tells words, tokens aside."""
    words = [run.text for run in of(kept, TextRun)]
    words += [key.text + (key.keysym if len(key.keysym) == 1 else "") for key in of(kept, Key)]
    return " ".join(words)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1_000_000))
def test_nothing_hidden_comes_out_whatever_happens(fabricate: Any, seed: int) -> None:
    made = Person(fabricate, seed).live(14)
    guard = fabricate.guard()
    kept: list[Kept] = []
    for record in sorted(made.records, key=lambda each: each.time_ns):
        kept += [each.record for each in guard.feed(record)]
        assert len(guard._runs._waiting.runs) <= 70 and len(guard._runs._waiting.keys) <= 4_100
    kept += [each.record for each in guard.close(made.now_ns)]
    words = told(kept)
    assert not set(HIDDEN) & set(words), words
    written = msgspec.json.encode([each for each in kept if not isinstance(each, Frame)]).decode()
    plain = written
    for part in ("4111", "1111", "5500", "0004", "822463", "10005", "ann.lee", "bob9", "@exam", "@mail"):
        assert f'"{part}' not in plain and part not in words, (part, words)
    for stream in (Key, TextRun):
        times = [each.time_ns for each in of(kept, stream)]
        assert times == sorted(times)
        assert [each.seq for each in of(kept, stream)] == list(range(len(times)))


def test_harmless_words_come_out_of_the_same_sessions(fabricate: Any) -> None:
    """The converse, where nothing but words, shortcuts, clicks and rests happen."""
    typed = kept_words = 0
    for seed in range(12):
        person = Person(fabricate, seed)
        for _ in range(8):
            person.dice.choice((person.word, person.go, person.click, person.rest))()
        kept = fabricate.kept(person.made.key("Return", "\r").wait(70_000))
        words = " ".join(run.text for run in of(kept, TextRun))
        typed += len(person.typed)
        kept_words += sum(word in words for word in person.typed)
    assert typed > 20 and kept_words == typed


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1_000_000), swap=st.integers(0, 2))
def test_hidden_keys_leave_the_same_whatever_they_are(fabricate: Any, seed: int, swap: int) -> None:
    """Non-interference: other letters, as many of them, in secure fields and out of scope."""
    one, two = Person(fabricate, seed), Person(fabricate, seed)
    two.hidden = lambda most: "".join(HIDDEN[(HIDDEN.index(c) + swap) % 3] for c in Person.hidden(two, most))  # type: ignore[method-assign]
    assert fabricate.kept(one.live(8)) == fabricate.kept(two.live(8))
