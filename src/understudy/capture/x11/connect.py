"""Opening an X connection, and what an X server must have for us to record."""

from __future__ import annotations

import logging
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

Reply = Any
"""The address of a reply in libxcb's memory (cffi)."""

Event = Any
"""A `xcffib.Event` of any kind."""

log = logging.getLogger(__name__)

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


def raw_reply(connection: Connection, sequence: int) -> bytes | None:
    """The whole reply to request `sequence` as it lay on the wire; None when the server answered with an error.

    For large replies: xcffib turns each byte of an image into an object. Raises ConnectionException when the server
    is gone.
    """
    error = ffi.new("xcb_generic_error_t **")
    reply = xcffib.lib.xcb_wait_for_reply(connection._conn, sequence, error)
    if reply == ffi.NULL:
        if error[0] != ffi.NULL:
            xcffib.c_free(error[0])
        connection.invalid()
        return None
    return take_reply(reply)


def take_reply(reply: Reply) -> bytes:
    """Copy one reply out of libxcb's memory and free it there."""
    header = ffi.cast("xcb_generic_reply_t *", reply)
    raw = bytes(ffi.buffer(reply, 32 + header.length * 4))
    xcffib.c_free(reply)
    return raw


def next_event(connection: Connection) -> Event | None:
    """The next event that has come, None when none has; what requests on windows now gone left behind is skipped.

    Raises ConnectionException when the server is gone.
    """
    while True:
        try:
            return connection.poll_for_event()
        except xcffib.Error as error:
            # A window may die between any two requests of ours: its errors are no news.
            log.debug("the X server answered %s", type(error).__name__)
