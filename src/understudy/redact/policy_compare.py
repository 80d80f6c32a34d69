"""What changes between two policies, by what they decide: program by program and address by address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from understudy.records.events import WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import KeyLevel
from understudy.redact.kinds import BROWSERS, KINDS
from understudy.redact.narrow import KEY_ORDER, PIXEL_ORDER
from understudy.redact.policy import BUILT_IN_DENY, AppRule, PixelLevel, Policy
from understudy.redact.scope import rule_for
from understudy.redact.shown import level_in_words

Direction = Literal["looser", "stricter", "other"]

_ELSEWHERE = "https://elsewhere.invalid/"
"""Stands for every address that neither policy names."""
_UNKNOWN = "\0unknown"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. `where` names the application and the address, or the field; `direction` is which way it goes."""

    where: str
    what: str
    before: str
    after: str
    direction: Direction


def compare(before: Policy, after: Policy) -> list[Change]:
    """Every difference in what two policies decide, looser ones first. [] when they mean the same."""
    changes = [*_applications(before, after), *_denials(before, after), *_fields(before, after)]
    order: tuple[Direction, ...] = ("looser", "stricter", "other")
    return sorted(changes, key=lambda change: order.index(change.direction))


def _applications(before: Policy, after: Policy) -> Iterator[Change]:
    told: set[tuple[str, ...]] = set()
    for label, program, app in _programs(before, after):
        general: set[tuple[str, str, str]] = set()
        for address, url in _addresses(before, after, program, app):
            for what, was, now, direction in _rules(_rule(before, program, app, url), _rule(after, program, app, url)):
                if url == _ELSEWHERE or not url:
                    general.add((what, was, now))
                elif (what, was, now) in general:
                    continue
                where = f"{label} {address}".strip()
                if (where, what, was, now) not in told:
                    told.add((where, what, was, now))
                    yield Change(where=where, what=what, before=was, after=now, direction=direction)


def _rule(policy: Policy, program: str, app: str, url: str) -> AppRule | None:
    return rule_for(policy, WindowState(id=1, rect=Rect(0, 0, 1, 1), program=program, app=app, pid=1), url)


def _programs(*policies: Policy) -> list[tuple[str, str, str]]:
    """(how to call it, program, class) for every program that a rule of the files names, and one of each preset."""
    found: dict[tuple[str, str], str] = {}
    for policy in policies:
        for rule in policy.apps:
            if rule.made_from:
                continue
            several = rule.programs or ("",)
            for one in several:
                place = (rule.program or one, rule.app)
                found.setdefault(place, rule.name if len(several) == 1 else f"{rule.name} ({one})")
    for name in dict.fromkeys(name for policy in policies for name in policy.presets):
        kind = next(kind for kind in KINDS if kind.name == name)
        if kind.programs and not any(program in kind.programs for program, _ in found):
            found.setdefault((kind.programs[0], ""), f"{kind.words} (preset)")
        if kind.urls and not any(_browser(*place) for place in found):
            found.setdefault(("chromium", ""), "Browsers")
    found.setdefault((_UNKNOWN, ""), "Programs that no rule names")
    return [(label, program, app) for (program, app), label in found.items()]


def _addresses(before: Policy, after: Policy, program: str, app: str) -> list[tuple[str, str]]:
    """(in words, an example) of the addresses that may make a difference; one without an address for other programs."""
    patterns = [
        pattern
        for policy in (before, after)
        for rule in policy.apps
        if not rule.made_from and _may_match(rule, program, app)
        for pattern in (*rule.urls, *rule.deny_urls)
    ]
    if not _browser(program, app) and not patterns:
        return [("", "")]
    named = [name for policy in (before, after) for name in policy.presets]
    pages = [(f"on {kind.words.lower()} pages", kind.urls[0]) for kind in KINDS if kind.urls and kind.name in named]
    known = [(f"on {kind.words.lower()} pages", kind.urls[0]) for kind in KINDS if kind.urls and kind.third_parties]
    asked = [(f"at {pattern}", pattern) for pattern in dict.fromkeys(patterns)]
    return [
        ("at every other address", _ELSEWHERE),
        *((words, url.replace("*.", "any.", 1)) for words, url in dict.fromkeys((*asked, *pages, *known))),
    ]


def _browser(program: str, app: str) -> bool:
    return program.casefold() in BROWSERS or app.casefold() in BROWSERS


def _may_match(rule: AppRule, program: str, app: str) -> bool:
    names = {name.casefold() for name in (rule.program, rule.app, *rule.programs) if name}
    return not names.isdisjoint({program.casefold(), app.casefold()})


