"""The recorder's child processes: started, heard, told, ended."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from understudy.recorder.confine import die_with
from understudy.recorder.title import name_process
from understudy.recorder.wire import Wire

log = logging.getLogger(__name__)

M = TypeVar("M")


class _Process(Protocol):
    """As much of subprocess.Popen as is used here."""

    @property
    def pid(self) -> int: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...


class Child(Generic[M]):
    """One child process at the other end of a wire. It is told our process id, to die with us.

    One that takes no message for `tell_timeout_s` is ended.
    """

    def __init__(
        self,
        module: str,
        arguments: tuple[str, ...],
        receives: Any,  # noqa: ANN401 - a type
        *,
        tell_timeout_s: int = 2,
    ) -> None:
        ours, theirs = _pair(tell_timeout_s)
        try:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", module, *arguments),
                    *(str(theirs.fileno()), str(os.getpid())),
                ],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # Ctrl+C in the terminal goes to the command alone, which then tells everybody in order.
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._attach(process, ours, receives)

    @classmethod
    def forked(
        cls,
        title: Sequence[str],
        serve: Callable[[int], int],
        receives: Any,  # noqa: ANN401 - a type
        *,
        tell_timeout_s: int = 2,
    ) -> Child[M]:
        """A fork of this process that runs `serve(descriptor)`, its result the exit code, and shares what is imported.

        Only before any thread was started. All other descriptors but the standard ones are closed in it.
        """
        ours, theirs = _pair(tell_timeout_s)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _serve(title, serve, theirs, parent)
        theirs.close()
        child = cls.__new__(cls)
        child._attach(_Forked(pid), ours, receives)
        return child

    def _attach(self, process: _Process, ours: socket.socket, receives: Any) -> None:  # noqa: ANN401
        self._process = process
        self.wire: Wire[M] = Wire(ours, receives)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def tell(self, message: object) -> bool:
        """Send a message; False when the child is gone, or is ended because it took nothing in time."""
        try:
            self.wire.send(message)
        except BlockingIOError:
            # Half a message may have gone: the wire is of no use any more.
            self._process.kill()
            return False
        except OSError:
            return False
        return True

    def end(self, timeout_s: float) -> int:
        """Hang up, wait, and kill it if it lingers; the exit code. Twice is harmless."""
        self.wire.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout_s)
        self._process.kill()
        return self._process.wait()


class _Forked:
    """A forked process, waited for like a Popen."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)
        self._code: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        if self._code is None:
            if not select.select([self._descriptor], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self._descriptor)
        return self._code

    def kill(self) -> None:
        if self._code is None:
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)


def _pair(tell_timeout_s: int) -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    # A child that is stopped must not stop us: what it doesn't take in time ends it (socket(7), SO_SNDTIMEO).
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", tell_timeout_s, 0))
    return ours, theirs


def _serve(title: Sequence[str], serve: Callable[[int], int], theirs: socket.socket, parent: int) -> NoReturn:
    """In the fork: nothing of the parent's is left but what it had imported. Never returns into the parent's code."""
    code = 1
    try:
        os.setsid()
        # The other ends of the parent's wires: held here, they would never be seen to end.
        os.closerange(3, theirs.fileno())
        os.closerange(theirs.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        name_process(title)
        die_with(parent)
        code = serve(theirs.fileno())
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except EOFError:
        # The recorder hung up before it gave out the job.
        code = 0
    except BaseException as error:  # noqa: BLE001 - its text may quote what was captured
        log.error("%s ended by a %s", title[-1], type(error).__name__)
    finally:
        # Past everything that would run at the parent's exit.
        os._exit(code)
