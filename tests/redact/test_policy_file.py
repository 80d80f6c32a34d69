"""The policy file: what it says, what it means where it says nothing, and how faults are told."""

from __future__ import annotations

import hashlib
import tomllib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.redact.directory import Directory
from understudy.redact.policy import BUILT_IN_DENY, CATEGORIES, IRREVERSIBLE_AT_WORK, AppRule, DenyRule, Policy
from understudy.redact.policy_file import (
    APP_FIELDS,
    DENY_FIELDS,
    PROFILES,
    SCRUB_KINDS,
    TOP_FIELDS,
    PolicyFault,
    preset,
    read_policy,
    remarks,
)
from understudy.redact.policy_lines import Lines

OWN = 'version = 1\nprofile = "own-work"\n'
WORK = 'version = 1\nprofile = "workplace"\n'


def read(text: str) -> Policy:
    return read_policy(text.encode(), source="policy.toml")


def faults(text: str | bytes) -> list[str]:
    with pytest.raises(PolicyFault) as caught:
        read_policy(text if isinstance(text, bytes) else text.encode(), source="policy.toml")
    assert "\n" not in str(caught.value)
    return caught.value.lines()


def test_what_a_silent_policy_means() -> None:
    data = WORK.encode()
    policy = read_policy(data, source="p")
    silent = Policy(version=1, profile="workplace", deny=BUILT_IN_DENY, sha256=hashlib.sha256(data).hexdigest())
    told = {"categories": silent.categories | set(CATEGORIES), "irreversible": IRREVERSIBLE_AT_WORK}
    assert policy == msgspec.structs.replace(silent, **told)
    assert policy.apps == () and not policy.unknown_apps and policy.default_keys == "nothing"
    assert set(policy.scrub) == set(SCRUB_KINDS)


@pytest.mark.parametrize(("head", "keys", "titles"), [(OWN, "text", True), (WORK, "shape", False)])
def test_the_stricter_wins_where_a_rule_is_silent(head: str, keys: str, titles: bool) -> None:
    rule = read(f'{head}[[app]]\nname = "Editor"\nprogram = "mousepad"\n').apps[0]
    assert rule == AppRule(name="Editor", program="mousepad", keys=keys, titles=titles)  # type: ignore[arg-type]
    assert rule.pixels == "tree" and rule.images == "mask" and not rule.keyboard_text


@pytest.mark.parametrize("name", ['program = "XTerm"', 'program = "gnome-terminal-server"', 'app = "Konsole"'])
def test_terminals_are_known_where_a_rule_is_silent(name: str) -> None:
    rule = read(f'{OWN}[[app]]\nname = "T"\n{name}\n').apps[0]
    assert rule.terminal and rule.keys == "nothing"
    told = read(f'{OWN}[[app]]\nname = "T"\n{name}\nterminal = false\nkeys = "text"\n')
    assert not told.apps[0].terminal and told.apps[0].keys == "text"
    assert any("terminal = false" in remark for remark in remarks(told))


