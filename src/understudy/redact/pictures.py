"""The picture lane: raw frames and trees in, masked frames out.

Ready when a tree has vouched for it (`pixels`), or trees before and after it (`moving`); at most a few frames a second,
and the last one before each press. A frame may come out seconds after its pixels were read, and bears their time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from understudy.records.events import Patch, Placement, RawFrame, Read, Stir, Tree, Windows
from understudy.records.geometry import Rect
from understudy.records.kept import Frame
from understudy.redact.compose import Screen, Shown
from understudy.redact.lanes import Lanes, Stirred
from understudy.redact.masks import Reading, popup_places
from understudy.redact.moving import Ground, Moving, Stirs, Version, ground_of
from understudy.redact.ocr_lane import Question
from understudy.redact.ocr_words import Find
from understudy.redact.pixels import NEVER, Change, WindowPixels
from understudy.redact.runs import TypedRuns
from understudy.redact.scope import Scope

SETTLE_NS = 100_000_000
LONG_SETTLE_NS = 600_000_000
"""Chromium's bounds lag its pixels by up to 500 ms after a wheel tick, without an event (design)."""
SCROLL_LASTS_NS = 1_000_000_000
"""Changes this soon after a scroll or a long jump may be its smooth end."""
LARGE_SHARE = 0.25
PLAYS_NS = 2_000_000_000
"""What large thing has been moving this long without a rest is no page that jumped."""
RIPE_NS = 150_000_000
"""A tree counts this long after it was read: a program tells of new text up to here before it draws it."""
CARET_PX = 3
CARET_HEIGHT_PX = 64
CRAWL_PAUSE_NS = 500_000_000
MOVING_CRAWL_PAUSE_NS = 2_000_000_000
"""How often the tree of a program that only moves something is read: its pictures wait that long, none is lost."""
LONGEST_CRAWL_PAUSE_NS = 4_000_000_000
"""Programs that never stop drawing are read ever less often: reading costs them time."""


@dataclass
class _Ripening:
    tree: Tree
    window: int
    reading: Reading


@dataclass
class _Pause:
    next_ns: int = 0
    pause_ns: int = CRAWL_PAUSE_NS


