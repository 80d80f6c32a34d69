"""What of a run may be kept: its text scrubbed in every view of it that there was, or the reason why nothing is."""

from __future__ import annotations

from typing import NamedTuple

from understudy.records.events import Reason
from understudy.records.kept import Entered
from understudy.redact.cut import own_text
from understudy.redact.evidence import View
from understudy.redact.run import Run
from understudy.redact.scrub import Scrubbed, Scrubber

MOST_OWN_CHARS = 4_000
NUMBERS = ("card", "iban", "id", "phone")
MOST_DIGITS = 40
FEW_DIGITS = 4


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
    tainted: set[int] = set()
    for view in (*run.states, kept, now):
        if view is not None:
            tainted |= _found(scrubber, view, run.label)
    if kept is not None and now is not None and list(now.own.values()) == list(kept.own.values()):
        # Nothing of it has changed since; what stands around it by now tells more.
        kept = now
    text, lent = "", False
    if kept is not None and _found(scrubber, kept, run.label):
        text, lent = own_text(scrubber.scrub(kept.text, label=run.label), kept, tainted)
    elif kept is not None:
        text, _ = own_text(Scrubbed(kept.text), kept, tainted)
    hit = bool(tainted)
    if not hit and scrubber.hits("".join(run.typed), label=run.label):
        text, hit = "", True
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


def _found(scrubber: Scrubber, view: View, label: str) -> set[int]:
    """The serials of a run's characters that are part of something found."""
    found: set[int] = set()
    for hit in scrubber.hits(view.text, label=label):
        start, end = hit.start, hit.end
        if hit.kind in NUMBERS:
            # Where one number ends in a row of digits that was typed in pieces is a guess.
            start, end = (
                start - _digits(view.text[max(0, start - MOST_DIGITS) : start][::-1]),
                end + _digits(view.text[end:]),
            )
        found |= {view.own[at] for at in range(start, end) if at in view.own}
    return found


def _took_out(scrubber: Scrubber, run: Run) -> bool:
    """True when something sensitive that stood in the element before is gone."""
    if run.before is None or run.held is None:
        return False
    now = "".join(run.held.chars)
    hits = scrubber.hits(run.before, label=run.label)
    return any(run.before[hit.start : hit.end] not in now for hit in hits)


def _digits(text: str) -> int:
    """How far a text goes on in digits, single blanks and dashes between them; 0 for only a few."""
    length = digits = 0
    for at, char in enumerate(text[:MOST_DIGITS]):
        if char.isdigit():
            length, digits = at + 1, digits + 1
        elif char not in " -" or at > length:
            break
    return length if digits >= FEW_DIGITS else 0
