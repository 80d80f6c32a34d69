"""The documents say what is so: every field of the policy, every default, examples that are right, tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from understudy.redact.policy import Policy
from understudy.redact.policy_file import APP_FIELDS, DENY_FIELDS, PROFILES, SCRUB_KINDS, TOP_FIELDS, read_policy

ROOT = Path(__file__).parents[2]
POLICY = (ROOT / "docs" / "policy.md").read_text()
SECTIONS = dict(
    zip(("top", "app", "deny"), re.split(r"^## ", POLICY.split("## The whole", 1)[1], flags=re.MULTILINE), strict=False)
)
EXAMPLES = re.findall(r"```toml\n(.*?)```", POLICY, re.DOTALL)


def rows(section: str) -> dict[str, list[str]]:
    """The table of fields: field to its cells."""
    found = {}
    for line in SECTIONS[section].splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found.setdefault(cells[0].strip("`[]"), cells[1:])
    return found


@pytest.mark.parametrize(("section", "fields"), [("top", TOP_FIELDS), ("app", APP_FIELDS), ("deny", DENY_FIELDS)])
def test_every_field_is_documented_and_no_other(section: str, fields: tuple[str, ...]) -> None:
    assert set(rows(section)) == set(fields)


@pytest.mark.parametrize(("section", "fields"), [("top", TOP_FIELDS), ("app", APP_FIELDS)])
def test_every_field_is_explained(section: str, fields: tuple[str, ...]) -> None:
    for field in fields:
        assert field in ("app", "deny") or f"**`{field}`**" in SECTIONS[section], field


def test_every_kind_of_sensitive_text_is_explained() -> None:
    for kind in SCRUB_KINDS:
        assert re.search(rf"^  \| `{kind}` \| \w", SECTIONS["top"], re.MULTILINE), kind


@pytest.mark.parametrize(("column", "profile"), list(enumerate(PROFILES, 1)))
def test_defaults_are_what_the_reader_takes(column: int, profile: str) -> None:
    head = f'version = 1\nprofile = "{profile}"\n'
    policy = read_policy(f'{head}[[app]]\nname = "A"\nprogram = "a"\n'.encode(), source="p")
    for section, value in (("top", policy), ("app", policy.apps[0])):
        for field, cells in rows(section).items():
            told = re.match(r'`"?([\w+-]+)"?`', cells[column])
            if told is not None:
                is_now = getattr(value, field)
                assert told[1] == (str(is_now).lower() if isinstance(is_now, bool) else str(is_now)), field
    assert isinstance(policy, Policy)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_policies(example: str) -> None:
    read_policy(example.encode(), source="docs/policy.md")


def test_examples_show_every_field() -> None:
    shown = set(re.findall(r"^(?:# )?(\w+) = ", "\n".join(EXAMPLES), re.MULTILINE))
    assert shown >= (set(TOP_FIELDS) | set(APP_FIELDS) | set(DENY_FIELDS)) - {"app", "deny"}


@pytest.mark.parametrize("name", ["privacy-officer.md", "contributor.md", "policy.md"])
def test_tests_that_are_named_exist(name: str) -> None:
    text = (ROOT / "docs" / name).read_text()
    for file, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text):
        path = ROOT / file
        assert path.is_file(), file
        functions = {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
        assert test in functions, f"{file}::{test}"


@pytest.mark.parametrize("name", ["privacy-officer.md", "contributor.md", "policy.md"])
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([\w./-]+)\)", (ROOT / "docs" / name).read_text()):
        assert (ROOT / "docs" / target).exists() or target in ("format.md",), target
