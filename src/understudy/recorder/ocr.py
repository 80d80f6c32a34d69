"""The reader of pictures: `python -m understudy.recorder.ocr DESCRIPTOR PARENT`, and the recorder's end of it.

A process of its own, confined like the recorder that starts it and of lowest priority, with a share of one core and so
much time for each picture. Pictures come over its socket, and words go back: nothing of either touches a file.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image

from understudy.recorder.children import Child
from understudy.recorder.confine import die_with, forbid_dumps
from understudy.recorder.logs import only_our_lines
from understudy.recorder.memory import spare_memory
from understudy.recorder.tesseract import Tesseract, TesseractMissing
from understudy.recorder.wire import Wire
from understudy.records.events import ReadWord
from understudy.records.geometry import Rect
from understudy.redact.ocr_lane import Question

log = logging.getLogger(__name__)

READ_S = 2.5
"""A picture that isn't read by then is not read."""
CPU_SHARE = 0.5
"""Of one core, over SHARE_S seconds: what a window that never rests costs at most."""
SHARE_S = 8.0
MEMORY_BYTES = 768 << 20
"""Address space: about three times what a whole 1080p window takes."""
NICE = 10
ENLARGED = 2
"""Letters on a screen are 7 to 12 px high; Tesseract reads them best at twice that."""
LARGE_TEXT_PX = 600_000
"""Beyond it a picture is read as it is."""
DARK = 128
PAD_PX = 12
MOST_RESTARTS = 3
SILENT_S = 10.0
"""A reader that says nothing for so long is ended, and started again."""
_LENGTH = struct.Struct("<I")


class ReadPicture(msgspec.Struct, frozen=True, tag="read_picture"):
    """To the reader: `grey` holds width * height bytes."""

    question: int
    width: int
    height: int
    grey: bytes


class PictureRead(msgspec.Struct, frozen=True, tag="picture_read"):
    """From the reader; `words` None: not in time."""

    question: int
    words: tuple[ReadWord, ...] | None


class ReaderReady(msgspec.Struct, frozen=True, tag="reader_ready"):
    """From the reader, once: it reads."""


class ReaderMissing(msgspec.Struct, frozen=True, tag="reader_missing"):
    """From the reader, instead: `message` says what to install."""

    message: str


FromReader = ReaderReady | ReaderMissing | PictureRead


# --- in the reader's process ------------------------------------------------------------------------------------------


class Share:
    """How long to wait so that no more than CPU_SHARE of a core is used; time used is `cpu_s`, both in s."""

    def __init__(self, now_s: float) -> None:
        self._left_s, self._at_s = CPU_SHARE * SHARE_S, now_s

    def wait_s(self, used_s: float, now_s: float) -> float:
        """`used_s` were used since the last call: how long to rest from now on."""
        earned = (now_s - self._at_s) * CPU_SHARE
        self._left_s = min(CPU_SHARE * SHARE_S, self._left_s + earned) - used_s
        self._at_s = now_s
        return max(0.0, -self._left_s / CPU_SHARE)


def read_picture(reader: Tesseract, picture: ReadPicture) -> tuple[ReadWord, ...] | None:
    """The words of a picture, in its own px; None when they weren't read in time."""
    grey: npt.NDArray[np.uint8] = np.frombuffer(picture.grey, np.uint8).reshape(picture.height, picture.width)
    if np.median(grey) < DARK:
        grey = 255 - grey
    # Letters at the very edge are read badly.
    grey = np.pad(grey, PAD_PX, mode="edge")
    height, width = grey.shape
    enlarged = ENLARGED if grey.size <= LARGE_TEXT_PX else 1
    image = Image.fromarray(grey)
    if enlarged != 1:
        image = image.resize((width * enlarged, height * enlarged), Image.Resampling.BICUBIC)
    words = reader.read(image.tobytes(), *image.size, enlarged=enlarged, deadline_ms=int(READ_S * 1000))
    if words is None:
        return None
    return tuple(
        ReadWord(word.text, _shrunk(Rect(word.left, word.top, word.width, word.height), enlarged), word.confidence)
        for word in words
    )


