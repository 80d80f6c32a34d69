"""A rule as it holds for one window: narrowed by what is known of the kind of program and page. The stricter wins."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from understudy.records.kept import KeyLevel
from understudy.redact.kinds import Kind, kinds_of_address, kinds_of_program
from understudy.redact.policy import AppRule, PixelLevel

KEY_ORDER: tuple[KeyLevel, ...] = ("nothing", "timing", "shape", "text")
"""Levels of typing, least first."""
PIXEL_ORDER: tuple[PixelLevel, ...] = ("drop", "blur", "ocr", "tree")
"""Levels of pictures, least first."""


def least(first: KeyLevel, *others: KeyLevel) -> KeyLevel:
    """The level that keeps least."""
    return min((first, *others), key=KEY_ORDER.index)


def narrowed(rule: AppRule, *, program: str, app: str, url: str, presets: Collection[str] = ()) -> AppRule | None:
    """`rule` as it holds for a window that it matches; None where the kind of program or page isn't recorded.

    `url` is the address shown, "" when there is none. `presets` are the kinds that the policy names: those bind, while
    `third_parties = "keep"` in a rule of the file loosens what is only a default.
    """
    by_program, by_address = kinds_of_program(program, app), kinds_of_address(url)
    if not by_program and not by_address and rule.third_parties != "mask":
        return rule
    for kind in by_program:
        if _kept_out(kind, presets, named=rule.made_from == ""):
            return None
    for kind in by_address:
        if _kept_out(kind, presets, named=rule.made_from == "" and bool(rule.urls)):
            return None
    kinds = tuple(kind for kind in (*by_program, *by_address) if kind.name != "terminals" or "terminals" in presets)
    people = [kind for kind in kinds if kind.third_parties]
    spared = rule.third_parties == "keep" and not any(_binds(kind, presets) for kind in people)
    mask = rule.third_parties == "mask" or (bool(people) and not spared)
    if not mask and not any(kind.terminal or not kind.pictures for kind in kinds):
        return rule
    return msgspec.structs.replace(
        rule,
        keys=least(rule.keys, *(kind.keys for kind in kinds)),
        # Other people are found by the tree: what is only read doesn't tell them from the mechanics.
        pixels="drop" if not all(kind.pictures for kind in kinds) or (mask and rule.pixels == "ocr") else rule.pixels,
        titles=rule.titles and not mask,
        images="mask" if mask else rule.images,
        terminal=rule.terminal or any(kind.terminal for kind in kinds),
        third_parties="mask" if mask else "keep",
    )


def address_kept_out(rule: AppRule, url: str) -> bool:
    """True for an address that is of a kind which isn't recorded under this rule, wherever in a window it stands."""
    return any(_kept_out(kind, (), named=rule.made_from == "" and bool(rule.urls)) for kind in kinds_of_address(url))


def masks_people(rule: AppRule, url: str) -> bool:
    """True when other people are masked in a document at `url` ("" for none) under a rule as it holds for its window.

    A mail page inside another page is a mail page.
    """
    if rule.third_parties == "mask":
        return True
    return rule.third_parties == "" and any(kind.third_parties for kind in kinds_of_address(url))


def _kept_out(kind: Kind, presets: Collection[str], *, named: bool) -> bool:
    """`named`: the rule of the file names the program or the address itself."""
    if kind.treatment == "out":
        return kind.name in presets or not named
    return kind.treatment == "never"


def _binds(kind: Kind, presets: Collection[str]) -> bool:
    """Kinds that the policy names bind, and so does what keeps less than the whole text anyway."""
    return kind.name in presets or kind.keys != "text"
