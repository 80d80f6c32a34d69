"""MiniWoB++ on a virtual desktop: a Chromium window under a window manager, real X events, seen through the
accessibility tree as the recorder sees it.

The debugging port prepares pages and reads their rewards; it presses and types nothing. What tells of rewards is hidden
before an episode begins, and the task's words leave the tree, since they are told apart, as in the demonstrations.
"""

from __future__ import annotations

import functools
import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec
import xcffib

from understudy.act.agent_eyes import AgentEyes, Seen, View
from understudy.act.desktop import VirtualDesktop
from understudy.act.devtools import Tab, wait_for_port
from understudy.act.miniwob import AREA, MODE, PagesMissing, pages_folder
from understudy.act.replay_hands import Hands
from understudy.act.xtest import NotTypeable, XTest
from understudy.capture.choose import make_source
from understudy.capture.source import DesktopEnv
from understudy.learn.acting import Choice, Observation, Shown
from understudy.learn.evaluate import Outcome, WorldFault
from understudy.records.actions import Action
from understudy.records.events import Tree, Windows
from understudy.records.geometry import Rect

DOCUMENT = "document web"
PATIENCE_S = 10.0
START_TRIES = 20
DRAG_STEPS = 20
_STATES = frozenset(
    (
        *("checkable", "checked", "collapsed", "editable", "enabled", "expanded", "focusable", "focused"),
        *("multi line", "selected", "showing"),
    )
)
"""The states that the demonstrations tell; a tree tells more."""
NAME_CHARS = 80
"""Longer words are content and no name there."""
_JOINED = frozenset(("static", "text"))
"""Leaves that hold a piece of their parent's words."""
_PREPARE = """(() => {
  const style = document.createElement('style');
  style.textContent = '#reward-display, #click-canvas { display: none !important; }';
  document.head.appendChild(style);
  document.getElementById('query').setAttribute('aria-hidden', 'true');
  Math.seedrandom(%s);
  core.setDataMode(%s);
  core.EPISODE_MAX_TIME *= %s;
})()"""


class TaskEyes(View, Protocol):
    """A `View` of one episode: `task` are its words as a policy may see them."""

    task: str

    def value(self, text: str) -> str | None:
        """`text` with the values behind its tokens; None where one is unknown."""
        ...


class _Turning:
    """The view that is looked through: another one for each episode."""

    def __init__(self) -> None:
        self.now: TaskEyes | None = None

    def learn(self, record: Windows | Tree) -> None:
        if self.now is not None:
            self.now.learn(record)

    def seen(self, typed_into: frozenset[str]) -> Seen | None:
        return None if self.now is None else self.now.seen(typed_into)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""


