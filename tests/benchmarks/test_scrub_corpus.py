"""The scrubber's corpus is what its generator writes and its hashes say, and its labels fit its texts."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest
from stdnum import iban, luhn

from benchmarks.scrub_corpus.make_corpus import (
    HERE,
    KINDS,
    TYPES,
    apply_edits,
    counts,
    files,
    read_directory,
    read_forms,
)

HALVES = ("heldout", "dev")
MINIMA = dict.fromkeys(TYPES, 30) | dict.fromkeys(
    ("EMAIL", "CARD", "PHONE", "IBAN", "SECRET", "NATIONAL_ID", "NAME"), 60
)


def records(half: str) -> list[dict[str, Any]]:
    lines = (HERE / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def values(half: str, type_: str) -> list[str]:
    return [
        record["text"][span["start"] : span["end"]]
        for record in records(half)
        for span in record["spans"]
        if span["type"] == type_
    ]


def test_the_hashes_are_those_of_the_files() -> None:
    sums = dict(line.split("  ")[::-1] for line in (HERE / "SHA256SUMS").read_text().splitlines())
    assert sorted(sums) == ["dev.jsonl", "heldout.jsonl"]
    for name, digest in sums.items():
        assert hashlib.sha256((HERE / name).read_bytes()).hexdigest() == digest


def test_the_files_are_what_the_generator_writes() -> None:
    assert [path.name for path, text in files().items() if path.read_bytes() != text.encode()] == []


@pytest.mark.parametrize("half", HALVES)
def test_every_record_is_well_formed(half: str) -> None:
    made = records(half)
    assert len({record["id"] for record in made}) == len(made)
    for record in made:
        assert record["kind"] in KINDS
        assert (record["label"] is not None) == (record["kind"] == "form"), record["id"]
        assert record["text"].strip(), record["id"]
        end = 0
        for span in record["spans"]:
            assert span["type"] in TYPES
            assert end <= span["start"] < span["end"] <= len(record["text"]), record["id"]
            assert record["text"][span["start"] : span["end"]].strip(), record["id"]
            end = span["end"]


@pytest.mark.parametrize("half", HALVES)
def test_typed_edits_give_the_text(half: str) -> None:
    for record in records(half):
        assert ("typed" in record) == (record["kind"] == "typed"), record["id"]
        if "typed" in record:
            assert all(piece == "\b" or "\b" not in piece for piece in record["typed"])
            assert apply_edits(record["typed"]) == record["text"], record["id"]


def test_a_backspace_takes_the_last_character_and_none_from_an_empty_text() -> None:
    assert apply_edits(["\b", "joh", "\b", "\b", "an"]) == "jan"


@pytest.mark.parametrize("half", HALVES)
def test_there_are_enough_texts_of_each_type(half: str) -> None:
    types, kinds = counts(records(half))
    assert {type_: types[type_] for type_ in TYPES if types[type_] < MINIMA[type_]} == {}
    assert types["harmless"] >= (600 if half == "heldout" else 300)
    assert set(kinds) == set(KINDS)
    typed = [{span["type"] for span in record["spans"]} for record in records(half) if "typed" in record]
    assert sum("SECRET" in types_here for types_here in typed) >= 20


@pytest.mark.parametrize("half", HALVES)
def test_each_type_stands_in_a_dozen_hand_written_forms(half: str) -> None:
    forms: dict[str, set[tuple[str, str | None, str]]] = {}
    for section in read_forms(HERE / "templates" / f"{half}.txt"):
        forms.setdefault(section.type, set()).update((form.kind, form.label, form.text) for form in section.forms)
    assert [type_ for type_ in TYPES if len(forms[type_]) < 12] == []


@pytest.mark.parametrize("half", HALVES)
def test_card_numbers_and_ibans_have_valid_check_digits(half: str) -> None:
    assert [number for number in values(half, "CARD") if not luhn.is_valid(re.sub(r"\D", "", number))] == []
    assert [number for number in values(half, "IBAN") if not iban.is_valid(number)] == []


def test_the_halves_share_no_text_and_no_name() -> None:
    held, dev = ({record["text"].casefold() for record in records(half)} for half in HALVES)
    assert held & dev == set()
    listed, others = (read_directory(HERE / f"directory-{half}.txt") for half in HALVES)
    assert {*listed[0], *listed[1]} & {*others[0], *others[1]} == set()


def test_scanners_of_repositories_find_no_token() -> None:
    shapes = re.compile(r"(?<!\\)(?:AKIA[A-Z2-7]{16}|gh[po]_\w{36}|glpat-|xox[bp]-|[sr]k_live_|eyJ\w|AIza|-----BEGIN)")
    for half in HALVES:
        text = (HERE / f"{half}.jsonl").read_text(encoding="utf-8")
        assert shapes.findall(text) == []
