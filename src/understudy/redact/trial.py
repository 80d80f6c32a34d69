"""What a policy would keep of a recording that exists: counted, with reasons. It can only be narrowed.

A recording holds what its own policy let through, scrubbed; another policy can't bring back what was dropped then, and
judges by what is left: titles that weren't kept can't deny anything.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from understudy.records.actions import Action
from understudy.records.events import Windows, WindowState
from understudy.records.kept import KeyLevel, TextRun
from understudy.records.recording import Recording
from understudy.redact.kinds import kinds_of_address, kinds_of_program
from understudy.redact.narrow import KEY_ORDER, least
from understudy.redact.policy import AppRule, Policy
from understudy.redact.scope import address_allowed, candidates, rule_for
from understudy.redact.third_parties import THIRD_PARTY, asks_for_people, of_element, origin

Finder = Callable[[str, str], Sequence[str]]
"""(text, label) → the kinds of what the policy would replace in it."""


@dataclass
class Tally:
    """How many of one kind of thing are kept as they are, kept with less in them, and dropped; the latter by reason."""

    kept: int = 0
    narrowed: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass
class AppTrial:
    """One application, and one site where it shows pages: what would be kept of it.

    `rule` is the policy's name for it, "" where nothing of it is kept. `more` counts typed runs of which the policy
    would have kept more than the recording holds.
    """

    application: str
    site: str
    rule: str = ""
    actions: Tally = field(default_factory=Tally)
    texts: Tally = field(default_factory=Tally)
    targets: Tally = field(default_factory=Tally)
    pictures: Tally = field(default_factory=Tally)
    more: int = 0


def trial(policy: Policy, recording: Recording, actions: Sequence[Action], find: Finder) -> list[AppTrial]:
    """What `policy` would keep, by application and site, in the order of their first appearance.

    `actions` are the recording's, reduced; `find` looks for sensitive text as the policy asks for it.
    """
    return _Trial(policy, recording, find).run(actions)


def why_out(policy: Policy, window: WindowState, url: str) -> str:
    """Why a policy records nothing of a window; "" when it does."""
    if rule_for(policy, window, url) is not None:
        return ""
    for kind in (*kinds_of_program(window.program, window.app), *kinds_of_address(url)):
        if kind.treatment != "in":
            return f"{kind.words.lower()} are never recorded" if kind.treatment == "never" else "banks are out"
    rules = candidates(policy, window)
    if rules:
        return "the address isn't in scope" if url and not any(address_allowed(r, url) for r in rules) else "no address"
    named = candidates(_without_denials(policy), window)
    return "denied" if named else "no [[app]] names the program"


class _Trial:
    def __init__(self, policy: Policy, recording: Recording, find: Finder) -> None:
        self._policy, self._recording, self._find = policy, recording, find
        self._times = [snapshot.time_ns for snapshot in recording.window]
        self._apps: dict[tuple[str, str], AppTrial] = {}

    def run(self, actions: Sequence[Action]) -> list[AppTrial]:
        for action in actions:
            if action.kind not in ("wait", "type"):
                self._action(action)
        for run in self._recording.text:
            self._text(run)
        self._targets()
        for frame in self._recording.frame:
            self._picture(frame.time_ns)
        return list(self._apps.values())

    def _snapshot(self, time_ns: int) -> Windows | None:
        at = bisect_right(self._times, time_ns) - 1
        return self._recording.window[at] if at >= 0 else None

    def _active(self, time_ns: int) -> WindowState | None:
        snapshot = self._snapshot(time_ns)
        return None if snapshot is None else next((w for w in snapshot.windows if w.id == snapshot.active), None)

    def _under(self, time_ns: int, x: int, y: int) -> WindowState | None:
        snapshot = self._snapshot(time_ns)
        windows = () if snapshot is None else snapshot.windows
        found = next((window for window in reversed(windows) if window.rect.contains(x, y)), None)
        if found is not None and found.override:
            return next((w for w in reversed(windows) if w.pid == found.pid and not w.override), found)
        return found

    def _app(self, window: WindowState | None) -> tuple[AppTrial, AppRule | None, str]:
        """Where to count a window, the rule that it falls under, and why it falls under none."""
        if window is None:
            return self._apps.setdefault(("unknown", ""), AppTrial("unknown", "")), None, "its window isn't known"
        key = (window.program or window.app or "unknown", origin(window.url))
        app = self._apps.setdefault(key, AppTrial(*key))
        rule = rule_for(self._policy, window, window.url)
        app.rule = rule.name if rule is not None else app.rule
        return app, rule, why_out(self._policy, window, window.url)

    def _action(self, action: Action) -> None:
        if action.x is not None and action.y is not None:
            window = self._under(action.start_ns, action.x, action.y)
        else:
            window = self._active(action.start_ns)
        app, rule, why = self._app(window)
        if rule is None:
            app.actions.dropped[why] += 1
        else:
            app.actions.kept += 1

    def _text(self, run: TextRun) -> None:
        app, rule, why = self._app(self._active(run.start_ns))
        if rule is None:
            app.texts.dropped[why] += 1
            return
        label = run.element.name if run.element is not None else ""
        allowed: KeyLevel = "nothing" if rule.terminal and not rule.keyboard_text else rule.keys
        if rule.third_parties == "mask" and asks_for_people(label):
            allowed = least(allowed, "shape")
        app.more += KEY_ORDER.index(allowed) > KEY_ORDER.index(run.level)
        level = least(allowed, run.level)
        if level == "nothing":
            app.texts.dropped["typing isn't kept"] += 1
        elif level != run.level:
            app.texts.narrowed[f"{run.level} → {level}"] += 1
        elif level == "text" and (kinds := self._find(run.text, label)):
            app.texts.narrowed[f"holds what is replaced: {', '.join(dict.fromkeys(kinds))}"] += 1
        else:
            app.texts.kept += 1

    def _targets(self) -> None:
        for asked in self._recording.element:
            element = asked.element
            if element is None or asked.cause == "rest":
                continue
            at = self._active(asked.time_ns) if asked.cause == "focus" else self._under(asked.time_ns, asked.x, asked.y)
            app, rule, why = self._app(at)
            if rule is None:
                app.targets.dropped[why] += 1
            elif rule.third_parties == "mask" and element.name not in ("", THIRD_PARTY) and of_element(element):
                app.targets.narrowed["shows other people"] += 1
            elif kinds := self._find(element.name, ""):
                app.targets.narrowed[f"holds what is replaced: {', '.join(dict.fromkeys(kinds))}"] += 1
            else:
                app.targets.kept += 1

    def _picture(self, time_ns: int) -> None:
        app, rule, why = self._app(self._active(time_ns))
        if rule is None:
            app.pictures.dropped[why] += 1
            return
        snapshot = self._snapshot(time_ns)
        others = [] if snapshot is None else [w for w in snapshot.windows if not w.override]
        rules = [rule_for(self._policy, window, window.url) for window in others]
        if any(one is None or one.pixels == "drop" for one in rules):
            app.pictures.narrowed["a window in it isn't shown"] += 1
        elif any(one is not None and one.pixels in ("ocr", "blur") for one in rules):
            app.pictures.narrowed["a window in it is shown only as far as it is read, or blurred"] += 1
        elif any(one is not None and one.third_parties == "mask" for one in rules):
            app.pictures.narrowed["other people are covered where they weren't"] += 1
        else:
            app.pictures.kept += 1


def _without_denials(policy: Policy) -> Policy:
    return Policy(version=policy.version, profile=policy.profile, apps=policy.apps, unknown_apps=policy.unknown_apps)
