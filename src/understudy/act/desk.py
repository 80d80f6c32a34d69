"""A contained X11 desktop in a window of the desktop that a person sits at: Xephyr, with buses of its own.

For sessions that let no program record another (Wayland), and for those who want to record in one window only. The
person's own files are there; display, session bus and accessibility bus are its own, so a program started in it never
hands its work to one that runs outside. What one copies on one side can't be pasted on the other.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import socket
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from understudy.act.desktop import REQUIRED, VirtualDesktop

TITLE = "Understudy desk"

_ACCESSIBLE = ("--force-renderer-accessibility", "--ozone-platform=x11")
_CHROMIUMS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "brave-browser", "microsoft-edge"),
    *("microsoft-edge-stable", "vivaldi", "opera"),
)
_ELECTRONS = ("code", "codium", "slack", "discord", "signal-desktop", "element-desktop", "obsidian", "teams-for-linux")
_FIREFOXES = ("firefox", "firefox-esr")

_LEFT_OUT = (
    "WAYLAND_DISPLAY",
    "WAYLAND_SOCKET",
    "DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "SESSION_MANAGER",
)
_LEFT_OUT_STARTS = ("AT_SPI_", "DESKTOP_STARTUP_", "XDG_SESSION_", "XDG_CURRENT_", "GIO_LAUNCHED_")
"""Variables that lead back to the desktop outside."""

_FAMILY_LOCAL = 256
"""Xauth(5) family of a host by its name: this machine's sockets."""


class Desk(VirtualDesktop):
    """A desktop in a window on `outside` (an environment with a DISPLAY), for as long as the context lasts.

    `profiles` is where browsers keep their profiles of the desk from one time to the next. Closing the window ends the
    desk. Raises DesktopUnavailable.
    """

    required: Mapping[str, str] = {**{k: v for k, v in REQUIRED.items() if k != "Xvfb"}, "Xephyr": "xserver-xephyr"}
    called = "a desk"

    def __init__(self, width_px: int, height_px: int, *, outside: Mapping[str, str], profiles: Path) -> None:
        super().__init__(width_px, height_px)
        self._outside, self._profiles = outside, profiles
        self.cwd = Path.cwd()

    def environment(self) -> dict[str, str]:
        """The person's own environment, as far as it doesn't lead back outside, with accessibility on everywhere."""
        kept = {
            name: value
            for name, value in self._outside.items()
            if name not in _LEFT_OUT and not name.startswith(_LEFT_OUT_STARTS)
        }
        sound = {}
        if runtime := self._outside.get("XDG_RUNTIME_DIR"):
            # Sound stays that of the desktop outside; its other sockets are out of reach.
            sound = {"PULSE_SERVER": f"unix:{runtime}/pulse/native", "PIPEWIRE_RUNTIME_DIR": runtime}
        return {
            **kept,
            **sound,
            "PATH": f"{self._programs()}{os.pathsep}{kept.get('PATH', os.defpath)}",
            "XDG_RUNTIME_DIR": str(self.runtime),
            "XDG_SESSION_TYPE": "x11",
            "XAUTHORITY": str(self.home / "Xauthority"),
            "GDK_BACKEND": "x11",
            "QT_QPA_PLATFORM": "xcb",
            "GTK_MODULES": "gail:atk-bridge",
            "NO_AT_BRIDGE": "0",
            "GTK_A11Y": "atspi",
            "GNOME_ACCESSIBILITY": "1",
            "QT_ACCESSIBILITY": "1",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }

    def server_command(self, display: str, ready_fd: int) -> list[str]:
        """Xephyr's command line. It shows its window outside, so it alone gets the environment from there."""
        cookies = self.home / "Xauthority"
        cookies.touch(mode=0o600)
        cookies.write_bytes(cookie_entry(display, secrets.token_bytes(16)))
        outside = [f"{k}={v}" for k, v in self._outside.items() if k in ("DISPLAY", "XAUTHORITY")]
        return [
            *("env", "-u", "XAUTHORITY", *outside),
            *("Xephyr", display, "-displayfd", str(ready_fd), "-nolisten", "tcp", "-noreset"),
            *("-auth", str(cookies), "-resizeable", "-title", TITLE),
            *("-screen", f"{self.width_px}x{self.height_px}"),
        ]

    def _programs(self) -> Path:
        """A folder of wrappers: programs that would else join an instance outside, or hide what they show."""
        folder = self.home / "bin"
        folder.mkdir(exist_ok=True)
        path = self._outside.get("PATH", os.defpath)
        for name in (*_CHROMIUMS, *_ELECTRONS, *_FIREFOXES):
            program = shutil.which(name, path=path)
            if program is None:
                continue
            profile = self._profiles / name
            profile.mkdir(mode=0o700, parents=True, exist_ok=True)
            wrapper = folder / name
            command = shlex.join([program, *_flags(name, profile)])
            wrapper.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            wrapper.chmod(0o700)
        return folder


def _flags(name: str, profile: Path) -> Sequence[str]:
    if name in _FIREFOXES:
        return ("--no-remote", "--profile", str(profile))
    own = (f"--user-data-dir={profile}", *_ACCESSIBLE)
    if name in _ELECTRONS:
        return own
    # Chromium refuses to start as root with its sandbox on.
    return (*own, "--no-first-run", *(("--no-sandbox", "--test-type") if os.geteuid() == 0 else ()))


def cookie_entry(display: str, cookie: bytes) -> bytes:
    """One entry of an X authority file (Xauth(5), XauFileName): this host, the display's number, the cookie."""
    fields = (socket.gethostname().encode(), display.lstrip(":").encode(), b"MIT-MAGIC-COOKIE-1", cookie)
    return struct.pack(">H", _FAMILY_LOCAL) + b"".join(struct.pack(">H", len(field)) + field for field in fields)
