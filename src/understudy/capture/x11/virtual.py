"""Whether anybody can be sitting at an X server: a virtual one has no input device but its own make-believe ones."""

from __future__ import annotations

import xcffib.xinput as xinput

from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import connect

_MASTERS = (xinput.DeviceType.MasterPointer, xinput.DeviceType.MasterKeyboard)


def nobody_can_sit_there(desktop: DesktopEnv) -> bool:
    """True for Xvfb: all its devices are its own ("Xvfb mouse") or XTEST's. A nested or a real server has others.

    Raises CaptureUnavailable when the server can't be asked.
    """
    connection = connect(desktop)
    try:
        devices = connection(xinput.key)
        devices.XIQueryVersion(2, 2).reply()
        infos = devices.XIQueryDevice(xinput.Device.All).reply().infos
        names = [b"".join(info.name).decode(errors="replace") for info in infos if info.type not in _MASTERS]
    finally:
        connection.disconnect()
    return all(name.startswith("Xvfb ") or " XTEST " in name for name in names)
