"""What changes between two policies, told by what they decide."""

from __future__ import annotations

import pytest

from understudy.redact.policy import Policy
from understudy.redact.policy_compare import compare
from understudy.redact.policy_file import read_policy

OWN = 'version = 1\nprofile = "own-work"\n'
EDITOR = '[[app]]\nname = "Editor"\nprogram = "mousepad"\n'
BROWSER = '[[app]]\nname = "Browser"\nprogram = "chromium"\n'
UNNAMED = "Programs that no rule names"
NAMES = {"two": b"Ada Quill\nBo Ek\n", "one": b"Bo Ek\n"}
NO_NAMES = 'scrub = ["email", "card", "phone", "iban", "id", "secret"]\n'
DENY = '[[deny]]\nname = "Payroll"\ntitle = "payroll"\n'


def read(text: str) -> Policy:
    return read_policy(
        text.encode(), source="p", names=lambda _: b"Ada Quill\nBo Ek\n" if "two" in text else b"Bo Ek\n"
    )


def told(before: str, after: str) -> list[tuple[str, str, str, str, str]]:
    changes = compare(read(OWN + before), read(OWN + after))
    return [(one.direction, one.where, one.what, one.before, one.after) for one in changes]


@pytest.mark.parametrize("text", ["", EDITOR, BROWSER + DENY, 'presets = ["mail", "browsers"]\n'])
def test_the_same_meaning_is_no_change(text: str) -> None:
    assert told(text, f"# in other words\n{text}") == []


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("", EDITOR, ("looser", "Editor", "recorded", "not recorded", "text kept, scrubbed")),
        (EDITOR, "", ("stricter", "Editor", "recorded", "text kept, scrubbed", "not recorded")),
        (EDITOR, EDITOR + 'keys = "shape"\n', ("stricter", "Editor", "typing", "text", "shape")),
        (EDITOR + 'keys = "timing"\n', EDITOR, ("looser", "Editor", "typing", "timing", "text")),
        (EDITOR + "titles = false\n", EDITOR, ("looser", "Editor", "titles", "dropped", "kept")),
        (EDITOR, EDITOR + 'pixels = "drop"\n', ("stricter", "Editor", "pictures", "masked", "none")),
        (EDITOR, EDITOR + 'images = "keep"\n', ("looser", "Editor", "images", "masked", "shown")),
        (EDITOR + "keyboard_text = true\n", EDITOR, ("stricter", "Editor", "text without evidence", "kept", "dropped")),
        (DENY, "", ("looser", "Payroll", "denied", "always", "no longer")),
        ("", DENY, ("stricter", "Payroll", "denied", "not", "always")),
        ("", 'categories = ["HEALTH"]\n', ("stricter", "every text", "HEALTH", "kept", "replaced")),
        (
            "",
            NO_NAMES,
            ("looser", "every text", "NAME", "replaced", "kept"),
        ),
        ("retention_days = 9\n", "retention_days = 10\n", ("looser", "recordings", "kept for", "9 days", "10 days")),
        (
            'irreversible = ["send", "pay"]\n',
            'irreversible = ["pay"]\n',
            ("looser", "an agent", "press 'send'", "asks first", "doesn't ask"),
        ),
        ("", 'edition = "2"\n', ("other", "policy", "edition", "none", "2")),
        (
            "unknown_apps = true\n",
            "",
            ("stricter", UNNAMED, "recorded", "no typing", "not recorded"),
        ),
        (
            'directory_file = "two"\n',
            'directory_file = "one"\n',
            ("looser", "every text", "names in the directory", "2", "1"),
        ),
    ],
)
def test_each_change_has_its_direction(before: str, after: str, change: tuple[str, str, str, str, str]) -> None:
    assert told(before, after) == [change]


def test_addresses_are_looked_at_one_by_one() -> None:
    shop = 'urls = ["https://shop.example"]\n'
    changes = told(BROWSER + shop, BROWSER)
    assert ("looser", "Browser at every other address", "recorded", "not recorded", "text kept, scrubbed") in changes
    assert not [one for one in changes if "shop.example" in one[1]]
    assert told(BROWSER, BROWSER + 'deny_urls = ["https://shop.example"]\n') == [
        ("stricter", "Browser at https://shop.example", "recorded", "text kept, scrubbed", "not recorded")
    ]


def test_other_people_shown_again_is_told_where() -> None:
    changes = told(BROWSER, BROWSER + 'third_parties = "keep"\n')
    assert ("looser", "Browser on mail pages", "other people", "masked", "shown") in changes
    assert not [one for one in changes if one[2] == "other people" and "every other" in one[1]]


def test_a_preset_is_told_by_what_it_brings() -> None:
    changes = told("", 'presets = ["mail"]\n')
    assert ("stricter", "presets", "mail", "not named", "named") in changes
    assert [one[1] for one in changes if one[0] == "looser"] == ["Mail (preset)", "Browsers on mail pages"]


def test_the_directions_mirror() -> None:
    a, b = BROWSER + DENY, EDITOR + 'keys = "shape"\n' + BROWSER + 'third_parties = "keep"\ntitles = false\n'
    flip = {"looser": "stricter", "stricter": "looser", "other": "other"}
    there, back = told(a, b), told(b, a)
    assert len(there) == len(back) > 3
    assert sorted((flip[direction], what) for direction, _, what, _, _ in there) == sorted(
        (direction, what) for direction, _, what, _, _ in back
    )
