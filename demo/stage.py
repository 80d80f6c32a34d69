"""The stage: a private desktop with the shop in Chromium, a note in the editor, and a terminal that is out of scope."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demo.devtools import Page
from demo.secrets import Planted
from demo.site import Shop, Site
from demo.windows import Area, Windows
from understudy.act.desktop import VirtualDesktop
from understudy.act.devtools import wait_for_port

WIDTH_PX, HEIGHT_PX = 1280, 800
TOP_PX = 30
"""Left free above the windows, as for a desktop's panel: what shows there covers no work."""
NOTES = "Shift notes\n\nCrates in the cold room: 12\n"

QUIET_BROWSER = {
    "credentials_enable_service": False,
    "profile": {"password_manager_enabled": False},
    "autofill": {"credit_card_enabled": False, "profile_enabled": False},
    "translate": {"enabled": False},
}
"""Chromium's own offers to keep a password or a card would cover the page."""


@dataclass(frozen=True)
class Stage:
    """The programs, running, and where their windows' client areas are; `page` looks at the browser's page."""

    desktop: VirtualDesktop
    site: Site
    page: Page
    browser: Area
    editor: Area
    terminal: Area


@contextlib.contextmanager
def open_stage(planted: Planted, shop: Shop) -> Iterator[Stage]:
    """Everything running and in its place. Nothing outlives the block; the programs' HOME goes with it.

    Raises DesktopUnavailable, WindowMissing or BrowserUnavailable, one line each.
    """
    with contextlib.ExitStack() as stack:
        desktop = stack.enter_context(VirtualDesktop(WIDTH_PX, HEIGHT_PX))
        site = stack.enter_context(Site(shop))
        profile = desktop.home / "chromium"
        _write_preferences(profile)
        desktop.chromium(
            f"{site.url}order",
            "--remote-debugging-port=0",
            f"--window-position=0,{TOP_PX + 20}",
            "--window-size=800,724",
        )
        _start_editor(desktop)
        _start_terminal(desktop, planted)
        windows = stack.enter_context(Windows(desktop.display))
        browser, editor, terminal = (windows.find(program) for program in ("chromium", "mousepad", "xterm"))
        # Chromium takes the place as that of its page, not of the frame around it.
        windows.place(browser, 0, TOP_PX + 20, 800, 724)
        windows.place(editor, 806, TOP_PX, 470, 400)
        windows.place(terminal, 806, TOP_PX + 440, 470, 300)
        page = stack.enter_context(Page(wait_for_port(profile)))
        page.wait_for_path("/order")
        yield Stage(
            desktop=desktop,
            site=site,
            page=page,
            browser=windows.settled(browser),
            editor=windows.settled(editor),
            terminal=windows.settled(terminal),
        )


def _write_preferences(profile: Path) -> None:
    folder = profile / "Default"
    folder.mkdir(parents=True)
    (folder / "Preferences").write_text(json.dumps(QUIET_BROWSER))


def _start_editor(desktop: VirtualDesktop) -> None:
    notes = desktop.home / "shift-notes.txt"
    notes.write_text(NOTES)
    # The title shall name the file, not a temporary folder.
    settings = desktop.home / ".config/glib-2.0/settings/keyfile"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("[org/xfce/mousepad/preferences/window]\npath-in-title=false\n")
    desktop.spawn(["mousepad", "--disable-server", str(notes)], env={"GSETTINGS_BACKEND": "keyfile"})


def _start_terminal(desktop: VirtualDesktop, planted: Planted) -> None:
    # What is typed there goes nowhere; the secret comes by the environment, so that no command line shows it.
    show = 'printf "Private notes\\n\\n%s\\n\\n" "$PRIVATE"; exec cat >/dev/null'
    desktop.spawn(
        ["xterm", "-T", planted.outside_title.value, "-fa", "DejaVu Sans Mono", "-fs", "11", "-e", "sh", "-c", show],
        env={"PRIVATE": planted.outside.value},
    )
