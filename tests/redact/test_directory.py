"""The directory of names: its file, and how names are found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.redact.directory import Directory, DirectoryFault, read_names


def found(names: list[str], text: str) -> list[str]:
    return [text[start:end] for start, end, _ in Directory(names).find(text)]


def test_a_file_of_names() -> None:
    data = "\ufeff# staff\nAnna Schmidt\n\n  Jürgen Müller  \r\n王小明\n".encode()
    assert read_names(data, source="names.txt") == ("Anna Schmidt", "Jürgen Müller", "王小明")
    assert read_names(b"", source="names.txt") == ()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"Anna\n\xff\n", "names.txt:2: not UTF-8"),
        (b"Anna\nX\n", "names.txt:2: a name needs at least two letters"),
        (b"\n\n...\n", "names.txt:3: a name needs at least two letters"),
        (b"Anna\tSchmidt\n", "names.txt:1: a tab or control character"),
        (b"a" * 201, "names.txt:1: 201 characters"),
        (b"one two three four five six seven eight nine", "names.txt:1: 9 words"),
    ],
)
def test_faults_name_the_line_and_never_the_name(data: bytes, told: str) -> None:
    with pytest.raises(DirectoryFault) as caught:
        read_names(data, source="names.txt")
    assert str(caught.value).startswith(told)
    assert "Anna" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["Anna Schmidt", "schmidt anna", "SCHMIDT, ANNA", "anna-schmidt", "Anná Schmídt", "Anna\nSchmidt"]
)
def test_order_case_accents_and_separators(text: str) -> None:
    assert found(["Anna Schmidt"], f"from {text}!") == [text]
    assert found(["Schmidt, Anna"], f"from {text}!") == [text]


def test_words_are_whole() -> None:
    assert found(["Ann Lee"], "Joann Leery, Ann Leeds") == []
    assert found(["Ann"], "Annual plan by Ann's team") == ["Ann"]


def test_middle_names_may_be_left_out() -> None:
    assert found(["Anna Maria Rossi"], "Rossi, Anna") == ["Rossi, Anna"]
    assert found(["Anna Maria Rossi"], "Maria Rossi") == []


def test_scripts_without_blanks() -> None:
    assert found(["王小明"], "请联系王小明先生") == ["王小明"]
    assert found(["山田 太郎"], "山田太郎さん、山田 太郎さん") == ["山田太郎", "山田 太郎"]


def test_many_names_are_no_slower_to_look_for() -> None:
    directory = Directory(f"Given{number} Family{number}" for number in range(20_000))
    assert len(directory) == 20_000
    assert list(directory.find("x Family19999 Given19999 y")) == [(2, 24, 20_000)]


def test_the_directory_tells_no_names() -> None:
    assert repr(Directory(["Anna Schmidt"])) == "Directory(1 names)"
    assert list(Directory([]).find("Anna Schmidt")) == []


@settings(max_examples=200, deadline=None)
@given(names=st.lists(st.text(min_size=1, max_size=20), max_size=5), text=st.text(max_size=100))
def test_any_text_gives_places_in_it(names: list[str], text: str) -> None:
    for start, end, person in Directory(names).find(text):
        assert 0 <= start < end <= len(text)
        assert 1 <= person <= len(names)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_give_names_or_one_line(data: bytes) -> None:
    try:
        read_names(data, source="f")
    except DirectoryFault as fault:
        assert "\n" not in str(fault)
