"""A channel in memory with a thread for the source, a bare X server to kill, and windows of one colour."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, TypeVar

import pytest
import xcffib
import xcffib.xproto
from PIL import Image
from xcffib.xproto import CW, ConfigWindow, EventMask, WindowClass

from benchmarks.patience import Patience
from understudy.act.desktop import VirtualDesktop
from understudy.capture.source import Control, DesktopEnv, Source, Stop
from understudy.records.events import Raw, Tick

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
            # That nothing came for a while is for the recorder alone.
            self.records.extend(record for record in records if not isinstance(record, Tick))

    def poll(self, timeout_s: float) -> list[Control]:
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
        patience = Patience(timeout_s)
        while not condition():
            if self.error is not None:
                raise self.error
            assert not patience.over, f"waited {timeout_s:.0f} s for {what}"
            time.sleep(0.02)


@pytest.fixture(scope="session")
def running() -> type[Running]:
    """The class that runs a source: `with running(source) as run: ...`."""
    return Running


@pytest.fixture
def env(desktop: VirtualDesktop) -> DesktopEnv:
    """The virtual desktop as sources see it."""
    return DesktopEnv(display=desktop.display, session_bus_address=desktop.env["DBUS_SESSION_BUS_ADDRESS"])


@pytest.fixture
def bare_server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """(display, process) of an Xvfb with nothing on it, which the test may stop or kill."""
    read_fd, write_fd = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_fd), "-nolisten", "tcp", "-noreset", "-screen", "0", "640x480x24"],
        pass_fds=(write_fd,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write_fd)
    try:
        assert select.select([read_fd], [], [], 20)[0], "Xvfb did not start"
        yield f":{os.read(read_fd, 16).decode().strip()}", server
    finally:
        os.close(read_fd)
        server.kill()
        server.wait(10)


class Sheet:
    """A window of one colour with rectangles painted on it, straight over the X protocol."""

    def __init__(self, painter: Painter, window: int) -> None:
        self.id = window
        self._painter = painter

    def fill(self, colour: int, x: int = 0, y: int = 0, width: int = 4000, height: int = 4000) -> None:
        """Paint a rectangle, 0xRRGGBB."""
        core, gc = self._painter.core, self._painter.connection.generate_id()
        core.CreateGC(gc, self.id, xcffib.xproto.GC.Foreground, [colour])
        core.PolyFillRectangle(self.id, gc, 1, [xcffib.xproto.RECTANGLE.synthetic(x, y, width, height)])
        core.FreeGC(gc)
        self._painter.sync()

    def place(self, x: int, y: int, width: int | None = None, height: int | None = None) -> None:
        """Move the window, and resize it."""
        mask, values = ConfigWindow.X | ConfigWindow.Y, [x, y]
        if width is not None and height is not None:
            mask, values = mask | ConfigWindow.Width | ConfigWindow.Height, [*values, width, height]
        self._painter.core.ConfigureWindow(self.id, mask, values)
        self._painter.sync()

    def raise_(self) -> None:
        """Put the window on top."""
        self._painter.core.ConfigureWindow(self.id, ConfigWindow.StackMode, [0])
        self._painter.sync()

    def title(self, title: str) -> None:
        """Set WM_NAME."""
        self._painter.property(self.id, "WM_NAME", title.encode())

    def image(self, width: int, height: int) -> Image.Image:
        """A screenshot of the window by the server, as any program may take one of itself."""
        reply = self._painter.core.GetImage(2, self.id, 0, 0, width, height, 0xFFFFFFFF).reply()
        return Image.frombuffer("RGB", (width, height), bytes(reply.data.buf()), "raw", "BGRX", 0, 1)

    def close(self) -> None:
        """Destroy the window."""
        self._painter.core.DestroyWindow(self.id)
        self._painter.sync()


class Painter:
    """Makes windows on a display."""

    def __init__(self, display: str) -> None:
        self.connection: Any = xcffib.connect(display=display)
        self.core: Any = self.connection.core
        self._screen = self.connection.get_setup().roots[0]

    def sheet(
        self,
        x: int,
        y: int,
        width: int,
        height: int,
        colour: int = 0xFFFFFF,
        *,
        title: str = "",
        override: bool = False,
    ) -> Sheet:
        """A new mapped window; waits until it can be seen."""
        window = self.connection.generate_id()
        self.core.CreateWindow(
            self._screen.root_depth,
            window,
            self._screen.root,
            *(x, y, width, height, 0),
            WindowClass.InputOutput,
            self._screen.root_visual,
            CW.BackPixel | CW.OverrideRedirect | CW.EventMask,
            [colour, int(override), EventMask.StructureNotify],
        )
        self.property(window, "WM_NAME", title.encode())
        self.property(window, "WM_CLASS", b"sheet\0Sheet\0")
        # USPosition: the window manager places it where it asks to be.
        hints = (1 | 2).to_bytes(4, "little") + b"\0" * 68
        self.core.ChangeProperty(
            0, window, xcffib.xproto.Atom.WM_NORMAL_HINTS, xcffib.xproto.Atom.WM_SIZE_HINTS, 32, 18, hints
        )
        self.core.MapWindow(window)
        self.sync()
        patience = Patience(10)
        while self.core.GetWindowAttributes(window).reply().map_state != 2:
            assert not patience.over, "the window was not mapped"
            time.sleep(0.02)
        return Sheet(self, window)

    def property(self, window: int, name: str, value: bytes) -> None:
        atom = getattr(xcffib.xproto.Atom, name)
        self.core.ChangeProperty(0, window, atom, xcffib.xproto.Atom.STRING, 8, len(value), value)
        self.sync()

    def sync(self) -> None:
        """Until the server has done all of it."""
        self.core.GetInputFocus().reply()

    def close(self) -> None:
        self.connection.disconnect()


@pytest.fixture
def painter(desktop: VirtualDesktop) -> Iterator[Painter]:
    made = Painter(desktop.display)
    yield made
    made.close()
