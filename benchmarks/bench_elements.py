"""Whether the recorded target of a click is what was hit, by what page or program itself says, and at which confidence.

Real X events on real pages in Chromium (MiniWoB++'s task pages and our own: frames of the same and of another site,
shadow roots, menus, dialogs, select pop-ups, canvases) and in a GTK 3 program, recorded by the whole recorder,
unsealed, reduced and grounded. What counts as right: hits_judge.py; what was hit: hits_truth.js and hits_gtk.py. A
second run has Chromium without its accessibility flag. Prints tables, writes benchmarks/out/elements.json.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.driven import Desk, Recorder
from benchmarks.hits_judge import Truth, fault, truth_of
from benchmarks.hits_site import PAGES, Site, miniwob
from understudy.act.desktop import CHROMIUM_FLAGS, VirtualDesktop
from understudy.act.xtest import XTest
from understudy.pipeline.ground import ground
from understudy.pipeline.reduce import reduce
from understudy.records.geometry import Rect

OUT = Path(__file__).parent / "out" / "elements.json"
GTK_PROGRAM = Path(__file__).with_name("hits_gtk.py")
FLAG = "--force-renderer-accessibility"
OWN = tuple(name for name in PAGES if name not in ("inner", "nest"))
POLICY = """\
version = 1
profile = "own-work"
unknown_apps = true
scrub = []
"""
"""Nothing is scrubbed, so that names can be compared as they are; everything else as shipped. A browser that tells no
address, as Chromium with stock flags, is out of scope under any policy: then no press is recorded at all."""
WIDTH, HEIGHT = 1280, 800
ANSWER_S = 0.35
"""After a press: for the page's answer, and longer than a double click."""
MANNERS = ("rested 100 ms", "rested longer", "in motion", "after a scroll")


@dataclass
class Click:
    """One press: how, where, what was hit by the truth's word, and what was recorded."""

    kind: str
    page: str
    manner: str
    x: int
    y: int
    before_ns: int = 0
    after_ns: int = 0
    truth: Truth | None = None
    verdict: str = ""
    confidence: str = ""
    target: str = ""


class Ears:
    """What pages and programs tell, kept in order."""

    def __init__(self) -> None:
        self._told: list[dict[str, Any]] = []
        self._news = threading.Condition()

    def hear(self, message: dict[str, Any]) -> None:
        with self._news:
            self._told.append(message)
            self._news.notify_all()

    def mark(self) -> int:
        with self._news:
            return len(self._told)

    def since(self, mark: int, what: str) -> list[dict[str, Any]]:
        with self._news:
            return [each for each in self._told[mark:] if each["what"] == what]

    def wait(self, mark: int, what: str, timeout_s: float) -> list[dict[str, Any]]:
        deadline = time.monotonic() + timeout_s
        with self._news:
            while not (found := [each for each in self._told[mark:] if each["what"] == what]):
                left = deadline - time.monotonic()
                if left <= 0:
                    return []
                self._news.wait(left)
            return found


class Hands:
    """Presses places in the manner asked for."""

    def __init__(self, display: str, dice: random.Random) -> None:
        self.x = XTest(display)
        self._dice = dice

    def press(self, click: Click) -> None:
        """Move there and press; the times between which the server made the press are noted."""
        hands = self.x
        if click.manner == "in motion":
            hands.move(click.x - self._dice.randint(30, 60), click.y - self._dice.randint(5, 20), 0.15)
            for step in range(4, 0, -1):
                hands.move(click.x - 3 * step, click.y - step)
                hands.pause(0.008)
            hands.move(click.x, click.y)
        else:
            hands.move(click.x, click.y, self._dice.uniform(0.12, 0.3))
            if click.manner == "after a scroll":
                hands.click(5)
                hands.pause(self._dice.uniform(0.1, 0.5))
            else:
                hands.pause(0.1 if click.manner == "rested 100 ms" else self._dice.uniform(0.15, 0.6))
        hands.down()
        click.before_ns, click.after_ns = hands.clock[-1].before_ns, hands.clock[-1].after_ns
        hands.pause(0.04)
        hands.up()


