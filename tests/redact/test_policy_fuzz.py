"""The policy's reader takes anything: a policy comes out, or faults of one line each; time grows with the size."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.redact.notice import notice_text
from understudy.redact.policy import BUILT_IN_DENY, Policy
from understudy.redact.policy_compare import compare
from understudy.redact.policy_file import (
    APP_FIELDS,
    DENY_FIELDS,
    MAX_BYTES,
    TOP_FIELDS,
    PolicyFault,
    preset,
    read_policy,
    remarks,
)

HEAD = 'version = 1\nprofile = "own-work"\n'


def outcome(data: bytes) -> Policy | None:
    """The policy, or None when it was refused as it ought to be."""
    lines = data.count(b"\n") + 1
    try:
        policy = read_policy(data, source="p.toml", names=lambda _: b"Ada Quill\n")
    except PolicyFault as fault:
        assert fault.problems
        for line in (str(fault), *fault.lines()):
            assert line.startswith("p.toml:") and len(line.splitlines()) == 1 and len(line) < 2_000
        assert all(1 <= problem.line <= lines for problem in fault.problems)
        return None
    assert set(policy.deny) >= set(BUILT_IN_DENY)
    assert notice_text(policy) and remarks(policy) is not None and compare(policy, policy) == []
    return policy


FIELDS = st.sampled_from([*TOP_FIELDS, *APP_FIELDS, *DENY_FIELDS, "a.b", '"a"', "pixles"])
WORDS = st.sampled_from(
    ["own-work", "workplace", "text", "mail", "calls", "HEALTH", "https://*.a.b/c", "xterm", "keep"]
)
STRINGS = (WORDS | st.text(max_size=30)).map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
ODD = ["true", "1", "-1", "1e9", "1979-05-27", "inf", "{}", "''", '"""x"""', "0x1F", "9" * 40]
SCALARS = STRINGS | st.sampled_from(ODD)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4).map(lambda all_: f"[{', '.join(all_)}]"))
TABLES = st.sampled_from(["", "[[app]]", "[[deny]]", "[app]", "[[app.x]]", "[x]", "# comment"])
LINES = st.tuples(TABLES, FIELDS, VALUES).map(lambda told: f"{told[0]}\n{told[1]} = {told[2]}\n")


@settings(deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes(data: bytes) -> None:
    outcome(data)


@settings(deadline=None)
@given(st.text(max_size=2_000), st.booleans())
def test_any_text(text: str, head: bool) -> None:
    outcome(((HEAD if head else "") + text).encode("utf-8", "surrogatepass"))


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES, max_size=8), st.booleans())
def test_anything_that_looks_like_a_policy(lines: list[str], head: bool) -> None:
    outcome(((HEAD if head else "") + "".join(lines)).encode("utf-8", "surrogatepass"))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 1_000_000), st.integers(1, 4))
def test_a_shipped_policy_with_holes_in_it(seed: int, cuts: int) -> None:
    chance = random.Random(seed)
    data = bytearray(preset(chance.choice(("own-work", "workplace", "imported"))))
    for _ in range(cuts):
        at = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                del data[at : at + chance.randrange(1, 40)]
            case 1:
                data[at:at] = chance.choice((b'"', b"[", b"]", b"\n", b"=", b"'''", b"\xff", b"\\", b"[[app]]\n", b"#"))
            case _:
                data[at] = chance.randrange(256)
    outcome(bytes(data))


def many(line: str, size: int, before: str = "", after: str = "") -> bytes:
    """About `size` bytes of one line, the number of each in the place of "@"."""
    lines = size // len(line)
    return (HEAD + before + "".join(line.replace("@", str(at)) for at in range(lines)) + after).encode()


BURDENS: dict[str, Callable[[int], bytes]] = {
    "comments": lambda size: many("# nothing at all\n", size),
    "unknown fields": lambda size: many("field@ = 1\n", size),
    "lists over lines": lambda size: many('"email@",\n', size, "scrub = [\n", "]\n"),
    "nested lists": lambda size: many("[\n", size, "x = "),
    "tables": lambda size: many('[[app]]\nname = "n@"\nprogram = "p@"\n', size),
    "denials": lambda size: many('[[deny]]\nname = "n@"\ntitle = "t@"\n', size),
    "deep tables": lambda size: many("f@ = 1\n", size, f"[a{'.a' * 16}]\n"),
    "dotted keys": lambda size: many(f"a{'.a' * 16}.b@ = 1\n", size),
    "long lines": lambda size: many(f"x@ = '{'y' * 2_000}'\n", size),
    "inline tables": lambda size: many(f"t@ = {{{'a.' * 250}b = 1}}\n", size),
    "one long text": lambda size: many("word word word\n", size, 'x = """\n', '"""\n'),
    "quotes": lambda size: many("\"'\"'\n", size, "x = '''\n"),
}


@pytest.mark.parametrize("burden", BURDENS)
def test_time_grows_with_the_size_alone(burden: str) -> None:
    """Eight times the text takes less than twenty-four times as long, and never seconds."""

    def seconds(size: int) -> float:
        data = BURDENS[burden](size)
        best = 9.0
        for _ in range(2):
            begun = time.process_time()
            outcome_or_fault(data)
            best = min(best, time.process_time() - begun)
        return best

    small, large = seconds(MAX_BYTES // 18), seconds(MAX_BYTES * 4 // 9)
    assert large < max(24 * small, 0.3), (small, large)
    assert large < 8, large


def outcome_or_fault(data: bytes) -> None:
    try:
        read_policy(data, source="p.toml")
    except PolicyFault:
        return
