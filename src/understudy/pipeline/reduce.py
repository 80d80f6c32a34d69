"""Events → what the person did: one recording's events become a list of actions.

Single gestures and strokes come first (`pointing`, `keying`); here they are put in order of time and neighbours that
belong together are joined: clicks to double clicks, notches to scrolls, runs to texts, presses to repetitions.
"""

from __future__ import annotations

from collections.abc import Sequence

from understudy.pipeline.cuts import Cuts
from understudy.pipeline.draft import Draft
from understudy.pipeline.edits import Editor
from understudy.pipeline.keying import attach, strokes
from understudy.pipeline.left_out import Leavings, Reduction
from understudy.pipeline.pointing import gestures
from understudy.pipeline.texts import by_program, continues, give, join
from understudy.pipeline.thresholds import NS_PER_MS, Thresholds, in_force
from understudy.pipeline.windows import WindowHistory
from understudy.records.actions import Action
from understudy.records.recording import Recording

MOVES_OR_DELETES = (
    *("Up", "Down", "Left", "Right", "Page_Up", "Page_Down", "Prior", "Next"),
    *("BackSpace", "Delete"),
)
"""Keys that people repeat to get somewhere: several in a row are one action with a count."""


def reduce(recording: Recording, thresholds: Thresholds | None = None) -> list[Action]:
    """The actions of a recording in order of their start, waits between them included: see `reduce_all`."""
    return list(reduce_all(recording, thresholds).actions)


def reduce_all(recording: Recording, thresholds: Thresholds | None = None) -> Reduction:
    """The actions of a recording, and what is part of none with the reason why. Deterministic and pure.

    `thresholds` None: those that were in force where it was recorded (`thresholds.in_force`). Every pointer, key and
    text record is in one action's `*_seqs` or in one `LeftOut`, once. Pauses cut actions that are open and are no
    waits; nor is a gap in which something was dropped or out of scope.
    """
    if thresholds is None:
        thresholds = in_force(recording.mark).thresholds
    cuts, leavings = Cuts(recording.mark), Leavings()
    drafts, holds = strokes(recording.keys, recording.text, cuts, thresholds, leavings)
    drafts += gestures(recording.pointer, WindowHistory(recording.window), cuts, thresholds, leavings)
    joined = [_settled(draft) for draft in _joined(attach(holds, drafts, leavings), cuts, thresholds)]
    give([run for run in recording.text if by_program(run)], joined, leavings)
    return Reduction(tuple(_with_waits(joined, cuts, thresholds)), tuple(leavings.told()))


def _joined(drafts: Sequence[Draft], cuts: Cuts, thresholds: Thresholds) -> list[Draft]:
    out: list[Draft] = []
    for draft in drafts:
        cut = cuts.stopped_between if draft.kind in ("click", "scroll") else cuts.between
        if not out or cut(out[-1].last_ns, draft.start_ns) or not _join(out[-1], draft, thresholds):
            out.append(draft)
    return out


def _join(before: Draft, draft: Draft, thresholds: Thresholds) -> bool:
    """Make `draft` part of `before` when both are one action; False when they are two."""
    gap_ns = draft.start_ns - before.last_ns
    if draft.kind == "click":
        return _join_click(before, draft, gap_ns, thresholds)
    if draft.kind == "scroll":
        return _join_scroll(before, draft, gap_ns, thresholds)
    if before.kind == "type" and before.by_keyboard and _edits(draft):
        return _join_keyboard_text(before, draft, gap_ns, thresholds)
    if draft.kind == "type":
        if not continues(before, draft, thresholds):
            return False
        join(before, draft)
        return True
    if draft.kind in ("press", "hotkey"):
        return _join_repeat(before, draft, gap_ns, thresholds)
    if draft.kind in ("drag", "long_press"):
        return False
    raise ValueError(f"a single gesture can't be of the kind {draft.kind!r}")


