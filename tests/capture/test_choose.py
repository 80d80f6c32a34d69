"""What can be recorded here, and the one line that says why not."""

from __future__ import annotations

import os
import select
import subprocess

import pytest

from understudy.act.desktop import VirtualDesktop
from understudy.capture.choose import check_desktop, make_source
from understudy.capture.source import SYSTEM_BUS, CaptureUnavailable, DesktopEnv


@pytest.mark.parametrize("name", ["input", "screen", "elements"])
def test_every_source_has_its_name_and_opens_nothing_yet(name: str) -> None:
    assert make_source(name, DesktopEnv(display=":4711")).name == name


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(ValueError, match="no source is called 'sound'"):
        make_source("sound", DesktopEnv(display=":0"))


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "DISPLAY is not set"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "Wayland session"),
        ({"XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"}, "X11"),
        ({"DISPLAY": ":4711"}, "':4711' does not answer"),
        ({"DISPLAY": "näh"}, "does not answer"),
    ],
)
def test_each_obstacle_gets_one_line(environment: dict[str, str], words: str) -> None:
    with pytest.raises(CaptureUnavailable) as caught:
        check_desktop(environment)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.desktop
def test_a_whole_desktop_passes(desktop: VirtualDesktop) -> None:
    check_desktop(desktop.env)


@pytest.mark.desktop
def test_missing_extensions_are_named() -> None:
    read_fd, write_fd = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(write_fd),
        "-extension",
        "Composite",
        "-extension",
        "DAMAGE",
        "-nolisten",
        "tcp",
    ]
    server = subprocess.Popen(command, pass_fds=(write_fd,), stderr=subprocess.DEVNULL)
    try:
        assert select.select([read_fd], [], [], 20)[0]
        display = ":" + os.read(read_fd, 16).decode().strip()
        with pytest.raises(CaptureUnavailable, match="lacks Composite"):
            check_desktop({"DISPLAY": display})
    finally:
        os.close(read_fd)
        os.close(write_fd)
        server.kill()
        server.wait(10)


def test_the_value_for_sources_comes_from_the_environment() -> None:
    env = DesktopEnv.from_environment(
        {"DISPLAY": ":3", "XAUTHORITY": "/x", "DBUS_SESSION_BUS_ADDRESS": "unix:a", "LANG": "de_DE.UTF-8", "LC_ALL": ""}
    )
    assert env == DesktopEnv(":3", "/x", "unix:a", "de_DE.UTF-8", SYSTEM_BUS)
    assert DesktopEnv.from_environment({"DBUS_SYSTEM_BUS_ADDRESS": ""}).system_bus_address == ""
    assert DesktopEnv.from_environment({"LC_CTYPE": "fr_FR.UTF-8", "LANG": "C"}).locale == "fr_FR.UTF-8"