class DesktopPages:
    """MiniWoB++ in a window of a virtual desktop of its own. A context manager.

    `view` makes the eyes of an episode from the task's words; `slack`: the pages' time limits times this. Raises
    DesktopUnavailable, WorldFault, PagesMissing.
    """

    def __init__(self, view: Callable[[str], TaskEyes], slack: float = 1.0) -> None:
        self._make_view, self._slack = view, slack
        self._view = _Turning()
        self._stack = ExitStack()
        self._seen: Seen | None = None
        self._places: tuple[int, ...] = ()
        self._task = ""
        self._typed_into: frozenset[str] = frozenset()

    def __enter__(self) -> Self:
        try:
            self._start(pages_folder())
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self, folder: Path) -> None:
        handler = functools.partial(_Quiet, directory=str(folder.parent))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._stack.callback(server.server_close)
        self._stack.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, args=(0.1,), name="miniwob-pages", daemon=True).start()
        self._folder, self._url = folder, f"http://127.0.0.1:{server.server_address[1]}/{folder.name}"
        desktop = self._stack.enter_context(VirtualDesktop(800, 600))
        desktop.chromium(f"{self._url}/click-test.html", "--remote-debugging-port=0", "--window-size=600,420")
        self._tab = self._stack.enter_context(Tab(wait_for_port(desktop.home / "chromium")))
        env = DesktopEnv(display=desktop.display, session_bus_address=desktop.env["DBUS_SESSION_BUS_ADDRESS"])
        self._eyes = self._stack.enter_context(AgentEyes(make_source("elements", env), env, self._view))
        self._xtest = self._stack.enter_context(XTest(desktop.display))
        self._hands = self._stack.enter_context(Hands(self._xtest))
        self._tab.ask("Page.enable")

    def begin(self, task: str, seed: str) -> str:
        """Load the page anew, click its START cover, and tell the task's words as they may be seen."""
        if not (self._folder / f"{task}.html").is_file():
            raise PagesMissing(f"MiniWoB++ has no page {task!r}")
        self._task, self._typed_into = task, frozenset()
        self._tab.open("about:blank")
        self._tab.open(f"{self._url}/{task}.html")
        self._tab.run(_PREPARE % (json.dumps(seed), json.dumps(MODE), self._slack))
        self._turn(self._make_view(""))
        for _ in range(START_TRIES):
            page = self._page()
            self._hands.approach(_click(page.x + AREA.width // 2, page.y + AREA.height // 2))
            self._xtest.click(1)
            if self._tab.run("core.cover_div.style.display === 'none'"):
                break
            time.sleep(0.1)
        else:
            raise WorldFault(f"{task}: its START cover took no click")
        words = self._tab.run("core.getUtterance()")
        told = words if isinstance(words, str) else str(words.get("utterance", ""))
        view = self._make_view(" ".join(told.split()))
        self._turn(view)
        return view.task

    def _turn(self, view: TaskEyes) -> None:
        self._view.now = view
        self._eyes.windows_now()

    def _page(self) -> Rect:
        """Where the page stands, root px."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            seen = self._eyes.look(PATIENCE_S)
            for node in seen.tree.nodes if seen is not None else ():
                if node.element.role == DOCUMENT and node.element.bounds is not None:
                    return node.element.bounds
            time.sleep(0.05)
        raise WorldFault("Chromium's window shows no page in the accessibility tree")

    def look(self) -> Observation:
        """The page once two looks told the same, its place and form those of the demonstrations."""
        seen = self._eyes.settled(PATIENCE_S, self._typed_into)
        if seen is None:
            raise WorldFault("Chromium's window can't be seen")
        self._seen = seen
        observation, self._places = page_of(seen.observation, self._task)
        return observation

    def outcome(self) -> Outcome:
        """Whether the episode is over, and the page's own reward."""
        done, reward, reason = self._tab.run(
            "[WOB_DONE_GLOBAL, WOB_RAW_REWARD_GLOBAL, String(WOB_REWARD_REASON ?? '')]"
        )
        return Outcome(done=bool(done), reward=float(reward), reason=str(reason))

    def act(self, choice: Choice, observation: Observation) -> bool:
        """Do it with real X events; False for what can't be done."""
        try:
            return self._act(choice)
        except (NotTypeable, xcffib.Error):
            return False
        finally:
            self._hands.let_go()

    def _act(self, choice: Choice) -> bool:
        self._typed_into = frozenset()
        match choice.kind:
            case "click" | "double_click" | "triple_click" | "long_press" | "drag" | "scroll":
                return self._point(choice)
            case "type":
                return self._type(choice)
            case "hotkey" | "press":
                self._hands.perform(
                    Action(kind=choice.kind, start_ns=0, end_ns=0, keys=choice.keys, count=choice.count), ""
                )
            case "wait":
                time.sleep(0.5)
            case "stop":
                pass
            case other:
                raise ValueError(f"no way to do {other!r}")
        return True

    def _point(self, choice: Choice) -> bool:
        place, to = self._place(choice.element), self._place(choice.to_element)
        if place is None or (choice.kind == "drag" and to is None):
            return False
        x, y = place
        to_x, to_y = to or (None, None)
        long_ns = {"drag": 500_000_000, "long_press": 800_000_000}.get(choice.kind, 0)
        path: tuple[tuple[int, int, int], ...] = ()
        if to_x is not None and to_y is not None:
            path = tuple(
                (
                    long_ns * nth // DRAG_STEPS,
                    x + (to_x - x) * nth // DRAG_STEPS,
                    y + (to_y - y) * nth // DRAG_STEPS,
                )
                for nth in range(DRAG_STEPS + 1)
            )
        if choice.kind == "stop":
            raise ValueError("to stop is nothing for hands")
        action = Action(
            kind=choice.kind,
            start_ns=0,
            end_ns=long_ns,
            x=x,
            y=y,
            to_x=to_x,
            to_y=to_y,
            path=path,
            button=choice.button,
            scroll_x=choice.scroll_x,
            scroll_y=choice.scroll_y,
        )
        self._hands.approach(action)
        self._hands.perform(action, "")
        return True

    def _type(self, choice: Choice) -> bool:
        view, seen = self._view.now, self._seen
        text = None if view is None else view.value(choice.text)
        if text is None or seen is None:
            return False
        if choice.element is not None:
            element = seen.tree.nodes[self._places[choice.element]].element
            if "focused" not in element.states:
                self._point(Choice(kind="click", element=choice.element, button="left"))
            self._typed_into = frozenset((element.id,))
        self._hands.type(text)
        return True

    def _place(self, index: int | None) -> tuple[int, int] | None:
        """The middle of what shows of an element of the last look, root px."""
        if index is None or self._seen is None or not 0 <= index < len(self._places):
            return None
        bounds = self._seen.tree.nodes[self._places[index]].element.bounds
        page = next((n.element.bounds for n in self._seen.tree.nodes if n.element.role == DOCUMENT), None)
        if bounds is None or page is None:
            return None
        shown = bounds.intersect(Rect(page.x, page.y, AREA.width, AREA.height))
        shown = bounds if shown.empty else shown
        return shown.x + shown.width // 2, shown.y + shown.height // 2


def _click(x: int, y: int) -> Action:
    return Action(kind="click", start_ns=0, end_ns=0, x=x, y=y, button="left")


def page_of(observation: Observation, title: str) -> tuple[Observation, tuple[int, ...]]:
    """The page in a browser's window as the demonstrations show pages, and each element's place in `observation`.

    The document is the root and its upper left corner (0, 0); words that stand in leaves of their own belong to what
    holds nothing but them.
    """
    elements = observation.elements
    root = next((index for index, each in enumerate(elements) if each.role == DOCUMENT), None)
    if root is None:
        return Observation(elements=(), bounds=AREA, app="miniwob", title=title, complete=False), ()
    below = {root}
    for index in range(root + 1, len(elements)):
        if elements[index].parent in below:
            below.add(index)
    children: dict[int, list[int]] = {}
    for index in sorted(below - {root}):
        children.setdefault(elements[index].parent, []).append(index)
    joined = {
        index: parts
        for index, parts in children.items()
        if index != root and all(elements[part].role in _JOINED and part not in children for part in parts)
    }
    gone = {part for parts in joined.values() for part in parts}
    places = tuple(index for index in sorted(below) if index not in gone)
    at = {index: place for place, index in enumerate(places)}
    corner = elements[root].bounds or observation.bounds
    made: list[Shown] = []
    for index in places:
        each = elements[index]
        words = " ".join(elements[part].name for part in joined.get(index, ()) if elements[part].name)
        made.append(
            msgspec.structs.replace(
                each,
                parent=at.get(each.parent, -1) if index != root else -1,
                name=each.name or (words if len(words) <= NAME_CHARS else ""),
                states=tuple(state for state in each.states if state in _STATES),
                bounds=each.bounds.shift(-corner.x, -corner.y) if each.bounds is not None else None,
            )
        )
    page = Observation(elements=tuple(made), bounds=AREA, app="miniwob", title=title, complete=observation.complete)
    return page, places
