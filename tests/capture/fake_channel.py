"""A channel in memory: the tests' end of a source, with a thread for the source itself."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TypeVar

from understudy.capture.source import Control, Source, Stop
from understudy.records.events import Raw

T = TypeVar("T")


class FakeChannel:
    """Keeps what a source sends; `tell` gives it a control."""

    def __init__(self) -> None:
        self.records: list[Raw] = []
        self._controls: list[Control] = []
        self._lock = threading.Lock()
        self._ours, self._theirs = socket.socketpair()
        self._gone = False

    def send(self, records: Sequence[Raw]) -> None:
        with self._lock:
            self.records.extend(records)

    def poll(self, timeout_s: float) -> list[Control]:
        import select

        if select.select([self._theirs], [], [], timeout_s)[0]:
            with self._lock:
                if self._gone:
                    raise EOFError
                self._theirs.recv(4096)
                controls, self._controls = self._controls, []
                return controls
        return []

    def fileno(self) -> int:
        return self._theirs.fileno()

    def tell(self, control: Control) -> None:
        with self._lock:
            self._controls.append(control)
            self._ours.send(b"x")

    def hang_up(self) -> None:
        """The recorder is gone."""
        with self._lock:
            self._gone = True
            self._ours.send(b"x")

    def of(self, kind: type[T]) -> list[T]:
        with self._lock:
            return [record for record in self.records if isinstance(record, kind)]

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()


class Running:
    """A source at work in a thread, for the length of the block; `error` is what ended it, None for `Stop`."""

    def __init__(self, source: Source) -> None:
        self.channel = FakeChannel()
        self.error: BaseException | None = None
        self._source = source
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self._source.run(self.channel)
        except Exception as error:  # noqa: BLE001 - the test looks at whatever ended it
            self.error = error

    def __enter__(self) -> Running:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.thread.is_alive():
            self.channel.tell(Stop())
        self.thread.join(10)
        self.channel.close()
        if kind is None:
            assert not self.thread.is_alive(), "the source did not end"

    def of(self, kind: type[T]) -> list[T]:
        return self.channel.of(kind)

    def wait(self, condition: Callable[[], object], what: str, timeout_s: float = 15) -> None:
        """Until `condition` gives something true; the error of the source, or AssertionError naming `what`."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if self.error is not None:
                raise self.error
            assert time.monotonic() < deadline, f"waited {timeout_s:.0f} s for {what}"
            time.sleep(0.02)