class Stage:
    """The desktop with its programs, and the clicks that were made on it."""

    def __init__(self, desktop: VirtualDesktop, desk: Desk, dice: random.Random) -> None:
        self.desktop, self.desk, self.dice = desktop, desk, dice
        self.hands = Hands(desktop.display, dice)
        self.ears = Ears()
        self.clicks: list[Click] = []

    def manner(self) -> str:
        return self.dice.choices(MANNERS, (55, 25, 10, 10))[0]


# --- pages --------------------------------------------------------------------------------------------------------


class Browser:
    """Chromium in app mode at the site, its page's place on the screen known."""

    def __init__(self, stage: Stage, site: Site, *, stock: bool) -> None:
        self._stage, self._site = stage, site
        mark = stage.ears.mark()
        start = f"{site.first}/own/controls"
        if stock:
            flags = [flag for flag in CHROMIUM_FLAGS if flag != FLAG]
            home = stage.desktop.home / "chromium"
            process = stage.desktop.spawn(
                ["chromium", *flags, "--no-sandbox", "--test-type", f"--user-data-dir={home}", f"--app={start}"]
            )
        else:
            process = stage.desktop.chromium(start)
        self.pid = process.pid
        window = stage.desk.find("chromium")
        left, top, width, height = stage.desk.place(window, 10, 30, 1000, 720)
        self.window, self.view = window, Rect(left, top, width, height)
        if not stage.ears.wait(mark, "loaded", 60):
            raise SystemExit("the page did not load")

    def go(self, path: str) -> None:
        """Open a page; returns once it and its frames have loaded."""
        mark = self._stage.ears.mark()
        self._site.command(f"go {self._site.first}{path}")
        self._stage.ears.wait(mark, "loaded", 20)
        time.sleep(1.0)

    def places(self) -> list[dict[str, Any]]:
        """Places worth pressing now, all frames', root px."""
        mark = self._stage.ears.mark()
        self._site.command(f"look {self.view.x} {self.view.y}")
        self._stage.ears.wait(mark, "places", 5)
        time.sleep(0.15)
        told = self._stage.ears.since(mark, "places")
        found = [place | {"page": each["page"]} for each in told for place in each["places"]]
        return [place for place in found if self.view.contains(place["x"], place["y"])]

    def press(self, kind: str, page: str, place: dict[str, Any], manner: str) -> None:
        """One click, and what the page says of it."""
        click = Click(kind, page, manner, place["x"], place["y"])
        mark = self._stage.ears.mark()
        self._stage.hands.press(click)
        told = self._stage.ears.wait(mark, "press", 3)
        if told:
            click.truth = truth_of(told[0], self.view)
            self._stage.clicks.append(click)
        time.sleep(ANSWER_S)

    def choose(self, kind: str) -> None:
        """Open a select by a click and choose in its pop-up; the page tells what was chosen."""
        stage = self._stage
        for place in [each for each in self.places() if each["tag"] == "select"][:2]:
            self.press(kind, "selects", place, "rested longer")
            click = Click(
                "select pop-up", "selects", "rested 100 ms", place["x"], place["y"] + 14 + 20 * stage.dice.randint(1, 3)
            )
            mark = stage.ears.mark()
            stage.hands.press(click)
            if told := stage.ears.wait(mark, "chosen", 2):
                click.truth = Truth(True, (("option", told[0]["name"], None),), Rect(0, 0, WIDTH, HEIGHT))
                stage.clicks.append(click)
            else:
                stage.hands.x.key("Escape")
            time.sleep(ANSWER_S)


