"""The input source: pointer and keys, with what the keys mean, from the X RECORD extension.

Never delayed by anything but itself: it asks the server for a keymap when that has changed, and for a process id when
a keyboard grab begins, and nothing else. Typed content stays in this process's memory and its channel.

Waking up costs more than an event does (60 to 100 µs against 3 µs), so it wakes seldom: what comes after a first event
gathers while it sleeps, and on a desktop where nothing happens it sleeps until the server tells of activity.
"""

from __future__ import annotations

import itertools
import logging
import select
import struct
import sys
import time
from collections.abc import Iterator
from typing import Literal

import xcffib

from understudy.capture.source import (
    CaptureUnavailable,
    Channel,
    DesktopEnv,
    Pause,
    Resume,
    SourceName,
    Stop,
)
from understudy.capture.x11.clock import ServerClock
from understudy.capture.x11.connect import Connection, connect, disconnect
from understudy.capture.x11.grabs import GrabChange, Grabs
from understudy.capture.x11.pulse import Pulse
from understudy.capture.x11.record import (
    CHANGE_KEYBOARD_MAPPING,
    CLIENT_DIED,
    CLIENT_STARTED,
    END_OF_DATA,
    FROM_CLIENT,
    FROM_SERVER,
    GRAB_KEYBOARD,
    SET_MODIFIER_MAPPING,
    START_OF_DATA,
    UNGRAB_KEYBOARD,
    Block,
    RecordStream,
)
from understudy.capture.x11.text import Keyboard
from understudy.records.events import Grab, Key, Mark, Modifier, Pointer, Raw, Tick

log = logging.getLogger(__name__)

_RANGE_MS = 3_600_000
"""Times this near to one that was converted are converted by adding."""

# X core events (X11/X.h).
_KEY_PRESS, _KEY_RELEASE, _BUTTON_PRESS, _BUTTON_RELEASE, _MOTION = 2, 3, 4, 5, 6
# type, detail, sequence, time, root, event, child, root x, root y, event x, event y, state, same screen, pad
_EVENT = struct.Struct("=BBHIIIIhhhhHBx")
_WHEEL = {4: (0, -1), 5: (0, 1), 6: (-1, 0), 7: (1, 0)}
"""Core buttons of the wheel: (x, y) notches, + is right and down."""
_MAX_KEYCODE = 256
STILL_NS = 16_000_000
"""When the newest of several events is this old, the next one would have come: twice the gap between two moves of a
125 Hz mouse."""

FAST_BYTES = 4096
"""After a look that found so much (64 events) none gather: the server may write no more than some 270 ahead of us."""

_Event = tuple[int, ...]


class InputSource:
    """Yields `Pointer`, `Key`, `Grab` and loss marks until `Stop`, and a `Tick` without a number when what was coming
    has stopped, and before a pause: all up to its time has been told. Settings: the desktop it sits on.

    `run` raises CaptureUnavailable when RECORD or the keymap is missing, or when the server goes.
    """

    name: SourceName = "input"

    def __init__(self, env: DesktopEnv) -> None:
        self._env = env

    def run(self, channel: Channel) -> None:
        """Hand records down the channel until `Stop`, EOFError when the recorder is gone."""
        control = connect(self._env)
        try:
            with _Session(self._env, control) as session:
                session.run(channel)
        except xcffib.ConnectionException as error:
            raise CaptureUnavailable("the X server is gone") from error
        finally:
            disconnect(control)