def _shrunk(rect: Rect, times: int) -> Rect:
    left, top = rect.x // times, rect.y // times
    return Rect(left - PAD_PX, top - PAD_PX, -(-rect.right // times) - left, -(-rect.bottom // times) - top)


def serve(descriptor: int) -> int:
    """Read pictures until the other end is gone; the exit code."""
    wire: Wire[ReadPicture] = Wire(socket.socket(fileno=descriptor), ReadPicture)
    try:
        reader = Tesseract()
    except TesseractMissing as error:
        wire.send(ReaderMissing(str(error)))
        return 1
    wire.send(ReaderReady())
    share = Share(time.monotonic())
    before_s = time.process_time()
    while True:
        for picture in wire.wait(3600):
            wire.send(PictureRead(picture.question, read_picture(reader, picture)))
            used_s, before_s = time.process_time() - before_s, time.process_time()
            time.sleep(share.wait_s(used_s, time.monotonic()))


def main() -> None:
    """Entry point of the process."""
    descriptor, parent = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forbid_dumps()
    only_our_lines()
    spare_memory()
    die_with(parent)
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        code = serve(descriptor)
    except (EOFError, BrokenPipeError):
        code = 0
    except Exception as error:  # noqa: BLE001 - its text may quote what was read: only the type goes on
        log.error("the reader of pictures ended by a %s", type(error).__name__)
        code = 1
    # Past the library's own end, which complains on standard error.
    os._exit(code)


# --- in the recorder --------------------------------------------------------------------------------------------------


class PictureReader:
    """The recorder's end: never waits for the other. One that ends or falls silent is started again a few times.

    Without a reader nothing is answered, so that nothing is shown.
    """

    def __init__(self) -> None:
        self._child: Child[FromReader] | None = None
        self._ready = False
        self._starts = 0
        self._outgoing: deque[memoryview] = deque()
        self._asked_s: float | None = None
        self.missing = ""
        """What to install, once the reader has said so."""

    def fileno(self) -> int | None:
        """Readable when there is an answer; None while there is no process."""
        return None if self._child is None else self._child.wire.fileno()

    @property
    def busy(self) -> bool:
        """True while part of a question waits to be sent."""
        return bool(self._outgoing)

    @property
    def pid(self) -> int | None:
        """The process, None while there is none."""
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Start the process, if it may be once more."""
        if self.missing or self._starts > MOST_RESTARTS:
            return
        self._starts += 1
        self._child, self._ready = Child("understudy.recorder.ocr", (), FromReader), False
        self._outgoing.clear()
        self._asked_s = None

    def ask(self, question: Question) -> None:
        """Have a picture read. What was asked before and isn't answered is answered, if ever, to nobody's use."""
        if self._child is None:
            self.start()
        message = ReadPicture(question.number, question.width, question.height, question.grey)
        body = msgspec.msgpack.encode(message)
        self._outgoing.append(memoryview(_LENGTH.pack(len(body)) + body))
        if self._asked_s is None:
            self._asked_s = time.monotonic()
        self.go_on()

    def go_on(self) -> None:
        """Send what the other end takes; end one that is silent."""
        if self._child is None:
            self._outgoing.clear()
            return
        if self._asked_s is not None and time.monotonic() - self._asked_s > SILENT_S:
            log.warning("the reader of pictures is silent, and ended")
            self._gone()
            return
        try:
            while self._outgoing:
                sent = self._child.wire.send_some(self._outgoing[0])
                if sent < len(self._outgoing[0]):
                    self._outgoing[0] = self._outgoing[0][sent:]
                    return
                self._outgoing.popleft()
        except OSError:
            self._gone()

    def hear(self) -> Iterator[PictureRead]:
        """What was answered by now."""
        if self._child is None:
            return
        try:
            messages: Iterable[FromReader] = self._child.wire.receive()
        except EOFError:
            self._gone()
            return
        for message in messages:
            match message:
                case ReaderReady():
                    self._ready = True
                case ReaderMissing(message=text):
                    self.missing = text
                case PictureRead():
                    self._asked_s = None
                    yield message

    def end(self) -> None:
        """End the process; twice is harmless."""
        if self._child is not None:
            self._child.end(0.1)
            self._child = None

    def _gone(self) -> None:
        self.end()
        self._outgoing.clear()
        self._asked_s = None


if __name__ == "__main__":
    main()