def picked(stage: Stage, places: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """One of the places by chance: three of four on something that acts."""
    kinds = {kind: [each for each in places if each["kind"] == kind] for kind in ("acting", "text", "other")}
    order = stage.dice.choices(list(kinds), (75, 20, 5))
    for kind in (*order, "acting", "text", "other"):
        if kinds[kind]:
            return stage.dice.choice(kinds[kind])
    return None


def web(stage: Stage, site: Site, clicks: int, *, stock: bool) -> None:
    """`clicks` clicks on pages, most of them MiniWoB++'s."""
    browser = Browser(stage, site, stock=stock)
    tasks = sorted(path.name for path in (miniwob() / "miniwob").glob("*.html"))
    stage.dice.shuffle(tasks)
    own = clicks * 2 // 5
    rounds = [(name, f"/own/{name}", own // len(OWN)) for name in OWN]
    rounds += [(name, f"/miniwob/miniwob/{name}", 7) for name in tasks]
    for page, path, count in rounds:
        if len(stage.clicks) >= clicks:
            return
        kind = page if path.startswith("/own/") else "MiniWoB++"
        browser.go(path)
        if kind == "MiniWoB++":
            covers = [each for each in browser.places() if each["name"] == "START"]
            if covers:
                browser.press(kind, page, covers[0], "rested longer")
        if kind == "selects":
            browser.choose(kind)
        for _ in range(count):
            place = picked(stage, browser.places())
            if place is None:
                break
            browser.press(kind, page, place, stage.manner())


# --- GTK ----------------------------------------------------------------------------------------------------------


Right = tuple[tuple[str, str, Rect | None], ...]


class GtkProgram:
    """The GTK program, running on the desktop. A context manager."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._process = subprocess.Popen(
            ["/usr/bin/python3", str(GTK_PROGRAM)],
            env=stage.desktop.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        stage.ears.wait(0, "ready", 30)
        stage.desk.place(stage.desk.find(GTK_PROGRAM.stem), 60, 60, 700, 560)
        self.pid = self._process.pid

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._stage.ears.hear(json.loads(line))

    def __enter__(self) -> GtkProgram:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(5)

    def places(self) -> list[dict[str, Any]]:
        """A place by chance, root px, on each of its widgets that can be pressed now."""
        mark = self._stage.ears.mark()
        assert self._process.stdin is not None
        self._process.stdin.write("look\n")
        self._process.stdin.flush()
        told = self._stage.ears.wait(mark, "places", 10)
        windows = told[0]["windows"] if told else []
        top = [each for each in windows if each["popup"]] or [each for each in windows if each["modal"]] or windows
        found = []
        for place in [place for window in top[:1] for place in window["places"]]:
            x, y, width, height = place["rect"]
            dice = self._stage.dice
            place["x"], place["y"] = (
                x + dice.randrange(2, max(3, width - 2)),
                y + dice.randrange(2, max(3, height - 2)),
            )
            found.append(place)
        return found

    def told(self, mark: int, x: int, y: int) -> Right:
        """What it says of the press at (x, y) after `mark`."""
        return gtk_truth(x, y, self._stage.ears.since(mark, "item"), self._stage.ears.since(mark, "press"))

    def press(self, x: int, y: int) -> Right:
        """Press where the pointer is, (x, y); what the program says of it."""
        mark = self._stage.ears.mark()
        self._stage.hands.x.click()
        time.sleep(ANSWER_S + 0.15)
        return self.told(mark, x, y)


def gtk(stage: Stage, clicks: int) -> None:
    """`clicks` clicks in the GTK program."""
    with GtkProgram(stage) as program:
        time.sleep(1)
        made = 0
        for _ in range(2 * clicks):
            places = program.places()
            if made >= clicks or not places:
                return
            place = stage.dice.choice(places)
            click = Click("GTK", "GTK", stage.manner(), place["x"], place["y"])
            mark = stage.ears.mark()
            stage.hands.press(click)
            time.sleep(ANSWER_S + 0.15)
            if right := program.told(mark, click.x, click.y):
                click.truth = Truth(True, right, Rect(0, 0, WIDTH, HEIGHT))
                stage.clicks.append(click)
                made += 1


def gtk_truth(x: int, y: int, items: Sequence[dict[str, Any]], presses: Sequence[dict[str, Any]]) -> Right:
    """What GTK says of a press: the item that it activated at that place, else the widget that got it."""
    rects = [(each["truth"], each["truth"]["rect"]) for each in items]
    told = [truth for truth, rect in rects if rect is None or Rect(*rect).contains(x, y)]
    told += [each["truth"] for each in presses if each["truth"]]
    if not told:
        return ()
    truth = told[0]
    found = [(truth["role"], truth["name"], Rect(*truth["rect"]) if truth["rect"] else None)]
    found += [(truth["role"], truth["name"], Rect(*rect)) for rect in truth.get("also", ())]
    return tuple(found)


# --- judging ------------------------------------------------------------------------------------------------------


def judge(clicks: Sequence[Click], recorder: Recorder) -> None:
    """Compare each click with the step of the recording that bears its press."""
    recording = recorder.recording()
    steps = ground(recording, reduce(recording))
    pressed = sorted((recording.pointer[seq].time_ns, step) for step in steps for seq in step.action.pointer_seqs
                     if recording.pointer[seq].kind == "down") if recording.pointer else []  # fmt: skip
    times = [time_ns for time_ns, _ in pressed]
    for click in clicks:
        at = bisect_left(times, click.before_ns - 2_000_000)
        if click.truth is None:
            continue
        if at >= len(times) or times[at] > click.after_ns + 2_000_000:
            click.verdict, click.confidence = "no step", ""
            continue
        step = pressed[at][1]
        click.verdict = fault(step.target, click.truth)
        click.confidence = step.target_confidence
        if step.target is not None:
            click.target = f"{step.target.role}|{step.target.name}|{step.target.bounds}"


def row(name: str, clicks: Sequence[Click]) -> dict[str, Any]:
    wrong = Counter(click.verdict for click in clicks if click.verdict)
    right = len(clicks) - sum(wrong.values())
    return {
        "name": name,
        "clicks": len(clicks),
        "right": right,
        "share": round(100 * right / len(clicks), 1) if clicks else None,
        "wrong": dict(wrong),
    }


def table(clicks: Sequence[Click]) -> list[dict[str, Any]]:
    """By kind of page, by manner, by confidence."""
    rested = [click for click in clicks if click.manner.startswith("rested")]
    rows = [row("all, rested ≥ 100 ms", rested)]
    for kind in sorted({click.kind for click in clicks}):
        rows.append(row(f"  {kind}", [click for click in rested if click.kind == kind]))
    rows += [row(manner, [click for click in clicks if click.manner == manner]) for manner in MANNERS]
    for word in sorted({click.confidence for click in clicks}):
        rows.append(row(f"confidence {word or '(no step)'}", [click for click in clicks if click.confidence == word]))
    return rows


def run(web_clicks: int, gtk_clicks: int, seed: int, *, stock: bool) -> list[Click]:
    """Everything in one recording."""
    dice = random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="understudy-bench-") as folder,
        VirtualDesktop(WIDTH, HEIGHT) as desktop,
        Desk(desktop.display) as desk,
    ):
        stage = Stage(desktop, desk, dice)
        with Site(stage.ears.hear) as site, Recorder(desktop, Path(folder), policy=POLICY) as recorder:
            recorder.begin()
            if web_clicks:
                web(stage, site, web_clicks, stock=stock)
            if gtk_clicks:
                gtk(stage, gtk_clicks)
            time.sleep(1)
            recorder.stop()
            judge(stage.clicks, recorder)
        return stage.clicks


def show(rows: Sequence[dict[str, Any]]) -> None:
    print(f"{'':<28} {'clicks':>6} {'right':>6} {'%':>6}  wrong")
    for each in rows:
        wrong = ", ".join(f"{name} {count}" for name, count in sorted(each["wrong"].items()))
        print(f"{each['name']:<28} {each['clicks']:>6} {each['right']:>6} {each['share'] or 0:>6}  {wrong}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=500, help="in all; a sixth of them in GTK")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stock", action="store_true", help="Chromium without its accessibility flag only")
    parser.add_argument("--no-stock", action="store_true", help="leave out the run with stock flags")
    parser.add_argument("--wrong", action="store_true", help="print every wrong one")
    chosen = parser.parse_args()
    result: dict[str, Any] = {}
    gtk_clicks = chosen.clicks // 6
    if not chosen.stock:
        clicks = run(chosen.clicks - gtk_clicks, gtk_clicks, chosen.seed, stock=False)
        result["forced on"] = table(clicks)
        print("Chromium with accessibility forced on, and GTK 3")
        show(result["forced on"])
        result["wrong"] = [asdict(click) for click in clicks if click.verdict]
        if chosen.wrong:
            for click in clicks:
                if click.verdict:
                    print(click)
    if not chosen.no_stock:
        clicks = run(min(60, chosen.clicks), 0, chosen.seed, stock=True)
        result["stock flags"] = table(clicks)
        print("Chromium with its stock flags")
        show(result["stock flags"])
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1, default=str) + "\n")


if __name__ == "__main__":
    main()
