"""The scenes, in groups that share a desktop, a policy and a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.redteam import scenes_browser as browser
from tests.redteam import scenes_programs as programs
from tests.redteam import scenes_read as read
from tests.redteam import scenes_trouble as trouble
from tests.redteam import scenes_windows as windows
from tests.redteam.stage import Stage

from understudy.records.recording import Profile

Scene = Callable[[Stage], None]


@dataclass(frozen=True)
class Group:
    """Scenes by the name of their channel, recorded together under the shipped policy of `profile`.

    `flags` are Chromium's; None: no browser is started. `rules` are added to the policy.
    """

    name: str
    profile: Profile
    scenes: Sequence[tuple[str, Scene]]
    flags: tuple[str, ...] | None = ()
    rules: str = ""


GROUPS = (
    Group(
        "browser",
        "own-work",
        (
            ("password fields in Chromium", browser.password_fields),
            ("ordinary fields in Chromium", browser.fields),
            ("shown on pages", browser.shown_on_pages),
            ("titles and addresses", browser.titles_and_addresses),
            ("paste", browser.paste),
            ("undo", browser.undo),
        ),
    ),
    Group(
        "pages",
        "own-work",
        (
            ("suggestions of a page", browser.suggestions),
            ("filled in by the browser", browser.filled_by_the_browser),
            ("reveal buttons", browser.reveal),
            ("scroll then press", browser.scroll_then_press),
            ("zoom", browser.zoom),
        ),
    ),
    Group(
        "programs",
        "own-work",
        (
            ("password entries in GTK", programs.gtk_passwords),
            ("password prompts out of scope", programs.password_prompts),
            ("ordinary fields in GTK", programs.gtk_fields),
            ("editor", programs.editor),
            ("terminal with echo", programs.terminal),
            ("terminal without echo", programs.hidden_prompts),
            ("second shell without echo", programs.second_shell),
            ("spreadsheet", programs.spreadsheet),
        ),
        flags=None,
    ),
    Group(
        "windows",
        "own-work",
        (
            ("pdf on the screen", programs.pdf),
            ("pop-ups and notices", windows.notifications),
            ("overlapping windows", windows.overlapping),
            ("partly covered windows", windows.partly_covered),
            ("title bars", windows.title_bars),
            ("fast switching", windows.fast_switching),
            ("over a stopped program", windows.stopped_program),
            ("private windows", windows.private_windows),
            ("locked screen", windows.locked),
        ),
    ),
    Group(
        "scaled",
        "own-work",
        (("pages at scale 1.5", browser.shown_on_pages), ("passwords at scale 1.5", browser.password_fields)),
        flags=("--force-device-scale-factor=1.5",),
    ),
    Group(
        "workplace",
        "workplace",
        (
            ("workplace: password fields", browser.password_fields),
            ("workplace: ordinary fields", browser.fields),
            ("workplace: shown on pages", browser.shown_on_pages),
            ("workplace: titles and addresses", browser.titles_and_addresses),
            ("workplace: editor", programs.editor),
        ),
    ),
    Group(
        "read",
        "own-work",
        (("pictures that are read", read.pictures_read),),
        flags=None,
        rules=read.RULES,
    ),
    Group(
        "trouble",
        "own-work",
        (
            ("programs killed while typing", trouble.killed),
            ("accessibility bus stopped", trouble.bus_stopped),
            ("accessibility bus restarted", trouble.bus_restarted),
        ),
        flags=None,
    ),
)
"""In this order they are played."""
