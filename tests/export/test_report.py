"""The page for people: self-contained, complete, readable without a script, and it rates nobody."""

from __future__ import annotations

import base64
import html.parser
import io
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from PIL import Image

from understudy.dataset.flatten import Levels
from understudy.dataset.tables import TABLES, schema
from understudy.export import report
from understudy.export.report import render, write_report
from understudy.export.story import stories
from understudy.export.words import tell_action
from understudy.records.recording import Recording

if TYPE_CHECKING:
    from tests.export.conftest import Desk, Memory

DATA_URI = re.compile(r"data:image/webp;base64,([A-Za-z0-9+/=]+)")


class Outline(html.parser.HTMLParser):
    """Collects tags, their attributes and the text, and checks that tags nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]} at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def outline(page: str) -> Outline:
    parsed = Outline()
    parsed.feed(page)
    assert parsed.open == []
    return parsed


@pytest.fixture(scope="module")
def page(full: Memory) -> str:
    return render(full)


def test_the_page_is_well_formed_and_loads_nothing(page: str) -> None:
    parsed = outline(page)
    for tag, attributes in parsed.tags:
        for name in ("src", "href", "xlink:href", "action", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, name, value and value[:60])
    styles = re.findall(r"<style>(.*?)</style>", page, re.S)
    assert len(styles) == 1 and "url(" not in styles[0] and "@import" not in styles[0]
    assert "default-src 'none'" in page


def test_every_anchor_leads_somewhere_and_ids_are_unique(page: str) -> None:
    parsed = outline(page)
    ids = [attributes["id"] for _, attributes in parsed.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for _, attributes in parsed.tags:
        link = attributes.get("href") or ""
        assert not link.startswith("#") or link[1:] in ids, link


def test_every_step_is_told_in_words_and_every_picture_has_a_name(page: str, full: Memory) -> None:
    parsed = outline(page)
    for story in stories(full):
        for step in story.steps:
            assert tell_action(step.action, step.target) in parsed.text
    named = [attributes for tag, attributes in parsed.tags if tag == "svg" and attributes.get("aria-hidden") != "true"]
    assert named and all(attributes.get("role") == "img" and attributes.get("aria-label") for attributes in named)
    headings = [int(tag[1]) for tag, _ in parsed.tags if re.fullmatch(r"h[1-6]", tag)]
    assert headings[0] == 1 and headings.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings)), headings


def test_each_still_is_in_the_page_once_and_lossless(page: str, full: Memory) -> None:
    found = [base64.b64decode(match) for match in DATA_URI.findall(page)]
    needed = {row["still_id"] for row in full.tables["steps"].to_pylist() if row["kind"] != "wait"}
    assert sorted(found) == sorted(full.stills[still] for still in needed)


def test_what_was_removed_is_explained(page: str) -> None:
    text = outline(page).text
    assert "Something was typed here; it was removed (password field)" in text
    assert "It went into a password field" in text
    assert "Something outside the scope was used" in text
    assert "Recording was paused" in text


def test_costs_and_sizes_are_told(page: str) -> None:
    text = outline(page).text
    assert re.search(r"\d\.\d % of one core", text)
    assert "88.4 MB" in text and "427 kB" in text and "402 kB" in text


def test_nothing_on_it_rates_a_person(page: str) -> None:
    text = outline(page).text.lower()
    for phrase in ("per minute", "per hour", "wpm", "productiv", "idle", "efficien", "performance", "score", "/min"):
        assert phrase not in text, phrase


def test_the_targets_level_draws_no_path_and_no_rhythm(targets: Memory, full: Memory) -> None:
    parsed, whole = outline(render(targets)), outline(render(full))
    drags = sum(row["kind"] == "drag" for row in targets.tables["steps"].to_pylist())

    def lines(one: Outline) -> int:
        return sum(tag == "polyline" for tag, _ in one.tags)

    # Two lines a drag, on the picture and in the closer look; with the path, two more.
    assert (lines(parsed), lines(whole)) == (4 * drags, 4 * drags + 2)
    assert "No key times are in this dataset" in parsed.text


def test_captured_words_can_not_become_markup(desk: Desk, to_memory: Callable[[Recording, Levels], Memory]) -> None:
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>&'
    desk.work()
    desk.values["User name"] = attack
    desk.click("User name")
    desk.write("User name", attack)
    desk.mark_("task", detail=attack)
    desk.click("Confirm")
    parsed = outline(render(to_memory(desk.recording(), Levels(motion="full", timing="full"))))
    assert sum(tag == "script" for tag, _ in parsed.tags) == 1
    assert not any(tag == "img" for tag, _ in parsed.tags)
    assert attack in parsed.text


def test_the_same_dataset_gives_the_same_page(full: Memory, page: str) -> None:
    assert render(full) == page


def test_many_large_pictures_shrink_to_fit(full: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "STILLS_BUDGET_BYTES", sum(map(len, full.stills.values())) // 2)
    page = render(full)
    sizes = {Image.open(io.BytesIO(base64.b64decode(match))).size for match in DATA_URI.findall(page)}
    assert len(page) < 3_000_000 and sizes
    assert 'width="1280" height="800"' in page, "pictures keep the screen's measure whatever their own"


def test_very_many_steps_are_shown_in_part_and_it_says_so(full: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_STEPS", 6)
    parsed = outline(render(full))
    assert "13 more steps of this episode are in the dataset" in parsed.text
    assert sum(tag == "article" for tag, _ in parsed.tags) == 5, "one of the six is a wait"
    assert sum("data:image" in (attributes.get("href") or "") for _, attributes in parsed.tags) <= 6


def test_an_empty_dataset_has_a_page_too(full: Memory) -> None:
    empty: dict[str, pa.Table] = {name: schema(name).empty_table() for name in TABLES}
    parsed = outline(render(type(full)(full.manifest, empty, {})))
    assert "Nothing was recorded." in parsed.text and "Nothing had to be removed." in parsed.text


def test_the_page_replaces_what_was_there_and_leaves_nothing_half_written(full: Memory, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "page.html"
    write_report(full, target)
    write_report(full, target)
    assert [path.name for path in target.parent.iterdir()] == ["page.html"]


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_has_contrast_aa_in_light_and_dark(page: str) -> None:
    blocks = re.findall(r":root \{(.*?)\}", page, re.S)
    assert len(blocks) == 3, "light, dark, print"
    light: dict[str, str] = {}
    for block in blocks:
        colours = {**light, **dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6}|#[0-9a-f]{3});", block))}
        light = light or colours
        colours = {
            name: f"#{''.join(c * 2 for c in value[1:])}" if len(value) == 4 else value
            for name, value in colours.items()
        }
        for ink in ("ink", "soft", "accent"):
            for ground in ("paper", "card", "wash"):
                low, high = sorted((_luminance(colours[ink]), _luminance(colours[ground])))
                assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground, colours[ink], colours[ground])
