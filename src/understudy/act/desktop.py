"""A private virtual desktop: Xvfb, a window manager, a session bus and the accessibility bus.

Nothing of it touches the user's own display, bus, home or settings.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

REQUIRED = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "dbus-daemon": "dbus",
    "xprop": "x11-utils",
    "setpriv": "util-linux",
}
"""Programs that the virtual desktop needs, and the Debian package of each."""

A11Y_LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")

CHROMIUM_FLAGS = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-search-engine-choice-screen",
    "--password-store=basic",
    "--force-renderer-accessibility",
    "--force-device-scale-factor=1",
)
"""Flags for Chromium on a virtual desktop: no talk with the network, the page's tree on the bus."""


TRIES = 5
START_S = 20.0


class DesktopUnavailable(Exception):
    """The virtual desktop can't start; the message names what is missing and the command that installs it."""


def missing_packages(required: Mapping[str, str] = REQUIRED) -> list[str]:
    """Debian packages that a desktop lacks here, [] when it can start; `required` maps its programs to packages."""
    missing = [package for program, package in required.items() if shutil.which(program) is None]
    if not any(Path(path).exists() for path in A11Y_LAUNCHERS):
        missing.append("at-spi2-core")
    return sorted(missing)


class VirtualDesktop:
    """A desktop of `width_px` x `height_px` for as long as the context lasts.

    `env` is the environment for programs that shall live on it (its own DISPLAY, HOME, session bus; accessibility
    switched on before anything starts). Programs started by `spawn` end with it. Raises DesktopUnavailable.
    """

    required: Mapping[str, str] = REQUIRED
    """Programs that it needs, and the Debian package of each."""
    called = "a virtual desktop"

    def __init__(self, width_px: int = 1280, height_px: int = 800, *, home: Path | None = None) -> None:
        self.width_px, self.height_px = width_px, height_px
        self._own_home = home is None
        self.home = home or Path(tempfile.mkdtemp(prefix="understudy-desktop-"))
        self.cwd = self.home
        self.env: dict[str, str] = {}
        self.display = ""
        self._processes: list[subprocess.Popen[bytes]] = []
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if missing := missing_packages(self.required):
            raise DesktopUnavailable(
                f"{self.called} needs {', '.join(missing)}: sudo apt-get install -y {' '.join(missing)}"
            )
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def environment(self) -> dict[str, str]:
        """The environment of its programs, before there is a display and a bus."""
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME")}
        return {
            **keep,
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_SESSION_TYPE": "x11",
            "GTK_MODULES": "gail:atk-bridge",
            "NO_AT_BRIDGE": "0",
            "GTK_A11Y": "atspi",
            "GSETTINGS_BACKEND": "memory",
            "LANG": keep.get("LANG", "C.UTF-8"),
        }

    def server_command(self, display: str, ready_fd: int) -> list[str]:
        """The X server's command line; it writes its number and a newline to `ready_fd` when it is ready."""
        return [
            *("Xvfb", display, "-displayfd", str(ready_fd), "-nolisten", "tcp", "-noreset"),
            *("-screen", "0", f"{self.width_px}x{self.height_px}x24"),
        ]

    @property
    def runtime(self) -> Path:
        """Where its sockets lie."""
        return self.home / "run"

    def _start(self) -> None:
        self.runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.env = self.environment()
        self.display = self._start_server()
        self.env["DISPLAY"] = self.display
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._start_bus()
        launcher = next(path for path in A11Y_LAUNCHERS if Path(path).exists())
        # --launch-immediately also sets org.a11y.Status.IsEnabled, which Chromium reads only when it starts.
        self.spawn([launcher, "--launch-immediately"])
        self.spawn(["openbox", "--sm-disable"])
        self._wait_for(["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"], "window id", "the window manager")
        self._wait_for(
            [
                "dbus-send",
                "--session",
                "--print-reply",
                "--dest=org.a11y.Bus",
                "/org/a11y/bus",
                "org.a11y.Bus.GetAddress",
            ],
            "unix:",
            "the accessibility bus",
        )
        self._wait_for(
            [
                *("dbus-send", "--session", "--print-reply", "--dest=org.a11y.Bus", "/org/a11y/bus"),
                *("org.freedesktop.DBus.Properties.Set", "string:org.a11y.Status", "string:IsEnabled"),
                "variant:boolean:true",
            ],
            "method return",
            "the accessibility switch",
        )

    def _start_server(self) -> str:
        # A number by chance: servers that take the lowest free one can remove each other's sockets when one ends
        # while another starts.
        for _ in range(TRIES):
            if self._server_answers(display := f":{secrets.randbelow(50_000) + 100}"):
                return display
        raise DesktopUnavailable(f"the X server of {self.called} did not start in {TRIES} tries")

    def _server_answers(self, display: str) -> bool:
        """Start the X server with this display number; False when it ends instead of getting ready."""
        read_fd, write_fd = os.pipe()
        try:
            self._server = self.spawn(self.server_command(display, write_fd), pass_fds=(write_fd,))
            os.close(write_fd)
            write_fd = -1
            # The number and its newline come in two writes; a reader gone between them kills the server.
            return _read_line(read_fd).isdigit()
        finally:
            os.close(read_fd)
            if write_fd >= 0:
                os.close(write_fd)

    def _start_bus(self) -> str:
        read_fd, write_fd = os.pipe()
        try:
            self.spawn(["dbus-daemon", "--session", "--nofork", f"--print-address={write_fd}"], pass_fds=(write_fd,))
            address = _read_line(read_fd)
        finally:
            os.close(read_fd)
            os.close(write_fd)
        if not address:
            raise DesktopUnavailable("the session bus did not start")
        return address

    def _wait_for(self, command: Sequence[str], expected: str, what: str, timeout_s: float = START_S) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
            if expected in done.stdout:
                return
            time.sleep(0.05)
        raise DesktopUnavailable(f"{what} did not start within {timeout_s:.0f} s")

    @property
    def alive(self) -> bool:
        """True while its X server runs."""
        return self._server is not None and self._server.poll() is None

    def spawn(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, pass_fds: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a program on the desktop, its output thrown away; it ends with the desktop."""
        # setpriv (util-linux) has the kernel end it with us, however we end.
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *command],
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=pass_fds,
            start_new_session=True,
            cwd=self.cwd,
        )
        self._processes.append(process)
        return process

    def chromium(self, url: str, *flags: str, app_mode: bool = True) -> subprocess.Popen[bytes]:
        """Start Chromium with a profile of its own at `url`; `app_mode` leaves the address bar out."""
        sandbox = ("--no-sandbox", "--test-type") if os.geteuid() == 0 else ()
        target = f"--app={url}" if app_mode else url
        profile = f"--user-data-dir={self.home / 'chromium'}"
        return self.spawn(["chromium", *CHROMIUM_FLAGS, *sandbox, profile, *flags, target])

    def close(self) -> None:
        """End every program, newest first, and remove the temporary home. Twice is harmless."""
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + 3
        for process in reversed(self._processes):
            try:
                process.wait(max(0.05, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)
        self._processes.clear()
        if self._own_home:
            shutil.rmtree(self.home, ignore_errors=True)


def _read_line(descriptor: int) -> str:
    """What a program writes up to a newline, without it; what came so far when it takes too long or ends."""
    line = b""
    deadline = time.monotonic() + START_S
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        data = os.read(descriptor, 1024) if ready else b""
        if not data:
            break
        line += data
    return line.decode().strip()
