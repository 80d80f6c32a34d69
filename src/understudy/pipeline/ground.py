"""Actions → steps: each action gets what the person had in front of them and the element that they acted upon."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Literal

from understudy.pipeline.cuts import Cuts
from understudy.pipeline.thresholds import NS_PER_MS
from understudy.pipeline.windows import WindowHistory
from understudy.records.actions import Action, Step
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Pointer, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Frame
from understudy.records.recording import Recording

Confidence = Literal["rested", "pressed", "moving", "scrolled", "focus", "window", "none"]

REST_PX = 3
"""A pointer that stays within this of a point rests there: hands tremble by a pixel or two."""
SCROLL_SETTLE_MS = 600
"""Bounds lag pixels by up to 500 ms after a wheel tick (measured on Chromium): answers until then are doubtful."""
PRESS_ANSWER_MS = 1000
"""An element asked at the press itself is told within the sources' time-outs; later answers belong to other presses."""
FOCUS_MS = 100
"""Focus follows the press that gave it within 6 to 40 ms (measured); later ones come from what the press opened."""
AROUND = frozenset(
    ("document web", "document frame", "section", "panel", "paragraph", "form", "filler", "table cell", "list item")
)
"""Roles of what merely lies around: a press there that ticks a box was a press on the box's label."""
BOXES = ("check box", "radio button", "toggle button", "check menu item", "radio menu item")
LABEL_PX = 400
"""How far from its box a label's words may stand."""
LOOK_BACK = 200
"""Focus answers looked through for the active program's own."""
IN_POPUPS = frozenset(
    ("menu", "menu item", "check menu item", "radio menu item", "tearoff menu item", "list item", "table cell")
)
"""Roles of what a combo box or a menu offers."""
POPUP_SHARE = 0.9
"""What stands in a pop-up lies in its window, but for a border or a row that is scrolled half away."""
STALE_MS = 5000
"""An answer older than this says nothing about a press elsewhere."""


def ground(recording: Recording, actions: Sequence[Action]) -> list[Step]:
    """One step an action, in the same order, `index` counted from 0 over the whole recording.

    Frames: the last one grabbed before the action began; its age is 0 when no later frame shows a change that was
    told before the action, and nothing cut the recording in between; else it is the time since its grab.
    Targets: for pointer actions the newest element asked where the pointer rested before the press, else the one
    asked at the press, else the window itself, told as such; for keys the element that received the text or had the
    focus; None when none is known.
    Trees: the last one of the window acted upon that was read before the action began; of a pop-up with a tree of its
    own, that one, where it holds the target.
    """
    frames = _Frames(recording.frame, Cuts(recording.mark))
    windows = WindowHistory(recording.window)
    trees = _Trees(recording)
    targets = _Targets(recording, windows, trees)
    steps = []
    for index, action in enumerate(actions):
        frame_seq, age_ms = frames.before(action.start_ns)
        target, confidence = targets.of(action)
        window = _window(action, windows)
        if target is None and window is not None and targets.asked_in_vain(action):
            target, confidence = _window_itself(window), "window"
        steps.append(
            Step(
                index=index,
                action=action,
                frame_seq=frame_seq,
                frame_age_ms=age_ms,
                target=target,
                target_confidence=confidence,
                app=(window.app or window.program) if window else "",
                window_title=window.title if window else "",
                url=(window.url if window else "") or (target.url if target else ""),
                tree_seq=trees.of_popup(action, windows, target) or trees.before(action.start_ns, window),
            )
        )
    return steps


def _window(action: Action, windows: WindowHistory) -> WindowState | None:
    if action.x is not None and action.y is not None:
        return windows.under(action.start_ns, action.x, action.y)
    return windows.active(action.start_ns)


def _window_itself(window: WindowState) -> Element:
    """Stands for the element where a program was asked and told none: a terminal, a program without a tree."""
    return Element(
        id=f"window {window.id}", role="window", name=window.title, bounds=window.rect, pid=window.pid, url=window.url
    )


