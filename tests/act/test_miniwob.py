"""MiniWoB++ in a Chromium without a screen: input arrives as a person's, episodes are what their seeds make them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from understudy.act import miniwob
from understudy.act.devtools import BrowserUnavailable
from understudy.act.miniwob import AREA, Headless, PagesMissing, PageState, all_tasks
from understudy.act.miniwob_browser import Browser, key_of, needs_shift
from understudy.learn.acting import Choice, Observation
from understudy.learn.evaluate import Outcome


class Index:
    """A seer that shows nothing and remembers what the page wrote down: tests name elements by their place."""

    def __init__(self) -> None:
        self.states: list[PageState] = []

    def begin(self, page: str, task: str) -> str:
        self.states = []
        return task

    def see(self, states: Sequence[PageState]) -> Observation:
        self.states.extend(states)
        return Observation(elements=(), bounds=AREA)

    def fill(self, text: str) -> str:
        return text


SEER = Index()
NOTHING = Observation(elements=(), bounds=AREA)


@pytest.fixture(scope="module")
def world() -> Iterator[Headless]:
    with Headless(SEER, slack=12) as running:
        yield running


def place(world: Headless, selector: str) -> int:
    """The place of the first element that matches, in the page's own order."""
    return int(
        run(
            world,
            "(() => { const all = []; const walk = (n) => { all.push(n); n.children.forEach(walk); };"
            f" walk(core.getDOMInfo()); const e = document.querySelector({selector!r});"
            " return all.findIndex((n) => core.previousDOMInfo[n.ref] === e); })()",
        )
    )


def run(world: Headless, expression: str) -> object:
    assert world._pages is not None
    return world._pages._tab.run(expression)


def do(world: Headless, **choice: object) -> bool:
    done = world.act(Choice(**choice), NOTHING)  # type: ignore[arg-type]
    world.look()
    return done


def events() -> list[str]:
    return [str(state.action["type"]) for state in SEER.states if state.action is not None]


def test_the_same_seed_is_the_same_instance(world: Headless) -> None:
    words = [world.begin("enter-text", seed) for seed in ("a", "b", "a")]
    assert words[0] == words[2]
    assert words[0] != words[1]


def test_a_press_is_trusted_and_done_at_the_element(world: Headless) -> None:
    world.begin("click-test", "s")
    run(world, "document.addEventListener('click', (e) => { window.trusted = e.isTrusted; }, true)")
    assert do(world, kind="click", element=place(world, "#subbtn"))
    assert run(world, "window.trusted") is True
    assert events()[:2] == ["mousedown", "mouseup"]
    assert world.outcome() == Outcome(done=True, reward=1.0)


def test_typing_goes_to_the_field_whatever_the_characters(world: Headless) -> None:
    world.begin("enter-text", "s")
    field = place(world, "#tt")
    text = 'Ann-Marie\'s 2 cafés: "40%" (a@b.c)?'
    assert do(world, kind="type", element=field, text=text)
    assert run(world, "document.getElementById('tt').value") == text
    # A second text goes where the first one ended: the field has the focus and is not pressed again.
    before = events().count("mousedown")
    assert do(world, kind="type", element=field, text="!")
    assert run(world, "document.getElementById('tt').value") == text + "!"
    assert events().count("mousedown") == before


def test_dates_are_typed_from_their_first_part_on(world: Headless) -> None:
    """A press in a date field's middle chose its year: what was typed went there, and the field stayed empty."""
    world.begin("enter-date", "s")
    assert do(world, kind="type", element=place(world, "#tt"), text="04092013")
    assert run(world, "document.getElementById('tt').value") == "2013-04-09"
    world.begin("enter-time", "s")
    assert do(world, kind="type", element=place(world, "#tt"), text="0952pm")
    assert run(world, "document.getElementById('tt').value") == "21:52"


