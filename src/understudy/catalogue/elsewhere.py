"""A catalogue that another process holds open, for a command that waits for hours and needs it for seconds.

What the catalogue stands on takes some 25 MB of memory: `rest` gives them back by ending that process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sqlite3
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from understudy.catalogue.rows import CatalogueError

if TYPE_CHECKING:
    from understudy.catalogue.catalogue import Catalogue

BUSY_TIMEOUT_S = 15.0
END_S = 5.0


class Elsewhere:
    """Opens the catalogue at `path` in a process of its own when it is first asked something. A context manager.

    `with Elsewhere(path) as elsewhere: elsewhere.catalogue.add_policy(…)`. What a method raises there is raised here;
    CatalogueError also when that process ends without an answer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: Any = None
        self._wire: Connection | None = None
        self._look: sqlite3.Connection | None = None

    def __enter__(self) -> Elsewhere:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rest()
        self._look_away()

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue, whose methods are carried out over there; those that take and give plain values only."""
        return cast("Catalogue", _Caller(self._call))

    def rest(self) -> None:
        """End the other process, if it runs; the next question starts it anew."""
        if self._wire is not None:
            self._wire.close()
            self._process.join(END_S)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._wire = self._process = None

    def consent_holds(self, consent_id: str) -> bool:
        """As the catalogue's method, but asked from here: made to be asked every few seconds while that rests."""
        try:
            if self._look is None:
                # Kept open: on a disk that has filled up meanwhile it could not be opened any more.
                self._look = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S)
            row = self._look.execute("SELECT withdrawn_at FROM consents WHERE id = ?", (consent_id,)).fetchone()
        except sqlite3.Error as error:
            raise CatalogueError(f"the catalogue can't be used: {error}") from error
        return row is not None and row[0] is None

    def _call(self, name: str, /, *given: object, **named: object) -> object:
        wire = self._wire or self._start()
        try:
            wire.send((name, given, named))
            fine, answer = wire.recv()
        except (EOFError, OSError) as error:
            # The next question is for a new one.
            self.rest()
            raise CatalogueError(f"{self._path}: the catalogue's process ended without an answer; try again") from error
        if not fine:
            raise answer
        return answer

    def _look_away(self) -> None:
        if self._look is not None:
            self._look.close()
            self._look = None

    def _start(self) -> Connection:
        # An open connection may not go through a fork (sqlite.org, "How To Corrupt").
        self._look_away()
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        try:
            # Ctrl+C is for the command, which ends that process itself: blocked there from its first moment to its
            # last, and here until both are known.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            process = context.Process(target=_serve, args=(self._path, there, here), daemon=True)
            process.start()
            there.close()
            self._process, self._wire = process, here
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return here


class _Caller:
    """Turns a call of any method into a question."""

    def __init__(self, call: Callable[..., object]) -> None:
        self._call = call

    def __getattr__(self, name: str) -> Callable[..., object]:
        def ask(*given: object, **named: object) -> object:
            return self._call(name, *given, **named)

        return ask


def _serve(path: Path, wire: Connection, other_end: Connection) -> None:
    """Carry out calls until the other end is closed."""
    # The command must see our end of the line alone.
    other_end.close()
    from understudy.catalogue.catalogue import Catalogue

    opened: Catalogue | None = None
    # Who was interrupted while it asked no longer waits for the answer.
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            name, given, named = wire.recv()
            try:
                opened = opened or Catalogue.open(path)
                answer: object = (True, getattr(opened, name)(*given, **named))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it was asked for
                answer = (False, error)
            wire.send(answer)
    if opened is not None:
        opened.close()
