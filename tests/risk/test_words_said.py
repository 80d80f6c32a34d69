"""Nothing of ours calls data that comes from a person by the word that says nobody can be found in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORD = re.compile(r"anonym", re.IGNORECASE)
DENIED = re.compile(r"\b(not|never|nothing|no|neither)\b|n't\b|\bk-anonymity\b", re.IGNORECASE)


def files() -> Iterator[Path]:
    for folder in ("src", "docs", "demo"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".md", ".toml", ".j2", ".js", ".html", ".xml"):
                yield path
    yield from (ROOT / "README.md", ROOT / "CHANGELOG.md")


def claims(text: str) -> list[str]:
    """The sentences that say the word without denying it."""
    sentences = re.split(r"(?<=[.:;!?])\s+|\n\s*\n", text)
    return [one for one in sentences if WORD.search(one) and not DENIED.search(one)]


def test_the_word_is_said_only_to_deny_it() -> None:
    found = {str(path.relative_to(ROOT)): claims(path.read_text(encoding="utf-8")) for path in files()}
    assert {path: said for path, said in found.items() if said} == {}


def test_a_claim_is_noticed() -> None:
    assert claims("The data is anonymous. It is not small.") == ["The data is anonymous."]
    assert claims("The data was anonymised") == ["The data was anonymised"]
    assert claims("The data is\nnot anonymous, and k-anonymity is a measure.") == []
