"""Writes the scrubber's labelled corpus, or checks that it stands exactly as this writes it.

Run as `python -m benchmarks.scrub_corpus.make_corpus`, with `--check` to compare only. The surface forms are
hand-written in templates/, one file a half; the values are made in values.py from one seed a half.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from stdnum import iban, luhn

from benchmarks.scrub_corpus.values import Values, fold
from benchmarks.scrub_corpus.words import DEV, HELDOUT, Words

HERE = Path(__file__).parent
HALVES: dict[str, tuple[str, Words]] = {"heldout": ("a kettle on the sill", HELDOUT), "dev": ("nine grey gulls", DEV)}
KINDS = ("ui", "form", "chat", "mail", "cell", "title", "url", "terminal", "typed")
TYPES = (
    *("EMAIL", "CARD", "PHONE", "IBAN", "SECRET", "NATIONAL_ID", "DATE_OF_BIRTH", "ADDRESS", "IP", "NAME"),
    *("CODE_NAME", "HEALTH", "PAYROLL"),
)
COUNTS_START, COUNTS_END = "<!-- counts -->", "<!-- end of counts -->"

# What scanners of repositories look for; its first sign is written as a JSON escape, so that no file here trips them.
SCANNED = re.compile(
    r"(?<!\\)(?:AKIA|ASIA|gh[po]_|github_pat_|glpat-|xox[bp]-|[sr]k_live_|sk-proj-|sk-ant-|AIza|npm_|pypi-|hf_|SG\."
    r"|SK(?=[0-9a-f]{32})|eyJ|-----BEGIN|AccountKey=|://(?=[^/\s\"]*:[^/\s\"]*@))"
)
PLACE = re.compile(r"\{(#)(\w+)\}|(?<!\$)\{([A-Z_]+)(?::([\w-]+))?\}|\[\[([A-Z_]+):(.*?)\]\]")


@dataclass(frozen=True)
class Form:
    """One hand-written surface form."""

    kind: str
    label: str | None
    text: str


@dataclass(frozen=True)
class Section:
    """Forms of one type, and how many texts to make of them: None for one of each."""

    type: str
    count: int | None
    forms: list[Form]


def read_directory(path: Path) -> tuple[list[str], list[str]]:
    """The names and the code names that stand in a directory file, in its order."""
    parts: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            parts[line[2:]] = current = []
        elif line:
            current.append(line)
    return parts["names"], parts["code names"]


def read_forms(path: Path) -> list[Section]:
    """The sections of a file of surface forms."""
    sections: list[Section] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if head := re.fullmatch(r"## (\w+) (\d+|all)", line):
            sections.append(Section(head[1], None if head[2] == "all" else int(head[2]), []))
        elif line and not line.startswith("# "):
            kind, rest = line.split(" | ", 1)
            label, text = rest.split(" | ", 1) if kind == "form" else (None, rest)
            if kind not in KINDS:
                raise ValueError(line)
            sections[-1].forms.append(Form(kind, label, text.replace("\\n", "\n")))
    return sections


def apply_edits(typed: Sequence[str]) -> str:
    """The text that stands after the edits: each piece is typed at the end, "\\b" takes the last character away."""
    text = ""
    for piece in typed:
        text = text[:-1] if piece == "\b" else text + piece
    return text


def fill(form: Form, values: Values) -> tuple[str, list[dict[str, Any]]]:
    """The form with values in its places, and the spans of what is sensitive in it."""
    text, at = "", 0
    spans: list[dict[str, Any]] = []
    for place in PLACE.finditer(form.text):
        text += form.text[at : place.start()]
        at = place.end()
        if place[1]:
            text += values.filler(place[2])
            continue
        type_ = place[3] or place[5]
        how = place[4] or ("plain" if type_ == "NAME" and form.kind == "typed" else "")
        value = values.make(type_, how) if place[3] else place[6]
        spans.append({"start": len(text), "end": len(text) + len(value), "type": type_})
        text += value
    return text + form.text[at:], spans


def with_edits(text: str, spans: Sequence[dict[str, Any]], values: Values) -> list[str]:
    """Keystrokes that end in the text: slips taken back, most of them inside what is sensitive."""
    rng, signs = values.rng, []
    if not spans and rng.random() < 0.25:
        gone = values.make(rng.choice(("EMAIL", "CARD")), "")
        signs += [*gone, *"\b" * len(gone)]
    slips: dict[int, int] = {}
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3))):
        low, high = (spans[0]["start"], spans[0]["end"]) if spans and rng.random() < 0.8 else (0, len(text))
        slips[rng.randrange(low, high)] = rng.randrange(4)
    for at, sign in enumerate(text):
        match slips.get(at):
            case 0:
                signs += [rng.choice("abcdefghijklmnopqrstuvwxyz" if sign.isalpha() else "0123456789"), "\b"]
            case 1:
                wrong = text[at + 1 : at + 2] + sign
                signs += [*wrong, *"\b" * len(wrong)]
            case 2:
                back = min(at, rng.randrange(2, 9))
                signs += ["\b"] * back + list(text[at - back : at])
            case 3 if at < 24:
                signs += ["\b"] * at + list(text[:at])
        signs.append(sign)
    runs: list[str] = []
    for sign in signs:
        if sign == "\b" or not runs or runs[-1] == "\b":
            runs.append(sign)
        else:
            runs[-1] += sign
    return runs


def looks_real(text: str) -> bool:
    """Whether a text that is meant to be harmless holds a number with valid check digits by chance."""
    for run in re.findall(r"\d(?:[ \u00a0-]?\d){11,18}", text):
        digits = re.sub(r"\D", "", run)
        if digits[0] in "3456" and luhn.is_valid(digits):
            return True
    return any(iban.is_valid(run) for run in re.findall(r"\b[A-Z]{2}\d{2}[ A-Z0-9]{11,36}", text))


def holds_listed(text: str, listed: Sequence[str]) -> bool:
    """Whether one of the directory's names stands in the text, whatever the case and the accents."""
    plain = fold(text).casefold()
    return any(re.search(rf"\b{re.escape(fold(name).casefold())}\b", plain) for name in listed)


