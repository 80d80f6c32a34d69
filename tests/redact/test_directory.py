"""Names are found however they are written, whole words only, and kept as keyed hashes alone."""

from __future__ import annotations

import gc

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.redact.directory import (
    KEY_BYTES,
    Directory,
    DirectoryFault,
    Names,
    hash_names,
    names_file,
    read_lines,
    read_names,
)
from understudy.redact.scrub_normal import normalise

KEY = bytes(range(KEY_BYTES))


def found(names: list[str], text: str) -> list[str]:
    return [text[start:end] for start, end, _ in Directory(names).find(text)]


def test_a_file_of_names() -> None:
    data = "\ufeff# staff\nAnna Schmidt\n\n  Jürgen Müller  \r\n王小明\n".encode()
    assert list(read_lines(data, source="names.txt")) == ["Anna Schmidt", "Jürgen Müller", "王小明"]
    names = read_names(data, source="names.txt")
    assert len(names) == 3
    assert [person for *_, person in Directory(names).find("müller jürgen, ANNA SCHMIDT")] == [2, 1]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"Anna B\n\xff\n", "names.txt:2: not UTF-8"),
        (b"Anna\tSchmidt\n", "names.txt:1: a tab"),
        (b"x\n", "names.txt:1: a name needs at least two letters"),
        (b"#ok\n..\n", "names.txt:2: a name needs at least two letters"),
        (b"a b c d e f g h i\n", "names.txt:1: 9 words"),
        (b"n" * 201 + b"\n", "names.txt:1: 201 characters"),
        ("王".encode() * 30, "names.txt:1: 1 words"),
    ],
)
def test_a_wrong_file_is_told_by_its_line(data: bytes, fault: str) -> None:
    with pytest.raises(DirectoryFault, match=fault) as caught:
        read_names(data, source="names.txt")
    assert "Schmidt" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Jane Doe", "Doe, Jane"),
        ("Jane Doe", "jane doe"),
        ("Jane Doe", "Jané DOE"),
        ("Doe, Jane", "Jane Doe"),
        ("Jane Doe", "jane_doe"),
        ("Jane Doe", "doe+jane"),
        ("Jane Doe", "JANE\u00a0DOE"),
        ("Jané Doe", "Jane Doe"),
        ("Jane Ann Doe", "Doe, Jane Ann"),
        ("Jane Ann Doe", "doe jane"),
        ("Jürgen Müller", "Juergen Mueller"),
        ("Juergen Mueller", "Jürgen Müller"),
        ("Jørgen Østergård", "Joergen Oestergaard"),
        ("Snežana Đorđević", "Snezana Djordjevic"),
        ("Raffaele D'Angelo", "raffaele dangelo"),
        ("Raffaele D’Angelo", "Raffaele D'Angelo"),
        ("Maj-Britt Öberg", "OBERG, Maj Britt"),
        ("Gro\u0308n Berg", "grön berg"),
        ("Project Cinder", "project-cinder"),
        ("Mistral-4", "MISTRAL 4"),
        ("Straße Nord", "STRASSE NORD"),
        ("王 小明", "王小明"),
    ],
)
def test_however_it_is_written(name: str, text: str) -> None:
    assert text in found([name], f"x: {text}.")


def test_words_are_whole() -> None:
    assert found(["Ann Lee"], "Joann Leery, Ann Leeds") == []
    assert found(["Ann"], "Annual plan by Ann's team") == ["Ann"]
    assert found(["Ann Lee"], "Ann or Lee, lee of ann") == []


def test_middle_names_may_be_left_out() -> None:
    assert found(["Anna Maria Rossi"], "Rossi, Anna") == ["Rossi, Anna"]
    assert found(["Anna Maria Rossi"], "Maria Rossi") == []


def test_scripts_without_blanks() -> None:
    assert found(["王小明"], "请联系王小明先生") == ["王小明"]
    assert found(["王小明"], "明小王") == []
    assert found(["山田 太郎"], "山田太郎さん、山田 太郎さん") == ["山田太郎", "山田 太郎"]


def test_many_names_are_no_slower_to_look_for() -> None:
    directory = Directory(f"Given{number} Family{number}" for number in range(20_000))
    assert len(directory) == 20_000
    assert list(directory.find("x Family19999 Given19999 y")) == [(2, 24, 20_000)]


def test_a_name_in_two_lines_is_one_person() -> None:
    assert {person for *_, person in Directory(["Jane Doe", "Doe, Jane"]).find("jane doe, doe jane")} == {1}


def test_no_name_is_kept_in_any_form() -> None:
    names = read_names(b"Anna Schmidt\nProject Cinder\n", source="names.txt")
    gc.collect()
    held = msgspec.msgpack.encode(names) + names_file(names) + repr(vars(Directory(names))).encode()
    assert not any(word in held.lower() for word in (b"anna", b"schmidt", b"cinder"))
    assert repr(names) == "Names(2)"
    assert repr(Directory(names)) == "Directory(2 names)"
    assert list(Directory([]).find("Anna Schmidt")) == []


def test_a_hash_tells_nothing_under_another_key() -> None:
    one, two = hash_names(["Anna Schmidt"]), hash_names(["Anna Schmidt"])
    hashes = [
        {names.spellings[at : at + 8] for at in range(0, len(names.spellings), 8)}
        | {names.words[at : at + 8] for at in range(0, len(names.words), 8)}
        for names in (one, two)
    ]
    assert not hashes[0] & hashes[1]
    assert hash_names(["Anna Schmidt"], key=KEY) == hash_names(["Anna Schmidt"], key=KEY)


def test_a_hashed_file_finds_what_the_names_found_and_holds_no_key() -> None:
    names = hash_names(["Anna Schmidt", "Jürgen Müller"], key=KEY)
    data = names_file(names)
    assert KEY not in data
    assert read_names(data, source="people.names", key=KEY) == names
    for wrong in (b"", bytes(KEY_BYTES)):
        with pytest.raises(DirectoryFault, match=r"people\.names: hashed with another home's key"):
            read_names(data, source="people.names", key=wrong)
    with pytest.raises(DirectoryFault, match=r"people\.names: damaged"):
        read_names(data[:-3], source="people.names", key=KEY)


@settings(max_examples=200, deadline=None)
@given(names=st.lists(st.text(min_size=1, max_size=20), max_size=5), text=st.text(max_size=100))
def test_any_text_gives_places_in_it(names: list[str], text: str) -> None:
    for start, end, person in Directory(names).find(text):
        assert 0 <= start < end <= len(text)
        assert 1 <= person <= len(names)


@settings(max_examples=150, deadline=None)
@given(name=st.text(min_size=1, max_size=20), before=st.text(max_size=5), after=st.text(max_size=5))
def test_a_name_is_found_as_it_stands(name: str, before: str, after: str) -> None:
    directory = Directory([name])
    if directory.knows_any:
        assert list(directory.find(normalise(name).text))
        assert list(directory.find(normalise(f"{before} {name} {after}").text))


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200) | st.binary(max_size=80).map(lambda tail: b"understudy-names 1\n" + tail))
def test_any_bytes_give_names_or_one_line(data: bytes) -> None:
    try:
        assert isinstance(read_names(data, source="f"), Names)
    except DirectoryFault as fault:
        assert "\n" not in str(fault)
