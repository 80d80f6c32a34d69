"""Scope: which windows, programs and addresses may be recorded at all. The first rule; everything else comes after.

Deny wins, unknown is out. A window's address is known only from its program's own tree; until that is there, a rule
that looks at addresses doesn't match.
"""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import urlsplit

from understudy.records.elements import Element
from understudy.records.events import Grab, Reason, Tree, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.redact.kinds import BROWSERS, TERMINAL_PROGRAMS
from understudy.redact.narrow import address_kept_out, masks_people, narrowed
from understudy.redact.policy import BUILT_IN_DENY, AppRule, DenyRule, Policy

OWN_APP = "understudy"
"""WM_CLASS of our own windows (the indicator): never part of a recording."""

MOST_VERDICTS = 256
"""Remembered at a time: titles change often, windows are few."""

K = TypeVar("K")
V = TypeVar("V")

_GUARDING = frozenset(BUILT_IN_DENY)
"""Password managers, password prompts and screen lockers."""
_PORTS = {"http": 80, "https": 443}
_BOUNDS_SLACK_PX = 80
"""How far each edge of a tree's window may lie from X's idea of it: frames and shadows count on one side only."""


class Scope:
    """What of the desktop is in scope, by the latest `Windows`, `Grab` and `Tree`s."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._windows: tuple[WindowState, ...] = ()
        self._rules: dict[int, AppRule] = {}
        self._urls: dict[int, tuple[str, int]] = {}
        self._titles: dict[int, tuple[str, int]] = {}
        self._told: dict[int, str] = {}
        self._active: int | None = None
        self._grab_pid: int | None = None
        # Verdicts on what is the same as a moment ago: rules are many, and each tree and step of the recorder asks.
        self._ruled: dict[tuple[str, ...], AppRule | None] = {}
        self._named: dict[tuple[str, ...], list[AppRule]] = {}
        self._looking: dict[tuple[str, ...], bool] = {}
        self._addressed: dict[tuple[int, str], bool] = {}

    def update(self, snapshot: Windows) -> None:
        """Take over a new snapshot of the desktop."""
        self._windows, self._active = snapshot.windows, snapshot.active
        alive = {window.id for window in snapshot.windows}
        self._urls = {key: value for key, value in self._urls.items() if key in alive}
        self._told = {key: value for key, value in self._told.items() if key in alive}
        titles = {}
        for window in snapshot.windows:
            old = self._titles.get(window.id)
            titles[window.id] = old if old and old[0] == window.title else (window.title, snapshot.time_ns)
        self._titles = titles
        self._decide()

    def learn(self, tree: Tree) -> WindowState | None:
        """The window that a tree describes, its address noted; None when it can't be told which one it is."""
        window = self.window_of(tree)
        if window is not None and (tree.url or tree.complete):
            self._urls[window.id] = (tree.url, tree.started_ns)
            self._told[window.id] = _names_told(tree)
            self._decide()
        return window

    def grab(self, record: Grab) -> None:
        """A program took the keyboard or gave it back."""
        self._grab_pid = record.pid if record.held else None

    def forget(self) -> None:
        """Know nothing any more (after a pause)."""
        self._windows, self._rules, self._urls, self._titles, self._told = (), {}, {}, {}, {}
        self._ruled, self._named, self._looking, self._addressed = {}, {}, {}, {}
        self._active = self._grab_pid = None

    @property
    def windows(self) -> tuple[WindowState, ...]:
        """Every window of the desktop, bottom first, those out of scope included."""
        return self._windows

    @property
    def active(self) -> WindowState | None:
        """The window with the keyboard focus, when it is in scope."""
        if self._active not in self._rules:
            return None
        return next(window for window in self._windows if window.id == self._active)

    @property
    def focused(self) -> WindowState | None:
        """The window with the keyboard focus, in scope or not; None when there is none."""
        return next((window for window in self._windows if window.id == self._active), None)

    @property
    def outside(self) -> Reason:
        """Why the window with the keyboard focus is out of scope, "" when it isn't.

        What is denied by the policy's own words is not told apart: a title that is denied may be telling itself.
        """
        window = self.focused
        if window is None:
            return "unknown_window"
        if window.id in self._rules:
            return ""
        guards = any(_denies(deny, window) for deny in self._policy.deny if deny in _GUARDING)
        return "secure_window" if guards else "out_of_scope"

    @property
    def active_rule(self) -> AppRule | None:
        """The rule of the window with the keyboard focus; None when that is out of scope or unknown."""
        return None if self._active is None else self._rules.get(self._active)

    @property
    def grabbed(self) -> bool:
        """True while another program than the active window's own holds the keyboard."""
        if self._grab_pid is None:
            return False
        active = self.active
        return active is None or active.pid != self._grab_pid or not active.pid

    def owner(self, popup: WindowState) -> WindowState | None:
        """The window in scope that a menu or another window without a name of its own belongs to; None: there is none,
        or `popup` is a window like others."""
        found = self._owner(popup, self._rules) if popup.override else None
        return next((window for window in self._windows if window.id == found), None)

    def popups(self, window: WindowState) -> tuple[WindowState, ...]:
        """The menus and the like that belong to a window in scope, topmost first."""
        return tuple(
            each
            for each in reversed(self._windows)
            if each.override and each.id in self._rules and (owner := self.owner(each)) and owner.id == window.id
        )

    def rule(self, window: int) -> AppRule | None:
        """The rule of a window, None when it is out of scope."""
        return self._rules.get(window)

    def at(self, x: int, y: int) -> WindowState | None:
        """The topmost window at a point, when it is in scope; None over anything else, the bare desktop too."""
        for window in reversed(self._windows):
            if window.rect.contains(x, y):
                return window if window.id in self._rules else None
        return None

    def own(self, x: int, y: int) -> bool:
        """True when the topmost window at a point is one of Understudy's own."""
        top = next((window for window in reversed(self._windows) if window.rect.contains(x, y)), None)
        return top is not None and top.app.casefold() == OWN_APP

    def url(self, window: WindowState) -> str:
        """The address that a window shows, "" when there is none or it is unknown."""
        return window.url or self._urls.get(window.id, ("", 0))[0]

    def title_sure(self, window: WindowState) -> bool:
        """False while a title may belong to a page whose address isn't known yet."""
        rule = self._rules.get(window.id)
        if rule is None or not rule.looks_at_addresses or window.url:
            return rule is not None
        return self._urls.get(window.id, ("", -1))[1] >= self._titles[window.id][1]

    def element_allowed(self, window: WindowState, url: str) -> bool:
        """True when an element of an in-scope window, in a document at `url` ("" for none), is in scope itself."""
        rule = self._rules.get(window.id)
        if rule is None or not url:
            return rule is not None
        known = self._addressed.get((window.id, url))
        if known is None:
            known = _kept(self._addressed, (window.id, url), address_allowed(rule, url))
        return known

    def masks_people(self, element: Element) -> bool:
        """True when other people are masked where an element is: in any window of its program that is in scope."""
        return any(
            masks_people(rule, element.url)
            for window in self._windows
            if window.pid == element.pid and (rule := self._rules.get(window.id)) is not None
        )

    @property
    def pictured(self) -> tuple[int, ...]:
        """Windows whose pixels may be read."""
        return tuple(w.id for w in self._windows if w.pid and (r := self._rules.get(w.id)) and r.pixels != "drop")

    @property
    def programs(self) -> tuple[int, ...]:
        """Processes that some rule might allow, their addresses aside: those whose trees are worth reading."""
        found = {w.pid for w in self._windows if w.pid and not w.override and self._candidates(w)}
        return tuple(sorted(found))

    def addressless(self) -> tuple[int, ...]:
        """Processes with a window whose address or title still waits for a tree."""
        waiting = set()
        for window in self._windows:
            if not window.pid or window.override:
                continue
            seen_ns = self._urls.get(window.id, ("", -1))[1]
            if seen_ns < self._titles[window.id][1] and self._looks_at_addresses(window):
                waiting.add(window.pid)
        return tuple(sorted(waiting))

    def window_of(self, tree: Tree) -> WindowState | None:
        """The one window that a tree describes: by its process, then by title and place."""
        near = sorted(
            (not _same_title(window.title, tree.title), _distance(window.rect, tree.bounds), window.id)
            for window in self._windows
            if window.pid == tree.pid and tree.pid and _close(window.rect, tree.bounds)
        )
        if not near or (len(near) > 1 and near[0][:2] == near[1][:2]):
            return None
        return next(window for window in self._windows if window.id == near[0][2])

    def _decide(self) -> None:
        rules: dict[int, AppRule] = {}
        for window in self._windows:
            if not window.override and (rule := self._rule_for(window)) is not None:
                rules[window.id] = rule
        for window in self._windows:
            if window.override and (owner := self._owner(window, rules)) is not None:
                rules[window.id] = rules[owner]
        self._rules = rules
        self._addressed = {}

    def _owner(self, popup: WindowState, rules: dict[int, AppRule]) -> int | None:
        """The in-scope window that a menu or tooltip belongs to."""
        if not popup.pid or popup.app.casefold() == OWN_APP or any(_denies(d, popup) for d in self._policy.deny):
            return None
        family = [window.id for window in self._windows if window.pid == popup.pid and not window.override]
        if self._active in family:
            return self._active if self._active in rules else None
        return family[-1] if family and all(window in rules for window in family) else None

    def _candidates(self, window: WindowState) -> list[AppRule]:
        # Without what its tree told: a page that was denied by that may have been left.
        key = (window.program, window.app, window.title)
        known = self._named.get(key)
        return known if known is not None else _kept(self._named, key, candidates(self._policy, window))

    def _looks_at_addresses(self, window: WindowState) -> bool:
        """Asked many times a second, of a hundred rules."""
        key = (window.program, window.app, window.title)
        known = self._looking.get(key)
        if known is None:
            known = _kept(self._looking, key, any(rule.looks_at_addresses for rule in self._candidates(window)))
        return known

    def _rule_for(self, window: WindowState) -> AppRule | None:
        url, told = self.url(window), self._told.get(window.id, "")
        key = (window.program, window.app, window.title, url, told)
        if key in self._ruled:
            return self._ruled[key]
        return _kept(self._ruled, key, rule_for(self._policy, window, url, told))


