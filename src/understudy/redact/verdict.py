"""What of a run may be kept: its text scrubbed in every view of it that there was, or the reason why nothing is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from understudy.records.events import Reason
from understudy.records.kept import Entered
from understudy.redact.cut import own_text
from understudy.redact.evidence import View
from understudy.redact.run import Run
from understudy.redact.scrub import Scrubber

MOST_OWN_CHARS = 4_000


class Verdict(NamedTuple):
    """`reason`: nothing is kept, and why; "" else. `hit`: something was replaced or taken back: no key is kept."""

    reason: Reason
    text: str = ""
    hit: bool = False
    entered: Entered = "typed"


def judge(scrubber: Scrubber, run: Run) -> Verdict:
    """The verdict on a run with all that is known of it by now."""
    now = None if run.held is None else run.held.view(run.key)
    entered = _entered(run, now)
    reason = _fault(run, entered)
    if reason:
        return Verdict(reason)
    kept = run.told or now
    if kept is not None and len(kept.own) > MOST_OWN_CHARS:
        return Verdict("undecided")
    text, hit, lent = "" if kept is None else kept.mine, False, False
    for view in (kept, now):
        if view is not None and not hit and _own_hit(scrubber, view, run.label):
            same = view.mine == text
            scrubbed, lent = own_text(scrubber.scrub(view.text, label=run.label), view)
            text, hit = scrubbed if same else "", True
    typed = "".join(run.typed)
    hit = hit or bool(scrubber.hits(typed, label=run.label))
    hit = hit or any(_own_hit(scrubber, state, run.label) for state in run.states)
    hit = hit or run.blind or _took_out(scrubber, run)
    if run.joined is not None:
        text, hit, lent = run.joined, True, not run.joined
    if hit and lent and not text.strip():
        # Another run tells of what this one is a part of.
        return Verdict("scrubbed", hit=True)
    return Verdict("", text, hit, entered)


def _entered(run: Run, now: View | None) -> Entered:
    """How a run's text came about, by what its keys explain."""
    if run.entered != "typed" or not run.given:
        return run.entered
    if run.complete:
        return "completed"
    told = run.told or now
    foreign = told is not None and any(not char.isascii() and char.isalnum() for char in told.mine)
    return "committed" if run.spelled or foreign else "typed"


def _fault(run: Run, entered: Entered) -> Reason:
    if run.lost:
        return run.lost
    if run.complete or (run.received and entered == "committed"):
        return ""
    if run.refocused_ns is not None:
        return "focus_uncertain"
    if run.received:
        return "evidence_differs"
    return "no_tree" if run.focus is None else "no_evidence"


def _own_hit(scrubber: Scrubber, view: View, label: str) -> bool:
    return _meets(view.own, ((hit.start, hit.end) for hit in scrubber.hits(view.text, label=label)))


def _meets(own: frozenset[int], places: Iterable[tuple[int, int]]) -> bool:
    return any(at in own for start, end in places for at in range(start, end))


def _took_out(scrubber: Scrubber, run: Run) -> bool:
    """True when something sensitive that stood in the element before is gone."""
    if run.before is None or run.held is None:
        return False
    now = "".join(run.held.chars)
    hits = scrubber.hits(run.before, label=run.label)
    return any(run.before[hit.start : hit.end] not in now for hit in hits)
