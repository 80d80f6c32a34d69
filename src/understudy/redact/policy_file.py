"""The policy from its TOML file: every field checked, every fault with its line. What a file doesn't say is strict.

Pure: takes bytes, gives a `Policy`. Reading files is the caller's work.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Literal, get_args

import msgspec

from understudy.records.kept import KeyLevel
from understudy.records.recording import Profile
from understudy.redact.directory import DirectoryFault, Names, read_names
from understudy.redact.kinds import BROWSERS, KINDS, PRESETS_BY_NAME, Category, Kind, kinds_of_address
from understudy.redact.narrow import least
from understudy.redact.policy import (
    BUILT_IN_DENY,
    CATEGORIES,
    IRREVERSIBLE,
    IRREVERSIBLE_AT_WORK,
    AppRule,
    DenyRule,
    PixelLevel,
    Policy,
    ScrubKind,
    categories_of,
    is_browser,
    is_terminal,
)
from understudy.redact.policy_fields import Fields, Problem
from understudy.redact.policy_lines import Lines
from understudy.redact.url_pattern import url_pattern_fault

POLICY_VERSION = 1
"""Version of the policy file's format that this module reads."""
MAX_BYTES = 262_144
"""Largest policy file taken."""
MAX_RETENTION_DAYS = 3650

PROFILES: tuple[Profile, ...] = get_args(Profile)
Preset = Literal["imported", Profile]
PRESETS: tuple[Preset, ...] = ("imported", *PROFILES)
"""The policies that are shipped: one a profile, and one for recordings made elsewhere."""
KEY_LEVELS: tuple[KeyLevel, ...] = get_args(KeyLevel)
PIXEL_LEVELS: tuple[PixelLevel, ...] = get_args(PixelLevel)
SCRUB_KINDS: tuple[ScrubKind, ...] = get_args(ScrubKind)

DEFAULT_KEYS: Mapping[Profile, KeyLevel] = {"own-work": "text", "workplace": "shape"}
"""`keys` of an [[app]] that doesn't say it, by profile; `TERMINAL_PROGRAMS` keep "nothing" unless told otherwise."""
DEFAULT_CATEGORIES: Mapping[Profile, tuple[Category, ...]] = {"own-work": (), "workplace": CATEGORIES}
"""`categories` of a policy that doesn't say it; kinds of application that it names in `presets` bring theirs."""
DEFAULT_IRREVERSIBLE: Mapping[Profile, tuple[str, ...]] = {
    "own-work": IRREVERSIBLE,
    "workplace": IRREVERSIBLE_AT_WORK,
}
DEFAULT_TITLES: Mapping[Profile, bool] = {"own-work": True, "workplace": False}

TOP_FIELDS = (
    *("version", "profile", "unknown_apps", "default_keys", "scrub", "categories", "directory_file"),
    *("retention_days", "presets", "irreversible", "edition"),
    *("hotkey_stop", "hotkey_pause", "hotkey_forget", "app", "deny"),
)
APP_FIELDS = tuple(name for name in AppRule.__struct_fields__ if name not in ("made_from", "addresses"))
DENY_FIELDS = DenyRule.__struct_fields__

_HOTKEY_MODIFIERS = ("ctrl", "alt", "shift", "super")
_KEYSYM = re.compile(r"[A-Za-z0-9_]{1,32}")
MAX_LINE = 2048
"""Longest line of a policy file, characters; longer lists go over several lines."""
MAX_LINE_DOTS = 256
"""Most dots in a line, wherever they stand: inline tables may have dotted keys too."""
MAX_DOTS = 16
"""Most dots in a key or a table's name: both are read part by part, and a policy needs one."""
_HEAD = re.compile(r"\s*\[[^=]*|[^=]*(?==)")
_TOML_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


class PolicyFault(ValueError):
    """A policy file that can't be used. `problems` holds every fault found, in order of their lines, at least one.

    The text is one line: the first fault as "file:line: message", and how many more there are.
    """

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems))
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{self.lines()[0]}{more}")

    def lines(self) -> list[str]:
        """Every fault as "file:line: message"."""
        return [f"{self.source}:{problem.line}: {problem.message}" for problem in self.problems]


def preset(name: Preset) -> bytes:
    """The policy file shipped for a profile, or for imported recordings: safe defaults, a comment on each field."""
    if name not in PRESETS:
        raise ValueError(f"no preset {name!r}; expected {_or(PRESETS)}")
    return resources.files("understudy.redact").joinpath("presets", f"{name}.toml").read_bytes()


