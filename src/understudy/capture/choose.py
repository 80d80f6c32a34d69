"""Which implementation captures here: the only module that names platforms."""

from __future__ import annotations

from collections.abc import Mapping

import xcffib

from understudy.capture.source import CaptureUnavailable, DesktopEnv, Source, SourceName
from understudy.capture.x11.connect import connect, disconnect, has_extension, screen_of
from understudy.records.desktop_settings import DesktopSettings

NEEDED_EXTENSIONS = ("RECORD", "XKEYBOARD", "Composite", "DAMAGE", "XFIXES")
"""Extensions of the X server without which nothing can be recorded, by their protocol names."""


def make_source(name: SourceName, env: DesktopEnv, grabs_per_s: float = 10.0) -> Source:
    """The source of that name for the desktop `env`. Opens nothing yet; raises ValueError for unknown names.

    `grabs_per_s`: how often the screen is looked at while it changes.
    """
    # Imported when asked for: each source runs in a process of its own, which should carry that source only.
    if name == "input":
        from understudy.capture.x11.input import InputSource

        return InputSource(env)
    if name == "screen":
        from understudy.capture.x11.screen import ScreenSource

        return ScreenSource(env, grabs_per_s)
    if name == "elements":
        from understudy.capture.x11.elements import ElementsSource

        return ElementsSource(env)
    raise ValueError(f"no source is called {name!r}: input, screen or elements")


def desktop_settings(environment: Mapping[str, str]) -> DesktopSettings:
    """What the desktop says of double clicks and drags, for `Mark(kind="settings")`. Asked once, before recording.

    Raises CaptureUnavailable when the display can't be reached.
    """
    from understudy.capture.x11.desktop_settings import read_desktop_settings

    return read_desktop_settings(DesktopEnv.from_environment(environment), environment)


def display_size(env: DesktopEnv) -> tuple[int, int]:
    """Width and height of a display's first screen, px. Raises CaptureUnavailable."""
    connection = connect(env)
    try:
        screen = screen_of(connection)
        return int(screen.width_in_pixels), int(screen.height_in_pixels)
    finally:
        disconnect(connection)


def check_desktop(environment: Mapping[str, str]) -> None:
    """Return when this desktop can be recorded, else raise CaptureUnavailable: one line, what is wrong, what to do.

    `environment` is the process environment of the session (DISPLAY, WAYLAND_DISPLAY, XDG_SESSION_TYPE, XAUTHORITY).
    """
    if environment.get("WAYLAND_DISPLAY") or environment.get("XDG_SESSION_TYPE", "").lower() == "wayland":
        raise CaptureUnavailable(
            "this is a Wayland session, which lets no program record another: work in a recorded window of its own "
            "with: understudy desk PROGRAM; or log out and choose an X11 (Xorg) session at the login screen"
        )
    env = DesktopEnv.from_environment(environment)
    if not env.display:
        raise CaptureUnavailable(
            "there is no display: DISPLAY is not set; start from a terminal inside an X11 desktop session"
        )
    connection = connect(env)
    try:
        missing = [name for name in NEEDED_EXTENSIONS if not has_extension(connection, name)]
    except xcffib.ConnectionException as error:
        raise CaptureUnavailable(f"the X server {env.display!r} went away while it was asked") from error
    finally:
        disconnect(connection)
    if missing:
        raise CaptureUnavailable(
            f"the X server {env.display!r} lacks {', '.join(missing)}: enable these extensions in its configuration"
        )
