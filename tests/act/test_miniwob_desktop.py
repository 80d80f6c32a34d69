"""MiniWoB++ on a virtual desktop: real X events, seen through the accessibility tree, in the demonstrations' form."""

from __future__ import annotations

import pytest

from understudy.act.miniwob_desktop import DesktopPages, page_of
from understudy.cli.teach_view import TaskView
from understudy.learn.acting import Choice, Observation, Shown
from understudy.records.geometry import Rect
from understudy.redact.policy_file import preset, read_policy


def test_a_window_becomes_the_page_in_it() -> None:
    at = Rect(110, 220, 40, 20)
    window = Observation(
        elements=(
            Shown(role="frame", name="Chromium", bounds=Rect(100, 180, 600, 420)),
            Shown(role="push button", name="Close", parent=0, bounds=Rect(690, 180, 10, 10)),
            Shown(role="document web", name="Task", parent=0, bounds=Rect(100, 200, 600, 400)),
            Shown(role="section", parent=2, states=("enabled", "sensitive", "showing"), bounds=at),
            Shown(role="static", name="two", parent=3, bounds=at),
            Shown(role="static", name="words", parent=3, bounds=at),
            Shown(role="link", name="here", parent=2, states=("focusable", "visited"), bounds=None),
            Shown(role="static", name="here", parent=6),
            Shown(role="static", name="the rest", parent=2, bounds=at),
        ),
        bounds=Rect(100, 180, 600, 420),
    )
    page, places = page_of(window, "click-test")
    assert places == (2, 3, 6, 8)
    assert page.elements == (
        Shown(role="document web", name="Task", bounds=Rect(0, 0, 600, 400)),
        Shown(role="section", parent=0, name="two words", states=("enabled", "showing"), bounds=Rect(10, 20, 40, 20)),
        Shown(role="link", parent=0, name="here", states=("focusable",)),
        Shown(role="static", parent=0, name="the rest", bounds=Rect(10, 20, 40, 20)),
    )
    assert (page.bounds, page.title, page.complete) == (Rect(0, 0, 160, 210), "click-test", True)


def test_a_window_without_a_page_shows_nothing() -> None:
    window = Observation(elements=(Shown(role="frame"),), bounds=Rect(0, 0, 10, 10))
    page, places = page_of(window, "click-test")
    assert (page.elements, places, page.complete) == ((), (), False)


@pytest.mark.desktop
def test_a_task_is_done_with_real_events() -> None:
    policy = read_policy(preset("own-work"), source="own-work.toml")
    with DesktopPages(lambda words: TaskView(policy, words, {}), slack=12) as world:
        words = world.begin("enter-text", "s")
        name = words.split('"')[1]
        shown = world.look()
        # The task's words and the rewards are no part of what is seen.
        assert all(name not in each.name and "reward" not in each.name.lower() for each in shown.elements)
        field = next(i for i, each in enumerate(shown.elements) if each.role == "entry")
        assert shown.elements[field].value_class == "empty"
        assert world.act(Choice(kind="type", element=field, text=name), shown)
        shown = world.look()
        submit = next(i for i, each in enumerate(shown.elements) if each.name == "Submit")
        assert not world.outcome().done
        assert world.act(Choice(kind="click", element=submit, button="left"), shown)
        world.look()
        assert world.outcome().done
        assert world.outcome().reward > 0
        # A page loaded anew begins anew, and what has no place can't be pressed.
        assert world.begin("click-test", "s") == "Click the button."
        assert not world.act(Choice(kind="click"), world.look())
        assert not world.outcome().done
