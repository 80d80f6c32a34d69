"""The test of the whole: two different secrets of the same shape leave identical output, pixels included."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.records.events import ElementAt, Key, Pointer
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, Kept, TextRun
from understudy.redact.policy import AppRule

PAGE_RULE = AppRule(name="Editor", program="editor", keys="text")
USER, SECRET = Rect(10, 10, 180, 24), Rect(200, 10, 180, 24)
FIELD, TOLD, HARMLESS = Rect(10, 60, 300, 24), Rect(10, 120, 300, 24), Rect(10, 180, 300, 24)


@dataclass(frozen=True)
class Secrets:
    """What must leave no trace; all words of the same shape in every set."""

    password: str
    mail: str
    card: str
    other: str


def session(fabricate: Any, planted: Secrets, jitter: int = 0) -> Any:
    """A person signs in, types an address and a card number, looks at a page that shows both, visits the bank."""
    dice = random.Random(jitter)
    lag = (lambda: dice.randint(1, 30)) if jitter else (lambda: 10)
    user = fabricate.entry("User", at=USER)
    secret = fabricate.entry("Password", secure=True, at=SECRET)
    field = fabricate.entry("Customer", at=FIELD)
    told = fabricate.entry("", at=TOLD, role="label", key="told")
    harmless = fabricate.entry("Order 17 is packed", at=HARMLESS, role="label")
    page = fabricate.page
    titled = msgspec.structs.replace(page, title=f"Mail to {planted.mail}")

    def view(typed: str, password: str) -> tuple[tuple[Any, str], ...]:
        shown = msgspec.structs.replace(told, name=f"Card {planted.card}")
        return (
            (user, "ann"),
            (secret, password),
            (field, typed),
            (shown, shown.name),
            (harmless, "Order 17 is packed"),
        )

    made = fabricate.session().mark("start").windows(1).wait(lag()).show(page, *view("", "")).settle()
    made.click(20, 20).focus(user, lag()).type(user, "ann").key("Tab", "\t").focus(secret, lag())
    for count in range(len(planted.password)):
        made.type(secret, planted.password[count]).show(page, *view("", planted.password[: count + 1]))
    made.tree(page).wait(lag()).key("Return", "\r").wait(lag()).windows(1, titled, fabricate.bank).focus(field, lag())
    for count in range(len(planted.mail)):
        made.type(field, planted.mail[count])
        made.show(page, *view(planted.mail[: count + 1], planted.password)).wait(lag())
        if count % 5 == 0:
            made.tree(page)
    made.key("Tab", "\t").focus(user, lag()).wait(300).tree(page).wait(500)
    made.click(20, 130).focus(field, lag())
    made.type(field, f" {planted.card} ").key("Return", "\r").wait(600)
    made.show(page, *view(f"{planted.mail} {planted.card} ", planted.password)).wait(200).tree(page).wait(600)
    made.add(
        ElementAt(
            time_ns=made.now_ns,
            seq=0,
            cause="rest",
            element=msgspec.structs.replace(told, name=f"Card {planted.card}", value=planted.card),
            asked_ns=made.now_ns,
            x=20,
            y=130,
            stable=True,
        )
    )
    account = fabricate.entry("Account", pid=200, at=Rect(410, 10, 200, 24))
    bank = msgspec.structs.replace(fabricate.bank, title=planted.other)
    made.windows(2, titled, bank).focus(account, lag()).show(bank, (account, planted.other))
    made.type(account, planted.other).tree(bank).click(500, 20).wait(300)
    made.windows(1, titled, bank).wait(lag()).focus(field, lag()).wait(200)
    made.type(field, "thanks").key("Return", "\r").wait(900).tree(page).wait(600)
    return made.point(30, 190).wait(100).click(30, 190)


ONE = Secrets("hunter2!x", "ann.lee@example.com", "4111 1111 1111 1111", "Rent 991 EUR")
TWO = Secrets("tr0ub4dor", "bob.ray@example.org", "5500 0000 0000 0004", "Food 123 USD")


def of(kept: list[Kept], kind: type[Any]) -> list[Any]:
    return [each for each in kept if isinstance(each, kind)]


def test_two_secrets_leave_the_same_output(fabricate: Any) -> None:
    one = fabricate.kept(session(fabricate, ONE), PAGE_RULE)
    two = fabricate.kept(session(fabricate, TWO), PAGE_RULE)
    assert one == two


def test_what_is_harmless_is_kept(fabricate: Any) -> None:
    """The converse: dropping everything would pass the test above."""
    made = session(fabricate, ONE)
    kept = fabricate.kept(made, PAGE_RULE)
    assert [run.text for run in of(kept, TextRun)] == ["ann", "<EMAIL_1>", " <CARD_1> ", "thanks"]
    assert "".join(key.text for key in of(kept, Key) if key.run is not None) == "annthanks"
    assert [key.keysym for key in of(kept, Key) if key.down and key.run is None] == [
        *("Tab", "Return", "Tab", "Return", "Return")
    ]
    assert [(each.x, each.y) for each in of(kept, Pointer) if each.kind == "down"] == [(20, 20), (20, 130), (30, 190)]
    names = {each.element.name for each in of(kept, ElementAt)}
    assert names == {"User", "Password", "Customer", "Card <CARD_1>"}
    last = fabricate.screens(kept)[-1]
    drawn = made.pictures[1]
    place = (HARMLESS.x, HARMLESS.y, HARMLESS.right, HARMLESS.bottom)
    assert last.crop(place).tobytes() == drawn.crop(place).tobytes()
    assert len(fabricate.colours(last, USER)) > 2


def test_no_secret_is_anywhere(fabricate: Any) -> None:
    kept = fabricate.kept(session(fabricate, ONE), PAGE_RULE)
    written = msgspec.json.encode([each for each in kept if not isinstance(each, Frame)]).decode()
    keys = "".join(key.text for key in of(kept, Key))
    for word in ("hunter2", "ann.lee", "example.com", "4111", "991"):
        assert word not in written and word not in keys
    for screen in fabricate.screens(kept):
        assert len(fabricate.colours(screen, SECRET)) == 1
        assert len(fabricate.colours(screen, TOLD)) == 1


LETTER = st.sampled_from("abcdefghijklmnopqrstuvwxyz")
DIGIT = st.sampled_from("0123456789")


@st.composite
def planted(draw: st.DrawFn) -> Secrets:
    def word(length: int) -> str:
        return "".join(draw(LETTER) for _ in range(length))

    digits = [draw(DIGIT) for _ in range(14)]
    number = "4" + "".join(digits)
    number += str(-sum(_luhn(int(digit), place) for place, digit in enumerate(reversed(number))) % 10)
    card = " ".join(number[at : at + 4] for at in range(0, 16, 4))
    return Secrets(word(8), f"{word(3)}.{word(4)}@{word(7)}.com", card, f"{word(4)} {draw(DIGIT)}{draw(DIGIT)}")


def _luhn(digit: int, place: int) -> int:
    doubled = digit * 2 if place % 2 == 0 else digit
    return doubled - 9 if doubled > 9 else doubled


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=planted(), two=planted(), jitter=st.integers(0, 1_000))
def test_any_two_secrets_leave_the_same_output(fabricate: Any, one: Secrets, two: Secrets, jitter: int) -> None:
    first = fabricate.kept(session(fabricate, one, jitter), PAGE_RULE)
    second = fabricate.kept(session(fabricate, two, jitter), PAGE_RULE)
    assert first == second


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_records_out_of_order_never_raise_and_never_leak(fabricate: Any, seed: int) -> None:
    dice = random.Random(seed)
    made = session(fabricate, ONE)
    late = sorted(made.records, key=lambda each: each.time_ns + dice.choice((0, 0, 0, 400_000_000)))
    guard = fabricate.guard(PAGE_RULE)
    kept = [each.record for record in late for each in guard.feed(record)]
    kept += [each.record for each in guard.close(made.now_ns)]
    for stream in (Key, Pointer, Frame, TextRun):
        times = [each.time_ns for each in of(kept, stream)]
        assert times == sorted(times)
        assert [each.seq for each in of(kept, stream)] == list(range(len(times)))
    written = msgspec.json.encode([each for each in kept if not isinstance(each, Frame)]).decode()
    assert not any(word in written for word in ("hunter2", "ann.lee@", "4111 1111 1111 1111", "991"))
