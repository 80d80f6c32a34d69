"""Each way in which a secret may lie in a file is found, and harmless text is not."""

from __future__ import annotations

import base64
import random
import urllib.parse
from collections.abc import Callable

import pytest

from demo.secrets import plant
from understudy.risk.matching import (
    Finder,
    Sought,
    base64_cores,
    distance_within,
    folded,
    holds_word,
    part_length,
    runs,
    squeezed,
)

PASSWORD = "kT7wPz3QmR9xVb4H"
EMAIL = "tolbaner.vurmikas@resdonim.example"
CARD = "4000831957264107"
SECRETS = (
    Sought("password", PASSWORD),
    Sought("email", EMAIL, ("tolbaner.vurmikas", "tolbaner.vurmikas@resdonim")),
    Sought("card", CARD),
    Sought("person", "Marvolin Tesmakur", ("Marvolin", "Tesmakur")),
)
FINDER = Finder(SECRETS)
VALUES = {secret.name: secret.value for secret in SECRETS}
NAMES = tuple(VALUES)


def names(matches: list) -> set[str]:  # type: ignore[type-arg]
    return {match.secret for match in matches}


WRAPPED: dict[str, Callable[[str], bytes]] = {
    "plain": lambda v: v.encode(),
    "upper": lambda v: v.upper().encode(),
    "lower": lambda v: v.lower().encode(),
    "utf16le": lambda v: v.encode("utf-16-le"),
    "utf16be": lambda v: v.encode("utf-16-be"),
    "utf16 with mark": lambda v: v.encode("utf-16"),
    "hex": lambda v: v.encode().hex().encode(),
    "HEX": lambda v: v.encode().hex().upper().encode(),
    "hex in pairs": lambda v: v.encode().hex(":").encode(),
    "reversed": lambda v: v[::-1].encode(),
    "percent": lambda v: "".join(f"%{b:02X}" for b in v.encode()).encode(),
    "quoted": lambda v: urllib.parse.quote(v, safe="").encode(),
    "spaced": lambda v: " ".join(v).encode(),
    "dashed in fours": lambda v: "-".join(v[i : i + 4] for i in range(0, len(v), 4)).encode(),
    "json signs": lambda v: ",".join(f'"{c}"' for c in v).encode(),
    "lines": lambda v: "\n".join(v).encode(),
    "base64": lambda v: base64.b64encode(v.encode()),
    "base64 shifted 1": lambda v: base64.b64encode(b"x" + v.encode() + b"yz"),
    "base64 shifted 2": lambda v: base64.b64encode(b"xy" + v.encode() + b"yzz"),
    "base64 url": lambda v: base64.urlsafe_b64encode(b"{\xff\xfe" + v.encode()),
    "base64 of utf16": lambda v: base64.b64encode(v.encode("utf-16-le")),
    "base64 in lines": lambda v: base64.encodebytes(
        b"a long beginning, so that lines break within it " * 3 + v.encode()
    ),
    "first two thirds": lambda v: v[: len(v) * 7 // 10].encode(),
    "last two thirds": lambda v: v[-len(v) * 7 // 10 :].encode(),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrapping", WRAPPED)
def test_finds_each_secret_in_each_wrapping(name: str, wrapping: str) -> None:
    data = b"\x00\x91harmless {" + WRAPPED[wrapping](VALUES[name]) + b"} words after\xff"
    assert name in names(FINDER.in_bytes(data)), wrapping


@pytest.mark.parametrize("wrapping", WRAPPED)
def test_text_search_finds_what_byte_search_finds(wrapping: str) -> None:
    assert "password" in names(FINDER.in_text(WRAPPED[wrapping](PASSWORD).decode("latin-1")))


@pytest.mark.parametrize("at", range(len(PASSWORD)))
def test_finds_one_misread_sign_anywhere(at: int) -> None:
    text = f"seen: {PASSWORD[:at]}#{PASSWORD[at + 1 :]} and more"
    assert "password" in names(FINDER.in_text(text))


def test_a_misread_part_is_longer_than_an_exact_one() -> None:
    # Eight signs with one wrong were met by chance: "name" and a button's name made such a half of "robzamek legfifiv".
    finder = Finder([Sought("words", "robzamek legfifiv")])
    assert not finder.in_text("name='kingfisher magnolia'")
    assert names(finder.in_text("robzamek le")) == {"words"}
    assert names(finder.in_text("rohzameklegf")) == {"words"}


def test_finds_two_misread_signs() -> None:
    text = "aa " + PASSWORD.replace("z", "?").replace("x", "y") + " bb"
    assert "password" in names(FINDER.in_text(text))


def test_finds_what_ocr_makes_of_digits() -> None:
    assert "card" in names(FINDER.in_text("4OOO 83l9 S726 4lO7"))


def test_finds_rn_for_m() -> None:
    assert "person" in names(FINDER.in_text("customer Tesrnakur"))


def test_a_surname_alone_is_a_leak() -> None:
    assert names(FINDER.in_bytes(b"Dear Mr Tesmakur,")) == {"person"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "packing-desk-2 signed in at 14:02, order LK-4821-K",
        "someone@another.example",
        "4000 0000 0000 0000",
        "Tesmak",
        "1785320195113 40008319 and 957264",
        "the domain example.com, example.org and .example are reserved",
    ],
)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert FINDER.in_text(text) == []
    assert FINDER.in_bytes(text.encode()) == []


def test_random_bytes_and_numbers_meet_no_secret() -> None:
    chance = random.Random(7)
    finder = Finder(plant(chance).secrets)
    data = chance.randbytes(1_500_000)
    assert finder.in_bytes(data) == []
    assert finder.in_bytes(base64.b64encode(data)) == []
    numbers = ",".join(str(10**14 + step * 8_333_337) for step in range(60_000))
    assert finder.in_text(numbers) == []


def test_matches_tell_no_secret() -> None:
    for match in FINDER.in_text(f"{PASSWORD} {EMAIL} {CARD}"):
        assert PASSWORD not in repr(match) and EMAIL not in repr(match) and CARD not in repr(match)


def test_each_is_told_once_a_text_and_none_hides_another() -> None:
    text = f"{PASSWORD * 10_000} {'-'.join(EMAIL)} 4OOO 83l9 S726 4lO7 {'Marvolin Tesmakur'[::-1]}"
    assert sorted(match.secret for match in FINDER.in_text(text)) == ["card", "email", "password", "person"]
    assert [match.secret for match in FINDER.in_bytes(f"{PASSWORD}{PASSWORD}".encode())] == ["password"]


def test_part_lengths() -> None:
    assert part_length("x" * 20) == 10
    assert part_length("abcdefghij") == 8
    assert part_length(CARD) == 11
    assert part_length("short") == 5
    assert runs("abcdefghij") == ["abcdefgh", "bcdefghi", "cdefghij"]


def test_base64_cores_lie_in_any_encoding() -> None:
    for before in (b"", b"a", b"bc", b"def"):
        for after in (b"", b"g", b"hi"):
            encoded = base64.b64encode(before + PASSWORD.encode() + after).decode().lower()
            assert any(core in encoded for core in base64_cores(PASSWORD.encode()))


def test_distance() -> None:
    assert distance_within("xxabcdefxx", "abcdef", 0)
    assert distance_within("xxabXdefxx", "abcdef", 1)
    assert distance_within("xxabdefxx", "abcdef", 1)
    assert distance_within("xxabccdefxx", "abcdef", 1)
    assert not distance_within("xxabXXefxx", "abcdef", 1)


def test_folding() -> None:
    assert squeezed("A-b c!") == "abc"
    assert folded("rnO1l") == folded("m0ll") == "m011"


def test_control_words() -> None:
    assert holds_word("one Marmalade two", "marmalade")
    assert holds_word("rnarmalade", "marmalade")
    assert holds_word("marmaIade", "marmalade")
    assert not holds_word("marm alert", "marmalade")
    assert not holds_word("", "marmalade")


def test_numbers_alone_spell_no_words() -> None:
    """Coordinates one after another are met by chance, once their digits are taken for letters."""
    finder = Finder([Sought("name", "Bolisolb Zolibosl"), Sought("number", "58150158150158")])
    spelt = folded("Bolisolb Zolibosl")
    assert spelt.isdigit()
    assert finder.in_text("\n".join(spelt)) == []
    assert {match.secret for match in finder.in_text(f"read: {spelt}")} >= {"name"}
    assert {match.secret for match in finder.in_text("581501\n58750158")} == {"number"}
