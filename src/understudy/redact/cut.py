"""A run's text within its field: its own part of what was scrubbed, and where it may be cut."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from understudy.redact.evidence import Field, View
from understudy.redact.scrub import TOKEN, Scrubbed, Scrubber

WORDS_AFTER_CUT = 2
"""A cut leaves at least this many words to the next run, so that names and spaced numbers stay whole."""


def cut_place(scrubber: Scrubber, label: str, typed: list[str], field: Field, own: list[tuple[int, int]]) -> int | None:
    """The index in `own` where the next run may begin: after a blank, outside numbers and finds, words behind."""
    if len(own) < 2 or own[-1][0] - own[0][0] != len(own) - 1:
        return None
    text = "".join(field.chars[at] for at, _ in own)
    start, context = field.around(own[0][0], own[-1][0])
    hits = scrubber.hits(context, label=label)
    typed_hits = scrubber.hits("".join(typed), label=label)
    for place in range(len(own) - 1, 0, -1):
        before, after = text[:place], text[place:]
        if not before[-1].isspace() or len(after.split()) <= WORDS_AFTER_CUT or after[0].isspace():
            continue
        if before.rstrip()[-1:].isdigit() or after[0].isdigit():
            continue
        position = own[place][0] - start
        press = min(index for _, index in own[place:])
        if max(index for _, index in own[:place]) >= press:
            continue
        if any(hit.start < position < hit.end for hit in hits):
            continue
        if any(hit.start < press < hit.end for hit in typed_hits):
            continue
        return place
    return None


def own_text(scrubbed: Scrubbed, view: View, tainted: AbstractSet[int]) -> tuple[str, bool]:
    """The run's part of its view's text, scrubbed, and whether the token of a find of its own stands with another run.

    A find that begins in a run not decided yet is told there, once. `tainted`: serials of characters that are or were
    part of a find: of one that was partly taken back nothing is left.
    """
    pieces: list[str] = []
    lent = False
    done = written = 0

    def plain(end: int) -> None:
        pieces.extend(view.text[at] for at in range(done, end) if at in view.own and view.own[at] not in tainted)

    for hit in scrubbed.hits:
        plain(hit.start)
        written += hit.start - done
        token = TOKEN.match(scrubbed.text, written)
        if token is None:
            # Text and finds don't agree: rather no text than the wrong one.
            return "", False
        written, done = token.end(), hit.end
        if any(at in view.own for at in range(hit.start, hit.end)):
            if hit.start in view.others:
                lent = True
            else:
                pieces.append(token.group())
    plain(len(view.text))
    return "".join(pieces), lent