def read_policy(data: bytes, *, source: str, names: Callable[[str], bytes | Names] | None = None) -> Policy:
    """The policy that a file's bytes say; `source` names the file in faults.

    `names` hands over the file that `directory_file` names, its bytes or what was read from it, the path as it is
    written there (relative ones are meant from the policy's folder); it may raise OSError and DirectoryFault. None: a
    policy that names such a file is a fault.
    Raises PolicyFault for every kind of wrong input.
    """
    text = _decoded(data, source)
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise PolicyFault(source, [Problem(1, "nested too deeply to be a policy")]) from None
    except ValueError as error:
        raise PolicyFault(source, [_syntax(error, text)]) from None
    problems: list[Problem] = []
    top = Fields(tables, (), Lines(text), problems)
    version = top.integer("version", None, 0, None)
    if version is None:
        if "version" not in tables:
            top.fault(f"'version' is missing; write: version = {POLICY_VERSION}")
    elif version > POLICY_VERSION:
        raise PolicyFault(
            source,
            [
                Problem(
                    top.line("version"),
                    f"version {version} is newer than this Understudy reads ({POLICY_VERSION}); update Understudy",
                )
            ],
        )
    elif version != POLICY_VERSION:
        top.fault(f"version is {version}; expected {POLICY_VERSION}", "version")
    policy = _policy(top, names)
    if problems:
        raise PolicyFault(source, problems)
    return _with_hash(policy, data)


def remarks(policy: Policy) -> tuple[str, ...]:
    """What somebody should know before they use this policy: where it keeps more than it needs to. Nothing is wrong."""
    found: list[str] = []
    missing = [kind for kind in SCRUB_KINDS if kind not in policy.scrub]
    if missing:
        found.append(f"not replaced in what is kept: {', '.join(missing)}")
    if "name" in policy.scrub and not policy.directory:
        found.append("no directory_file: people's names are replaced only in fields labelled as names")
    if policy.unknown_apps:
        found.append("unknown_apps: programs that no [[app]] names are recorded too")
    for rule in policy.apps:
        if rule.keyboard_text:
            found.append(
                f"{rule.name}: keyboard_text keeps typed text that no element confirms, hidden prompts included"
            )
        if rule.terminal is False and is_terminal(rule):
            found.append(f"{rule.name}: terminal = false, so a password typed at a hidden prompt may be kept")
        if rule.images == "keep":
            found.append(f"{rule.name}: pictures and canvases are shown; no tree tells what is in them")
        if rule.third_parties == "keep":
            found.append(f"{rule.name}: what is shown of other people is kept, except where a preset masks it")
        if rule.made_from == "browsers":
            found.append(f"{rule.name}: every address is in scope that no other rule keeps out")
        if policy.profile == "workplace" and rule.keys == "text":
            found.append(f"{rule.name}: keeps typed text although the profile is workplace")
    if not policy.apps and not policy.unknown_apps:
        found.append("no [[app]]: nothing would be recorded")
    return tuple(found)


def _policy(top: Fields, names: Callable[[str], bytes | Names] | None) -> Policy:
    top.known(TOP_FIELDS)
    profile = top.choice("profile", PROFILES, None)
    if profile is None:
        if not top.has("profile"):
            top.fault('\'profile\' is missing; write: profile = "own-work" or "workplace"')
        profile = "workplace"  # the stricter one, for the rest of the checks
    unknown_apps = top.boolean("unknown_apps", False)
    if unknown_apps and profile == "workplace":
        top.fault(
            "unknown_apps = true is for own-work only; a workplace policy names every application", "unknown_apps"
        )
    scrub = top.choices("scrub", SCRUB_KINDS, SCRUB_KINDS)
    chosen = top.choices("categories", CATEGORIES, DEFAULT_CATEGORIES[profile])
    presets = top.choices("presets", tuple(PRESETS_BY_NAME), ())
    if "browsers" in presets and profile == "workplace":
        top.fault(
            "presets: 'browsers' brings every address into scope; a workplace policy names them: [[app]] with 'urls'",
            "presets",
            presets.index("browsers"),
        )
    kinds = tuple(kind for kind in KINDS if kind.name in presets)
    stop, pause, forget = (_hotkey(top, name) for name in ("hotkey_stop", "hotkey_pause", "hotkey_forget"))
    _hotkeys_differ(top, {"hotkey_stop": stop, "hotkey_pause": pause, "hotkey_forget": forget})
    apps = tuple(_app(fields, profile, presets) for fields in top.tables("app"))
    deny = tuple(_deny(fields) for fields in top.tables("deny"))
    _no_twins(top, "app", [rule.name for rule in apps])
    _no_twins(top, "deny", [rule.name for rule in deny], [(rule.program, rule.app, rule.title) for rule in deny])
    return Policy(
        version=POLICY_VERSION,
        profile=profile,
        apps=(*apps, *(rule for kind in kinds for rule in _rules_of(kind, profile))),
        deny=(*deny, *BUILT_IN_DENY),
        unknown_apps=unknown_apps,
        default_keys=top.choice("default_keys", KEY_LEVELS, "nothing") or "nothing",
        scrub=scrub,
        directory=_directory(top, names),
        categories=categories_of(scrub, (*chosen, *(name for kind in kinds for name in kind.categories))),
        presets=tuple(kind.name for kind in kinds),
        irreversible=top.texts("irreversible") if top.has("irreversible") else DEFAULT_IRREVERSIBLE[profile],
        edition=top.text("edition"),
        retention_days=top.integer("retention_days", 365, 1, MAX_RETENTION_DAYS) or 365,
        hotkey_stop=stop,
        hotkey_pause=pause,
        hotkey_forget=forget,
    )


