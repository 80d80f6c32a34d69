"""Opening an X connection, and what an X server must have for us to record."""

from __future__ import annotations

import os
from typing import Any

import xcffib
import xcffib.xproto
from xcffib.ffi import ffi

from understudy.capture.source import CaptureUnavailable, DesktopEnv

Connection = Any
"""A `xcffib.Connection`; that library's calls and replies carry no types."""

Screen = Any
"""A `xcffib.xproto.SCREEN`."""

_connect: Any = xcffib.Connection


def connect(env: DesktopEnv) -> Connection:
    """A new connection to `env.display`; the caller disconnects it. Raises CaptureUnavailable, one line."""
    if not env.display:
        raise CaptureUnavailable("no X display is named: start from a desktop session on X11, or set DISPLAY")
    if env.xauthority:
        # libxcb takes the authority file from the environment only; a source has a process of its own.
        os.environ["XAUTHORITY"] = env.xauthority
    try:
        return _connect(display=env.display)
    except (xcffib.XcffibException, UnicodeEncodeError) as error:
        raise CaptureUnavailable(
            f"the X server {env.display!r} does not answer: check DISPLAY and XAUTHORITY, and that the session runs"
        ) from error


def disconnect(connection: Connection | None) -> None:
    """Close a connection; None and closed ones are fine."""
    if connection is not None:
        connection.disconnect()


def screen_of(connection: Connection) -> Screen:
    """The X screen that the connection prefers, with `.root`, `.width_in_pixels`, `.height_in_pixels`."""
    return connection.get_setup().roots[connection.pref_screen]


def raw_pointer(connection: Connection) -> int:
    """The address of the xcb_connection_t, for libraries called through ctypes."""
    return int(ffi.cast("uintptr_t", connection._conn))


def has_extension(connection: Connection, name: str) -> bool:
    """True when the server has the extension of that name."""
    return bool(connection.core.QueryExtension(len(name), name).reply().present)
