"""What of the sources' records goes on: hotkeys are taken out, and what the pointer does has the other sources look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from understudy.capture.source import Ask, Control, Left, Press, SourceName
from understudy.recorder.controls import Wish
from understudy.recorder.hotkeys import Hotkey, HotkeyFilter
from understudy.recorder.rest import PointerRest
from understudy.records.events import Key, Pointer, Raw, Tick

MODIFIER_WAIT_NS = 3_000_000_000
"""How long a modifier's press waits for a hotkey to complete, unless another key, its own release or a button tells
before: people press a hotkey's keys one by one. It comes out with its own time."""


class Intake:
    """Sees each record once, as it comes. `hotkeys` by what they ask for; `tell` tells a source something."""

    def __init__(self, hotkeys: Mapping[Wish, str], tell: Callable[[SourceName, Control], None]) -> None:
        self._wishes = {Hotkey.parse(text): wish for wish, text in hotkeys.items()}
        self._tell = tell
        self._hotkeys = HotkeyFilter(tuple(self._wishes))
        self._rest = PointerRest()
        self.told_ns = 0
        """Up to here the input source has told everything."""

    def see(self, record: Raw, now_ns: int) -> Sequence[Raw]:
        """What goes on by now, in order: the record itself, those that waited for it, or nothing."""
        if isinstance(record, Tick):
            # The input source: nothing came since its last record.
            self.told_ns = record.time_ns
            self._ask(self._rest.due(now_ns, self.told_ns))
            return ()
        if isinstance(record, Key):
            return self._hotkeys.see(record)
        if not isinstance(record, Pointer):
            return (record,)
        self._ask(self._rest.see(record))
        waited = self._hotkeys.flush(record.time_ns + 1) if record.kind in ("down", "scroll") else ()
        if record.kind == "down":
            self._tell("screen", Press(record.time_ns))
        return (*waited, record)

    def pressed(self) -> tuple[Wish, int] | None:
        """What the hotkey asks for that the record seen last completed, and when (ns); None when it completed none."""
        pressed = self._hotkeys.pressed()
        return None if pressed is None else (self._wishes[pressed[0]], pressed[1])

    def due(self, now_ns: int) -> Sequence[Raw]:
        """Time has passed: what has waited long enough goes on."""
        self._ask(self._rest.due(now_ns, self.told_ns))
        return self._hotkeys.flush(now_ns - MODIFIER_WAIT_NS)

    def moved(self, codes: Mapping[Wish, int]) -> None:
        """Hotkeys lie on other keys from now on: X keycodes by wish."""
        self._hotkeys.moved({hotkey: codes[wish] for hotkey, wish in self._wishes.items() if wish in codes})

    def anew(self) -> None:
        """What was seen is forgotten; nothing that waited goes on."""
        self._hotkeys = self._hotkeys.anew()
        self._rest = PointerRest()

    def _ask(self, question: Ask | Left | None) -> None:
        if question is not None:
            self._tell("elements", question)
