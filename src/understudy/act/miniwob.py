"""MiniWoB++'s pages in a Chromium without a screen: begun with a seed, looked at, acted upon with real input events.

A page tells its elements by its own function, the one that made the human demonstrations, so that a policy sees what
the demonstrations show. What of it may be seen is the `Seer`'s to say: the same redaction as an import's.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import msgspec

from understudy.act.devtools import BrowserUnavailable
from understudy.act.miniwob_browser import ALIASES, Browser, HandsTab, needs_shift
from understudy.learn.acting import Choice, Observation
from understudy.learn.evaluate import Outcome
from understudy.records.geometry import Rect

log = logging.getLogger(__name__)

AREA = Rect(0, 0, 160, 210)
"""The task's place on its page, px."""
MODE = "train"
"""Some pages keep templates apart for tests; the demonstrations were made with these, as the package's own
environment uses them."""
REST_MS = 1500
"""Longest wait for a page to come to rest after an action: jQuery UI's animations last 400 ms."""
LEAST_MS = 10
PAUSE_MS, EVENT_MS = 700, 60
"""Between two actions, and between the events of one, as the seer is told: a person's pace, whatever ours."""
NOTCH_PX = 100
MOST_TURNS, MOST_TURN_PX, TURN_S = 12, 300, 0.1
"""How often the wheel is turned to bring an element into view, how far at once, and the wait for it to have moved."""
LONG_PRESS_S = 0.8
WAIT_S = 0.5
_CLICKS = {"click": 1, "double_click": 2, "triple_click": 3}
_BUTTONS = {"": ("left", 1), "left": ("left", 1), "right": ("right", 2), "middle": ("middle", 4)}
_JS = Path(__file__).with_name("miniwob_page.js")


class PagesMissing(Exception):
    """The package with the pages isn't installed; the message says how to install it."""


def pages_folder() -> Path:
    """The folder of MiniWoB++'s task pages. Raises PagesMissing."""
    # Found, not imported: importing it loads a browser driver and an environment that nothing here needs.
    spec = importlib.util.find_spec("miniwob")
    for place in (spec.submodule_search_locations or []) if spec is not None else []:
        folder = Path(place) / "html" / "miniwob"
        if folder.is_dir():
            return folder
    raise PagesMissing("MiniWoB++'s pages are missing: pip install --no-deps miniwob==1.1.0")


def all_tasks() -> tuple[str, ...]:
    """The names of all task pages, sorted. Raises PagesMissing."""
    return tuple(sorted(path.stem for path in pages_folder().glob("*.html")))


class PageState(msgspec.Struct, frozen=True):
    """What a page wrote down at one event: `action` as the demonstrations have it (None: nothing happened, that is
    how it stands), `dom` the page's elements as JSON."""

    time_ms: int
    action: dict[str, Any] | None
    dom: bytes


class Seer(Protocol):
    """Says what of a page may be seen."""

    def begin(self, page: str, task: str) -> str:
        """An episode begins on `page`; the task's words as they may be seen."""
        ...

    def see(self, states: Sequence[PageState]) -> Observation:
        """What may be seen now; `states` since the last look, now the last one. Elements in the page's own order."""
        ...

    def fill(self, text: str) -> str:
        """`text` with the values behind its tokens, as far as they were seen in this episode."""
        ...


