"""Kinds of application: known by program and address, narrowing every rule; deny wins, unknown is out."""

from __future__ import annotations

import pytest

from understudy.records.events import WindowState
from understudy.records.geometry import Rect
from understudy.redact.kinds import KINDS, kinds_of_address, kinds_of_program
from understudy.redact.policy import AppRule, Policy
from understudy.redact.policy_file import PolicyFault, read_policy, remarks
from understudy.redact.scope import candidates, rule_for
from understudy.redact.url_pattern import url_pattern_fault

OWN = 'version = 1\nprofile = "own-work"\n'
WORK = 'version = 1\nprofile = "workplace"\n'
BROWSER = '[[app]]\nname = "Browser"\nprogram = "chromium"\n'


def read(text: str) -> Policy:
    return read_policy(text.encode(), source="policy.toml")


def rule(text: str, program: str, url: str = "", *, app: str = "", title: str = "") -> AppRule | None:
    window = WindowState(id=1, rect=Rect(0, 0, 9, 9), program=program, app=app, title=title, pid=1)
    return rule_for(read(text), window, url)


def test_the_tables_are_right() -> None:
    for kind in KINDS:
        assert all(program == program.casefold().strip() and program for program in kind.programs), kind.name
        assert not [pattern for pattern in kind.urls if url_pattern_fault(pattern)], kind.name
        assert len(set(kind.urls)) == len(kind.urls) and len(set(kind.programs)) == len(kind.programs), kind.name


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        *(("thunderbird", "mail"), ("evolution", "mail"), ("geary", "mail"), ("slack", "chat"), ("discord", "chat")),
        *(("Element", "chat"), ("signal-desktop", "chat"), ("telegram-desktop", "chat"), ("teams-for-linux", "calls")),
        *(("zoom", "calls"), ("jitsi-meet", "calls"), ("gnome-calendar", "calendar"), ("keepassxc", "passwords")),
        *(("bitwarden", "passwords"), ("1password", "passwords"), ("xterm", "terminals"), ("soffice.bin", "office")),
        *(("firefox", "browsers"), ("gnucash", "banking"), ("gnuhealth", "health")),
    ],
)
def test_programs_are_known(program: str, kind: str) -> None:
    assert [found.name for found in kinds_of_program(program, "")] == [kind]
    assert [found.name for found in kinds_of_program("", program.upper())] == [kind]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        *(("https://mail.google.com/mail/u/0/#inbox", "mail"), ("https://outlook.office.com/mail/", "mail")),
        *(("https://calendar.google.com/", "calendar"), ("https://outlook.office.com/calendar/view", "calendar")),
        *(("https://meet.google.com/abc", "calls"), ("https://us02web.zoom.us/wc/1", "calls")),
        *(("https://teams.microsoft.com/v2/", "calls"), ("https://acme.slack.com/archives/C1", "chat")),
        *(("https://wd5.myworkday.com/acme", "hr"), ("https://www.paypal.com/", "banking")),
        *(("http://webmail.example.org:8443/x", "mail"), ("https://meet.example.org/room", "calls")),
        *(("https://MEET.GOOGLE.com./x", "calls"), ("https://meet.google.com:8080/../x", "calls")),
        ("https://outlook.office.com/x/../mail", "mail"),
    ],
)
def test_pages_are_known(url: str, kind: str) -> None:
    assert kind in [found.name for found in kinds_of_address(url)]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.org/mail.google.com",
        "https://mail/",
        "file:///meet.google.com",
        "https://[",
        "notmeet.google.com",
    ],
)
def test_other_pages_are_of_no_kind(url: str) -> None:
    assert kinds_of_address(url) == ()


@pytest.mark.parametrize(
    "url", ["https://meet.google.com/x", "https://acme.zoom.us/j/1", "https://vault.bitwarden.com/"]
)
@pytest.mark.parametrize("more", ["", 'presets = ["browsers", "chat", "mail"]\n', "unknown_apps = true\n"])
def test_video_calls_and_password_managers_are_never_recorded(url: str, more: str) -> None:
    assert rule(f"{OWN}{more}{BROWSER}", "chromium", url) is None
    assert rule(f"{OWN}{more}{BROWSER}", "firefox", url) is None
    assert rule(f"{OWN}{more}{BROWSER}", "chromium", "https://example.org/") is not None


@pytest.mark.parametrize("program", ["zoom", "teams-for-linux", "webex", "keepassxc"])
def test_no_rule_may_name_them(program: str) -> None:
    with pytest.raises(PolicyFault, match="never recorded"):
        read(f'{OWN}[[app]]\nname = "A"\nprogram = "{program}"\n')
    with pytest.raises(PolicyFault, match=r"policy.toml:3: .*never recorded"):
        read(f'{OWN}[[app]]\nname = "A"\nprograms = ["x", "{program}"]\n')
    with pytest.raises(PolicyFault, match=r"policy.toml:6: .*'calls'"):
        read(f'{OWN}{BROWSER}urls = ["https://meet.google.com"]\n')
    assert rule(f"{OWN}unknown_apps = true\n", program) is None


def test_a_call_inside_a_chat_program_is_out() -> None:
    text = f'{OWN}presets = ["chat"]\n'
    assert rule(text, "slack", title="general") is not None
    assert rule(text, "slack", title="Huddle: general") is None