def _rules(before: AppRule | None, after: AppRule | None) -> Iterator[tuple[str, str, str, Direction]]:
    """(what, before, after, direction) of each difference between two rules as they hold."""
    if before is None or after is None:
        if after is not None:
            yield "recorded", "not recorded", level_in_words(after), "looser"
        elif before is not None:
            yield "recorded", level_in_words(before), "not recorded", "stricter"
        return
    was, now = _typing(before), _typing(after)
    if was != now:
        yield "typing", was, now, "looser" if KEY_ORDER.index(now) > KEY_ORDER.index(was) else "stricter"
    if before.pixels != after.pixels:
        yield "pictures", PICTURES_TOLD[before.pixels], PICTURES_TOLD[after.pixels], _more(before.pixels, after.pixels)
    switches: tuple[tuple[str, str, str, bool, bool], ...] = (
        ("titles", "kept", "dropped", before.titles, after.titles),
        ("images", "shown", "masked", before.images == "keep", after.images == "keep"),
        ("other people", "shown", "masked", before.third_parties != "mask", after.third_parties != "mask"),
        ("text without evidence", "kept", "dropped", before.keyboard_text, after.keyboard_text),
    )
    for what, yes, no, had, has in switches:
        if had != has:
            yield what, yes if had else no, yes if has else no, "looser" if has else "stricter"


PICTURES_TOLD: dict[PixelLevel, str] = {
    "tree": "masked",
    "ocr": "masked by reading",
    "blur": "blurred",
    "drop": "none",
}


def _more(before: PixelLevel, after: PixelLevel) -> Direction:
    """Which way a change of pictures goes. What a tree and what a reader find are two things: neither keeps less."""
    if {before, after} == {"tree", "ocr"}:
        return "other"
    return "looser" if PIXEL_ORDER.index(after) > PIXEL_ORDER.index(before) else "stricter"


def _typing(rule: AppRule) -> KeyLevel:
    return "nothing" if rule.terminal and not rule.keyboard_text else rule.keys


def _denials(before: Policy, after: Policy) -> Iterator[Change]:
    own = [[rule for rule in policy.deny if rule not in BUILT_IN_DENY] for policy in (before, after)]
    matches = [{(rule.program, rule.app, rule.title): rule for rule in rules} for rules in own]
    for place, rule in matches[0].items():
        if place not in matches[1]:
            yield Change(where=rule.name, what="denied", before="always", after="no longer", direction="looser")
    for place, rule in matches[1].items():
        if place not in matches[0]:
            yield Change(where=rule.name, what="denied", before="not", after="always", direction="stricter")


def _fields(before: Policy, after: Policy) -> Iterator[Change]:
    for kind in sorted(before.categories ^ after.categories):
        gone = kind in before.categories
        words = ("replaced", "kept") if gone else ("kept", "replaced")
        yield Change(
            where="every text", what=kind, before=words[0], after=words[1], direction="looser" if gone else "stricter"
        )
    had, has = len(before.directory), len(after.directory)
    if had != has:
        # The names themselves are hashed under keys of their own; only their number can be compared.
        direction: Direction = "looser" if has < had else "stricter"
        yield Change(
            where="every text", what="names in the directory", before=str(had), after=str(has), direction=direction
        )
    if before.retention_days != after.retention_days:
        longer = after.retention_days > before.retention_days
        yield Change(
            where="recordings", what="kept for", before=f"{before.retention_days} days",
            after=f"{after.retention_days} days", direction="looser" if longer else "stricter",
        )  # fmt: skip
    for word in sorted({*before.irreversible} ^ {*after.irreversible}):
        gone = word in before.irreversible
        yield Change(
            where="an agent", what=f"press {word!r}", before="asks first" if gone else "doesn't ask",
            after="doesn't ask" if gone else "asks first", direction="looser" if gone else "stricter",
        )  # fmt: skip
    for name in sorted(set(before.presets) ^ set(after.presets)):
        yield Change(
            where="presets", what=name, before="named" if name in before.presets else "not named",
            after="named" if name in after.presets else "not named",
            direction="stricter" if name in after.presets else "looser",
        )  # fmt: skip
    for field in ("profile", "edition", "hotkey_stop", "hotkey_pause", "hotkey_forget"):
        was, now = str(getattr(before, field)), str(getattr(after, field))
        if was != now:
            yield Change(where="policy", what=field, before=was or "none", after=now or "none", direction="other")
