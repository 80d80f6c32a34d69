"""What the sources yield. Raw records: they live in memory only and have no typed way to disk.

Each carries `time_ns` and `seq`, counted from 0 by its source without gaps, so that loss shows.
`Pointer`, `Key`, `Windows`, `ElementAt` and `Mark` are also the shape of what is kept, after redaction.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.records.elements import Element, Node
from understudy.records.geometry import Rect

Modifier = Literal["shift", "ctrl", "alt", "super", "altgr", "caps", "num"]
"""Modifiers in force at an event, before the event takes effect (as X reports them)."""


class Pointer(msgspec.Struct, frozen=True, kw_only=True, tag="pointer"):
    """A pointer event. `x`, `y` in root px.

    `button` is 1 left, 2 middle, 3 right, 8 back, 9 forward; 0 for move and scroll. One wheel notch is one
    `scroll` record: `scroll_y` +1 is down, `scroll_x` +1 is right.
    """

    time_ns: int
    seq: int
    kind: Literal["move", "down", "up", "scroll"]
    x: int
    y: int
    button: int = 0
    scroll_x: int = 0
    scroll_y: int = 0
    modifiers: tuple[Modifier, ...] = ()


class Key(msgspec.Struct, frozen=True, kw_only=True, tag="key"):
    """A key going down or up. `keycode` is X's (evdev + 8), `keysym` the X keysym name ("a", "Return", "dead_acute").

    `text` is what this press produces with the keyboard state in force (shift and AltGr levels, Caps Lock, compose
    included): "" for keys that produce none and for releases. `repeat` is True for a down that autorepeat made.
    `run` names the typed run (`TextRun.run`) that the key belongs to; None for keys outside runs, and always
    None in raw records. In kept records of runs at level "timing" or "shape", keycode is 0 and keysym and text "".
    """

    time_ns: int
    seq: int
    down: bool
    keycode: int
    keysym: str
    text: str = ""
    repeat: bool = False
    modifiers: tuple[Modifier, ...] = ()
    run: int | None = None


class WindowState(msgspec.Struct, frozen=True, kw_only=True):
    """One top-level window. `rect` is the client area (without the window manager's frame), root px.

    `program` is the base name of the executable, "" when unknown; `app` the class part of WM_CLASS. `url` is the
    address of the page shown, "" when there is none or it is unknown. `override` marks menus, tooltips and other
    windows that the window manager leaves alone (they belong to the program of `pid`, 0 when unknown).
    """

    id: int
    rect: Rect
    program: str = ""
    app: str = ""
    title: str = ""
    url: str = ""
    pid: int = 0
    override: bool = False


class Windows(msgspec.Struct, frozen=True, kw_only=True, tag="windows"):
    """The desktop's windows whenever something changed: a whole snapshot, never a difference.

    `windows` holds the mapped top-level windows, bottom first. `active` is the id of the window with the
    keyboard focus, None when unknown or none. `screen` is the geometry of the X screen, `monitors` each monitor's part
    of it, from the left ((): unknown). `scale_percent` is how large programs are told to draw, 100 at 96 dpi, in
    steps of 25; 0 when unknown. Coordinates are px of the screen, whatever the scale.
    """

    time_ns: int
    seq: int
    active: int | None
    windows: tuple[WindowState, ...]
    screen: Rect
    monitors: tuple[Rect, ...] = ()
    scale_percent: int = 0


class Grab(msgspec.Struct, frozen=True, kw_only=True, tag="grab"):
    """A program took the whole keyboard (`held` True) or gave it back. Raw only.

    `pid` is the program's process, 0 when unknown. A grab by another program than the focused window's own (a screen
    locker, a password prompt) puts all keys out of scope while it is held.
    """

    time_ns: int
    seq: int
    held: bool
    pid: int = 0


class ElementAt(msgspec.Struct, frozen=True, kw_only=True, tag="element"):
    """The element with the focus (`cause` "focus") or under the pointer ("rest" or "press").

    For pointer causes, (x, y) is the asked point, `asked_ns` when it was asked, and `stable` True when a second
    answer agreed. For "focus", x and y are 0 and asked_ns = time_ns. `element` None: the program told none
    (no tree, or a time-out). `time_ns` is when the answer came.
    """

    time_ns: int
    seq: int
    cause: Literal["focus", "rest", "press"]
    element: Element | None
    asked_ns: int
    x: int = 0
    y: int = 0
    stable: bool = False


class Insert(msgspec.Struct, frozen=True, kw_only=True, tag="insert"):
    """Text that an element says it received or lost: the evidence for typed text. Raw only.

    `op` "insert" or "delete"; `offset` in characters; `text` the characters ("" when the program tells none).
    """

    time_ns: int
    seq: int
    op: Literal["insert", "delete"]
    element: Element
    offset: int
    text: str


class Tree(msgspec.Struct, frozen=True, kw_only=True, tag="tree"):
    """The visible elements of one top-level window, read between `started_ns` and `time_ns`. Raw only.

    `nodes` in document order, parents before children. `bounds` is the window's extents as the program tells them,
    root px. `url` is the address of its (main) document, "" when there is none. `complete` is False when reading
    stopped early (time-out or limit): then nothing may be concluded from what is absent. `stirs` is True when the
    source tells in `Stir` records what the program said of its changes, from before this reading on.
    """

    time_ns: int
    seq: int
    started_ns: int
    pid: int
    bounds: Rect
    nodes: tuple[Node, ...]
    title: str = ""
    url: str = ""
    complete: bool = True
    stirs: bool = False


class Stir(msgspec.Struct, frozen=True, kw_only=True, tag="stir"):
    """A program told that some of its elements changed: text, children, a name, a state or bounds. Raw only.

    `time_ns` is when it was passed on, up to 50 ms after the first word of it. `elements` are the ids of the elements
    it named; None when they are too many to name, or when all of a window changed (a document was loaded).
    """

    time_ns: int
    seq: int
    pid: int
    elements: tuple[str, ...] | None


class Patch(msgspec.Struct, frozen=True, kw_only=True):
    """New pixels of one window: `rect` in px relative to the window's client area; `pixels` RGB, row-major,
    3 * width * height bytes. `damaged_ns` is when the change was first told."""

    window: int
    rect: Rect
    pixels: bytes
    damaged_ns: int


class Placement(msgspec.Struct, frozen=True):
    """A window in stacking order at a grab: `rect` is its client area (all of it for override windows), root px.

    `captured` is True when its pixels are held by the guard (patches were sent since it appeared)."""

    window: int
    rect: Rect
    captured: bool


class RawFrame(msgspec.Struct, frozen=True, kw_only=True, tag="raw_frame"):
    """What changed on the screen since the last one, read under one server grab at `time_ns`. Raw only.

    `stack` holds every mapped window, bottom first, those that may not be shown included (so that they hide what
    lies beneath); `patches` only windows that the recorder allowed.
    """

    time_ns: int
    seq: int
    screen: Rect
    stack: tuple[Placement, ...]
    patches: tuple[Patch, ...]


class ReadWord(msgspec.Struct, frozen=True):
    """A word read out of a picture: `rect` in px of the part that was read, `confidence` 0 to 100."""

    text: str
    rect: Rect
    confidence: int


class Read(msgspec.Struct, frozen=True, kw_only=True, tag="read"):
    """What was read in part of a window. Raw only.

    `question` is the number that the guard gave to that part; `words` None: it could not be read, or not in time.
    """

    time_ns: int
    seq: int
    question: int
    words: tuple[ReadWord, ...] | None


class Tick(msgspec.Struct, frozen=True, tag="tick"):
    """Time passed: lets pure stages close what has waited long enough. Never kept."""

    time_ns: int
    seq: int


MarkKind = Literal[
    "start",
    "stop",
    "task",
    "pause",
    "resume",
    "left_scope",
    "entered_scope",
    "dropped",
    "geometry",
    "loss",
    "clock",
    "source",
    "stats",
    "outcome",
    "settings",
    "forgotten",
]

Reason = Literal[
    "",
    "out_of_scope",
    "unknown_window",
    "secure_field",
    "secure_window",
    "keyboard_grab",
    "no_evidence",
    "evidence_differs",
    "terminal",
    "no_tree",
    "focus_uncertain",
    "policy",
    "scrubbed",
    "undecided",
    "own_window",
    "paused",
    "source_failed",
    "source_lost_events",
    "time_out",
]
"""Why something was dropped. A closed list: reports and docs explain each; a new one is added here first."""


class Mark(msgspec.Struct, frozen=True, kw_only=True, tag="mark"):
    """Something that happened to the recording itself.

    `detail` never holds captured content: an application's name in scope, a scrubbed task description, a wall-clock
    time in ISO 8601 for "clock", a JSON object of counters for "stats", `DesktopSettings` as JSON for "settings", the
    source's name for "source" and "loss", `Geometry` as JSON for "geometry", "success" or
    "failure" for "outcome" (of the task under way, as whoever made the recording says), for "forgotten" the length, ms,
    of the span that the person had forgotten (it ends at `time_ns`, and nothing of it is in the recording), "lock" for
    a "pause" that the screen's lock made and the "resume" after it.
    `what` says for "dropped" which stream the dropped content belonged to.
    """

    time_ns: int
    seq: int
    kind: MarkKind
    reason: Reason = ""
    what: Literal["", "keys", "text", "pointer", "window", "element", "frame", "title"] = ""
    detail: str = ""


class Geometry(msgspec.Struct, frozen=True):
    """The detail of `Mark(kind="geometry")`, as JSON: the screen, its monitors and its scale from then on, as in
    `Windows`. Told whether or not anything was in scope: coordinates mean nothing without it."""

    screen: Rect
    monitors: tuple[Rect, ...]
    scale_percent: int


Raw = Pointer | Key | Windows | Grab | ElementAt | Insert | Tree | Stir | RawFrame | Read | Tick | Mark
"""Everything that a source may yield and the guard takes."""
