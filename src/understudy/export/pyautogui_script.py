"""pyautogui scripts: one readable Python file an episode that performs it again on a screen of the same size.

Layout: `NNNN-EPISODE.py`. A script needs nothing but pyautogui. Where a step can't be performed it stops and says why;
a value that was replaced before it was written is asked for by its token.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from pathlib import Path
from typing import Any

from understudy.export.metadata import as_text
from understudy.export.pyautogui_calls import calls, seconds
from understudy.export.scaling import Size
from understudy.export.story import Source, Story, StoryStep, stories
from understudy.export.terms import terms
from understudy.export.unsayable import Unsayable
from understudy.export.words import tell_action
from understudy.export.written import Written

TOKEN = re.compile(r"<[A-Z][A-Z0-9_]*_[0-9]+>")
"""What redaction puts in the place of a value."""

TYPEABLE = frozenset(string.printable) - set("\r\x0b\x0c<")
"""Characters that pyautogui types. It drops others without a word, and types ">" for "<" on X11 (0.9.54)."""

LOSES = (
    "Pictures: a step names its still's id. A script can't tell whether the screen shows what it showed then.",
    "Target elements (role, name, bounds, states): only the sentence that names them is kept.",
    "Cursor paths, typing rhythm, and the time between actions, waits excepted.",
    "Typed text of which only shape or timing was kept, or with characters that pyautogui drops (beyond ASCII) or "
    'mistakes ("<"): the script stops there.',
    "Values that were replaced: their tokens are to be filled in before the script runs.",
    "The path of a drag; one that returns to its start keeps its farthest point where the path was kept, and stops the "
    "script where it wasn't.",
    "The mouse's back and forward buttons: told as Alt+Left and Alt+Right.",
)
USAGE = """```python
import pathlib
for script in sorted(pathlib.Path(".").glob("*.py")):
    compile(script.read_text(), script.name, "exec")
    print(script.name, "is ready: python", script.name)
```"""

SCRIPT = '''\
#!/usr/bin/env python3
"""{title}

{terms}

Performs recorded work again, step by step, on a screen of {width}x{height} px. Start from what the first step expects
to see. To stop it, move the pointer into a corner of the screen (pyautogui's fail-safe).
"""

import sys
import time

import pyautogui

SCREEN = ({width}, {height})

# What to type where a value was replaced before it was written.
VALUES = {{{values}}}

pyautogui.PAUSE = 0.2


def write(text):
    """Type a text, its tokens replaced by their values."""
    for token, value in VALUES.items():
        text = text.replace(token, value)
    pyautogui.write(text, interval=0.02)


def stop(reason):
    """End here: this step can't be performed. Do it by hand, delete what was performed, and go on."""
    sys.exit("stopped: " + reason)


def main():
    missing = [token for token, value in VALUES.items() if not value]
    if missing:
        sys.exit("fill in VALUES first: " + ", ".join(missing))
    if tuple(pyautogui.size()) != SCREEN:
        sys.exit("recorded on a screen of %dx%d px, this one has %dx%d" % (*SCREEN, *pyautogui.size()))
{steps}


if __name__ == "__main__":
    main()
'''


def write(source: Source, folder: Path) -> Written:
    """Write the scripts into `folder`. Steps that pyautogui can't perform are counted; their script stops there."""
    said = terms(source.manifest)
    left_out: Counter[str] = Counter()
    scripts = steps = 0
    for story in stories(source):
        text, told = script(story, said, left_out)
        scripts, steps = scripts + 1, steps + told
        (folder / f"{scripts:04d}-{_file_name(story.id)}.py").write_text(text, encoding="utf-8")
    return Written(counts={"scripts": scripts, "steps": steps}, left_out=dict(left_out))


def script(story: Story, said: dict[str, Any], left_out: Counter[str]) -> tuple[str, int]:
    """An episode as a script, and how many of its steps it performs; reasons for the others go to `left_out`."""
    screen = next((step.screen for step in story.steps if step.screen is not None), (0, 0))
    told = 0
    blocks = []
    for nth, step in enumerate(story.steps, 1):
        words = _plain(tell_action(step.action, step.target))
        picture = f"  [{_plain(step.still_id)}]" if step.still_id else ""
        lines = [f"# {nth}. {words}{picture}"]
        try:
            lines += code(step, screen).split("\n")
            told += 1
        except Unsayable as reason:
            left_out[str(reason)] += 1
            lines.append(f"stop({f'step {nth}: {reason}: {words}'!r})")
        blocks.append("\n" + "\n".join(f"    {line}" for line in lines))
    tokens = sorted({token for step in story.steps for token in TOKEN.findall(step.action.text)})
    text = SCRIPT.format(
        title=_docstring(story.task or "Recorded work"),
        terms="\n".join(_docstring(line) for line in as_text(said)),
        width=screen[0],
        height=screen[1],
        values="".join(f"\n    {token!r}: ''," for token in tokens) + ("\n" if tokens else ""),
        steps="\n".join(blocks),
    )
    return text, told


def code(step: StoryStep, screen: Size) -> str:
    """A step as lines of the script. Raises Unsayable."""
    action = step.action
    if step.screen is not None and step.screen != screen:
        raise Unsayable("the screen's size had changed")
    if action.kind == "type" and action.text_level == "text":
        if not set(TOKEN.sub("", action.text)) <= TYPEABLE:
            raise Unsayable("pyautogui can't type one of its characters")
        return f"write({action.text!r})"
    if action.kind in ("press", "hotkey") and {"less", "<"} & set(action.keys):
        raise Unsayable("pyautogui can't type one of its characters")
    if action.kind == "wait":
        return f"time.sleep({seconds(action):.1f})"
    return calls(step, lambda x, y: _at(screen, x, y), timed=True)


def _at(screen: Size, x: int | None, y: int | None) -> str:
    if x is None or y is None:
        raise Unsayable("it has no place on the screen")
    if not (0 <= x < screen[0] and 0 <= y < screen[1]):
        raise Unsayable("its place lies outside the screen")
    return f"x={x}, y={y}"


def _plain(text: str) -> str:
    """A text as one line that can't end a comment."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _docstring(text: str) -> str:
    """A text as one line that can't end a docstring or escape from it."""
    return _plain(text).replace("\\", "/").replace('"', "'")


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)
