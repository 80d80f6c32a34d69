"""Raw records of office work, made up: what the sources would yield in an hour, as fast as they are taken.

Two programs in turn: a browser on pages whose title and address change, an editor. Every second 125 moves in bursts, a
click each 5 s, runs of typing with the program's own word for them (10,000 keys an hour, as in the field notes' hour),
a tree when the guard asks for one, changed pixels each second and the whole window now and then.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from understudy.records.elements import Element, Node
from understudy.records.events import (
    ElementAt,
    Insert,
    Key,
    Patch,
    Placement,
    Pointer,
    Raw,
    RawFrame,
    Tree,
    Windows,
    WindowState,
)
from understudy.records.geometry import Rect

SECOND_NS = 1_000_000_000
MOVES_HZ = 125
RUN_KEYS, RUN_EVERY_S = 20, 7
TURN_S = 45
CLICK_EVERY_S = 5
PAGE_EVERY_S = 20
NODES = 120
SCREEN = Rect(0, 0, 1280, 800)
PLACES = {1: Rect(0, 30, 640, 760), 2: Rect(640, 30, 640, 760)}
PROGRAMS = {1: ("chromium", "Chromium", 101), 2: ("mousepad", "Mousepad", 102)}


class OfficeDay:
    """A day from `start_ns` on. `second` yields the records of the next second, in order of time."""

    def __init__(self, start_ns: int, seed: int = 1) -> None:
        self.now_ns = start_ns
        self.trees_wanted: tuple[int, ...] = ()
        self.keys = self.moves = 0
        self._chance = random.Random(seed)
        self._seq = 0
        self._second = 0
        self._page = 0
        self._front = 2
        self._sent_whole: set[int] = set()
        self._shades = 0

    def second(self) -> Iterator[Raw]:
        """The records of one second."""
        start_ns, number = self.now_ns, self._second
        records: list[Raw] = []
        if number % TURN_S == 0 or number % PAGE_EVERY_S == 0:
            if number % TURN_S == 0:
                self._front = 3 - self._front
            self._page += 1
            records += [self._windows(start_ns), self._focus(start_ns + 1_000_000)]
        for pid in self.trees_wanted:
            records.append(self._tree(start_ns + 20_000_000, pid))
        self.trees_wanted = ()
        records.append(self._frame(start_ns + 50_000_000))
        place = PLACES[self._front]
        for step in range(MOVES_HZ):
            x = place.x + 20 + (number * 37 + step * 3) % (place.width - 40)
            y = place.y + 20 + (number * 11 + step) % (place.height - 40)
            records.append(self._pointer(start_ns + step * SECOND_NS // MOVES_HZ, "move", x, y))
        if number % CLICK_EVERY_S == 2:
            x, y = place.x + 100, place.y + 100
            records.append(self._pointed(start_ns + 400_000_000, x, y))
            records.append(self._pointer(start_ns + 500_000_000, "down", x, y))
            records.append(self._pointer(start_ns + 560_000_000, "up", x, y))
        if number % RUN_EVERY_S == 3:
            records += self._run(start_ns + 600_000_000)
        self._second += 1
        self.now_ns = start_ns + SECOND_NS
        yield from sorted(records, key=lambda record: record.time_ns)

    def _next(self) -> int:
        self._seq += 1
        return self._seq - 1

    def _url(self, window: int) -> str:
        return f"http://127.0.0.1:8000/orders/{self._page % 500}" if window == 1 else ""

    def _windows(self, time_ns: int) -> Windows:
        titles = {1: f"Order {self._page} of the day - Chromium", 2: f"notes-{self._page // 10}.txt - Mousepad"}
        order = (1, 2) if self._front == 2 else (2, 1)
        windows = tuple(
            WindowState(
                id=window,
                rect=PLACES[window],
                program=PROGRAMS[window][0],
                app=PROGRAMS[window][1],
                title=titles[window],
                pid=PROGRAMS[window][2],
            )
            for window in order
        )
        self._titles = titles
        return Windows(time_ns=time_ns, seq=self._next(), active=self._front, windows=windows, screen=SCREEN)

    def _field(self) -> Element:
        place = PLACES[self._front]
        return Element(
            id=f"{self._front}/field",
            role="text",
            name="Note",
            bounds=Rect(place.x + 20, place.y + 60, place.width - 60, 300),
            states=("editable", "focused", "showing"),
            pid=PROGRAMS[self._front][2],
            url=self._url(self._front),
        )

    def _focus(self, time_ns: int) -> ElementAt:
        return ElementAt(time_ns=time_ns, seq=self._next(), cause="focus", element=self._field(), asked_ns=time_ns)

    def _pointed(self, time_ns: int, x: int, y: int) -> ElementAt:
        return ElementAt(
            time_ns=time_ns,
            seq=self._next(),
            cause="rest",
            element=self._field(),
            asked_ns=time_ns - 5_000_000,
            x=x,
            y=y,
            stable=True,
        )

    def _pointer(self, time_ns: int, kind: str, x: int, y: int) -> Pointer:
        self.moves += kind == "move"
        return Pointer(
            time_ns=time_ns,
            seq=self._next(),
            kind=kind,  # type: ignore[arg-type]
            x=x,
            y=y,
            button=1 if kind in ("down", "up") else 0,
        )

    def _run(self, time_ns: int) -> Iterator[Raw]:
        """Keys 15 ms apart, and what the field says of them; new words each time."""
        field = self._field()
        for index in range(RUN_KEYS):
            letter = self._chance.choice("abcdefghijklmnopqrstuvwxyz ")
            at_ns = time_ns + index * 15_000_000
            name = "space" if letter == " " else letter
            self.keys += 1
            for down, later_ns in ((True, 0), (False, 10_000_000)):
                yield Key(
                    time_ns=at_ns + later_ns,
                    seq=self._next(),
                    down=down,
                    keycode=30 + ord(letter) % 30,
                    keysym=name,
                    text=letter if down else "",
                )
            yield Insert(
                time_ns=at_ns + 5_000_000, seq=self._next(), op="insert", element=field, offset=index, text=letter
            )

    def _tree(self, time_ns: int, pid: int) -> Tree:
        window = next(number for number, program in PROGRAMS.items() if program[2] == pid)
        place = PLACES[window]
        url = self._url(window)
        nodes = [
            Node(element=Element(id=f"{window}/frame", role="frame", name=self._titles[window], pid=pid), parent=-1)
        ]
        for index in range(NODES):
            bounds = Rect(place.x + 10 + index % 10 * 60, place.y + 400 + index // 10 * 20, 55, 18)
            name = (
                f"Crate {self._page + index}, shelf {index % 17}"
                if index % 3
                else f"{self._chance.randrange(999)} left"
            )
            nodes.append(
                Node(
                    element=Element(
                        id=f"{window}/{index}",
                        role="label",
                        name=name,
                        bounds=bounds,
                        states=("showing",),
                        pid=pid,
                        url=url,
                    ),
                    parent=0,
                )
            )
        return Tree(
            time_ns=time_ns,
            seq=self._next(),
            started_ns=time_ns - 10_000_000,
            pid=pid,
            bounds=place,
            nodes=tuple(nodes),
            title=self._titles[window],
            url=url,
        )

    def _frame(self, time_ns: int) -> RawFrame:
        patches = []
        for window in (1, 2):
            place = PLACES[window]
            if window not in self._sent_whole or (window == self._front and self._second % 60 == 1):
                self._sent_whole.add(window)
                patches.append(self._patch(window, Rect(0, 0, place.width, place.height), time_ns))
        patches.append(self._patch(self._front, Rect(20, 60 + self._second % 40 * 16, 400, 16), time_ns))
        stack = tuple(Placement(window, PLACES[window], True) for window in ((1, 2) if self._front == 2 else (2, 1)))
        return RawFrame(time_ns=time_ns, seq=self._next(), screen=SCREEN, stack=stack, patches=tuple(patches))

    def _patch(self, window: int, rect: Rect, time_ns: int) -> Patch:
        self._shades += 1
        shade = bytes((self._shades * 7 % 256, self._shades * 13 % 256, 200))
        return Patch(
            window=window, rect=rect, pixels=shade * (rect.width * rect.height), damaged_ns=time_ns - 5_000_000
        )

    def resend(self) -> None:
        """The guard knows no pixels any more: the next frame is whole."""
        self._sent_whole.clear()
