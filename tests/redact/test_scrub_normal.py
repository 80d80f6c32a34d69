"""What people can't tell apart is found alike, and replaced at its own place."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.redact.directory import Directory
from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_normal import lowered, normalise
from understudy.redact.scrub_span import KINDS

NAMES = Directory(("Anna Schmidt", "Jürgen Müller"))


@pytest.mark.parametrize(
    ("written", "token"),
    [
        ("4111\u00ad1111\u00ad1111\u00ad1111", "<CARD_1>"),  # soft hyphens
        ("\u202e4111 1111 1111 1111\u202c", "<CARD_1>"),  # direction marks
        ("4\ufe0f\u20e31\ufe0f\u20e31\ufe0f\u20e31\ufe0f\u20e3 1111 1111 1111", "<CARD_1>"),  # keycaps
        ("4\u03361\u03361\u03361\u0336 1111 1111 1111", "<CARD_1>"),  # struck through
        ("４１１１－１１１１－１１１１－１１１１", "<CARD_1>"),
        ("𝟒𝟏𝟏𝟏 1111 1111 1111", "<CARD_1>"),
        ("४१११ ११११ ११११ ११११", "<CARD_1>"),
        ("anna@exаmple.org", "<EMAIL_1>"),  # a Cyrillic "а"
        ("АKIAIOSFODNN7EXAMPLE", "<SECRET_1>"),  # a Cyrillic "А"
        ("Αnna Schmidt", "<NAME_1>"),  # a Greek "Α"
        ("An\u200bna\u2060 Schmidt", "<NAME_1>"),
        ("Ju\u0308rgen Mu\u0308ller", "<NAME_1>"),
        ("Anna%20Schmidt", "<NAME_1>"),
        ("J%C3%BCrgen+M%C3%BCller", "<NAME_1>"),
        ("%34%31%31%31%20%31%31%31%31%20%31%31%31%31%20%31%31%31%31", "<CARD_1>"),
        ("anna%2Bshop%40example.org", "<EMAIL_1>"),
        ("mu\u0308ller@example.org", "<EMAIL_1>"),
    ],
)
def test_disguises(written: str, token: str) -> None:
    told = Scrubber(KINDS, NAMES).scrub(f"to {written} now").text
    assert told.startswith("to ") and told.endswith(" now")
    assert "".join(filter(str.isprintable, told.strip())).replace("\u202e", "") == f"to {token} now"


def test_one_value_in_many_disguises_has_one_token() -> None:
    work = Scrubber(KINDS, NAMES)
    for written in ("4111 1111 1111 1111", "4111111111111111", "4111-1111\u200b-1111-1111", "４１１１111111111111"):
        assert work.scrub(written).text == "<CARD_1>", written


@pytest.mark.parametrize("text", ["Анна пошла домой", "Καλημέρα κόσμε", "100% sure", "50%20", "%zz", "é à ü", "naïve"])
def test_what_is_harmless_stays_itself(text: str) -> None:
    assert Scrubber(KINDS).scrub(text).text == text


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=80) | st.text(alphabet="%0123456789abcdefC3BC \u0301\u0308uао\u200b\ud800İ", max_size=60))
def test_places_are_in_order_and_in_the_text(text: str) -> None:
    normal = normalise(text)
    assert normal.length == len(text)
    if normal.places is None:
        assert normal.text == text
        return
    assert len(normal.places) == len(normal.text)
    assert list(normal.places) == sorted(normal.places)
    assert all(0 <= place < len(text) for place in normal.places)
    for at in range(len(normal.text)):
        start, end = normal.original(at, at + 1)
        assert 0 <= start < end <= len(text)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=40))
def test_lower_case_keeps_places(text: str) -> None:
    low = lowered(text)
    assert len(low) == len(text)
    assert lowered(low) == low or any(unicodedata.category(one) == "Lu" for one in low)