def _join_click(before: Draft, draft: Draft, gap_ns: int, thresholds: Thresholds) -> bool:
    if before.kind not in ("click", "double_click") or before.button != draft.button:
        return False
    if before.modifiers != draft.modifiers or gap_ns >= thresholds.multi_click_ms * NS_PER_MS:
        return False
    # to_x, to_y hold the latest press while a multi-click grows; `_settled` clears them.
    last_x = before.x if before.to_x is None else before.to_x
    last_y = before.y if before.to_y is None else before.to_y
    if last_x is None or last_y is None or draft.x is None or draft.y is None:
        return False
    if max(abs(draft.x - last_x), abs(draft.y - last_y)) > thresholds.multi_click_px:
        return False
    before.kind = "double_click" if before.kind == "click" else "triple_click"
    before.to_x, before.to_y = draft.x, draft.y
    before.absorb(draft)
    return True


def _join_scroll(before: Draft, draft: Draft, gap_ns: int, thresholds: Thresholds) -> bool:
    if before.kind != "scroll" or before.modifiers != draft.modifiers or before.place != draft.place:
        return False
    if gap_ns >= thresholds.scroll_pause_ms * NS_PER_MS:
        return False
    if before.scroll_x * draft.scroll_x < 0 or before.scroll_y * draft.scroll_y < 0:
        return False
    if before.x is None or before.y is None or draft.x is None or draft.y is None:
        return False
    if max(abs(draft.x - before.x), abs(draft.y - before.y)) > thresholds.scroll_place_px:
        return False
    before.scroll_x += draft.scroll_x
    before.scroll_y += draft.scroll_y
    before.absorb(draft)
    return True


def _edits(draft: Draft) -> bool:
    return draft.by_keyboard or (draft.kind == "press" and draft.keys == ("BackSpace",))


def _join_keyboard_text(before: Draft, draft: Draft, gap_ns: int, thresholds: Thresholds) -> bool:
    if gap_ns >= thresholds.typing_pause_ms * NS_PER_MS:
        return False
    if draft.kind == "press" and not before.text:
        # It takes back something from before this text: an action of its own.
        return False
    editor = before.editor = before.editor or Editor().press(before.typed)
    if draft.kind == "press":
        editor.erase()
        before.corrections += 1
        before.text = editor.text
    else:
        editor.type(draft.text)
        before.text += draft.text
    before.absorb(draft)
    return True


def _join_repeat(before: Draft, draft: Draft, gap_ns: int, thresholds: Thresholds) -> bool:
    if before.kind != draft.kind or before.keys != draft.keys:
        return False
    if draft.kind == "hotkey":
        # Under Alt, each Tab moves on in one list of windows, however long the person looks at it.
        switching = draft.keys[-1] == "Tab" and bool({"alt", "super"} & set(draft.modifiers))
        if not before.held_on or not (switching or gap_ns < thresholds.repeat_pause_ms * NS_PER_MS):
            return False
    elif (
        draft.keys[0] not in MOVES_OR_DELETES and not draft.repeat
    ) or gap_ns >= thresholds.repeat_pause_ms * NS_PER_MS:
        return False
    before.count += draft.count
    before.held_on = draft.held_on
    before.absorb(draft)
    return True


def _settled(draft: Draft) -> Draft:
    """The draft once nothing more can join it."""
    if draft.kind in ("double_click", "triple_click"):
        draft.to_x = draft.to_y = None
    elif draft.kind == "type" and draft.by_keyboard:
        one_key = len({key.keysym for key in draft.typed}) == 1
        if one_key and not draft.text.strip(" ") and not draft.corrections:
            # A space alone ticks boxes and pushes buttons; a dead key alone writes nothing.
            draft.kind, draft.count, draft.text, draft.text_level = "press", len(draft.typed), "", None
        else:
            draft.keys = ()
            draft.corrected = draft.editor.corrected if draft.editor else ()
    return draft


def _with_waits(drafts: Sequence[Draft], cuts: Cuts, thresholds: Thresholds) -> list[Action]:
    out: list[Action] = []
    latest: Draft | None = None
    for draft in drafts:
        if latest is not None and draft.start_ns - latest.end_ns >= thresholds.wait_ms * NS_PER_MS:
            # The mark of a removal tells when the removed began, which may be while the action before was going on;
            # the time that a scrubbed text took was removed with it.
            explained = latest.scrubbed or cuts.unknown_between(latest.start_ns, draft.start_ns)
            if not explained:
                out.append(Action(kind="wait", start_ns=latest.end_ns, end_ns=draft.start_ns))
        out.append(draft.finish())
        if latest is None or draft.end_ns >= latest.end_ns:
            latest = draft
    return out
