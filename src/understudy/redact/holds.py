"""Which runs that have ended must wait, since what follows may make something sensitive of them.

A run waits while its field has the focus, and, where it may be a part of something, until the neighbouring field has
been filled in. Both have an end: what was waited for that long is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from understudy.records.elements import Element
from understudy.redact.evidence import View
from understudy.redact.run import Run
from understudy.redact.scrub import Scrubber
from understudy.redact.spread import MOST_PIECES, closed_behind, is_piece, joined, may_go_on, neighbours, numeric

HOLD_NS = 15_000_000_000
LIKELY_HOLD_NS = 60_000_000_000
LEFT_HOLD_NS = 30_000_000_000
"""How long after its end a run waits at most; the second where its end looks like the beginning of a secret, the third
where it does and its field was left."""
MOST_SPREAD = 256
NOTHING = View("", {})


class Holds:
    """Told of each run that has all its evidence and of each field that is left; says whose wait is over."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._chain: list[Run] = []
        self._chain_ns = 0
        self.spread: OrderedDict[str, int] = OrderedDict()
        """Fields (and their programs) that hold parts of something sensitive: their pictures alone don't show it."""

    def tell(self, run: Run, runs: Sequence[Run]) -> None:
        """All evidence of a run is there: remember what stands in its field now."""
        run.told = (run.held.view(run.key) if run.held is not None else None) or NOTHING
        if not run.complete and not run.given:
            # Nothing of it will be kept.
            run.free = True
            return
        hits = self._scrubber.hits(run.told.text, label=run.label)
        run.likely = bool(run.told.own) and not hits and may_go_on(run.told.text[: max(run.told.own) + 1])
        for other in runs:
            if other is not run and other.held is run.held and other.told is not None and other.held is not None:
                now = other.held.view(other.key)
                # Enough stands behind it: whatever comes can't belong to it.
                other.free = other.free or (bool(now) and now is not None and closed_behind(now))
        if run.left:
            self._place(run)
        elif self._chain and neighbours(self._chain[-1].where, run.where):
            self._test([*self._chain, run])

    def leave(self, runs: Sequence[Run], element: Element | None) -> None:
        """The focus is on `element` now (None: nowhere, or the field was left by a key)."""
        for run in runs:
            if run.ended_ns is None or run.left:
                continue
            if element is not None and run.where is not None and run.where.id == element.id:
                continue
            run.left = True
            if run.told is not None and not run.free:
                self._place(run)

    def holds(self, runs: Sequence[Run], now_ns: int) -> bool:
        """True while the first of the runs undecided must wait."""
        run = runs[0]
        if run.lost or run.cut or run.told is None or run.ended_ns is None:
            return False
        waited_ns = now_ns - run.ended_ns
        if run.held is not None and any(other.held is run.held and other.told is None for other in runs):
            # What comes behind it in the same field isn't known yet.
            return waited_ns < LIKELY_HOLD_NS
        if run.free:
            return False
        if not run.left:
            return waited_ns < (LIKELY_HOLD_NS if run.likely else HOLD_NS)
        if run.likely:
            return waited_ns < LEFT_HOLD_NS
        if waited_ns >= LIKELY_HOLD_NS or run not in self._chain:
            return False
        return runs[-1].ended_ns is None or now_ns - self._chain_ns < HOLD_NS

    def decided(self, run: Run) -> None:
        """A run is gone."""
        if run in self._chain:
            self._chain.remove(run)

    def release(self, runs: Sequence[Run]) -> None:
        """Too much waits: none of it does any longer."""
        self.close()
        for run in runs:
            run.free = run.free or run.ended_ns is not None

    def finish(self, runs: Sequence[Run]) -> None:
        """Nothing more comes. What was being typed and looks like the beginning of a secret is dropped."""
        for run in runs:
            if run.told is None and not run.lost and run.complete:
                self.tell(run, runs)
            if run.told is not None and run.likely and not (run.left or run.cut or run.joined is not None):
                run.lost = "undecided"
        self.close()

    def _place(self, run: Run) -> None:
        """A run whose field was left: does it continue what stood in the fields before it?"""
        told = run.told or NOTHING
        chain = self._chain
        if chain and not neighbours(chain[-1].where, run.where):
            self.close()
        if not run.likely and not is_piece(told, self._scrubber.hits(told.text, label=run.label), run.label):
            self._test([*chain, run] if told.own and len(told.text) <= 200 else chain)
            self.close()
            run.free = True
            return
        chain.append(run)
        self._chain_ns = run.ended_ns or 0
        self._test(chain)
        keep = MOST_PIECES if len(chain) > 1 and numeric(chain[-1]) and numeric(chain[-2]) else 1
        for done in chain[:-keep]:
            done.free = not done.likely
        del chain[:-keep]

    def _test(self, chain: Sequence[Run]) -> None:
        """Find what neighbouring fields hold only together."""
        groups: list[list[Run]] = []
        for run in chain:
            last = groups[-1][-1] if groups else None
            if last is not None and last.held is run.held and _in_view(last, run):
                groups[-1].append(run)
            else:
                groups.append([run])
        texts = [(group[-1].told or NOTHING).text.strip() for group in groups]
        for found in joined(self._scrubber, texts, [group[-1].label for group in groups]):
            runs = [run for group in groups[found.first : found.last + 1] for run in group]
            if all(run.joined is not None for run in runs):
                continue
            token = "" if any(run.joined for run in runs) else found.token(self._scrubber)
            for run in runs:
                run.joined = run.joined or ""
                if run.where is not None:
                    self.cover(run.where)
            runs[0].joined = runs[0].joined or token

    def cover(self, field: Element) -> None:
        """A field holds a part of something sensitive: its picture is covered from now on."""
        self.spread[field.id] = field.pid
        while len(self.spread) > MOST_SPREAD:
            self.spread.popitem(last=False)

    def close(self) -> None:
        """What comes next has nothing to do with what was typed before."""
        for run in self._chain:
            # One may come back to it.
            run.free = not run.likely
        self._chain.clear()


def _in_view(run: Run, later: Run) -> bool:
    """True when what a run put into a field still stood there when a later one was told."""
    return (run.told or NOTHING).mine in (later.told or NOTHING).text