def test_hotkeys_and_repeated_keys(world: Headless) -> None:
    world.begin("enter-text", "s")
    do(world, kind="type", element=place(world, "#tt"), text="wrong words")
    assert do(world, kind="press", keys=("BackSpace",), count=5)
    assert run(world, "document.getElementById('tt').value") == "wrong "
    assert do(world, kind="hotkey", keys=("Control_L", "a"))
    assert do(world, kind="press", keys=("Delete",))
    assert run(world, "document.getElementById('tt').value") == ""


def test_double_clicks_drags_and_what_can_not_be_done(world: Headless) -> None:
    world.begin("enter-text", "s")
    field = place(world, "#tt")
    do(world, kind="type", element=field, text="one two")
    assert do(world, kind="double_click", element=field)
    assert "dblclick" in events()
    assert not do(world, kind="click")
    assert not do(world, kind="press", keys=("Hyper_L",))
    assert not do(world, kind="click", element=999)
    assert not do(world, kind="drag", element=field)
    world.begin("drag-box", "s")
    boxes = place(world, "#draggableSmall"), place(world, "#draggableLarge")
    assert do(world, kind="drag", element=boxes[0], to_element=boxes[1])
    assert do(world, kind="click", element=place(world, "#subbtn"))
    assert world.outcome().reward > 0


def test_what_is_below_the_fold_is_scrolled_to_first(world: Headless) -> None:
    world.begin("email-inbox", "s")
    last = place(world, ".email-thread:last-of-type .email-subject")
    assert run(world, "document.querySelector('.email-thread:last-of-type').getBoundingClientRect().top > 210")
    assert do(world, kind="click", element=last)
    assert "scroll" in events()
    assert run(world, "document.querySelector('#email').style.display !== 'none'")


def test_a_scroll_moves_its_box(world: Headless) -> None:
    world.begin("email-inbox", "s")
    assert do(world, kind="scroll", element=place(world, "#main"), scroll_y=1)
    assert run(world, "[...document.querySelectorAll('*')].some((each) => each.scrollTop > 0)")


def test_the_page_is_waited_for_until_it_rests(world: Headless) -> None:
    world.begin("click-collapsible", "s")
    assert do(world, kind="click", element=place(world, "h3"))
    assert run(world, "jQuery(':animated').length") == 0
    assert run(world, "document.querySelector('.ui-accordion-content').offsetHeight") != 0


def test_a_browser_that_died_is_started_anew() -> None:
    with Headless(SEER, slack=12) as world:
        world.begin("click-test", "s")
        assert world._browser is not None
        world._browser.__exit__(None, None, None)
        with pytest.raises(BrowserUnavailable):
            world.look()
        assert world.begin("click-test", "s") == "Click the button."
        world.close()
        world.close()


def test_pages_are_found_without_their_package_being_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "click-test" in all_tasks()
    assert len(all_tasks()) > 100
    monkeypatch.setattr(miniwob.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(PagesMissing, match="pip install --no-deps miniwob"):
        all_tasks()


def test_a_page_that_is_not_there(world: Headless) -> None:
    with pytest.raises(PagesMissing, match="no page 'click-nothing'"):
        world.begin("click-nothing", "s")


def test_without_a_browser_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BrowserUnavailable, match="apt-get install -y chromium"), Browser():
        pass


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Return", ("Enter", "Enter", 13, "\r")),
        ("\n", ("Enter", "Enter", 13, "\r")),
        ("ctrl", ("Control", "ControlLeft", 17, "")),
        ("a", ("a", "KeyA", 65, "a")),
        ("A", ("A", "KeyA", 65, "A")),
        ("!", ("!", "Digit1", 49, "!")),
        ("period", (".", "Period", 190, ".")),
        ("é", ("é", "", 0, "é")),
    ],
)
def test_keys_by_name(name: str, expected: tuple[str, str, int, str]) -> None:
    assert key_of(name) == expected


def test_shift_is_for_what_needs_it() -> None:
    assert [character for character in "aA1!-_/?" if needs_shift(character)] == ["A", "!", "_", "?"]