def _kept(known: dict[K, V], key: K, verdict: V) -> V:
    """Remember a verdict, and few of them."""
    if len(known) >= MOST_VERDICTS:
        known.clear()
    known[key] = verdict
    return verdict


def candidates(policy: Policy, window: WindowState, told: str = "") -> list[AppRule]:
    """Rules of a policy that match a window, addresses aside; [] when it is denied.

    `told` is what the window's own tree calls it: Chromium says only there that a window is private.
    """
    if window.app.casefold() == OWN_APP or any(_denies(deny, window, told) for deny in policy.deny):
        return []
    rules = [rule for rule in policy.apps if _names(rule, window)]
    if not rules and policy.unknown_apps and (window.program or window.app):
        return [_implied(policy, window)]
    return rules


def rule_for(policy: Policy, window: WindowState, url: str, told: str = "") -> AppRule | None:
    """The rule under which a window is recorded that shows `url` ("" for none or unknown), narrowed; None: it isn't."""
    for rule in candidates(policy, window, told):
        if not rule.looks_at_addresses or (url and address_allowed(rule, url)):
            held = narrowed(rule, program=window.program, app=window.app, url=url, presets=policy.presets)
            if held is not None:
                return held
    return None


def _implied(policy: Policy, window: WindowState) -> AppRule:
    """The rule of a program that no rule names, where the policy records those too."""
    known = {window.program.casefold(), window.app.casefold()}
    return AppRule(
        name=window.program or window.app,
        program=window.program,
        app=window.app,
        keys=policy.default_keys,
        terminal=not TERMINAL_PROGRAMS.isdisjoint(known),
        made_from="unknown_apps",
        addresses=not BROWSERS.isdisjoint(known),
    )


