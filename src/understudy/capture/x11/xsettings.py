"""What the session's XSETTINGS manager tells (freedesktop's XSETTINGS specification, version 0.5).

GTK and Qt programs take their double-click time and drag threshold from it, so it says what counts as a double click
on this desktop. Pure reading, once: the property is parsed here, nothing is written and nothing is waited for.
"""

from __future__ import annotations

import struct

import xcffib
import xcffib.xproto

from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import connect, disconnect

INTEGER, STRING, COLOR = range(3)
MOST_BYTES = 1 << 20
"""A manager tells some kilobytes."""


def read_xsettings(env: DesktopEnv) -> dict[str, int | str] | None:
    """The settings by name ("Net/DoubleClickTime": 400), colours left out; None where no manager runs.

    Raises CaptureUnavailable when the display can't be reached, ValueError when the manager tells no such settings.
    """
    connection = connect(env)
    try:
        core = connection.core
        name = f"_XSETTINGS_S{connection.pref_screen}"
        selection, settings = (
            core.InternAtom(False, len(text), text).reply().atom for text in (name, "_XSETTINGS_SETTINGS")
        )
        owner = core.GetSelectionOwner(selection).reply().owner
        if not owner:
            return None
        reply = core.GetProperty(False, owner, settings, settings, 0, MOST_BYTES // 4).reply()
        return parse(bytes(reply.value.buf())) if reply.format == 8 else None
    except xcffib.xproto.WindowError:
        # The manager ended between two of our questions.
        return None
    finally:
        disconnect(connection)


def parse(data: bytes) -> dict[str, int | str]:
    """The value of a _XSETTINGS_SETTINGS property by name, colours left out. Raises ValueError on anything else."""
    try:
        order = {0: "<", 1: ">"}[data[0]]
        count = struct.unpack_from(f"{order}I", data, 8)[0]
        told: dict[str, int | str] = {}
        at = 12
        for _ in range(count):
            kind, length = struct.unpack_from(f"{order}BxH", data, at)
            name = data[at + 4 : at + 4 + length].decode("ascii")
            at += 4 + _padded(length) + 4
            if kind == INTEGER:
                told[name] = struct.unpack_from(f"{order}i", data, at)[0]
                at += 4
            elif kind == STRING:
                (size,) = struct.unpack_from(f"{order}I", data, at)
                told[name] = data[at + 4 : at + 4 + size].decode("utf-8", "replace")
                at += 4 + _padded(size)
            elif kind == COLOR:
                at += 8
            else:
                raise ValueError(f"XSETTINGS: {name!r} is of the unknown type {kind}")
    except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"XSETTINGS: {len(data)} bytes that hold no settings ({type(error).__name__})") from None
    return told


def _padded(length: int) -> int:
    return (length + 3) & ~3