class _Session:
    """One run: the record stream, the keyboard and what is known of keys and grabs."""

    def __init__(self, env: DesktopEnv, control: Connection) -> None:
        self._env = env
        self._control = control
        self._seq = itertools.count()
        self._paused = False
        self._stream = RecordStream(env, control)
        try:
            self._pulse = Pulse(env, control)
            self._grabs = Grabs(control, self._stream.opcodes)
            self._keyboard = Keyboard(control, env.locale)
        except BaseException:
            self._stream.close()
            raise
        self._clock = ServerClock(self._stream.started_server_ms, self._stream.started_between_ns)
        self._shift_ms, self._from_ms, self._to_ms = 0, 1, 0
        self._reloaded = False
        self._newest_ns = 0
        self._down: dict[int, str] = self._keys_down()
        self._released: _Event | None = None

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._keyboard.close()
        self._pulse.close()
        self._stream.close()

    def run(self, channel: Channel) -> None:
        stream, controls, server = self._stream.fileno(), channel.fileno(), self._pulse.fileno()
        told, all_of_it = select.poll(), select.poll()
        for descriptor in (controls, server):
            told.register(descriptor, select.POLLIN)
            all_of_it.register(descriptor, select.POLLIN)
        all_of_it.register(stream, select.POLLIN)
        came = False
        while True:
            timeout_s = self._pulse.beat(time.monotonic())
            if came and self._stream.read_bytes < FAST_BYTES:
                # More is on its way while something moves: it gathers, unless a button goes down.
                ready = told.poll(self._pulse.block_s * 1000)
            else:
                if came or self._released is not None:
                    # That nothing more came is told as soon as after any other look.
                    timeout_s = self._pulse.block_s
                # poll counts whole ms: rounded up, so that a time that is due is over when it returns.
                ready = all_of_it.poll(timeout_s * 1000 + 1)
            descriptors = [descriptor for descriptor, _ in ready]
            if controls in descriptors:
                for control in channel.poll(0):
                    if isinstance(control, Stop):
                        self._flush(channel)
                        return
                    self._obey(control, channel)
            remapped = server in descriptors and self._pulse.news(time.monotonic())
            self._reloaded = False
            looked_ns = time.monotonic_ns()
            moved, came = came, self._hand_over(channel)
            still = looked_ns - self._newest_ns >= STILL_NS if came else moved
            if still and not self._paused:
                # What was on its way would have come: whoever waits for the pointer to rest may rely on it.
                channel.send([Tick(looked_ns, -1)])
            if remapped and not self._reloaded:
                # No recorded request explains it: another keyboard of the same master is in use.
                self._keyboard.reload(forget_overlay=False)
            if came:
                self._pulse.seen(time.monotonic())

    def _flush(self, channel: Channel) -> None:
        """Hand over what the server still holds, too."""
        self._control.core.GetInputFocus().reply()
        while self._hand_over(channel):
            pass

    def _obey(self, control: object, channel: Channel) -> None:
        if isinstance(control, Pause):
            if not self._paused:
                self._flush(channel)
                channel.send([Tick(time.monotonic_ns(), -1)])
            self._paused = True
            self._released = None
        elif isinstance(control, Resume) and self._paused:
            self._hand_over(channel)
            self._paused = False
            self._keyboard.forget()
            self._down = self._keys_down()
            if self._grabs.holder is not None:
                channel.send([self._grab(GrabChange(True, self._grabs.holder), time.monotonic_ns())])

    def _keys_down(self) -> dict[int, str]:
        """The keys held now, each with the keysym name that its release will carry."""
        keys = self._control.core.QueryKeymap().reply().keys
        held = (code for code in range(_MAX_KEYCODE) if keys[code >> 3] >> (code & 7) & 1)
        return {code: self._keyboard.name(code, 0) for code in held}

    def _hand_over(self, channel: Channel) -> bool:
        """Send all that has come, and when nothing has, a release that was kept back to see whether autorepeat made it.

        True when anything had come from the server.
        """
        records: list[Raw] = []
        now_ns = time.monotonic_ns()
        came = False
        for block in self._stream.blocks():
            if not came and self._stream.overrun and not self._paused:
                # A number that nobody has: the gap says that events may be missing.
                next(self._seq)
            came = True
            if block.category == FROM_SERVER and block.client == 0:
                self._events(block.data, now_ns, records)
            else:
                records.extend(self._others(block, now_ns))
        if not came:
            records.extend(self._settle(now_ns))
        if records and not self._paused:
            self._newest_ns = records[-1].time_ns
            channel.send(records)
        return came

    def _events(self, data: bytes, now_ns: int, records: list[Raw]) -> None:
        """Device events. Moves are by far the most: what they need is at hand here, without another call."""
        if self._paused:
            return
        add, number, modifiers = records.append, self._seq, self._keyboard.modifiers
        state = -1
        held: tuple[Modifier, ...] = ()
        for event in _EVENT.iter_unpack(data):
            if event[0] != _MOTION or self._released is not None:
                records.extend(self._event(event, now_ns))
                # A key may change what the modifier bits mean.
                state = -1
                continue
            server_ms = event[3]
            if not self._from_ms <= server_ms <= self._to_ms:
                self._range(server_ms, now_ns)
            if event[11] != state:
                state = event[11]
                held = modifiers(state)
            add(
                Pointer(
                    time_ns=(server_ms + self._shift_ms) * 1_000_000,
                    seq=next(number),
                    kind="move",
                    x=event[7],
                    y=event[8],
                    modifiers=held,
                )
            )

    def _range(self, server_ms: int, now_ns: int) -> None:
        """Around this time of the server, monotonic ms are the server's and `_shift_ms`."""
        self._shift_ms = self._clock.time_ns(server_ms, now_ns) // 1_000_000 - server_ms
        self._from_ms = max(0, server_ms - _RANGE_MS)
        self._to_ms = server_ms + _RANGE_MS

    def _others(self, block: Block, now_ns: int) -> Iterator[Raw]:
        # No press can make a repeat of the release that was kept back once something else lies between.
        yield from self._settle(now_ns)
        if block.category == FROM_SERVER:
            for start in range(0, len(block.data), 32):
                for change in self._grabs.reply(block.client, block.data[start : start + 32]):
                    yield self._grab(change, self._clock.time_ns(block.server_ms, now_ns))
        elif block.category == FROM_CLIENT:
            yield from self._requests(block, now_ns)
        elif block.category == CLIENT_DIED:
            for change in self._grabs.died(block.client):
                yield self._grab(change, self._clock.time_ns(block.server_ms, now_ns))
        elif block.category == END_OF_DATA:
            raise CaptureUnavailable("the X server ended the recording of its events: start the recorder again")
        elif block.category not in (START_OF_DATA, CLIENT_STARTED):
            raise ValueError(f"RECORD has no category {block.category}")

    def _requests(self, block: Block, now_ns: int) -> Iterator[Raw]:
        order: Literal["little", "big"] = sys.byteorder
        if block.swapped:
            order = "big" if order == "little" else "little"
        for request in split_requests(block.data, order):
            opcode = request[0]
            if opcode in (GRAB_KEYBOARD, UNGRAB_KEYBOARD) or opcode == self._stream.opcodes.xinput:
                for change in self._grabs.request(block.client, request):
                    yield self._grab(change, self._clock.time_ns(block.server_ms, now_ns))
            elif opcode == CHANGE_KEYBOARD_MAPPING:
                for keycode, keysyms in changed_keys(request, order):
                    self._keyboard.redefine(keycode, keysyms)
                self._reloaded = True
            elif opcode in (SET_MODIFIER_MAPPING, self._stream.opcodes.xkb):
                self._keyboard.reload(forget_overlay=opcode != SET_MODIFIER_MAPPING)
                self._reloaded = True
            else:
                raise ValueError(f"request {opcode} was not asked for")

    def _grab(self, change: GrabChange, time_ns: int) -> Grab:
        return Grab(time_ns=time_ns, seq=self._next(), held=change.held, pid=self._grabs.pid(change.client))

    def _next(self) -> int:
        # Records dropped in a pause are no loss: they get no number.
        return -1 if self._paused else next(self._seq)

    def _event(self, event: _Event, now_ns: int) -> Iterator[Raw]:
        kind, detail, server_ms, state = event[0], event[1], event[3], event[11]
        repeat_pair = False
        if self._released is not None:
            released = self._released
            repeat_pair = kind == _KEY_PRESS and released[1] == detail and released[3] == server_ms
            if repeat_pair:
                self._released = None
            else:
                yield from self._settle(now_ns)
        if kind == _KEY_RELEASE:
            self._released = event
            return
        time_ns = self._clock.time_ns(server_ms, now_ns)
        if kind == _KEY_PRESS:
            meaning = self._keyboard.press(detail, state)
            yield Key(
                time_ns=time_ns,
                seq=next(self._seq),
                down=True,
                keycode=detail,
                keysym=meaning.keysym,
                text=meaning.text,
                repeat=repeat_pair or detail in self._down,
                modifiers=self._keyboard.modifiers(state),
            )
            self._down[detail] = meaning.keysym
        elif kind == _MOTION:
            yield self._pointer("move", event, time_ns)
        elif detail in _WHEEL:
            if kind == _BUTTON_PRESS:
                yield self._pointer("scroll", event, time_ns)
        elif kind in (_BUTTON_PRESS, _BUTTON_RELEASE):
            yield self._pointer("down" if kind == _BUTTON_PRESS else "up", event, time_ns)
        else:
            raise ValueError(f"event {kind} was not asked for")

    def _pointer(self, kind: Literal["move", "down", "up", "scroll"], event: _Event, time_ns: int) -> Pointer:
        scroll_x, scroll_y = _WHEEL[event[1]] if kind == "scroll" else (0, 0)
        return Pointer(
            time_ns=time_ns,
            seq=next(self._seq),
            kind=kind,
            x=event[7],
            y=event[8],
            button=event[1] if kind in ("down", "up") else 0,
            scroll_x=scroll_x,
            scroll_y=scroll_y,
            modifiers=self._keyboard.modifiers(event[11]),
        )

    def _settle(self, now_ns: int) -> Iterator[Raw]:
        """The release that was kept back was a real one."""
        event, self._released = self._released, None
        if event is None or self._paused:
            return
        keycode, state = event[1], event[11]
        time_ns = self._clock.time_ns(event[3], now_ns)
        if keycode not in self._down:
            yield Mark(
                time_ns=time_ns, seq=next(self._seq), kind="loss", reason="source_lost_events", detail=InputSource.name
            )
        # The name that the press had: the layout or Shift may have changed while the key was down.
        keysym = self._down.pop(keycode, None) or self._keyboard.name(keycode, state)
        yield Key(
            time_ns=time_ns,
            seq=next(self._seq),
            down=False,
            keycode=keycode,
            keysym=keysym,
            modifiers=self._keyboard.modifiers(state),
        )


def split_requests(data: bytes, order: Literal["little", "big"]) -> Iterator[bytes]:
    """The whole requests in a block, each from its opcode on. Big requests carry their length behind a zero one."""
    start = 0
    while start + 4 <= len(data):
        words = int.from_bytes(data[start + 2 : start + 4], order)
        if words == 0:
            words = int.from_bytes(data[start + 4 : start + 8], order)
        if words == 0:
            raise ValueError("a recorded request has no length")
        yield data[start : start + 4 * words]
        start += 4 * words


def changed_keys(request: bytes, order: Literal["little", "big"]) -> Iterator[tuple[int, list[int]]]:
    """(keycode, keysyms) for each key that a core ChangeKeyboardMapping request redefines."""
    count, first, per_key = request[1], request[4], request[5]
    for index in range(count):
        start = 8 + 4 * index * per_key
        words = (request[start + 4 * k : start + 4 * k + 4] for k in range(per_key))
        yield first + index, [int.from_bytes(word, order) for word in words]
