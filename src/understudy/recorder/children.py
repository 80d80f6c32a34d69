"""The recorder's child processes: started, heard, told, ended."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import sys
from typing import Any, Generic, TypeVar

from understudy.recorder.wire import Wire

M = TypeVar("M")


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
        ours, theirs = socket.socketpair()
        # A child that is stopped must not stop us: what it doesn't take in time ends it (socket(7), SO_SNDTIMEO).
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", tell_timeout_s, 0))
        try:
            self._process = subprocess.Popen(
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