def test_everything_said() -> None:
    text = (
        OWN
        + """
unknown_apps = true
default_keys = "timing"
scrub = [
  "email", # a comment with ] in it
  "card",
]
retention_days = 30
hotkey_stop = "ctrl+F9"
hotkey_pause = "ctrl+F10"
hotkey_forget = "ctrl+F11"
directory_file = "names.txt"

[[app]]
name = "Browser"
program = "chromium"
app = "Chromium"
urls = ["https://*.example.org:8443/desk", "file:///srv/pages", "http://[::1]:80"]
deny_urls = ["https://a.example.org"]
keys = "shape"
pixels = "drop"
titles = false
images = "keep"
terminal = false
keyboard_text = true

[[deny]]
name = "Bank"
program = "firefox"
app = "Navigator"
title = "My Bank"
"""
    )
    policy = read_policy(text.encode(), source="p", names={"names.txt": b"# staff\nAnna Schmidt\n"}.__getitem__)
    assert policy.apps == (
        AppRule(
            name="Browser",
            program="chromium",
            app="Chromium",
            urls=("https://*.example.org:8443/desk", "file:///srv/pages", "http://[::1]:80"),
            deny_urls=("https://a.example.org",),
            keys="shape",
            pixels="drop",
            titles=False,
            images="keep",
            keyboard_text=True,
            addresses=True,
        ),
    )
    assert policy.deny[0] == DenyRule(name="Bank", program="firefox", app="Navigator", title="My Bank")
    assert policy.deny[1:] == BUILT_IN_DENY
    assert [found[:2] for found in Directory(policy.directory).find("to schmidt, anna")] == [(3, 16)]
    assert (policy.unknown_apps, policy.default_keys, policy.scrub) == (True, "timing", ("email", "card"))
    assert (policy.retention_days, policy.hotkey_stop, policy.hotkey_pause) == (30, "ctrl+F9", "ctrl+F10")
    assert policy.hotkey_forget == "ctrl+F11"
    assert len(remarks(policy)) >= 4


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (
            OWN + '\n[[app]]\nname = "A"\nprogram = "a"\npixles = "drop"',
            7,
            "'pixles' in [[app]]; did you mean 'pixels'?",
        ),
        (OWN + "retention = 3", 3, "unknown field 'retention'; did you mean 'retention_days'?"),
        (OWN + "zzz = 3", 3, "unknown field 'zzz'; known: version, profile"),
        (OWN + '[other.table]\na = "1"', 3, "unknown field 'other'"),
        (OWN + 'unknown_apps = "yes"', 3, "'unknown_apps' is \"yes\"; expected true or false"),
        (OWN + "retention_days = true", 3, "'retention_days' is true; expected a whole number"),
        (OWN + "retention_days = 0", 3, "'retention_days' is 0; expected 1 to 3650"),
        (OWN + 'default_keys = "txt"', 3, 'expected "text", "shape", "timing" or "nothing"; did you mean \'text\'?'),
        (OWN + 'scrub = [\n "email",\n "crad",\n]', 5, "'scrub' holds \"crad\""),
        (OWN + 'scrub = ["email", "email"]', 3, "twice"),
        (OWN + 'scrub = "email"', 3, "expected a list"),
        (OWN + 'hotkey_stop = "q"', 3, "needs modifiers"),
        (OWN + 'hotkey_stop = "ctrl+ctrl+q"', 3, "twice"),
        (OWN + 'hotkey_stop = "ctrl+"', 3, "names no key"),
        (OWN + 'hotkey_stop = "alt+F1"\nhotkey_pause = "Alt+F1"', 4, "the same"),
        (OWN + 'hotkey_forget = "shift+ctrl+alt+P"', 3, "hotkey_pause and hotkey_forget are the same"),
        (OWN + 'directory_file = "names.txt"', 3, "can't be read here"),
        (OWN + '[[app]]\nprogram = "a"', 3, "'name' is missing"),
        (OWN + '[[app]]\nname = ""\nprogram = "a"', 4, "'name' is empty"),
        (OWN + '[[app]]\nname = "A"', 3, "matches every program"),
        (OWN + '[[app]]\nname = "A"\nprogram = "/usr/bin/a"', 5, "expected the base name alone: 'a'"),
        (OWN + '[[app]]\nname = "A"\nprogram = "KeePassXC"', 3, "password manager and is never recorded"),
        (OWN + '[[app]]\nname = "A"\nprogram = 3', 5, "'program' in [[app]] is 3; expected text in quotes"),
        (OWN + '[[app]]\nname = "A"\nprogram = "a"\n[[app]]\nname = "A"\nprogram = "b"', 6, "two [[app]] named 'A'"),
        (OWN + '[app]\nname = "A"', 3, "write [[app]] before each"),
        (OWN + '[[deny]]\nname = "A"', 3, "denies every program"),
        (OWN + '[[deny]]\nname = "A"\ntitel = "x"', 5, "did you mean 'title'?"),
        (OWN + '[[deny]]\nname = "A"\ntitle = "x"\n[[deny]]\nname = "B"\ntitle = "x"', 6, "match the same"),
        (WORK + "unknown_apps = true", 3, "own-work only"),
        ('profile = "own-work"', 1, "'version' is missing; write: version = 1"),
        ("version = 1", 1, "'profile' is missing"),
        ('version = 1\nprofile = "work"', 2, 'expected "own-work" or "workplace"'),
        ('# new\n\nversion = 2\nprofile = "other"\nfuture = 1', 3, "version 2 is newer than this Understudy reads (1)"),
        ('version = 0\nprofile = "own-work"', 1, "version is 0; expected 1"),
        ('version = "1"\nprofile = "own-work"', 1, "expected a whole number"),
        (OWN + "scrub = [", 3, "not TOML"),
        (OWN + "profile = 1\n", 3, "not TOML"),
        (OWN + "a = 1 b = 2\n", 3, "not TOML"),
        (OWN + "x = " + "[\n" * 20_000, 1, "nested too deeply"),
        (OWN + "x = " + "[" * 20_000, 3, "expected lines of at most 2048"),
        (OWN + f"[a{'.a' * 30}]", 3, "more than 16 dots"),
    ],
)
def test_each_fault_names_its_line(text: str, line: int, told: str) -> None:
    lines = faults(text)
    assert any(one.startswith(f"policy.toml:{line}: ") and told in one for one in lines), lines


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("example.org", "write 'https://example.org'"),
        ("ftp://example.org", "expected https, http, file"),
        ("https://", "has no host"),
        ("https:///path", "has no host"),
        ("https://*", "only"),
        ("https://a.*.org", "only"),
        ("https://a.org/*", "only"),
        ("https://a.org/?q=1", "query"),
        ("https://u@a.org", "has a user"),
        ("https://a.org:0", "port"),
        ("https://a.org:99999", "port"),
        ("https://a.org:", "port"),
        ("https://a b.org", "blank"),
        ("https://a..org", "no valid host"),
        ("file://host/x", "has a host"),
    ],
)
def test_each_wrong_address_names_its_own_line(pattern: str, told: str) -> None:
    text = f'{OWN}[[app]]\nname = "A"\nprogram = "a"\nurls = [\n  "https://ok.example",\n  "{pattern}",\n]\n'
    lines = faults(text)
    assert len(lines) == 1 and lines[0].startswith("policy.toml:8: urls: ") and told in lines[0], lines


