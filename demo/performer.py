"""The scripted performer: a pair of hands that does a shift's work on the demonstration's desktop.

It moves, types and rests at a person's pace, through real X events, and knows nothing of the recorder but the hotkey
with which a person pauses it. Where things are it asks the browser (`demo.devtools`) and the X server.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from demo.devtools import Page
from demo.secrets import Planted
from demo.site import Shop
from demo.windows import Area
from understudy.act.xtest import XTest

REST_S = (0.25, 0.5)
"""How long the pointer rests on a thing before the button goes down."""
KEY_S = (0.06, 0.14)
"""From one key's press to the next, as an office worker types."""
DWELL_SHARE = 0.6
"""How much of that time a key stays down."""
SHIFTED = frozenset('~!@#$%^&*()_+{}|:"<>?ABCDEFGHIJKLMNOPQRSTUVWXYZ')
"""Characters that need Shift on the US layout, the virtual desktop's own."""
PAUSE_HOTKEY = "ctrl+alt+shift+p"


class Performer:
    """Performs the whole story once. `seed` decides every variation, so that one seed gives one performance.

    `browser`, `editor` and `terminal` are the windows' client areas; `announce` is told, in one line each, what is
    about to be done. Raises what the hands and the page raise.
    """

    def __init__(
        self,
        hands: XTest,
        page: Page,
        *,
        browser: Area,
        editor: Area,
        terminal: Area,
        planted: Planted,
        shop: Shop,
        seed: int,
        announce: Callable[[str], None],
    ) -> None:
        self.hands, self.page = hands, page
        self.browser, self.editor, self.terminal = browser, editor, terminal
        self.planted, self.shop = planted, shop
        self.announce = announce
        self._chance = random.Random(seed)

    def perform(self) -> None:
        """Do the shift's work, about a minute of it."""
        self.read_the_order()
        self.sign_in()
        self.fill_in_the_customer()
        self.sort_the_crates()
        self.copy_into_the_editor()
        self.look_something_up_elsewhere()
        self.do_something_private()
        self.finish()

    def read_the_order(self) -> None:
        """Look over the order, wheel down to its end, open the sign-in."""
        self.announce("reads the order, scrolls down")
        self.page.wait_for_path("/order")
        self.rest(0.8)
        self.go_to(*self.point("#person"))
        self.rest(0.5)
        self.go_to(*self.point("tbody tr:nth-child(3) td"))
        self.rest(0.4)
        for notches in (3, 4, 5, 5):
            self.hands.scroll(notches)
            self.rest(0.55)
        self.rest(0.7)
        self.click(*self.point("#signin"))

    def sign_in(self) -> None:
        """Type the password and send it."""
        self.announce("signs in with a password")
        self.page.wait_for_path("/signin")
        self.rest(0.9)
        self.click(*self.point("#password", across=0.3))
        self.type(self.planted.password.value)
        self.rest(0.4)
        self.click(*self.point("#enter"))

    def fill_in_the_customer(self) -> None:
        """Type an e-mail address, a card number and a note with a slip that is taken back."""
        self.announce("types a customer's e-mail address, a card number and a note, with a slip")
        self.page.wait_for_path("/customer")
        self.rest(0.9)
        self.click(*self.point("#email", across=0.25))
        self.type(self.planted.email.value)
        self.rest(0.3)
        self.click(*self.point("#card", across=0.25))
        self.type(self.planted.card.value)
        self.rest(0.3)
        self.click(*self.point("#note", across=0.2, down=0.3))
        self.type("Two crates of " + self.planted.controls.typed + " to the siede")
        self.rest(0.35)
        for _ in range(3):
            self.press("BackSpace")
        self.type("de gate")
        self.rest(0.5)
        self.click(*self.point("#save"))

    def sort_the_crates(self) -> None:
        """Drag the last crate up two places, and copy the order's reference."""
        self.announce("drags a crate up the list, copies the order's reference")
        self.page.wait_for_path("/dispatch")
        self.rest(0.9)
        self.go_to(*self.point("#crate4", across=0.2))
        self.rest()
        self.hands.drag(*self.point("#crate2", across=0.22), 0.9)
        self.rest(0.6)
        self.go_to(*self.point("#reference"))
        self.rest()
        self.hands.click(count=2)
        self.rest(0.3)
        self.hands.key("ctrl+c")
        self.rest(0.4)

    def copy_into_the_editor(self) -> None:
        """Paste the reference at the end of the shift's notes, add a line, save."""
        self.announce("pastes it into the editor, types a line, saves with a shortcut")
        self.click(*self.editor.at(0.6, 0.7))
        self.hands.key("ctrl+End")
        self.rest(0.3)
        self.hands.key("ctrl+v")
        self.rest(0.5)
        self.type(" packed, three crates.")
        self.press("Return")
        self.rest(0.4)
        self.hands.key("ctrl+s")
        self.rest(0.6)

    def look_something_up_elsewhere(self) -> None:
        """Visit the terminal, which nobody said may be recorded, and type there."""
        self.announce("visits a program that is out of scope, types there")
        self.click(*self.terminal.at(0.5, 0.7))
        self.rest(0.5)
        self.type(self.planted.outside_typed.value)
        self.rest(0.6)

    def do_something_private(self) -> None:
        """Pause the recording, write something into the editor, take it out again, resume."""
        self.announce("pauses the recording, writes something private, takes it out, resumes")
        self.click(*self.browser.at(0.9, 0.9))
        self.rest(0.5)
        self.hands.key(PAUSE_HOTKEY)
        self.rest(1.2)
        self.click(*self.editor.at(0.6, 0.8))
        self.type(self.planted.paused.value)
        self.rest(0.4)
        self.hands.key("shift+Home")
        self.rest(0.3)
        self.press("BackSpace")
        self.rest(0.8)
        self.hands.key(PAUSE_HOTKEY)
        self.rest(1.4)

    def finish(self) -> None:
        """Tell the driver."""
        self.announce("goes back to the page and finishes")
        self.click(*self.point("#ready"))
        self.page.wait_for("document.getElementById('done').textContent")
        self.rest(1.5)

    # -- the hands -------------------------------------------------------------------------------------------------

    def rest(self, seconds: float | None = None) -> None:
        """Do nothing for about that long; without a number as long as before a press."""
        spread = self._chance.uniform(*REST_S) if seconds is None else seconds * self._chance.uniform(0.9, 1.1)
        self.hands.pause(spread)

    def go_to(self, x: int, y: int) -> None:
        """Move there, the longer the farther (Fitts: 0.2 s and 0.1 s for each doubling of the distance in 20 px)."""
        from_x, from_y = self.hands.position()
        distance = math.hypot(x - from_x, y - from_y)
        self.hands.move(x, y, 0.2 + 0.1 * math.log2(1 + distance / 20))

    def click(self, x: int, y: int) -> None:
        """Go there, rest, click."""
        self.go_to(x, y)
        self.rest()
        self.hands.click()
        self.rest(0.25)

    def press(self, key: str) -> None:
        """One key, down and up again, at the pace of typing."""
        beat_s = self._chance.uniform(*KEY_S)
        self.hands.key_down(key)
        self.hands.pause(beat_s * DWELL_SHARE)
        self.hands.key_up(key)
        self.hands.pause(beat_s * (1 - DWELL_SHARE))

    def type(self, text: str) -> None:
        """Type `text` key by key, Shift held where the US layout needs it."""
        for sign in text:
            if sign in SHIFTED:
                self.hands.key_down("Shift_L")
                self.hands.pause(0.03)
                self.press(sign)
                self.hands.key_up("Shift_L")
            else:
                self.press("space" if sign == " " else sign)

    def point(self, selector: str, across: float = 0.5, down: float = 0.5) -> tuple[int, int]:
        """Where on the screen a thing on the page is, root px: at these shares of its width and height."""
        x, y, width, height = self.page.box(selector)
        inner = self.page.run("[innerWidth, innerHeight]")
        if not isinstance(inner, list):
            raise TypeError(f"the page told no size: {inner!r}")
        # Whatever the browser draws around its page lies above it.
        above = self.browser.height - float(inner[1])
        return round(self.browser.x + x + across * width), round(self.browser.y + above + y + down * height)
