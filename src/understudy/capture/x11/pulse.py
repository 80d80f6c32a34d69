"""When to look at what the server has recorded: seldom, and still at once when it matters.

A server without output for another client holds up to 1 KB of records; a cheap request with a reply makes it hand them
over. That is asked for ten times a second while something happens. When nobody has touched anything for a while there
is nothing to hand over: then an alarm on the server's own idle time (SYNC extension) tells when that ends, and brings
the held records with it. A press of a button is told by a raw event (XInput 2), since elements and pictures wait for
it, and a changed keymap by the core protocol's: it must be read before it changes again.
"""

from __future__ import annotations

import logging
import struct
from typing import Any

import xcffib
import xcffib.sync
import xcffib.xinput
from xcffib.ffi import ffi
from xcffib.sync import CA, TESTTYPE, VALUETYPE
from xcffib.xinput import Device, XIEventMask

from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import (
    Connection,
    connect,
    disconnect,
    has_extension,
    next_event,
    raw_reply,
    screen_of,
)

log = logging.getLogger(__name__)

BLOCK_S = 0.025
"""How long events gather after some were read, unless a button goes down: at 125 Hz three share a wake-up, at 1 kHz
twenty-five. When none came in it the pointer rests."""
SHORT_BLOCK_S = 0.01
"""The same on a server that doesn't tell of presses."""
ALIVE_S = 0.1
"""Between two requests while something happens."""
QUIET_S = 0.35
"""After so long without an event the alarm is relied upon. Longer than ALARM_MS and a request's way together: an event
that comes before finds us asking, one that comes after finds the alarm set."""
ALARM_MS = 150
"""An event after at least so long without one sets the alarm off."""
REST_S = 1.0
"""Between two requests while nothing happens: requests of other clients (a changed keymap) set no alarm off."""

_EventMask: Any = xcffib.xinput.EventMask
_IDLE_COUNTER = b"IDLETIME"
_MAPPING_NOTIFY = 34


class Pulse:
    """Watches one server on a connection of its own, and asks it on `control`, whose answers wake nobody.

    `beat` before each wait, `seen` whenever records came, `news` when `fileno` is readable. On a server without SYNC or
    its idle counter it asks ten times a second for ever.
    """

    def __init__(self, env: DesktopEnv, control: Connection) -> None:
        self._control = control
        # No client of XKEYBOARD: to such a one a server tells of changed keymaps by MappingNotify.
        self._watch = connect(env)
        self._asked_s = 0.0
        self._seen_s = 0.0
        try:
            self._has_alarm = self._set_alarm()
            self.block_s = BLOCK_S if self._hear_presses() else SHORT_BLOCK_S
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        """The descriptor of the watching connection, for poll: readable when there is news."""
        return int(self._watch.get_file_descriptor())

    def close(self) -> None:
        """Close the watching connection; twice is harmless."""
        disconnect(self._watch)
        self._watch = None

    def seen(self, now_s: float) -> None:
        """Records came: something happens at this desktop."""
        self._seen_s = now_s

    def beat(self, now_s: float) -> float:
        """Ask the server if that is due; how long to wait at most until the next time, s."""
        every_s = REST_S if self._has_alarm and now_s - self._seen_s > QUIET_S else ALIVE_S
        if now_s - self._asked_s >= every_s:
            self._asked_s = now_s
            # Only output pending for a client makes the server flush its record buffers: a request with a reply.
            self._control.discard_reply(self._control.core.GetInputFocus().sequence)
            self._control.flush()
            # Takes the answers of earlier requests off the socket; no events were selected there.
            next_event(self._control)
        return max(0.0, self._asked_s + every_s - now_s)

    def news(self, now_s: float) -> bool:
        """Take the events that have come: any but a changed keymap mean activity. True when a keymap has changed."""
        changed = False
        while (event := xcffib.lib.xcb_poll_for_event(self._watch._conn)) != ffi.NULL:
            kind = event.response_type & 0x7F
            xcffib.c_free(event)
            if kind == _MAPPING_NOTIFY:
                changed = True
            elif kind:
                self._seen_s = now_s
        self._watch.invalid()
        return changed

    def _set_alarm(self) -> bool:
        if not has_extension(self._watch, "SYNC"):
            return False
        sync = self._watch(xcffib.sync.key)
        sync.Initialize(3, 1).reply()
        counter = self._idle_counter(sync)
        if counter is None:
            log.info("the X server counts no idle time")
            return False
        alarm = self._watch.generate_id()
        try:
            sync.CreateAlarm(
                alarm,
                CA.Counter | CA.ValueType | CA.Value | CA.TestType | CA.Delta | CA.Events,
                # 64-bit values as pairs of 32 bits. A delta of 0 leaves a transition's alarm set for the next one.
                [counter, VALUETYPE.Absolute, (0, ALARM_MS), TESTTYPE.NegativeTransition, (0, 0), 1],
                is_checked=True,
            ).check()
        except xcffib.Error as error:
            log.info("the X server sets no alarm: %s", type(error).__name__)
            return False
        return True

    def _idle_counter(self, sync: xcffib.sync.syncExtension) -> int | None:
        """The counter of the time without any input; read by hand, since xcffib pads the list's names wrongly."""
        listing = sync.ListSystemCounters()  # type: ignore[no-untyped-call]
        self._watch.flush()
        raw = raw_reply(self._watch, listing.sequence)
        return None if raw is None else find_counter(raw, _IDLE_COUNTER)

    def _hear_presses(self) -> bool:
        if not has_extension(self._watch, "XInputExtension"):
            return False
        xinput = self._watch(xcffib.xinput.key)
        version = xinput.XIQueryVersion(2, 2).reply()
        if version.major_version < 2:
            return False
        mask = _EventMask.synthetic(Device.AllMaster, 1, [XIEventMask.RawButtonPress])
        try:
            xinput.XISelectEvents(screen_of(self._watch).root, 1, [mask], is_checked=True).check()
        except xcffib.Error as error:
            log.info("the X server tells no presses: %s", type(error).__name__)
            return False
        return True


def find_counter(reply: bytes, name: bytes) -> int | None:
    """The id of the counter called `name` in a reply to ListSystemCounters; None when there is none."""
    (count,) = struct.unpack_from("=I", reply, 8)
    at = 32
    for _ in range(count):
        # id, resolution (64 bits), length of the name, the name, padded to 4 bytes (X Synchronization Extension 3.1)
        identifier, size = struct.unpack_from("=I8xH", reply, at)
        if reply[at + 14 : at + 14 + size] == name:
            return int(identifier)
        at += (14 + size + 3) // 4 * 4
    return None