def test_all_faults_are_told_at_once_in_order() -> None:
    with pytest.raises(PolicyFault) as caught:
        read(OWN + "zzz = 1\n\nretention_days = -1\n[[app]]\n")
    assert [problem.line for problem in caught.value.problems] == [3, 5, 6, 6]
    assert str(caught.value).endswith("(and 3 more)")


def test_bytes_that_are_no_text() -> None:
    assert faults(b"a\n\xff\n") == ["policy.toml:2: not UTF-8; save the file as UTF-8 text"]
    assert "at most" in faults(b"#" * 300_000)[0]
    assert read_policy(b"\xef\xbb\xbf" + OWN.replace("\n", "\r\n").encode(), source="p").profile == "own-work"


def test_the_names_file() -> None:
    text = (OWN + '\ndirectory_file = "names.txt"\n').encode()

    def missing(path: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", path)

    with pytest.raises(PolicyFault, match=r"p:4: directory_file 'names.txt' can't be read: No such file"):
        read_policy(text, source="p", names=missing)
    with pytest.raises(PolicyFault, match=r"p:4: directory_file: names.txt:2: a name needs"):
        read_policy(text, source="p", names=lambda path: b"Anna B\nX\n")


@pytest.mark.parametrize("profile", PROFILES)
def test_presets_are_right_and_explain_themselves(profile: str) -> None:
    data = preset(profile)  # type: ignore[arg-type]
    policy = read_policy(data, source=profile)
    assert policy.profile == profile
    assert set(policy.scrub) == set(SCRUB_KINDS)
    assert not policy.unknown_apps
    assert not any(rule.keyboard_text or rule.images == "keep" for rule in policy.apps)
    told = {"no directory_file", "no [[app]]"}
    assert all(any(remark.startswith(start) for start in told) for remark in remarks(policy))
    text = data.decode()
    for field in (set(TOP_FIELDS) - {"app", "deny"}) | {"keys", "pixels", "urls", "deny_urls", "titles", "images"}:
        assert field in text


def test_the_workplace_preset_allows_nothing_until_somebody_names_it() -> None:
    text = preset("workplace").decode()
    assert read(text).apps == ()
    # Its commented examples are right as well.
    lines = [
        line.removeprefix("# ") if line.startswith(("# [[app]]", *(f"# {name} =" for name in APP_FIELDS))) else line
        for line in text.splitlines()
    ]
    assert [rule.name for rule in read("\n".join(lines)).apps] == ["Order desk", "Calculation"]


def test_own_work_preset_keeps_terminals_shut() -> None:
    terminals = [rule for rule in read(preset("own-work").decode()).apps if rule.terminal]
    assert terminals and all(rule.keys == "nothing" and rule.pixels == "drop" for rule in terminals)


def test_no_such_preset() -> None:
    with pytest.raises(ValueError, match="own-work or workplace"):
        preset("office")  # type: ignore[arg-type]


def test_fields_of_the_file_are_the_fields_of_the_values() -> None:
    values = set(Policy.__struct_fields__) - {"apps", "directory", "sha256", "signer", "signer_key"}
    internal = {"made_from", "addresses"}
    assert set(TOP_FIELDS) == values | {"app", "directory_file"}
    assert set(APP_FIELDS) == set(AppRule.__struct_fields__) - internal and set(DENY_FIELDS) == set(
        DenyRule.__struct_fields__
    )


def test_a_policy_survives_the_way_to_the_recorder() -> None:
    policy = read(preset("own-work").decode())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(policy), type=Policy) == policy


