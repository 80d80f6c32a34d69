"""Where each visible line of a multi-line text stands on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from understudy.capture.x11.atspi_bus import AtspiBus
from understudy.capture.x11.atspi_calls import NoAnswer, Ref
from understudy.capture.x11.atspi_reader import SCREEN, rect_of
from understudy.records.elements import TextLine
from understudy.records.geometry import Rect

MAX_LINES = 300
FEW_PARAGRAPHS = 100
"""Up to here each paragraph is asked where it is; beyond, the program is asked first which ones are visible."""
LINE = 3
"""AT-SPI's text granularity for one line as displayed."""


async def lines_of(bus: AtspiBus, ref: Ref, text: str, visible: Rect) -> tuple[TextLine, ...]:
    """The lines of `text` that lie in `visible` (root px), as displayed, top first; at most MAX_LINES.

    A wrapped paragraph gives several. All visible lines or none: () when the program doesn't tell every place, so
    that nobody takes a missing line for a hidden one.
    """
    if visible.empty:
        return ()
    paragraphs = list(_paragraphs(text, 0, len(text)))
    try:
        if len(paragraphs) > FEW_PARAGRAPHS:
            first, last = await asyncio.gather(
                _offset_at(bus, ref, visible.x + 3, visible.y + 3),
                _offset_at(bus, ref, visible.right - 3, visible.bottom - 3),
            )
            paragraphs = list(_paragraphs(text, first, last))
        if len(paragraphs) > MAX_LINES:
            return ()
        found = await asyncio.gather(*(_lines_in(bus, ref, start, end) for start, end in paragraphs))
    except NoAnswer:
        return ()
    lines = [
        TextLine(text[start:end].rstrip("\n"), bounds)
        for each in found
        for start, end, bounds in each
        if not bounds.intersect(visible).empty
    ]
    return tuple(lines)


def _paragraphs(text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """(start, end) of the non-empty paragraphs that touch characters first to last; end excludes the newline."""
    start = text.rfind("\n", 0, first) + 1
    while start <= min(last, len(text) - 1):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end > start:
            yield start, end
        start = end + 1


async def _lines_in(bus: AtspiBus, ref: Ref, start: int, end: int) -> list[tuple[int, int, Rect]]:
    found: list[tuple[int, int, Rect]] = []
    at = start
    while at < end:
        _, _, line_end = await bus.call(ref, "Text", "GetStringAtOffset", "iu", at, LINE)
        stop = min(end, line_end) if line_end > at else end
        bounds = rect_of(await bus.call(ref, "Text", "GetRangeExtents", "iiu", at, stop, SCREEN))
        if bounds is None:
            raise NoAnswer("a line has no place")
        found.append((at, stop, bounds))
        at = stop
    return found


async def _offset_at(bus: AtspiBus, ref: Ref, x: int, y: int) -> int:
    offset = int(await bus.call(ref, "Text", "GetOffsetAtPoint", "iiu", x, y, SCREEN))
    if offset < 0:
        raise NoAnswer("no character there")
    return offset
