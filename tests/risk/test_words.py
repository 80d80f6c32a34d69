"""A list of words as people write them, and how short words and words of other scripts are found."""

from __future__ import annotations

import json

import pytest

from understudy.risk.matching import Finder, Sought
from understudy.risk.words import MAX_WORDS, WordsFault, read_words


def found(word: str, text: str) -> bool:
    return bool(Finder([Sought("w", word)]).in_text(text))


def test_lines_are_named_by_their_numbers() -> None:
    words = read_words("\ufeffMüller-Lüdenscheidt\r\n\r\n  abc \n+49 170 1234567\nNoel\n".encode())
    assert [one.name for one in words.sought] == ["line 1", "line 4", "line 5"]
    assert words.too_short == (3,) and words.short == (5,)
    assert words.value("line 1") == "Müller-Lüdenscheidt"
    with pytest.raises(KeyError):
        words.value("line 2")


def test_a_list_too_long_is_refused() -> None:
    with pytest.raises(WordsFault, match="at most"):
        read_words("\n".join(f"word{number:08}" for number in range(MAX_WORDS + 1)).encode())


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("Noel", "Dear Noël, hello"),
        ("O'Neil", "to ONeil."),
        ("ONeil", "to O'Neil."),
        ("555 1234", "call 555-1234 now"),
        ("Müller-Lüdenscheidt", "frau mueller? no: MULLER LUDENSCHEIDT"),
        ("Владимир Петрович", "для ВЛАДИМИР  ПЕТРОВИЧ,"),
        ("山田太郎様", "宛先 山田太郎様 まで"),
        ("Straßenbahnhof", "am STRASSENBAHNHOF"),
    ],
)
def test_found(word: str, text: str) -> None:
    assert found(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [("Anna", "Annapolis, channa"), ("Noel", "no elephants"), ("5551234", "55 512 and 34"), ("1234", "912345")],
)
def test_short_words_stand_alone(word: str, text: str) -> None:
    assert not found(word, text)


@pytest.mark.parametrize("word", ["Владимир Петрович", "Müller-Lüdenscheidt"])
@pytest.mark.parametrize(
    "escape", [lambda w: w.encode(), lambda w: json.dumps(w).encode(), lambda w: w.encode("utf-16")]
)
def test_other_scripts_are_found_in_bytes(word: str, escape) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    assert Finder([Sought("w", word)]).in_bytes(b'\x00{"a": ' + escape(word) + b"}")


def test_half_of_a_word_counts() -> None:
    assert found("kT7wPz3QmR9xVb4H", "seen 3QmR9xVb here") and not found("kT7wPz3QmR9xVb4H", "seen 3QmR9x here")
