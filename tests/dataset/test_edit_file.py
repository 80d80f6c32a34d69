from __future__ import annotations

import json

import pytest

from understudy.dataset.edit_file import read_operations
from understudy.dataset.edit_operations import Delete, EditError, Merge, Relabel, Split, Trim

TOML = b"""
# what is wrong with the orders
[[edit]]
do = "trim"
episode = 2
from = 3
to = 9

[[edit]]
do = "split"
episode = 2
before = 5

[[edit]]
do = "merge"
episodes = [2, 3]

[[edit]]
do = "relabel"
episode = 2
task = "file the report"

[[edit]]
do = "delete"
episode = 4
"""
READ = [Trim(2, 3, 9), Split(2, 5), Merge((2, 3)), Relabel(2, "file the report"), Delete(4)]


def test_toml_and_json_say_the_same() -> None:
    assert read_operations(TOML, "edits.toml") == READ
    listed = [
        {"do": "trim", "episode": 2, "from": 3, "to": 9},
        {"do": "split", "episode": 2, "before": 5},
        {"do": "merge", "episodes": [2, 3]},
        {"do": "relabel", "episode": 2, "task": "file the report"},
        {"do": "delete", "episode": 4},
    ]
    assert read_operations(json.dumps(listed).encode(), "edits.json") == READ
    assert read_operations(json.dumps({"edit": listed}, indent=2).encode(), "edits.json") == READ
    assert read_operations(TOML[TOML.index(b"[[") :], "edits.toml") == READ


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected tables [[edit]]"),
        (b"[]", "no edits in it"),
        (b"[[edit]]\ndo = 3", "edit 1: "),
        (b"[[edit]]\nepisode = 3", "edit 1: "),
        (b'[[edit]]\ndo = "delete"\nepisode = 1\n[[edit]]\ndo = "burn"\nepisode = 1', "edit 2: "),
        (b'[[edit]]\ndo = "delete"\nepisode = "one"', "Expected `int`, got `str`"),
        (b'[[edit]]\ndo = "delete"\nepisode = 1\nalso = 2', "unknown field `also`"),
        (b"[[edits]]\nepisode = 1", "expected tables [[edit]]"),
        (b'[{"do": ', "neither JSON nor TOML"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b"edit = 3", "no edits in it"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_file(data: bytes, message: str) -> None:
    with pytest.raises(EditError) as raised:
        read_operations(data, "edits.toml")
    assert str(raised.value).startswith("edits.toml: ")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