# Lines ------------------------------------------------------------------------------------------------------------


def test_lines_of_everything_toml_can_do() -> None:
    text = '''# first
a = 1
"b c" = """
x = [
"""
d.e = { f = "}", g = [1, 2] }

[t."u.v"]
w = 'it"s'   # = ]
[[list]]
n = [
  1, # one
  [2,
   3],
  "4]", """5
""", 6
]
[[list]]
[list.sub]
k = 1
[[list.deep]]
k = 1
[[list.deep]]
k = 2
'''
    tomllib.loads(text)
    lines = Lines(text)
    assert [lines.of(*path) for path in (("a",), ("b c",), ("d", "e"), ("d", "e", "f"), ("d",))] == [2, 3, 6, 6, 6]
    assert lines.of("t", "u.v") == 8 and lines.of("t", "u.v", "w") == 9 and lines.of("t") == 8
    assert [lines.of("list", 0, "n", index) for index in range(5)] == [12, 13, 15, 15, 16]
    assert lines.of("list") == 10 and lines.of("list", 1) == 18 and lines.of("list", 1, "sub", "k") == 20
    assert lines.of("list", 1, "deep", 1, "k") == 24
    assert lines.of("unknown") == 1


TOML = st.lists(
    st.sampled_from(
        [
            *("a = 1", "b = [1, # c\n 2]", 'c = """x\n"""', "d = '''\n'\n'''", "[t]", "[t.u]", "[[app]]", "[[deny]]"),
            *('name = "A"', 'program = "p"', "version = 1", 'profile = "own-work"', "# x", "", 'e.f."g h" = {i = 1}'),
            *('urls = ["https://a.b",\n"c"]', "scrub = []", "k = ", "]", '"', "x = 2020-01-01", 'y = "\\u0041\\""'),
        ]
    )
    | st.text(max_size=12),
    max_size=12,
).map("\n".join)


@settings(max_examples=200, deadline=None)
@given(text=TOML)
def test_any_text_is_a_policy_or_one_line(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    try:
        read_policy(data, source="p")
    except PolicyFault as fault:
        assert fault.problems and "\n" not in "".join(fault.lines())
        assert all(1 <= problem.line <= text.count("\n") + 1 for problem in fault.problems)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=100))
def test_any_bytes_are_a_policy_or_one_line(data: bytes) -> None:
    try:
        read_policy(data, source="p")
    except PolicyFault as fault:
        assert "\n" not in str(fault)