class Pictures:
    """Holds the windows' pixels and decides what of them is shown."""

    def __init__(self, scope: Scope, runs: TypedRuns, find: Find, frames_per_s: float) -> None:
        self._scope, self._runs = scope, runs
        self._lanes = Lanes(find)
        self._interval_ns = int(1e9 / frames_per_s)
        self._windows: dict[int, WindowPixels] = {}
        self._places: dict[int, Rect] = {}
        self._readings: dict[int, Reading] = {}
        self._ripening: list[_Ripening] = []
        self._scrolled: dict[int, int] = {}
        self._crawls: dict[int, _Pause] = {}
        self._moving: dict[int, Moving] = {}
        self._popped: dict[int, int] = {}
        self._stirs = Stirs()
        self._screen: Screen | None = None
        self._last: RawFrame | None = None
        self._key = False
        self._kept_ns = -self._interval_ns
        self.held_button = False

    def rekey(self) -> None:
        """The next frame covers the whole screen, and comes soon."""
        self._key = True

    def forget(self) -> None:
        """Know nothing any more (after a pause); the next frame is whole."""
        self._windows, self._places, self._readings, self._ripening = {}, {}, {}, []
        self._moving, self._popped, self._stirs = {}, {}, Stirs()
        self._last, self._screen, self._key = None, None, True
        self._lanes.forget()

    def rescope(self, snapshot: Windows) -> None:
        """Windows changed: those out of scope lose their pixels at once."""
        allowed = set(self._scope.pictured)
        up = {window.pid: NEVER for window in snapshot.windows if window.override}
        for pid in [pid for pid, until_ns in self._popped.items() if until_ns == NEVER and pid not in up]:
            self._popped[pid] = snapshot.time_ns + LONG_SETTLE_NS
        self._popped.update(up)
        for window in [window for window in self._windows if window not in allowed]:
            del self._windows[window]
            self._readings.pop(window, None)
            self._moving.pop(window, None)
            self._touch(snapshot.time_ns)
        for window in [window for window in self._lanes.windows if window not in allowed]:
            self._lanes.drop(window)
            self._touch(snapshot.time_ns)

    def raw(self, record: RawFrame) -> None:
        """New pixels and places."""
        if self._screen is None or self._screen.area != record.screen:
            self._screen, self._key = Screen(record.screen), True
            self._touch(record.time_ns)
        if self._last is None or self._last.stack != record.stack:
            self._touch(record.time_ns)
        self._last = record
        allowed = set(self._scope.pictured)
        for place in record.stack:
            self._place(place.window, place.rect, record.time_ns, kept=place.captured and place.window in allowed)
        for window in [w for w in self._windows if w not in {place.window for place in record.stack}]:
            del self._windows[window]
            self._moving.pop(window, None)
        for window in [w for w in self._lanes.windows if w not in {place.window for place in record.stack}]:
            self._lanes.drop(window)
        for window, patches in groupby(sorted(record.patches, key=_window_of), key=_window_of):
            if (pixels := self._windows.get(window)) is not None:
                self._draw(window, pixels, list(patches), record.time_ns)
            else:
                self._lanes.draw(window, list(patches), record.time_ns)

    def _draw(self, window: int, pixels: WindowPixels, patches: list[Patch], read_ns: int) -> None:
        place = self._places[window]
        moving = self._moving.setdefault(window, Moving())
        if read_ns - moving.last_ns >= self._interval_ns:
            # What stood there until now would be lost by what is drawn over it.
            self._set_aside(window, pixels, read_ns - 1, press=False)
        for bounds in self._runs.typing.places:
            pixels.cover(bounds.shift(-place.x, -place.y))
        changed_px = sum(pixels.patch(patch) for patch in patches)
        first_ns = min(patch.damaged_ns for patch in patches)
        large = changed_px > LARGE_SHARE * pixels.area.width * pixels.area.height
        scrolling = first_ns - self._scrolled.get(window, -SCROLL_LASTS_NS) < SCROLL_LASTS_NS
        calm = not (large or scrolling or self.held_button)
        if large and self._plays(pixels, moving, first_ns):
            large = False
        if (
            calm
            and pixels.known
            and all(p.rect.width <= CARET_PX and p.rect.height <= CARET_HEIGHT_PX for p in patches)
        ):
            pixels.ignore()
            return
        if large:
            self._hide_document(window, first_ns, read_ns)
        if calm and moving.latest is not None and not moving.versions:
            # While versions wait what is sure waits with them, so that pictures come in their order.
            self._recolour(pixels, moving.latest, Change(first_ns, read_ns), place)
        jumped = large or scrolling
        pixels.damaged(first_ns, read_ns, SETTLE_NS if calm else LONG_SETTLE_NS, jumped=jumped)

    def _plays(self, pixels: WindowPixels, moving: Moving, first_ns: int) -> bool:
        """True when much has changed because something large has been moving in its place for long, as a film does."""
        ground = moving.latest
        return (
            ground is not None
            and pixels.in_place(first_ns - PLAYS_NS)
            and all(ground.bare(island) for island in pixels.islands())
        )

    def _recolour(self, pixels: WindowPixels, ground: Ground, change: Change, place: Rect) -> None:
        """Show at once what only changed its colours, as under the pointer; never where something takes text."""
        for island in pixels.islands():
            if not ground.inputs_in(island) and pixels.recolour(island):
                self._touch_in(change, island, place)

    def _set_aside(self, window: int, pixels: WindowPixels, now_ns: int, *, press: bool) -> None:
        """Keep what moves in a window as it is now, for trees to vouch for."""
        moving = self._moving.get(window)
        ground = moving.latest if moving is not None else None
        if moving is None or ground is None or self._last is None:
            return
        pieces = tuple(pixels.pieces(ground.bare, ground.inputs_in))
        if pieces:
            time_ns = min(now_ns, max(piece.read_ns for piece in pieces))
            place = self._places[window]
            moving.keep(Version(time_ns, pieces, press, self._last.stack, place, pixels.waits()))

    def scrolled(self, window: int, time_ns: int) -> None:
        """The content of a window moves: its document is blank until it has settled."""
        self._scrolled[window] = time_ns
        self._hide_document(window, time_ns, time_ns)

    def tree(self, tree: Tree, window: int, reading: Reading) -> None:
        """A complete tree of a window in scope."""
        self._ripening.append(_Ripening(tree, window, reading))

    def unread(self, window: int, time_ns: int) -> None:
        """A tree of the window that tells nothing for sure: what came before it and what comes after don't meet."""
        if (moving := self._moving.get(window)) is not None:
            moving.broken_ns = time_ns

    def stir(self, stir: Stir) -> None:
        """A program told of changes."""
        self._stirs.add(stir)

    def advance(self, now_ns: int) -> list[Frame]:
        """Let the trees that have ripened vouch for their windows; frames of what moved until then, in order."""
        frames: list[Frame] = []
        if self._lanes.used:
            self._touch_all(self._lanes.advance(now_ns))
        while self._ripening and now_ns >= self._ripening[0].tree.time_ns + RIPE_NS:
            self._vouch(self._ripening.pop(0), frames)
        return frames

    def frame(self, now_ns: int, *, press: bool = False) -> Frame | None:
        """The frame to keep at `now_ns`; `press`: now or never, since the press will change the screen."""
        if self._screen is None or self._last is None or self._scope.active_rule is None:
            return None
        if press:
            for window, pixels in self._windows.items():
                self._set_aside(window, pixels, now_ns, press=True)
        if not press and not self._key and now_ns - self._kept_ns < self._interval_ns:
            return None
        if not self._screen.touched and not self._key:
            return None
        if not press and not self._key and self._earlier_waits(self._screen.time_ns):
            return None
        frame = self._screen.frame(self._last.stack, self._pictured, now_ns=now_ns - press, key=self._key)
        self._key = False
        if frame is not None and not press:
            self._kept_ns = now_ns
        return frame

    def _earlier_waits(self, time_ns: int) -> bool:
        waiting = [moving.waits_since() for moving in self._moving.values()]
        return any(since is not None and since < time_ns for since in waiting)

    @property
    def _pictured(self) -> dict[int, Shown]:
        allowed = set(self._scope.pictured)
        return {w: pixels for w, pixels in {**self._windows, **self._lanes.windows}.items() if w in allowed}

    # What no tree vouches for

    def typed(self, window: int, time_ns: int) -> None:
        """A key that makes text went to a window."""
        self._lanes.typed(window, time_ns)

    def read(self, record: Read) -> None:
        """What was read in part of a window; what its tree says is covered, if it has one, is covered there too."""
        window = self._lanes.asked_window
        reading, place = (None, None) if window is None else (self._readings.get(window), self._places.get(window))
        covered = [] if reading is None or place is None else [place] if reading.masks is None else [*reading.masks]
        origin = place or Rect(0, 0, 0, 0)
        stirred = self._lanes.answer(record, [rect.shift(-origin.x, -origin.y) for rect in covered])
        self._touch_all([] if stirred is None else [stirred])

    def question(self) -> Question | None:
        """Part of a window that is to be read now; told once."""
        return self._lanes.question()

    def missed(self) -> int:
        """How many spells of parts not read in time have begun since the last call."""
        return self._lanes.missed()

    def _touch_all(self, stirred: list[Stirred]) -> None:
        for window, change in stirred:
            if (place := self._places.get(window)) is not None:
                self._touch_in(change, change.area, place)

    def crawl_due(self, now_ns: int) -> tuple[int, ...]:
        """The programs whose trees should be read now; asks for each again only after a pause."""
        due: list[int] = []
        waiting = set(self._scope.addressless())
        for window in self._scope.windows:
            pixels = self._windows.get(window.id)
            if pixels is None or window.pid in waiting:
                continue
            since_ns = pixels.waits_since()
            settled = since_ns is not None and since_ns <= now_ns
            moving = self._moving.get(window.id)
            if moving is not None and (asks_from_ns := moving.asks_from()) is not None:
                settled = settled or asks_from_ns <= now_ns
            if settled or (pixels.covers_typing and not self._runs.typing.ids):
                waiting.add(window.pid)
        for pid in waiting:
            pause = self._crawls.setdefault(pid, _Pause())
            if now_ns >= pause.next_ns:
                pause.next_ns = now_ns + pause.pause_ns
                pause.pause_ns = min(2 * pause.pause_ns, LONGEST_CRAWL_PAUSE_NS)
                due.append(pid)
        return tuple(sorted(due))

    def _touch(self, time_ns: int) -> None:
        if self._screen is not None:
            self._screen.touch(Change(time_ns, time_ns))

    def _touch_in(self, change: Change, area: Rect | None, place: Rect) -> None:
        """A part of a window (px in it) looks different."""
        if self._screen is not None:
            self._screen.touch(change, None if area is None else area.shift(place.x, place.y))

    def _place(self, window: int, rect: Rect, time_ns: int, *, kept: bool) -> None:
        old, pixels = self._places.get(window), self._windows.get(window)
        self._places[window] = rect
        rule = self._scope.rule(window) if kept and not rect.empty else None
        kept = not self._lanes.place(window, rect, rule) and kept
        if not kept or rect.empty:
            self._windows.pop(window, None)
            self._moving.pop(window, None)
        elif pixels is None or (rect.width, rect.height) != (pixels.area.width, pixels.area.height):
            self._windows[window] = WindowPixels(rect.width, rect.height)
            self._moving.pop(window, None)
            self._scrolled[window] = time_ns
        elif old is not None and (old.x, old.y) != (rect.x, rect.y):
            # The tree's places are the screen's: none read before the move fits any more.
            self._moving.pop(window, None)
            pixels.aside(())
            pixels.unsettle(pixels.area, time_ns, time_ns + LONG_SETTLE_NS, hide=False)

    def _hide_document(self, window: int, time_ns: int, last_ns: int) -> None:
        pixels, rect = self._windows.get(window), self._places.get(window)
        if (moving := self._moving.get(window)) is not None:
            moving.drop()
            if pixels is not None:
                pixels.aside(())
        if pixels is None or rect is None:
            return
        reading = self._readings.get(window)
        areas = [place.shift(-rect.x, -rect.y) for place in reading.documents[:1]] if reading else []
        if pixels.unsettle(areas[0] if areas else pixels.area, time_ns, last_ns + LONG_SETTLE_NS, hide=True):
            self._touch(time_ns)

    def _vouch(self, ripe: _Ripening, frames: list[Frame]) -> None:
        tree, reading = ripe.tree, ripe.reading
        self._readings[ripe.window] = reading
        typing = reading.typing(self._runs.typing)
        if tree.started_ns <= self._popped.get(tree.pid, 0):
            typing += reading.offered
        for window in self._scope.windows:
            pixels, rect = self._windows.get(window.id), self._places.get(window.id)
            if pixels is None or rect is None or reading.masks is None:
                continue
            if window.id == ripe.window:
                only = None
            elif window.override and window.pid == tree.pid:
                only = [place.shift(-rect.x, -rect.y) for place in popup_places(window, reading)]
            else:
                continue
            if window.override and only is None:
                only = [place.shift(-rect.x, -rect.y) for place in popup_places(window, reading)]
            masks, over = ([place.shift(-rect.x, -rect.y) for place in places] for places in (reading.masks, typing))
            moved = self._vouch_for_moves(window.id, tree, pixels, reading, rect, frames) if only is None else []
            change = pixels.check(tree.started_ns, masks, over, only, moved)
            if change is not None:
                self._crawls.setdefault(tree.pid, _Pause()).pause_ns = CRAWL_PAUSE_NS
                self._touch_in(change, change.area, rect)

    def _vouch_for_moves(
        self, window: int, tree: Tree, pixels: WindowPixels, reading: Reading, rect: Rect, frames: list[Frame]
    ) -> list[Rect]:
        """Show the versions that this tree completes the proof of, one frame each; the boxes that they took."""
        moving = self._moving.setdefault(window, Moving())
        ground: Ground = ground_of(tree, reading.masks, rect)
        boxes: list[Rect] = []
        for version, pieces in moving.proven(ground, tree.pid, self._stirs):
            pause = self._crawls.setdefault(tree.pid, _Pause())
            pause.pause_ns = min(pause.pause_ns, MOVING_CRAWL_PAUSE_NS)
            late = self._screen is None or version.time_ns <= self._screen.last_ns or version.place != rect
            shown = [] if late else [piece for piece in pieces if pixels.reveal(piece)]
            if not shown:
                moving.give_up(version)
                continue
            boxes += [piece.box for piece in shown]
            change = Change(moving.changed_ns(shown), version.time_ns)
            frame = self._past(change, [piece.box.shift(rect.x, rect.y) for piece in shown], version.stack)
            if frame is not None:
                frames.append(frame)
        pixels.aside(piece.box for version in moving.versions for piece in version.pieces)
        return boxes + moving.waiting()

    def _past(self, change: Change, areas: list[Rect], stack: tuple[Placement, ...]) -> Frame | None:
        """A frame of an earlier moment, in which only `areas` (root px) had changed."""
        assert self._screen is not None
        if self._scope.active_rule is None or self._last is None:
            for area in areas:
                self._screen.touch(change, area)
            return None
        return self._screen.past(change, areas, stack, self._pictured, current=stack == self._last.stack)


def _window_of(patch: Patch) -> int:
    return patch.window