def test_a_preset_brings_its_programs_and_pages_into_scope() -> None:
    text = f'{OWN}presets = ["mail"]\n'
    for program, url in (
        ("thunderbird", ""),
        ("chromium", "https://mail.google.com/"),
        ("firefox", "https://mail.proton.me/u/0"),
    ):
        found = rule(text, program, url)
        assert found is not None and found.third_parties == "mask" and not found.titles and found.keys == "text"
    assert rule(text, "chromium", "https://example.org/") is None
    assert rule(text, "slack") is None
    assert rule(f'{WORK}presets = ["mail"]\n', "thunderbird").keys == "shape"  # type: ignore[union-attr]


def test_the_stricter_wins_between_a_rule_and_what_is_known() -> None:
    found = rule(f"{OWN}{BROWSER}", "chromium", "https://mail.google.com/")
    assert found is not None and (found.third_parties, found.titles, found.keys) == ("mask", False, "text")
    found = rule(f"{OWN}{BROWSER}", "chromium", "https://acme.bamboohr.com/")
    assert found is not None and (found.third_parties, found.keys) == ("mask", "shape")
    found = rule(f'{OWN}{BROWSER}keys = "timing"\n', "chromium", "https://acme.bamboohr.com/")
    assert found is not None and found.keys == "timing"
    found = rule(f"{OWN}{BROWSER}", "chromium", "https://example.org/")
    assert found is not None and (found.third_parties, found.titles) == ("", True)


def test_a_default_may_be_loosened_and_a_named_kind_may_not() -> None:
    loose = f'{BROWSER}third_parties = "keep"\n'
    found = rule(OWN + loose, "chromium", "https://mail.google.com/")
    assert found is not None and found.third_parties == "keep" and found.titles
    found = rule(f'{OWN}presets = ["mail"]\n{loose}', "chromium", "https://mail.google.com/")
    assert found is not None and found.third_parties == "mask" and not found.titles
    found = rule(OWN + loose, "chromium", "https://acme.bamboohr.com/")
    assert found is not None and found.third_parties == "mask"
    assert any("other people" in remark for remark in remarks(read(OWN + loose)))


def test_banks_are_out_unless_a_rule_names_them_and_never_where_the_policy_does() -> None:
    bank = f'{BROWSER}urls = ["https://desk.paypal.com"]\n'
    assert rule(OWN + BROWSER, "chromium", "https://desk.paypal.com/x") is None
    found = rule(OWN + bank, "chromium", "https://desk.paypal.com/x")
    assert found is not None and found.third_parties == "mask" and found.keys == "shape"
    assert rule(f"{OWN}unknown_apps = true\n", "gnucash") is None
    assert rule(f'{OWN}[[app]]\nname = "A"\nprogram = "gnucash"\n', "gnucash") is not None
    with pytest.raises(PolicyFault, match="'banking'"):
        read(f'{OWN}presets = ["banking"]\n{bank}')
    with pytest.raises(PolicyFault, match="never recorded"):
        read(f'{OWN}presets = ["banking"]\n[[app]]\nname = "A"\nprogram = "gnucash"\n')


def test_a_terminal_preset_keeps_marks_only_and_binds() -> None:
    found = rule(f'{OWN}presets = ["terminals"]\n', "konsole")
    assert found is not None and found.terminal and found.pixels == "drop" and found.keys == "nothing"
    own = '[[app]]\nname = "T"\nprogram = "xterm"\nterminal = false\nkeys = "text"\n'
    found = rule(OWN + own, "xterm")
    assert found is not None and not found.terminal and found.keys == "text"
    found = rule(f'{OWN}presets = ["terminals"]\n{own}', "xterm")
    assert found is not None and found.terminal and found.keys == "nothing"


def test_a_browser_waits_for_its_address() -> None:
    assert rule(OWN + BROWSER, "chromium") is None
    assert rule(f"{OWN}unknown_apps = true\n", "firefox") is None
    window = WindowState(id=1, rect=Rect(0, 0, 9, 9), program="chromium", pid=1)
    assert all(found.looks_at_addresses for found in candidates(read(OWN + BROWSER), window))


def test_kinds_bring_their_categories() -> None:
    assert read(OWN).categories.isdisjoint({"HEALTH", "PAYROLL", "ADDRESS", "DATE_OF_BIRTH"})
    assert read(f'{OWN}presets = ["hr"]\n').categories >= {"PAYROLL", "ADDRESS", "DATE_OF_BIRTH", "EMAIL", "IP"}
    assert read(f'{OWN}presets = ["health"]\n').categories >= {"HEALTH", "DATE_OF_BIRTH"}
    assert read(WORK).categories >= {"HEALTH", "PAYROLL", "ADDRESS", "DATE_OF_BIRTH"}
    assert read(f"{WORK}categories = []\n").categories.isdisjoint({"HEALTH"})
    assert "CARD" not in read(f'{OWN}scrub = ["email"]\n').categories


def test_browsers_whole_are_for_own_work_only() -> None:
    with pytest.raises(PolicyFault, match=r"policy.toml:3: presets: 'browsers'"):
        read(f'{WORK}presets = ["mail", "browsers"]\n')
    assert any("every address" in remark for remark in remarks(read(f'{OWN}presets = ["browsers"]\n')))


def test_several_programs_by_one_rule() -> None:
    text = f'{OWN}[[app]]\nname = "Editors"\nprograms = ["Mousepad", "gedit"]\n'
    assert rule(text, "mousepad") and rule(text, "x", app="Gedit") and rule(text, "kate") is None
    both = f'{OWN}[[app]]\nname = "Editors"\nprograms = ["mousepad"]\napp = "Notes"\n'
    assert rule(both, "mousepad", app="notes") and rule(both, "mousepad") is None