def _app(fields: Fields, profile: Profile, presets: Sequence[str]) -> AppRule:
    fields.known(APP_FIELDS)
    name = fields.required("name")
    program, app, programs = fields.text("program"), fields.text("app"), fields.texts("programs")
    fields.no_path("program", program)
    if not program and not app and not programs:
        fields.fault("matches every program; name its 'program' (base name of the executable) or its 'app' (WM_CLASS)")
    for index, one in enumerate(programs):
        fields.no_path("programs", one, index)
    for one in dict.fromkeys((program, app, *programs)):
        if one and (what := _never(one, presets)):
            fields.fault(f"'{one.casefold()}' is a {what} and is never recorded; remove this [[app]]")
    rule = AppRule(name=name, program=program, app=app, programs=programs)
    terminal = fields.boolean("terminal", is_terminal(rule))
    urls = _urls(fields, "urls")
    for index, url in enumerate(urls):
        for kind in kinds_of_address(url.replace("*.", "x.", 1)):
            if kind.treatment == "never" or (kind.treatment == "out" and kind.name in presets):
                fields.fault(
                    f"urls: {url!r} is of the kind '{kind.name}' and is never recorded; remove it", "urls", index
                )
    pixels: PixelLevel = fields.choice("pixels", PIXEL_LEVELS, "tree") or "drop"
    if pixels == "ocr" and (urls or fields.has("deny_urls") or is_browser(rule)):
        fields.fault('\'pixels\' is "ocr", which tells no addresses; write "tree" for browsers and pages', "pixels")
    people = fields.choice("third_parties", ("mask", "keep"), None)
    return AppRule(
        name=name,
        program=program,
        app=app,
        programs=programs,
        urls=urls,
        deny_urls=_urls(fields, "deny_urls"),
        keys=fields.choice("keys", KEY_LEVELS, None) or ("nothing" if terminal else DEFAULT_KEYS[profile]),
        pixels=pixels,
        titles=fields.boolean("titles", DEFAULT_TITLES[profile]),
        images="keep" if fields.choice("images", ("keep", "mask"), "mask") == "keep" else "mask",
        terminal=terminal,
        keyboard_text=fields.boolean("keyboard_text", False),
        third_parties="" if people is None else "keep" if people == "keep" else "mask",
        addresses=is_browser(rule),
    )


def _never(name: str, presets: Sequence[str]) -> str:
    """What a program is that no rule may bring into scope; "" for all others."""
    for rule in BUILT_IN_DENY:
        if not rule.title and name.casefold() in (rule.program, rule.app):
            return rule.name
    return "bank's or wallet's program" if "banking" in presets and name.casefold() in _BANKING else ""


_BANKING = frozenset(PRESETS_BY_NAME["banking"].programs)


def _rules_of(kind: Kind, profile: Profile) -> list[AppRule]:
    """What a preset brings into scope: one rule for the kind's programs, one for its pages in browsers."""
    if kind.treatment != "in":
        return []
    made = AppRule(
        name=kind.words,
        programs=kind.programs,
        keys="nothing" if kind.terminal else least(kind.keys, DEFAULT_KEYS[profile]),
        pixels="tree" if kind.pictures else "drop",
        titles=kind.titles and DEFAULT_TITLES[profile],
        terminal=kind.terminal,
        third_parties="mask" if kind.third_parties else "",
        made_from=kind.name,
        addresses=kind.name == "browsers",
    )
    if not kind.urls:
        return [made]
    pages = {"name": f"{kind.words} in a browser", "programs": tuple(sorted(BROWSERS)), "urls": kind.urls}
    return [made, msgspec.structs.replace(made, **pages, addresses=True)]


