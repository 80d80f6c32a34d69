"""The shop's pages: served to this machine alone, with real forms, and holding what was planted."""

from __future__ import annotations

import random
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest

from demo.secrets import CONTROL_WORDS, plant
from demo.site import PAGES, Site, shop_of

PLANTED = plant(random.Random(3))
SHOP = shop_of(PLANTED, 5)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site(SHOP) as running:
        yield running


def get(site: Site, path: str, data: bytes | None = None) -> tuple[str, str]:
    """(final path, text), without any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(site.url + path, data=data, timeout=10) as answer:
        return urllib.parse.urlsplit(answer.url).path, answer.read().decode()


def test_only_this_machine_is_served(site: Site) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", site.url)


def test_the_order_shows_what_was_planted(site: Site) -> None:
    _, text = get(site, "order")
    for shown in (PLANTED.person.value, SHOP.iban, PLANTED.controls.pixels, PLANTED.controls.title, SHOP.reference):
        assert shown in text
    assert len(re.findall("<tr>", text)) > 15
    assert PLANTED.password.value not in text


def test_the_element_word_names_a_button(site: Site) -> None:
    assert f"Ready for {PLANTED.controls.element}</button>" in get(site, "dispatch")[1]


@pytest.mark.parametrize("page", ["order", "signin", "customer", "dispatch"])
def test_pages_need_nothing_from_outside_and_label_their_fields(site: Site, page: str) -> None:
    _, text = get(site, page)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)
    fields = re.findall(r"<(?:input|textarea) id=\"(\w+)\"", text)
    assert all(f'<label for="{field}">' in text for field in fields)


def test_forms_lead_on_and_what_they_send_is_forgotten(site: Site) -> None:
    body = urllib.parse.urlencode({"password": PLANTED.password.value}).encode()
    assert get(site, "signin", body)[0] == "/customer"
    assert get(site, "customer", body)[0] == "/dispatch"
    assert PLANTED.password.value not in repr(vars(site))


def test_other_addresses_are_not_found(site: Site) -> None:
    for path in ("nothing", "../secrets.py", "style.css/.."):
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(site, path)
        assert caught.value.code == 404


def test_pages_hold_no_planted_word_by_themselves() -> None:
    texts = " ".join(path.read_text().lower() for path in PAGES.iterdir())
    assert not [word for word in CONTROL_WORDS if word in texts]
