"""Sealing and writing beside the recorder's loop: a slow disk delays neither the sources nor redaction."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from understudy.records.redacted import Redacted
from understudy.spool.writer import Forgotten, SpoolWriter

log = logging.getLogger(__name__)

MOST_WAITING = 64
"""Batches that may wait for the disk (a quarter of a second each); then who brings more waits as well: what waits here
is lost by a crash, and takes memory."""


class Flusher:
    """Gives batches to a writer, in a thread of its own and in their order: each is on disk before the next is begun.

    Made before its writer, which takes `ask_for_key_frame` and `noted` as its `rekey` and `note`; `start` begins.
    Whatever the writer raises ends the work at once: it is raised by the next call here, and nothing is written after
    it. Not for two threads at a time.
    """

    def __init__(self, issued: Callable[[], Mapping[str, int]] = dict) -> None:
        self._issued = issued
        self._noted: Mapping[str, int] = issued()
        self._key_frame_wanted = threading.Event()
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Sequence[Redacted], Mapping[str, int]]] = deque()
        self._busy = self._over = False
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._writer: SpoolWriter | None = None

    def start(self, writer: SpoolWriter) -> None:
        """Begin to give batches to this writer."""
        self._writer = writer
        # Threads inherit the confinement of the thread that starts them. A daemon: a disk that never answers must not
        # keep the process.
        self._thread = threading.Thread(target=self._work, name="flusher", daemon=True)
        self._thread.start()

    def ask_for_key_frame(self) -> None:
        """The writer's `rekey`: a new segment is due."""
        self._key_frame_wanted.set()

    def noted(self) -> Mapping[str, int]:
        """The writer's `note`: what had been issued when the batch at hand was put."""
        return self._noted

    def key_frame_wanted(self) -> bool:
        """True once each time that the next frame should be a key frame."""
        wanted = self._key_frame_wanted.is_set()
        if wanted:
            self._key_frame_wanted.clear()
        return wanted

    def put(self, batch: Sequence[Redacted]) -> None:
        """Have these records on disk soon. Raises what writing an earlier batch raised."""
        with self._changed:
            while len(self._waiting) >= MOST_WAITING and self._error is None:
                self._changed.wait()
            self._check()
            self._waiting.append((batch, self._issued()))
            self._changed.notify_all()

    def check(self) -> None:
        """Raise what writing raised, if it did."""
        with self._changed:
            self._check()

    def settle(self) -> None:
        """Return once everything that was put is on disk. Raises what writing it raised."""
        with self._changed:
            while (self._waiting or self._busy) and self._error is None:
                self._changed.wait()
            self._check()

    def forget(self, since_ns: int) -> Forgotten:
        """`SpoolWriter.forget` once everything that was put is on disk. Raises SpoolFull."""
        self.settle()
        self._noted = self._issued()
        return self._its_writer().forget(since_ns)

    def end(self) -> None:
        """No more comes: everything that was put is on disk, or the thread ended with its error, which `check` tells.

        Twice is harmless.
        """
        with self._changed:
            self._over = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _its_writer(self) -> SpoolWriter:
        if self._writer is None:
            raise ValueError("the flusher was not started")
        return self._writer

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        writer = self._its_writer()
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                while not self._waiting and not self._over:
                    self._changed.wait()
                if not self._waiting:
                    return
                batch, self._noted = self._waiting.popleft()
                self._busy = True
            try:
                writer.append(batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, it ends the recording: raised by the next call
                log.error("writing failed: %s", type(error).__name__)
                with self._changed:
                    self._error = error
                    self._waiting.clear()
                    self._busy = False
                    self._changed.notify_all()
                return
