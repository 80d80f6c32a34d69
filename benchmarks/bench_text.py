"""Right text: what a program received, what was sent, and what the recording says, key by key and text by text.

Real X events go to a GTK program and to a page in Chromium under four layouts: shift and AltGr levels, Caps Lock, dead
keys, compose, held keys, rolled-over keys, a layout switched by its hotkey, and xdotool's typing by remapping a key.
The truth for texts is what the program holds in the end (the page tells its value, the editor saves its file); the
truth for keys is what was sent. The whole recorder runs; its recording is unsealed and compared. `--only mousepad`,
`--cases N`.

Prints a table, writes benchmarks/out/text.json.
"""

from __future__ import annotations

import argparse
import http.server
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.driven import Desk, Recorder, wait_until
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.records.recording import Recording

OUT = Path(__file__).parent / "out" / "text.json"
POLICY = """\
version = 1
profile = "own-work"

[[app]]
name = "Chromium"
program = "chromium"
keys = "text"

[[app]]
name = "Mousepad"
program = "mousepad"
keys = "text"
"""
PAGE = b"""<!doctype html><html lang=en><meta charset=utf-8><title>Text</title>
<textarea id=t aria-label=Note style="width:700px;height:320px;font-size:16px" spellcheck=false></textarea>
<script>t.oninput = () => fetch("/told", {method: "POST", body: t.value}); t.focus();</script>"""
AREA = (0, 40, 900, 600)
SETTLE_S = 1.2
"""Between two cases: longer than any run waits for its evidence."""

Hands = Callable[[XTest], None]


@dataclass(frozen=True)
class Case:
    """One thing to type. `sent` is the text of the keys as the layout in force writes them; None where only the
    program's own word counts (keys remapped on the fly, of which programs lose some; keys that repeat)."""

    name: str
    layout: str
    type: Hands
    sent: str | None
    option: str = ""


@dataclass
class Result:
    """A case in one program: the texts and whether they agree with what the program held."""

    program: str
    case: str
    sent: str | None
    received: str = ""
    recorded: str = ""
    keys: str = ""
    dropped: list[str] = field(default_factory=list)

    @property
    def text_right(self) -> bool:
        """The recording tells what the program received."""
        return self.recorded == self.received

    @property
    def keys_right(self) -> bool:
        """The keys recorded write what was sent."""
        return self.sent is None or self.keys == self.sent


def _type(text: str) -> Hands:
    return lambda hands: hands.type_text(text, 0.03)


def _keys(*names: str) -> Hands:
    def act(hands: XTest) -> None:
        for name in names:
            hands.key(name)
            time.sleep(0.04)

    return act


def _held(hands: XTest) -> None:
    hands.type_text("r", 0.03)
    hands.key_down("a")
    time.sleep(1.0)
    hands.key_up("a")
    hands.type_text("h", 0.03)


def _rolled(hands: XTest) -> None:
    for down, up in (("x", ""), ("y", "x"), ("z", "y"), ("", "z")):
        if down:
            hands.key_down(down)
        time.sleep(0.03)
        if up:
            hands.key_up(up)


def _caps(hands: XTest) -> None:
    hands.type_text("low ", 0.03)
    hands.key("Caps_Lock")
    for name in "high":
        # The key alone, as a person presses it: with Caps Lock on it writes a capital.
        hands.key_down(name)
        hands.key_up(name)
    hands.key("Caps_Lock")
    hands.key("space")
    hands.type_text("low", 0.03)


def _switched(hands: XTest) -> None:
    hands.type_text("abc ", 0.03)
    hands.key_down("Shift_L")
    hands.key("Shift_R")
    hands.key_up("Shift_L")
    time.sleep(0.3)
    hands.type_text("где", 0.03)
    time.sleep(0.2)
    hands.key_down("Shift_L")
    hands.key("Shift_R")
    hands.key_up("Shift_L")
    time.sleep(0.3)


CASES = (
    Case("shift and digits", "us", _type("Hello, World! 42 (ok)"), "Hello, World! 42 (ok)"),
    Case("Caps Lock", "us", _caps, "low HIGH low"),
    Case("held key", "us", _held, None),
    Case("rolled-over keys", "us", _rolled, "xyz"),
    Case("umlauts and AltGr", "de", _type("Größe @ 5 € {äöü}"), "Größe @ 5 € {äöü}"),
    Case("dead keys", "de", _keys("c", "a", "f", "dead_acute", "e", "space", "dead_circumflex", "A"), "café Â"),
    Case("accents on keys", "fr", _type("à l'été, ça va ?"), "à l'été, ça va ?"),
    Case("Cyrillic", "ru", _type("Привет, мир"), "Привет, мир"),
    Case("compose", "us", _keys("G", "r", "u", "Multi_key", "s", "s", "e"), "Gruße", option="compose:ralt"),
    Case("layout switched", "us,ru", _switched, "abc где", option="grp:shifts_toggle"),
)


