"""The notice: everything that has to be in it, made from the policy, always the same."""

from __future__ import annotations

import hashlib
import re
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.records.consent import Purpose
from understudy.records.kept import KeyLevel
from understudy.redact.notice import MAX_LINES, NOTICE_VERSION, PURPOSE_WORDS, WIDTH, notice_text
from understudy.redact.policy import AppRule, Policy, ScrubKind
from understudy.redact.policy_file import PROFILES, SCRUB_KINDS, preset, read_policy


def policy(profile: str) -> Policy:
    return read_policy(preset(profile), source=profile)  # type: ignore[arg-type]


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("profile", PROFILES)
def test_it_fits_and_never_changes_by_itself(profile: str) -> None:
    text = notice_text(policy(profile))
    assert text == notice_text(policy(profile))
    assert text.count("\n") <= MAX_LINES and max(map(len, text.splitlines())) <= WIDTH
    assert text.endswith("\n") and not text.startswith("\n") and "\n\n\n" not in text
    assert all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize("profile", PROFILES)
def test_it_says_what_a_person_must_know(profile: str) -> None:
    text = flat(notice_text(policy(profile)))
    for words in (
        "never recorded",
        "Password fields",
        "password managers",
        "sealed (encrypted) before it reaches the disk",
        "to be deleted after",
        "never to rate",
        "no disadvantage",
        "understudy recordings show",
        "understudy recordings forget",
        "understudy consent withdraw",
        "ctrl+alt+shift+p",
        "ctrl+alt+shift+q",
        "can’t protect you from",
        "swap",
        "not anonymous",
    ):
        assert words.lower() in text.lower(), words


def test_for_whom_and_for_what() -> None:
    own, work = flat(notice_text(policy("own-work"))), flat(notice_text(policy("workplace")))
    assert "for yourself" in own and PURPOSE_WORDS["train-own-agent"] in own and "You hold the key" in own
    assert "for your organisation" in work and PURPOSE_WORDS["train-shared-agent"] in work and "365" not in work
    told = notice_text(policy("workplace"), recipient="Acme Ltd", contributor="c-17", purposes=("train-own-agent",))
    assert "for Acme Ltd" in told and "“c-17”" in told and PURPOSE_WORDS["train-own-agent"] in flat(told)


def test_every_application_and_what_is_kept_of_it() -> None:
    rules = (
        AppRule(name="Shop", program="chromium", urls=("https://a.example", "https://b.example", "https://c.example")),
        AppRule(name="Editor", program="e", keys="text", titles=False),
        AppRule(name="Sums", program="s", keys="shape", pixels="drop"),
        AppRule(name="Draw", program="d", keys="timing", images="keep"),
        AppRule(name="Shell", program="t", keys="text", terminal=True),
        AppRule(name="Old", program="o", keys="text", keyboard_text=True),
    )
    text = notice_text(Policy(version=1, profile="workplace", apps=rules, retention_days=1))
    lines = flat(text)
    assert "• Shop: nothing of what is typed; only at https://a.example, https://b.example and 1 more" in lines
    assert "• Editor: typed text, cleaned of what is sensitive; no window titles" in lines
    assert "• Sums: only the shape of typed text (“Aaa 99”); no pictures" in lines
    assert "• Draw: only that keys went down, and when; images in it are shown" in lines
    assert "• Shell: nothing of what is typed" in lines
    assert "even where no field confirms it" in lines
    assert "after 1 day." in lines


def test_unknown_programs_and_scrubbing_turned_off_are_told() -> None:
    text = flat(notice_text(Policy(version=1, profile="own-work", unknown_apps=True, scrub=())))
    assert "every other program that isn’t denied: nothing of what is typed" in text
    assert "anything is written: IP addresses. The policy turns the rest off" in text
    assert "Every program not named above" not in text


@pytest.mark.parametrize("profile", PROFILES)
def test_everything_that_is_replaced_is_named(profile: str) -> None:
    text = flat(notice_text(policy(profile)))
    for words in ("e-mail addresses", "card numbers", "IBANs", "identity numbers", "IP addresses"):
        assert words in text, words


def test_what_changes_what_is_recorded_changes_the_words() -> None:
    def digest(value: Policy) -> str:
        return hashlib.sha256(notice_text(value).encode()).hexdigest()

    levels = [
        digest(Policy(version=1, profile="own-work", apps=(AppRule(name="A", program="a", keys=level),)))
        for level in get_args(KeyLevel)
    ]
    assert len(set(levels)) == len(levels)
    kinds = [digest(Policy(version=1, profile="own-work", scrub=(kind,))) for kind in SCRUB_KINDS]
    assert len(set(kinds)) == len(kinds) == len(get_args(ScrubKind))


def test_every_purpose_has_words_and_none_rates_a_person() -> None:
    assert set(PURPOSE_WORDS) == set(get_args(Purpose))
    assert not re.search(r"rate|perform|productiv|supervis|monitor", " ".join(PURPOSE_WORDS.values()))


def test_no_notice_in_a_language_that_has_none() -> None:
    with pytest.raises(ValueError, match="'de'"):
        notice_text(policy("own-work"), language="de")


def test_the_version_is_raised_with_the_words() -> None:
    # Fails when the fixed words change: then raise NOTICE_VERSION and put the new hash here.
    text = notice_text(Policy(version=1, profile="workplace", apps=(AppRule(name="A", program="a"),)))
    words = (NOTICE_VERSION, hashlib.sha256(text.encode()).hexdigest()[:16])
    assert words == ("4", "843cacde1d47c938")


@settings(max_examples=100, deadline=None)
@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=40), max_size=40
    )
)
def test_any_names_give_a_notice(names: list[str]) -> None:
    rules = tuple(AppRule(name=name, program="p") for name in names)
    text = notice_text(Policy(version=1, profile="workplace", apps=rules))
    assert max(map(len, text.splitlines())) <= WIDTH
