"""Asks Chromium where things are on its page, over its own debugging port on this machine.

The performer's eyes: a person sees where a button is, a script has to ask. Nothing is clicked or typed this way.
"""

from __future__ import annotations

import json
import time

from understudy.act.devtools import BrowserUnavailable, Tab


class Page(Tab):
    """The first page of the Chromium at `port`, waited for and measured. A context manager."""

    def wait_for(self, expression: str, timeout_s: float = 15) -> object:
        """The first value of `expression` that is true in JavaScript's sense; raises BrowserUnavailable."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                if value := self.run(expression):
                    return value
            except BrowserUnavailable:
                # Between two pages there is no document to ask.
                pass
            time.sleep(0.1)
        raise BrowserUnavailable(f"the page did not get there within {timeout_s:.0f} s: {expression[:80]}")

    def wait_for_path(self, path: str) -> None:
        """Wait until the page at `path` has loaded."""
        self.wait_for(f"location.pathname === {json.dumps(path)} && document.readyState === 'complete'")

    def box(self, selector: str) -> tuple[float, float, float, float]:
        """(x, y, width, height) of the first element that the CSS selector matches, CSS px in the page's viewport."""
        found = self.wait_for(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null;"
            " const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()"
        )
        if not isinstance(found, list):
            raise BrowserUnavailable(f"the page has no {selector}")
        x, y, width, height = (float(value) for value in found)
        return x, y, width, height
