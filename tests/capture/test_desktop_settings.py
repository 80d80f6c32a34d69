"""What the desktop says of clicks and drags: a real XSETTINGS manager, GSettings in its absence, nobody."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.patience import Patience
from understudy.act.desktop import VirtualDesktop
from understudy.capture.choose import desktop_settings
from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.capture.x11.xsettings import parse, read_xsettings
from understudy.records.desktop_settings import DesktopSetting, DesktopSettings

CONFIG = """\
Net/DoubleClickTime 650
Net/DoubleClickDistance 7
Net/DndDragThreshold 12
Net/ThemeName "Größe"
Gtk/ColorScheme (1, 2, 3, 4)
"""


@pytest.fixture
def manager(desktop: VirtualDesktop, tmp_path: Path) -> Iterator[Path]:
    """A running xsettingsd; its configuration file."""
    config = tmp_path / "xsettingsd"
    config.write_text(CONFIG)
    process = desktop.spawn(["xsettingsd", "-c", str(config)])
    env = DesktopEnv(desktop.display)
    patience = Patience(15)
    while read_xsettings(env) is None:
        assert process.poll() is None and not patience.over, "xsettingsd did not start"
        time.sleep(0.05)
    yield config
    process.terminate()
    process.wait(10)


@pytest.mark.desktop
def test_an_xsettings_manager_is_believed(desktop: VirtualDesktop, manager: Path) -> None:
    told = read_xsettings(DesktopEnv(desktop.display))
    assert told is not None and told["Net/ThemeName"] == "Größe" and "Gtk/ColorScheme" not in told
    assert desktop_settings(desktop.env) == DesktopSettings(
        double_click_ms=DesktopSetting(650, "xsettings"),
        double_click_px=DesktopSetting(7, "xsettings"),
        drag_px=DesktopSetting(12, "xsettings"),
    )


@pytest.mark.desktop
def test_without_a_manager_gsettings_is_asked(desktop: VirtualDesktop, tmp_path: Path) -> None:
    program = tmp_path / "gsettings"
    program.write_text('#!/bin/sh\n[ "$3" = double-click ] && echo "uint32 450" || exit 1\n')
    program.chmod(0o700)
    environment = {**desktop.env, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert read_xsettings(DesktopEnv(desktop.display)) is None
    assert desktop_settings(environment) == DesktopSettings(double_click_ms=DesktopSetting(450, "gsettings"))


@pytest.mark.desktop
def test_where_nobody_tells_nothing_is_told(desktop: VirtualDesktop, tmp_path: Path) -> None:
    assert desktop_settings({**desktop.env, "PATH": str(tmp_path)}) == DesktopSettings()


@pytest.mark.desktop
def test_what_is_not_plausible_is_no_setting(desktop: VirtualDesktop, tmp_path: Path) -> None:
    program = tmp_path / "gsettings"
    program.write_text("#!/bin/sh\necho 0\n")
    program.chmod(0o700)
    assert desktop_settings({**desktop.env, "PATH": f"{tmp_path}:/usr/bin:/bin"}) == DesktopSettings()


def test_no_display_is_told_in_one_line() -> None:
    with pytest.raises(CaptureUnavailable, match="no X display"):
        desktop_settings({})


def _property(order: str, *settings: bytes) -> bytes:
    return bytes([order == ">", 0, 0, 0]) + struct.pack(f"{order}II", 1, len(settings)) + b"".join(settings)


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(order: str) -> None:
    number = struct.pack(f"{order}BxH5s3xIi", 0, 5, b"Net/A", 0, -3)
    text = struct.pack(f"{order}BxH4sII2s2x", 1, 4, b"Gtk/", 0, 2, "é".encode())
    assert parse(_property(order, number, text)) == {"Net/A": -3, "Gtk/": "é"}


@pytest.mark.parametrize(
    "data", [b"", b"\x02" * 12, b"\0\0\0\0\1\0\0\0\5\0\0\0", _property("<", b"\x09\0\1\0a\0\0\0" * 2)]
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="XSETTINGS"):
        parse(data)