class _Frames:
    """Frames asked by moment."""

    def __init__(self, frames: Sequence[Frame], cuts: Cuts) -> None:
        self._frames, self._cuts = frames, cuts
        self._times = [frame.time_ns for frame in frames]

    def before(self, start_ns: int) -> tuple[int | None, float | None]:
        """(seq, age in ms) of the last frame grabbed before `start_ns`; (None, None) when there is none."""
        at = bisect_left(self._times, start_ns) - 1
        if at < 0:
            return None, None
        frame = self._frames[at]
        later = self._frames[at + 1] if at + 1 < len(self._frames) else None
        changed = later is not None and later.changed_ns <= start_ns
        if changed or self._cuts.between(frame.time_ns, start_ns):
            return frame.seq, (start_ns - frame.time_ns) / NS_PER_MS
        return frame.seq, 0.0


class _Trees:
    """Trees asked by moment and window."""

    def __init__(self, recording: Recording) -> None:
        self._cuts = Cuts(recording.mark)
        self._of: dict[int, list[tuple[int, int]]] = {}
        self._tree = {tree.seq: tree for tree in recording.tree}
        for tree in recording.tree:
            self._of.setdefault(tree.window, []).append((tree.time_ns, tree.seq))

    def before(self, start_ns: int, window: WindowState | None) -> int | None:
        """`seq` of the last tree of the window read before `start_ns`, None when a cut or nothing lies between."""
        known = [] if window is None else self._of.get(window.id, [])
        at = bisect_left(known, (start_ns, 0)) - 1
        if at < 0 or self._cuts.between(known[at][0], start_ns):
            return None
        return known[at][1]

    def of_popup(self, action: Action, windows: WindowHistory, target: Element | None) -> int | None:
        """`seq` of the pop-up's own tree that holds the target, read since it opened; None when there is none."""
        if action.x is None or action.y is None or target is None:
            return None
        popup = windows.popup(action.start_ns, action.x, action.y)
        seq = self.before(action.start_ns, popup)
        if popup is None or seq is None or self._tree[seq].time_ns < windows.since(action.start_ns, popup.id):
            return None
        return seq if any(node.id == target.id for node in self._tree[seq].nodes) else None

    def in_popup(
        self, start_ns: int, x: int, y: int, popup: WindowState, opened_ns: int, window: WindowState | None
    ) -> Element | None:
        """What a tree read since a pop-up opened shows in it at (x, y); None: nothing, or no such tree is kept."""
        seq = self.before(start_ns, window)
        tree = self._tree[seq] if seq is not None else None
        if tree is None or window is None or tree.time_ns < opened_ns:
            return None
        for at in reversed(range(len(tree.nodes))):
            node = tree.nodes[at]
            if node.role not in IN_POPUPS or node.bounds is None or not node.bounds.contains(x, y):
                continue
            element = Element(
                id=node.id,
                role=node.role,
                name=node.name,
                bounds=node.bounds,
                states=node.states,
                path=_path(tree, at),
                pid=window.pid,
                url=tree.url,
                secure=node.secure,
                value_class=node.value_class,
            )
            if _lies_in(element, popup.rect):
                return element
        return None


