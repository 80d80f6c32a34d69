"""Key events and typed runs → single presses, hotkeys and texts. Nothing is joined here."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from understudy.pipeline.cuts import Cuts
from understudy.pipeline.draft import Draft, named
from understudy.pipeline.left_out import Leavings
from understudy.pipeline.texts import by_program, texts
from understudy.pipeline.thresholds import Thresholds
from understudy.records.events import Key, Modifier
from understudy.records.kept import TextRun

MODIFIER_KEYS: dict[str, Modifier | None] = {
    "Shift_L": "shift",
    "Shift_R": "shift",
    "Control_L": "ctrl",
    "Control_R": "ctrl",
    "Alt_L": "alt",
    "Alt_R": "alt",
    "Meta_L": "alt",
    "Meta_R": "alt",
    "Super_L": "super",
    "Super_R": "super",
    "Hyper_L": "super",
    "Hyper_R": "super",
    "ISO_Level3_Shift": "altgr",
    "ISO_Level5_Shift": "altgr",
    "Mode_switch": "altgr",
    "Caps_Lock": "caps",
    "Shift_Lock": "caps",
    "Num_Lock": "num",
    "ISO_Next_Group": None,
    "ISO_Prev_Group": None,
}
"""Keys that only change what other keys mean, and the modifier that they hold (None: they switch the layout)."""

ALONE = ("alt", "super")
"""Modifiers that do something when tapped alone: they open menus."""

SHAPES_TEXT = ("shift", "altgr", "caps", "num", None)


@dataclass(slots=True)
class Hold:
    """A modifier key from its press to its release (`up_ns` None when it never came)."""

    modifier: Modifier | None
    keysym: str
    down_ns: int
    up_ns: int | None = None
    down_seqs: list[int] = field(default_factory=list)
    up_seqs: list[int] = field(default_factory=list)


def strokes(
    keys: Sequence[Key], text: Sequence[TextRun], cuts: Cuts, thresholds: Thresholds, leavings: Leavings
) -> tuple[list[Draft], list[Hold]]:
    """The drafts of typed runs, one a press of any other key, in order of their start; and the modifiers' holds.

    A run is told by its `TextRun`; one that the recording lost becomes a text without content at level "timing".
    Releases without a press, or with a stop of the recording since, are left out. Texts that a program put there itself
    are no strokes (`texts.give`).
    """
    runs: dict[int, list[Key]] = {run.run: [] for run in text}
    drafts: list[Draft] = []
    holds: list[Hold] = []
    held: dict[int, Hold] = {}
    latest: dict[int, Draft] = {}
    stray = leavings.of["keys", "release_without_press"]
    next_stop = cuts.next_stop(keys[0].time_ns - 1) if keys else None
    for key in keys:
        if next_stop is not None and key.time_ns > next_stop:
            held.clear()
            latest.clear()
            next_stop = cuts.next_stop(key.time_ns)
        if key.run is not None:
            runs.setdefault(key.run, []).append(key)
        elif not key.down:
            if not _release(key, held, latest):
                stray.append(key.seq)
        elif key.keysym in MODIFIER_KEYS:
            hold = held.get(key.keycode)
            if hold is None:
                hold = held[key.keycode] = Hold(MODIFIER_KEYS[key.keysym], key.keysym, key.time_ns)
                holds.append(hold)
            hold.down_seqs.append(key.seq)
        else:
            draft = latest[key.keycode] = _press(key)
            drafts.append(draft)
    told = {run.run: run for run in text}
    for number, own in runs.items():
        run = told.get(number)
        if run is None or not by_program(run):
            drafts += texts(run, own, thresholds)
    drafts.sort(key=lambda draft: draft.start_ns)
    return drafts, holds


def attach(holds: Sequence[Hold], drafts: list[Draft], leavings: Leavings) -> list[Draft]:
    """Give each modifier key's records to the actions that it served; returns `drafts` in order of their start.

    The press goes to the first of them, the release to the last. Menu modifiers tapped alone become presses of their
    own; other modifiers that served nothing are left out.
    """
    idle = leavings.of["keys", "modifier_alone"]
    drafts.sort(key=lambda draft: draft.start_ns)
    starts = [draft.start_ns for draft in drafts]
    taps: list[Draft] = []
    for hold in holds:
        until_ns = hold.up_ns if hold.up_ns is not None else hold.down_ns
        end_ns = hold.up_ns if hold.up_ns is not None else (starts[-1] if starts else hold.down_ns)
        begun = drafts[bisect_left(starts, hold.down_ns) : bisect_right(starts, end_ns)]
        served = [draft for draft in begun if hold.modifier in draft.modifiers]
        if not served and hold.modifier in SHAPES_TEXT:
            before = drafts[max(0, bisect_left(starts, hold.down_ns) - 1) : bisect_left(starts, hold.down_ns)]
            served = [draft for draft in before + begun if draft.kind == "type" and draft.end_ns >= hold.down_ns]
        if served:
            served[0].key_seqs += hold.down_seqs
            served[-1].key_seqs += hold.up_seqs
            for draft in served[:-1]:
                draft.held_on = True
        elif hold.modifier in ALONE and not begun:
            taps.append(
                Draft(
                    kind="press",
                    start_ns=hold.down_ns,
                    end_ns=until_ns,
                    last_ns=hold.down_ns,
                    keys=(hold.modifier,),
                    key_seqs=hold.down_seqs + hold.up_seqs,
                )
            )
        else:
            idle += hold.down_seqs + hold.up_seqs
    return sorted(drafts + taps, key=lambda draft: draft.start_ns) if taps else drafts


def _release(key: Key, held: dict[int, Hold], latest: dict[int, Draft]) -> bool:
    """Give a release to its press, whatever the key means by now; False when there is none."""
    if (hold := held.pop(key.keycode, None)) is not None:
        hold.up_ns = key.time_ns
        hold.up_seqs.append(key.seq)
    elif (draft := latest.pop(key.keycode, None)) is not None:
        draft.key_seqs.append(key.seq)
        draft.end_ns = max(draft.end_ns, key.time_ns)
    else:
        return False
    return True


def _press(key: Key) -> Draft:
    draft = Draft("press", key.time_ns, key.time_ns, key.time_ns, key_seqs=[key.seq], repeat=key.repeat)
    keysym = "Tab" if key.keysym == "ISO_Left_Tab" else key.keysym
    chord = named(key.modifiers)
    writes = key.text != "" and key.text.isprintable()
    if set(chord) & {"super", "ctrl", "alt"} or (chord and not writes and not _composes(keysym)):
        # Shift turns "c" into "C": the hotkey names the key, its modifiers say the rest.
        letter = keysym.lower() if len(keysym) == 1 else keysym
        draft.kind, draft.keys, draft.modifiers = "hotkey", (*chord, letter), chord
    elif writes or _composes(keysym):
        draft.kind, draft.text, draft.text_level, draft.by_keyboard = "type", key.text, "text", True
        draft.typed = [key]
        draft.keys = (keysym,)
    else:
        draft.keys = (keysym,)
    return draft


def _composes(keysym: str) -> bool:
    return keysym.startswith("dead_") or keysym == "Multi_key"