def make_half(half: str) -> list[dict[str, Any]]:
    """The half's texts, in the order of its forms."""
    seed, words = HALVES[half]
    names, codes = read_directory(HERE / f"directory-{half}.txt")
    made: list[dict[str, Any]] = []
    seen: set[str] = set()
    numbers: Counter[str] = Counter()
    for order, section in enumerate(read_forms(HERE / "templates" / f"{half}.txt")):
        for turn, form in enumerate(turns(section)):
            values = Values(Random(f"{seed}/{order}/{turn}"), words, names, codes)
            for _ in range(60):
                text, spans = fill(form, values)
                typed = with_edits(text, spans, values) if form.kind == "typed" else None
                identity = json.dumps([form.kind, form.label, text, typed])
                if identity not in seen and (spans or not (looks_real(text) or holds_listed(text, [*names, *codes]))):
                    break
            else:
                raise ValueError(f"no new harmless text for {form}")
            seen.add(identity)
            numbers[section.type] += 1
            name = f"{half}-{section.type.lower().replace('_', '-')}-{numbers[section.type]:03d}"
            record: dict[str, Any] = {"id": name, "kind": form.kind, "label": form.label, "text": text}
            if typed is not None:
                record["typed"] = typed
            made.append(record | {"spans": spans})
    return made


def turns(section: Section) -> Iterator[Form]:
    """The forms in turn until the section's count is reached; one without values in it comes once."""
    if section.count is None:
        yield from section.forms
        return
    given = 0
    while given < section.count:
        for form in section.forms:
            if given < section.count and (given < len(section.forms) or form.kind == "typed" or "{" in form.text):
                given += 1
                yield form


def as_line(record: dict[str, Any]) -> str:
    """The record as a line of JSON in which scanners of repositories see no token."""
    line = json.dumps(record, ensure_ascii=False)
    line = SCANNED.sub(lambda found: f"\\u{ord(found[0][0]):04x}{found[0][1:]}", line)
    if json.loads(line) != record:
        raise ValueError(line)
    return line


def counts(records: Sequence[dict[str, Any]]) -> tuple[Counter[str], Counter[str]]:
    """How many texts hold each type ("harmless" for none), and how many there are of each kind."""
    types: Counter[str] = Counter()
    for record in records:
        types.update({span["type"] for span in record["spans"]} or {"harmless"})
    return types, Counter(record["kind"] for record in records)


def counts_table(halves: dict[str, list[dict[str, Any]]]) -> str:
    """The counts of both halves, as tables in Markdown."""
    by_half = {half: counts(records) for half, records in halves.items()}
    lines = []
    for at, (title, rows) in enumerate((("texts with", (*TYPES, "harmless")), ("kind", KINDS))):
        lines += [f"| {title} | held out | development |", "| --- | ---: | ---: |"]
        lines += [f"| {row} | {by_half['heldout'][at][row]} | {by_half['dev'][at][row]} |" for row in rows]
        if at == 0:
            lines += [f"| all | {len(halves['heldout'])} | {len(halves['dev'])} |", ""]
    return "\n".join(lines)


def not_valid_phones(records: Sequence[dict[str, Any]]) -> list[str]:
    """The phone numbers that the package phonenumbers, where it's installed, doesn't call valid."""
    try:
        phonenumbers = importlib.import_module("phonenumbers")
    except ImportError:
        print("phonenumbers is not installed: the validity of phone numbers was not looked at", file=sys.stderr)
        return []
    bad = []
    for record in records:
        for span in record["spans"]:
            if span["type"] == "PHONE":
                text = record["text"][span["start"] : span["end"]]
                text = "+" + text[2:] if text.startswith("00") else text
                for region in ("US", "GB", "DE", "FR", "IN", "ES", "IT", "NL", "SE"):
                    try:
                        if phonenumbers.is_valid_number(phonenumbers.parse(text, region)):
                            break
                    except phonenumbers.NumberParseException:
                        continue
                else:
                    bad.append(text)
    return bad


def files() -> dict[Path, str]:
    """What each file of the corpus must hold."""
    halves = {half: make_half(half) for half in HALVES}
    out = {HERE / f"{half}.jsonl": "".join(f"{as_line(one)}\n" for one in made) for half, made in halves.items()}
    sums = {path.name: hashlib.sha256(text.encode()).hexdigest() for path, text in out.items()}
    out[HERE / "SHA256SUMS"] = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    before, rest = readme.split(COUNTS_START)
    after = rest.split(COUNTS_END)[1]
    out[HERE / "README.md"] = f"{before}{COUNTS_START}\n{counts_table(halves)}\n{COUNTS_END}{after}"
    return out


def main() -> int:
    """Writes the files, or with --check names those that differ; exits 1 for those and for phone numbers not valid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    wrong = 0
    for half in HALVES:
        for number in not_valid_phones(make_half(half)):
            print(f"{half}: not a valid phone number: {number}")
            wrong += 1
    for path, text in files().items():
        if not check:
            path.write_bytes(text.encode())
        elif not path.exists() or path.read_bytes() != text.encode():
            print(f"{path.name} is not what the generator writes")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