class MiniwobPages:
    """One browser page, one task after another. Raises BrowserUnavailable, PagesMissing.

    `slack`: the pages' time limits times this, for machines that are busy with other things; 1 are the pages' own.
    """

    def __init__(self, tab: HandsTab, seer: Seer, slack: float = 1.0) -> None:
        self._tab, self._seer, self._slack = tab, seer, slack
        self._folder = pages_folder()
        self._dom = b""
        self._now_ms = 0
        self._at = (0.0, 0.0)
        tab.ask("Page.enable")
        tab.ask("Page.addScriptToEvaluateOnNewDocument", source=_JS.read_text())

    def begin(self, task: str, seed: str) -> str:
        """Begin an episode on a page loaded anew; the task's words as they may be seen."""
        if not (self._folder / f"{task}.html").is_file():
            raise PagesMissing(f"MiniWoB++ has no page {task!r}")
        self._tab.open("about:blank")
        self._tab.open((self._folder / f"{task}.html").as_uri())
        self._dom, self._now_ms, self._at = b"", 0, (0.0, 0.0)
        words = self._tab.run(f"understudy.begin({json.dumps(seed)}, {json.dumps(MODE)}, {self._slack})")
        if not isinstance(words, str):
            words = str(words.get("utterance", ""))
        return self._seer.begin(task, words)

    def look(self) -> Observation:
        """How the page stands once it is at rest."""
        return self._seer.see(self._listen())

    def _listen(self) -> list[PageState]:
        told = self._tab.run(f"understudy.look({REST_MS}, {LEAST_MS})")
        states: list[PageState] = []
        for action, dom in told["states"]:
            self._dom = dom.encode() if dom else self._dom
            self._now_ms += EVENT_MS
            states.append(PageState(self._now_ms, action, self._dom))
        self._dom = told["now"].encode() if told["now"] else self._dom
        self._now_ms += PAUSE_MS
        states.append(PageState(self._now_ms, None, self._dom))
        return states

    def outcome(self) -> Outcome:
        """Whether the episode is over, and the page's own reward."""
        told = self._tab.run("understudy.outcome()")
        return Outcome(done=bool(told["done"]), reward=float(told["reward"]), reason=str(told["reason"]))

    def act(self, choice: Choice, observation: Observation) -> bool:
        """Do it with real input events; False for what can't be done (no place, a key that no keyboard has)."""
        try:
            return self._act(choice)
        except KeyError:
            return False

    def _act(self, choice: Choice) -> bool:
        match choice.kind:
            case "click" | "double_click" | "triple_click" | "long_press":
                return self._press(choice)
            case "drag":
                return self._drag(choice)
            case "scroll":
                return self._scroll(choice)
            case "type":
                if choice.element is not None and not self._tab.run(f"understudy.focused({choice.element})"):
                    self._press(Choice(kind="click", element=choice.element))
                self._type(self._seer.fill(choice.text))
            case "hotkey":
                self._chord(choice.keys)
            case "press":
                for _ in range(choice.count):
                    self._chord(choice.keys)
            case "wait":
                time.sleep(WAIT_S)
            case "stop":
                pass
            case other:
                raise ValueError(f"no way to do {other!r}")
        return True

    # Pointer

    def _point(self, index: int | None) -> tuple[float, float] | None:
        if index is None:
            return None
        found = self._tab.run(f"understudy.point({index})")
        return None if found is None else (float(found[0]), float(found[1]))

    def _move(self, x: float, y: float, *, button: str = "none", held: int = 0) -> None:
        """To a place, in three strides: pages see a pointer that comes, not one that appears."""
        from_x, from_y = self._at
        for nth in (1, 2, 3):
            self._tab.mouse(
                "mouseMoved", from_x + (x - from_x) * nth / 3, from_y + (y - from_y) * nth / 3, button=button, held=held
            )
        self._at = (x, y)

    def _bring(self, index: int | None) -> None:
        """Turn the wheel until the element shows, as a person does without thinking of it."""
        for _ in range(MOST_TURNS if index is not None else 0):
            found = self._tab.run(f"understudy.reach({index})")
            if found is None:
                return
            x, y, far_px = (float(each) for each in found)
            self._move(x, y)
            self._tab.wheel(x, y, 0, max(-MOST_TURN_PX, min(MOST_TURN_PX, far_px)))
            time.sleep(TURN_S)

    def _press(self, choice: Choice) -> bool:
        self._bring(choice.element)
        point = self._point(choice.element)
        if point is None:
            return False
        button, bit = _BUTTONS.get(choice.button, ("left", 1))
        self._move(*point)
        for nth in range(_CLICKS.get(choice.kind, 1)):
            self._tab.mouse("mousePressed", *point, button=button, count=nth + 1, held=bit)
            if choice.kind == "long_press":
                time.sleep(LONG_PRESS_S)
            self._tab.mouse("mouseReleased", *point, button=button, count=nth + 1)
        return True

    def _drag(self, choice: Choice) -> bool:
        self._bring(choice.element)
        begin, end = self._point(choice.element), self._point(choice.to_element)
        if begin is None or end is None:
            return False
        self._move(*begin)
        self._tab.mouse("mousePressed", *begin, button="left", count=1, held=1)
        self._move(*end, button="left", held=1)
        self._tab.mouse("mouseReleased", *end, button="left", count=1)
        return True

    def _scroll(self, choice: Choice) -> bool:
        point = self._point(choice.element) or (AREA.width / 2, AREA.height / 2)
        self._move(*point)
        self._tab.wheel(*point, choice.scroll_x * NOTCH_PX, choice.scroll_y * NOTCH_PX)
        return True

    # Keys

    def _type(self, text: str) -> None:
        for character in text:
            held = ("Shift_L",) if needs_shift(character) else ()
            for name in held:
                self._tab.key(name, down=True)
            self._tab.key(character, down=True, held=held)
            self._tab.key(character, down=False, held=held)
            for name in held:
                self._tab.key(name, down=False)

    def _chord(self, keys: Sequence[str]) -> None:
        names = [ALIASES.get(key, key) for key in keys]
        for at, name in enumerate(names):
            self._tab.key(name, down=True, held=tuple(names[:at]))
        for at, name in reversed(list(enumerate(names))):
            self._tab.key(name, down=False, held=tuple(names[:at]))


class Headless:
    """MiniWoB++ in a Chromium of its own, started with the first episode and anew where it broke. A context manager."""

    def __init__(self, seer: Seer, slack: float = 1.0) -> None:
        self._seer, self._slack = seer, slack
        self._browser: Browser | None = None
        self._pages: MiniwobPages | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser; twice is harmless."""
        browser, self._browser, self._pages = self._browser, None, None
        if browser is not None:
            browser.__exit__(None, None, None)

    def begin(self, task: str, seed: str) -> str:
        """See `World.begin`."""
        if self._pages is not None:
            try:
                return self._pages.begin(task, seed)
            except BrowserUnavailable as fault:
                log.warning("the browser is started anew: %s", fault)
                self.close()
        self._browser = Browser().__enter__()
        self._pages = MiniwobPages(self._browser.tab, self._seer, self._slack)
        return self._pages.begin(task, seed)

    def look(self) -> Observation:
        """See `World.look`."""
        return self._begun.look()

    def act(self, choice: Choice, observation: Observation) -> bool:
        """See `World.act`."""
        return self._begun.act(choice, observation)

    def outcome(self) -> Outcome:
        """See `World.outcome`."""
        return self._begun.outcome()

    @property
    def _begun(self) -> MiniwobPages:
        if self._pages is None:
            raise ValueError("no episode was begun")
        return self._pages