def _deny(fields: Fields) -> DenyRule:
    fields.known(DENY_FIELDS)
    rule = DenyRule(
        name=fields.required("name"),
        program=fields.text("program"),
        app=fields.text("app"),
        title=fields.text("title"),
    )
    fields.no_path("program", rule.program)
    if not rule.program and not rule.app and not rule.title:
        fields.fault("denies every program; give it a 'program', an 'app' or a 'title'")
    return rule


def _urls(fields: Fields, name: str) -> tuple[str, ...]:
    patterns = fields.texts(name)
    for index, pattern in enumerate(patterns):
        if fault := url_pattern_fault(pattern):
            fields.fault(f"{name}: {pattern!r} {fault}", name, index)
    return patterns


def _directory(top: Fields, names: Callable[[str], bytes | Names] | None) -> Names:
    path = top.text("directory_file")
    if not path:
        return Names()
    if names is None:
        top.fault(f"directory_file {path!r} can't be read here", "directory_file")
        return Names()
    try:
        told = names(path)
        return told if isinstance(told, Names) else read_names(told, source=path)
    except OSError as error:
        top.fault(f"directory_file {path!r} can't be read: {error.strerror or error}", "directory_file")
    except DirectoryFault as fault:
        top.fault(f"directory_file: {fault}", "directory_file")
    return Names()


def _hotkey(top: Fields, name: str) -> str:
    default: str = Policy.__struct_defaults__[Policy.__struct_fields__.index(name) - len(Policy.__struct_fields__)]
    written = top.text(name) if top.has(name) else default
    *modifiers, key = written.split("+")
    if not _KEYSYM.fullmatch(key):
        top.fault(f'{name}: {written!r} names no key; expected modifiers and a keysym name such as "{default}"', name)
    elif not modifiers or any(modifier.lower() not in _HOTKEY_MODIFIERS for modifier in modifiers):
        top.fault(f"{name}: {written!r} needs modifiers out of {_or(_HOTKEY_MODIFIERS)} before its key", name)
    elif len({modifier.lower() for modifier in modifiers}) != len(modifiers):
        top.fault(f"{name}: {written!r} names a modifier twice", name)
    return written


def _hotkeys_differ(top: Fields, hotkeys: Mapping[str, str]) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for name, hotkey in hotkeys.items():
        first = seen.setdefault(tuple(sorted(hotkey.lower().split("+"))), name)
        if first != name:
            top.fault(f"{first} and {name} are the same ({hotkey})", name)


def _no_twins(top: Fields, table: str, *columns: list[str] | list[tuple[str, str, str]]) -> None:
    for values in columns:
        seen: dict[object, int] = {}
        for index, value in enumerate(values):
            if not value:
                continue
            first = seen.setdefault(value, index)
            if first != index:
                what = f"named {value!r}" if isinstance(value, str) else "that match the same"
                top.fault(f"two [[{table}]] {what} (the other at line {top.line(table, first)})", table, index)


def _with_hash(policy: Policy, data: bytes) -> Policy:
    return msgspec.structs.replace(policy, sha256=hashlib.sha256(data).hexdigest())


def _decoded(data: bytes, source: str) -> str:
    if len(data) > MAX_BYTES:
        raise PolicyFault(source, [Problem(1, f"{len(data)} bytes; expected a policy of at most {MAX_BYTES}")])
    try:
        # tomllib wants the line ends as they mean: CR LF is one.
        text = data.removeprefix(b"\xef\xbb\xbf").decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyFault(source, [Problem(line, "not UTF-8; save the file as UTF-8 text")]) from None
    for number, written in enumerate(text.split("\n"), 1):
        head = _HEAD.match(written)
        if len(written) > MAX_LINE:
            told = f"{len(written)} characters; expected lines of at most {MAX_LINE}"
        elif head is not None and head[0].count(".") > MAX_DOTS:
            told = f"more than {MAX_DOTS} dots before the value; expected the name of a field or a table"
        elif written.count(".") > MAX_LINE_DOTS:
            told = f"more than {MAX_LINE_DOTS} dots; expected lists over several lines"
        else:
            continue
        raise PolicyFault(source, [Problem(number, told)])
    return text


def _syntax(error: ValueError, text: str) -> Problem:
    message = str(error)
    place = _TOML_LINE.search(message)
    line = int(place[1]) if place and place[1] else max(1, text.count("\n") + (not text.endswith("\n")))
    told = _TOML_LINE.sub("", message)
    return Problem(line, f"not TOML: {told[:1].lower()}{told[1:]}")


def _or(choices: tuple[str, ...] | list[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"