class Told:
    """A loopback page that tells what stands in its field. A context manager."""

    def __init__(self) -> None:
        self.value = ""
        told = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(PAGE)

            def do_POST(self) -> None:
                told.value = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Told:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _layout(desktop: VirtualDesktop, case: Case) -> None:
    words = ["setxkbmap", "-layout", case.layout, "-option", ""]
    subprocess.run([*words, *(["-option", case.option] if case.option else [])], env=desktop.env, check=True)
    time.sleep(0.5)


def _play(
    desktop: VirtualDesktop, hands: XTest, cases: Sequence[Case], program: str, received: Callable[[], str]
) -> list[tuple[Result, int, int]]:
    """Type every case; (result without what was recorded, begin and end ns)."""
    played = []
    for case in cases:
        _layout(desktop, CASES[0])
        hands.key("ctrl+a")
        hands.key("Delete")
        _layout(desktop, case)
        time.sleep(SETTLE_S)
        begin_ns = time.monotonic_ns()
        case.type(hands)
        time.sleep(SETTLE_S)
        end_ns = time.monotonic_ns()
        _layout(desktop, CASES[0])
        played.append((Result(program, case.name, case.sent, received()), begin_ns, end_ns))
    return played


def _remapped(
    desktop: VirtualDesktop, hands: XTest, program: str, received: Callable[[], str]
) -> tuple[Result, int, int]:
    hands.key("ctrl+a")
    hands.key("Delete")
    time.sleep(SETTLE_S)
    begin_ns = time.monotonic_ns()
    subprocess.run(["xdotool", "type", "--delay", "80", "né€ü done"], env=desktop.env, check=True)
    time.sleep(SETTLE_S)
    return Result(program, "remapped on the fly", None, received()), begin_ns, time.monotonic_ns()


def _compare(result: Result, recording: Recording, begin_ns: int, end_ns: int) -> Result:
    runs = [run for run in recording.text if begin_ns <= run.time_ns <= end_ns]
    result.recorded = "".join(run.text for run in runs)
    result.keys = "".join(key.text for key in recording.keys if key.down and begin_ns <= key.time_ns <= end_ns)
    result.dropped = [
        mark.reason for mark in recording.mark if mark.kind == "dropped" and begin_ns <= mark.time_ns <= end_ns
    ]
    return result


def measure(programs: Sequence[str], cases: Sequence[Case]) -> list[Result]:
    """Every case in every program."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="understudy-bench-")))
        desktop = stack.enter_context(VirtualDesktop())
        told = stack.enter_context(Told())
        desk = stack.enter_context(Desk(desktop.display))
        hands = stack.enter_context(XTest(desktop.display))
        recorder = stack.enter_context(Recorder(desktop, folder / "r", policy=POLICY))
        recorder.begin()
        played: list[tuple[Result, int, int]] = []
        for program in programs:
            note = folder / "note.txt"
            note.write_text("")
            process = desktop.chromium(told.url) if program == "chromium" else desktop.spawn(["mousepad", str(note)])
            area = desk.place(desk.find(program), *AREA)

            def saved(note: Path = note) -> str:
                hands.key("ctrl+s")
                time.sleep(0.5)
                return note.read_text()

            def answers(received: Callable[[], str], area: tuple[int, int, int, int] = area) -> bool:
                hands.move(area[0] + 200, area[1] + 200)
                hands.click()
                hands.key("q")
                time.sleep(0.5)
                return "q" in received()

            received = (lambda: told.value) if program == "chromium" else saved
            wait_until(lambda: answers(received), f"{program} to take keys", 40)  # noqa: B023
            time.sleep(2.0)
            played += _play(desktop, hands, cases, program, received)
            played.append(_remapped(desktop, hands, program, received))
            process.terminate()
            time.sleep(1.0)
        recorder.interrupt()
        recorder.wait()
        recording = recorder.recording()
    return [_compare(result, recording, begin_ns, end_ns) for result, begin_ns, end_ns in played]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; 1 when a text or a key differs from the truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("chromium", "mousepad"), help="one program")
    parser.add_argument("--cases", type=int, default=len(CASES), help="the first N cases")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    results = measure((options.only,) if options.only else ("mousepad", "chromium"), CASES[: options.cases])
    print(f"{'program':<10} {'case':<22} {'text':<6} {'keys':<6} received, and what was recorded where it differs")
    for one in results:
        differs = "" if one.text_right else f"  recorded {one.recorded!r} {one.dropped}"
        differs += "" if one.keys_right else f"  keys {one.keys!r}"
        told = [("right" if right else "WRONG") for right in (one.text_right, one.keys_right)]
        told[1] = "–" if one.sent is None else told[1]
        print(f"{one.program:<10} {one.case:<22} {told[0]:<6} {told[1]:<6} {one.received!r}{differs}")
    right = sum(one.text_right for one in results)
    keys = [one for one in results if one.sent is not None]
    print(f"texts {right} of {len(results)}, keys {sum(one.keys_right for one in keys)} of {len(keys)}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(
        json.dumps(
            [asdict(one) | {"text_right": one.text_right, "keys_right": one.keys_right} for one in results], indent=1
        )
    )
    return 0 if all(one.text_right and one.keys_right for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