class _Targets:
    """The element stream asked by action."""

    def __init__(self, recording: Recording, windows: WindowHistory, trees: _Trees) -> None:
        self._windows, self._trees = windows, trees
        self._pointed = [answer for answer in recording.element if answer.cause != "focus"]
        self._pointed.sort(key=lambda answer: answer.asked_ns)
        self._asked = [answer.asked_ns for answer in self._pointed]
        # An element that says of itself that it has the focus is as good as the event, which not every program sends.
        self._focus = [answer for answer in recording.element if _has_focus(answer)]
        self._focus.sort(key=lambda answer: answer.time_ns)
        self._focused = [answer.time_ns for answer in self._focus]
        self._scrolls = [event.time_ns for event in recording.pointer if event.kind == "scroll"]
        self._pointer = recording.pointer
        self._moved = [event.time_ns for event in recording.pointer]
        self._received = {run.seq: run.element for run in recording.text}
        by_run = {run.run: run.element for run in recording.text}
        self._typed_into = {key.seq: by_run.get(key.run) for key in recording.keys if key.run is not None}

    def of(self, action: Action) -> tuple[Element | None, Confidence]:
        """The element that the action acted upon, and how sure that is."""
        if action.kind == "wait":
            return None, "none"
        if action.kind in ("type", "press", "hotkey"):
            return self._keyed(action)
        if action.x is None or action.y is None:
            return None, "none"
        target, confidence = self._at_point(action.start_ns, action.end_ns, action.x, action.y)
        if action.kind == "click" and (target is None or target.role in AROUND):
            box = self._labelled(action.start_ns, action.end_ns, action.x, action.y)
            if box is not None and (target is None or not target.pid or target.pid == box.pid):
                return box, "focus"
        return target, confidence

    def _keyed(self, action: Action) -> tuple[Element | None, Confidence]:
        for seq in action.text_seqs:
            if (received := self._received[seq]) is not None:
                return received, "focus"
        if action.kind == "type" and not action.text_seqs:
            # The rest of a run that a typing pause divided.
            for seq in action.key_seqs:
                if (received := self._typed_into.get(seq)) is not None:
                    return received, "focus"
        active = self._windows.active(action.start_ns)
        pid = active.pid if active else 0
        at = bisect_right(self._focused, action.start_ns) - 1
        for answer in reversed(self._focus[max(0, at - LOOK_BACK) : at + 1]):
            # A program keeps its focus while another one is used.
            if answer.element is not None and (not pid or not answer.element.pid or answer.element.pid == pid):
                return answer.element, "focus"
        return None, "none"

    def _at_point(self, start_ns: int, end_ns: int, x: int, y: int) -> tuple[Element | None, Confidence]:
        rest_ns = self._rest_began(start_ns, x, y)
        window = self._windows.under(start_ns, x, y)
        at = bisect_right(self._asked, start_ns) - 1
        popup = self._windows.popup(start_ns, x, y)
        doubtful: Element | None = None
        late: Element | None = None
        while (at >= 0 and self._asked[at] >= start_ns - STALE_MS * NS_PER_MS) or (
            at >= 0 and self._asked[at] >= rest_ns
        ):
            answer = self._pointed[at]
            at -= 1
            if answer.cause != "rest" or answer.element is None or not self._was_there(answer, start_ns, x, y, popup):
                continue
            if answer.time_ns > max(start_ns, end_ns) and popup is None:
                # Of a pop-up nothing is told any more once it has closed: what is told of it later was asked of it.
                continue
            if not self._same_window(answer, window):
                continue
            inside = answer.element.bounds is not None and answer.element.bounds.contains(x, y)
            near = max(abs(answer.x - x), abs(answer.y - y)) <= REST_PX
            if near and answer.asked_ns >= rest_ns and (inside or answer.element.bounds is None):
                if answer.time_ns > start_ns:
                    # Asked before the press and answered before the release, which is what mostly changes things.
                    late = late or answer.element
                    continue
                if self._scrolled_before(start_ns) or self._scrolled_before(answer.asked_ns):
                    return answer.element, "scrolled"
                if answer.stable:
                    return answer.element, "rested"
            if (near or inside) and doubtful is None:
                doubtful = answer.element
        pressed = late or self._pressed(start_ns, x, y, popup)
        if pressed is None and popup is not None:
            pressed = self._trees.in_popup(start_ns, x, y, popup, self._windows.since(start_ns, popup.id), window)
        if pressed is not None:
            return pressed, "scrolled" if self._scrolled_before(start_ns) else "pressed"
        return doubtful, "moving" if doubtful is not None else "none"

    def _rest_began(self, start_ns: int, x: int, y: int) -> int:
        """When the pointer came to rest at (x, y) before `start_ns`: its last event farther away, 0 when never."""
        at = bisect_left(self._moved, start_ns) - 1
        while at >= 0:
            event: Pointer = self._pointer[at]
            if max(abs(event.x - x), abs(event.y - y)) > REST_PX:
                return event.time_ns
            at -= 1
        return 0

    def _was_there(self, answer: ElementAt, start_ns: int, x: int, y: int, popup: WindowState | None) -> bool:
        """False when what the answer names can't be what was pressed: it lies beneath the pop-up that was pressed, or
        in one that was not there yet."""
        if answer.element is None:
            return False
        if popup is not None:
            return _lies_in(answer.element, popup.rect)
        if answer.time_ns <= start_ns or answer.element.role not in IN_POPUPS:
            return True
        opened = self._windows.popup(answer.time_ns, x, y)
        return opened is None or not _lies_in(answer.element, opened.rect)

    def _pressed(self, start_ns: int, x: int, y: int, popup: WindowState | None) -> Element | None:
        """The element that the press itself names: what was asked then, or what took the focus from it.

        The smaller of the two: a press that opens a page is often answered by the new page as a whole.
        """
        found = [self._asked_at_press(start_ns, x, y, popup)]
        focused = self._focused_by_press(start_ns, x, y)
        if focused is not None and (popup is None or _lies_in(focused, popup.rect)):
            found.append(focused)
        return min((element for element in found if element is not None), key=_area, default=None)

    def _focused_by_press(self, start_ns: int, x: int, y: int) -> Element | None:
        for answer in self._focus[bisect_left(self._focused, start_ns) :]:
            if answer.time_ns > start_ns + FOCUS_MS * NS_PER_MS:
                return None
            element = answer.element
            if element is not None and element.bounds is not None and element.bounds.contains(x, y):
                return element
        return None

    def asked_in_vain(self, action: Action) -> bool:
        """True when the program was asked what is at the action's place and told nothing."""
        if action.x is None or action.y is None:
            return False
        since_ns = min(self._rest_began(action.start_ns, action.x, action.y), action.start_ns)
        for answer in self._pointed[bisect_left(self._asked, since_ns) :]:
            if answer.asked_ns > action.start_ns + PRESS_ANSWER_MS * NS_PER_MS:
                return False
            if answer.element is None and max(abs(answer.x - action.x), abs(answer.y - action.y)) <= REST_PX:
                return True
        return False

    def _labelled(self, start_ns: int, end_ns: int, x: int, y: int) -> Element | None:
        """The box that took the focus or was ticked when a button was released beside it, in its row."""
        for answer in self._focus[bisect_left(self._focused, start_ns) :]:
            if answer.time_ns > end_ns + FOCUS_MS * NS_PER_MS:
                return None
            box = answer.element
            if box is None or box.role not in BOXES or box.bounds is None or answer.cause != "focus":
                continue
            aside = max(box.bounds.x - x, x - box.bounds.right, 0)
            if aside <= LABEL_PX and max(box.bounds.y - y, y - box.bounds.bottom, 0) <= box.bounds.height:
                return box
        return None

    def _asked_at_press(self, start_ns: int, x: int, y: int, popup: WindowState | None) -> Element | None:
        for answer in self._pointed[bisect_left(self._asked, start_ns) :]:
            if answer.asked_ns > start_ns + PRESS_ANSWER_MS * NS_PER_MS:
                return None
            near = max(abs(answer.x - x), abs(answer.y - y)) <= REST_PX
            if answer.cause == "press" and near and self._was_there(answer, start_ns, x, y, popup):
                return answer.element
        return None

    def _same_window(self, answer: ElementAt, window: WindowState | None) -> bool:
        if window is None:
            return True
        before = self._windows.under(answer.asked_ns, answer.x, answer.y)
        return before is None or before.id == window.id

    def _scrolled_before(self, asked_ns: int) -> bool:
        at = bisect_right(self._scrolls, asked_ns) - 1
        return at >= 0 and asked_ns - self._scrolls[at] < SCROLL_SETTLE_MS * NS_PER_MS


def _has_focus(answer: ElementAt) -> bool:
    return answer.cause == "focus" or (answer.element is not None and "focused" in answer.element.states)


def _lies_in(element: Element, popup: Rect) -> bool:
    """True for what stands in a pop-up; what has no bounds may."""
    bounds = element.bounds
    if bounds is None:
        return element.role in IN_POPUPS
    common = bounds.intersect(popup)
    return common.width * common.height >= POPUP_SHARE * bounds.width * bounds.height or (
        element.role in IN_POPUPS and not common.empty
    )


def _path(tree: ElementTree, at: int) -> tuple[str, ...]:
    roles = []
    while at >= 0:
        roles.append(tree.nodes[at].role)
        at = tree.nodes[at].parent
    return tuple(reversed(roles))


def _area(element: Element) -> int:
    """In px; an element without bounds counts as larger than any other."""
    return element.bounds.width * element.bounds.height if element.bounds is not None else 1 << 62
