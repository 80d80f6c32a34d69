"""Typed runs → texts: a run is one text, or several where the person paused; and texts that go on are joined.

The element's word (`TextRun.text`) is what a text is. Its keys tell how it came about: they are believed where the
edits that they make yield the same text, and then give the corrections and the places to divide it.
"""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from understudy.pipeline.draft import Draft
from understudy.pipeline.edits import Editor
from understudy.pipeline.left_out import Leavings
from understudy.pipeline.thresholds import NS_PER_MS, Thresholds
from understudy.records.events import Key
from understudy.records.kept import TextRun


def texts(run: TextRun | None, keys: Sequence[Key], thresholds: Thresholds) -> list[Draft]:
    """The drafts of one run: one, or one a stretch between typing pauses where its keys explain it in that order.

    `run` None: its record was lost, its content is unknown.
    """
    if run is None or run.level != "text" or run.scrubbed or not keys:
        return [_whole(run, keys)]
    stretches = _stretches(keys, thresholds.typing_pause_ms * NS_PER_MS)
    editor = _typed_in(stretches)
    if not editor.sure or editor.text != run.text:
        return [_whole(run, keys)]
    if len(stretches) == 1 or not editor.in_order:
        return [_explained(_whole(run, keys), Editor().press(keys))]
    drafts = []
    for nth, stretch in enumerate(stretches):
        own = Editor().press(stretch)
        if not own.sure or own.text != editor.text_of(nth):
            # A later stretch took something of this one back: they are one text with its corrections.
            return [_explained(_whole(run, keys), Editor().press(keys))]
        # The run's own record belongs to the first of its texts.
        draft = _whole(run, stretch, text_seqs=[run.seq] if nth == 0 else [])
        drafts.append(_explained(draft, own))
    return drafts


def by_program(run: TextRun) -> bool:
    """True for a text that the program put there because of something else than typing: a paste, an undo, a choice."""
    return run.entered in ("pasted", "filled", "restored", "moved")


def give(runs: Sequence[TextRun], drafts: Sequence[Draft], leavings: Leavings) -> None:
    """Make each such text part of the action that it came from: the one under way when it was pressed."""
    starts = [draft.start_ns for draft in drafts]
    for run in runs:
        own = drafts[: bisect_right(starts, run.start_ns)][::-1]
        draft = next((d for d in own if d.end_ns >= run.start_ns and d.kind != "type"), None)
        if draft is None:
            leavings.of["text", "by_program"].append(run.seq)
            continue
        draft.text += run.text
        draft.text_level, draft.entered = run.level, run.entered
        draft.scrubbed = draft.scrubbed or run.scrubbed
        draft.text_seqs.append(run.seq)


def continues(before: Draft, draft: Draft, thresholds: Thresholds) -> bool:
    """True when a typed run goes on where the one before it ended: one element, no typing pause between."""
    if before.kind != "type" or before.by_keyboard or draft.by_keyboard:
        return False
    if before.place is None or before.place != draft.place or before.text_level != draft.text_level:
        return False
    # The keys' own times where there are any: a release may come long after the press.
    pause_ms = thresholds.typing_pause_ms + (thresholds.scrubbed_run_ms if before.scrubbed else 0)
    return draft.start_ns - before.last_ns < pause_ms * NS_PER_MS


def join(before: Draft, draft: Draft) -> None:
    """Make a run that goes on part of the text before it.

    Where the keys of both explain it, edits reach back into the text before; else the texts are put end to end.
    """
    together = _continued(before, draft)
    shift = len(before.text)
    before.scrubbed = draft.scrubbed
    before.entered = draft.entered if before.entered == "typed" else before.entered
    before.corrections += draft.corrections
    if together is not None:
        before.text = together.text
        _explained(before, together)
    else:
        before.editor = None
        before.text += draft.text
        before.corrected += tuple(msgspec.structs.replace(each, at=each.at + shift) for each in draft.corrected)
    before.absorb(draft)


def _continued(before: Draft, draft: Draft) -> Editor | None:
    """The editor of both texts typed one after the other, None where that isn't what the element received."""
    if before.editor is None or draft.scrubbed or draft.text_level != "text" or not draft.typed:
        return None
    editor = copy.deepcopy(before.editor)
    editor.part += 1
    editor.press(draft.typed)
    return editor if editor.sure and editor.text_of(editor.part) == draft.text else None


def _stretches(keys: Sequence[Key], pause_ns: int) -> list[list[Key]]:
    """The keys cut where `pause_ns` or more lies between two presses; releases stay with the press before them."""
    stretches: list[list[Key]] = [[]]
    last_ns: int | None = None
    for key in keys:
        if key.down:
            if last_ns is not None and key.time_ns - last_ns >= pause_ns:
                stretches.append([])
            last_ns = key.time_ns
        stretches[-1].append(key)
    return stretches


def _typed_in(stretches: Sequence[Sequence[Key]]) -> Editor:
    editor = Editor()
    for nth, stretch in enumerate(stretches):
        editor.part = nth
        editor.press(stretch)
    return editor


def _whole(run: TextRun | None, keys: Sequence[Key], *, text_seqs: list[int] | None = None) -> Draft:
    """One draft of a run and its keys, as the run's record tells it."""
    times = [key.time_ns for key in keys] or ([run.time_ns] if run else [0])
    downs = [key.time_ns for key in keys if key.down] or times
    draft = Draft(
        kind="type",
        start_ns=min(times),
        end_ns=max(times),
        last_ns=max(downs),
        text_level=run.level if run else "timing",
        key_seqs=[key.seq for key in keys],
        text_seqs=[run.seq] if run and text_seqs is None else text_seqs or [],
        typed=[key for key in keys if key.down],
    )
    if run is not None:
        if text_seqs is None:
            draft.start_ns, draft.end_ns = min(draft.start_ns, run.start_ns), max(draft.end_ns, run.time_ns)
            draft.last_ns = max(draft.last_ns, run.time_ns)
        draft.text, draft.scrubbed, draft.entered = run.text, run.scrubbed, run.entered
        draft.corrections = run.corrections if text_seqs is None else 0
        draft.place = run.element.id if run.element else None
    return draft


def _explained(draft: Draft, editor: Editor) -> Draft:
    """The draft with what its keys tell of it."""
    draft.editor, draft.text = editor, editor.text
    # The run's own count may lie on the wrong side of a cut that the guard made later.
    draft.corrected, draft.corrections = editor.corrected, editor.corrections
    return draft