def address_allowed(rule: AppRule, url: str) -> bool:
    """True when a rule allows an address; `deny_urls` wins. A rule without `urls` allows all others."""
    if address_kept_out(rule, url) or any(address_matches(pattern, url) for pattern in rule.deny_urls):
        return False
    return not rule.urls or any(address_matches(pattern, url) for pattern in rule.urls)


def address_matches(pattern: str, url: str) -> bool:
    """True when an address falls under a pattern: scheme, host ("*." any subdomain), port, beginning of the path.

    A pattern without a port means the scheme's own. Addresses that can't be read match nothing.
    """
    try:
        want, have = urlsplit(pattern.lower()), urlsplit(url.lower())
        want_port, have_port = want.port or _PORTS.get(want.scheme), have.port or _PORTS.get(have.scheme)
    except ValueError:
        return False
    if (want.scheme, want_port) != (have.scheme, have_port):
        return False
    want_host, have_host = want.hostname or "", (have.hostname or "").rstrip(".")
    if want_host.startswith("*."):
        if not have_host.endswith(want_host[1:]):
            return False
    elif want_host != have_host:
        return False
    path = have.path or "/"
    # Dots that a program might resolve after us would climb out of the prefix.
    return path.startswith(want.path or "/") and "/.." not in path and "%2e" not in path


def _names(rule: AppRule, window: WindowState) -> bool:
    """True when a rule names the window's program, in all the ways that it says."""
    if rule.programs and not any(
        name.casefold() in (window.program.casefold(), window.app.casefold()) for name in rule.programs
    ):
        return False
    return _fits(rule.program, rule.app, window) or bool(rule.programs and not rule.program and not rule.app)


def _fits(program: str, app: str, window: WindowState) -> bool:
    if program and program.casefold() != window.program.casefold():
        return False
    if app and app.casefold() != window.app.casefold():
        return False
    return bool(program or app)


def _names_told(tree: Tree) -> str:
    """The names of a tree's uppermost elements: the window's own, as its program tells it to assistive technology."""
    return "\n".join(node.element.name for node in tree.nodes if node.parent < 0)


def _denies(deny: DenyRule, window: WindowState, told: str = "") -> bool:
    if deny.title and deny.title.casefold() not in f"{window.title}\n{told}".casefold():
        return False
    return _fits(deny.program, deny.app, window) or (not deny.program and not deny.app and bool(deny.title))


def _distance(a: Rect, b: Rect) -> int:
    return abs(a.x - b.x) + abs(a.y - b.y) + abs(a.right - b.right) + abs(a.bottom - b.bottom)


def _close(a: Rect, b: Rect) -> bool:
    edges = (a.x - b.x, a.y - b.y, a.right - b.right, a.bottom - b.bottom)
    return max(map(abs, edges)) <= _BOUNDS_SLACK_PX


def _same_title(window: str, tree: str) -> bool:
    return bool(tree) and tree in window
