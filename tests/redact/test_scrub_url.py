"""What is left of an address."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.redact.directory import Directory
from understudy.redact.policy_file import SCRUB_KINDS
from understudy.redact.scrub import Scrubber


def scrub_url(url: str) -> str:
    return Scrubber(SCRUB_KINDS, Directory(("Anna Schmidt",))).scrub_url(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", ""),
        ("https://shop.example.org/orders/1042", "https://shop.example.org/orders/1042"),
        (
            "https://shop.example.org/my-long-article-title-2024/",
            "https://shop.example.org/my-long-article-title-2024/",
        ),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("https://anna:geheim@example.org/x", "https://example.org/x"),
        ("https://anna:ge/heim@example.org/x", "https://example.org/x"),
        ("https://example.org/s?q=my+illness&page=2#part", "https://example.org/s?q=<VALUE>&page=<VALUE>"),
        ("https://example.org/s?anna@example.org", "https://example.org/s?<VALUE>"),
        ("https://example.org/s?a b=1", "https://example.org/s?<VALUE>=<VALUE>"),
        ("https://example.org/#access_token=abc", "https://example.org/"),
        ("https://example.org/u/anna%40example.org/mail", "https://example.org/u/<OPAQUE_1>/mail"),
        ("https://example.org/mail/anna%40example.org", "https://example.org/mail/<EMAIL_1>"),
        ("https://example.org/d/1AbC2dEf3GhI4jKl5MnO/edit", "https://example.org/d/<OPAQUE_1>/edit"),
        (
            "https://example.org/r/550e8400-e29b-41d4-a716-446655440000/550e8400-e29b-41d4-a716-446655440000",
            "https://example.org/r/<OPAQUE_1>/<OPAQUE_1>",
        ),
        ("https://example.org/~anna/", "https://example.org/~<OPAQUE_1>/"),
        ("https://anna-schmidt.example.org/", "https://<NAME_1>.example.org/"),
        ("file:///home/anna/notes.txt", "file:///home/<OPAQUE_1>/notes.txt"),
        ("mailto:anna@example.org?subject=x", "mailto:<EMAIL_1>?subject=<VALUE>"),
        ("data:text/html,secret", "data:<VALUE>"),
        ("javascript:alert(1)", "javascript:<VALUE>"),
        ("blob:https://example.org/550e8400-e29b-41d4-a716-446655440000", "blob:https://example.org/<OPAQUE_1>"),
        ("about:blank", "about:blank"),
        ("example.org/x?y=z", "example.org/x?y=<VALUE>"),
    ],
)
def test_addresses(url: str, expected: str) -> None:
    assert scrub_url(url) == expected


@settings(max_examples=150, deadline=None)
@given(url=st.text(max_size=200) | st.text(alphabet="htps:/@?#[]%4.=&ab1~\ud800", max_size=200))
def test_never_raises(url: str) -> None:
    scrub_url(url)


@settings(max_examples=200, deadline=None)
@given(value=st.text(alphabet="abcdefghijklmnop", min_size=8, max_size=20))
def test_no_query_value_and_no_password_stays(value: str) -> None:
    kept = scrub_url(f"https://user:{value}@host.example/path?key={value}&{value}#{value}")
    assert value not in kept
