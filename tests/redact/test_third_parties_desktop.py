"""Other people on real pages: a mailbox, a chat and a calendar in Chromium, recorded and looked at."""

from __future__ import annotations

import contextlib
import io
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
import xcffib
import xcffib.xproto
from PIL import Image

from benchmarks.driven import Desk, Recorder, understudy
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.records.recording import Recording

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

PAGES = Path(__file__).parent / "people_pages"
HOSTS = {"webmail": "mail", "chat": "chat", "calendar": "calendar"}
OTHERS = (
    *("Wilhelmina", "Tarkowska", "Ottoline", "Grubenstein", "Bramblewood", "Zephyranthes"),
    *("Leopoldine", "Harkavy", "Bartholomew", "Quist", "Nightjar"),
    *("Evangeline", "Protopopov", "Cornelius", "Abernathy", "dentist", "cottage"),
)
"""Names of people and words of their messages, each on one of the pages."""
MECHANICS = frozenset(
    (
        *("Compose", "Archive", "Inbox (3)", "Search mail", "Message body", "Reply", "Threads", "Send"),
        *("Today", "Week", "Month", "Monday", "Add guests", "Invite"),
    )
)
"""Names of elements that tell of nobody, on the three pages."""
PRESSED = frozenset(("Compose", "Onward", "Week"))
KEY = ("--name", "Privacy office", "--no-passphrase")
POLICY = 'version = 1\nprofile = "own-work"\nedition = "7b"\n[[app]]\nname = "Chromium"\nprogram = "chromium"\n'
"""Says nothing of people: what is known of such pages is enough."""


@contextlib.contextmanager
def served() -> Iterator[int]:
    """The three pages, each on a host of its own name; the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = HOSTS.get(self.headers.get("Host", "").partition(".")[0])
            body = (PAGES / f"{name}.html").read_bytes() if name and self.path == "/" else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Recorded:
    """The recording, the first page as it was on the screen, and what is told of the recording and its policy."""

    kept: Recording
    unmasked: Image.Image
    shown: str
    policy: str


def screenshot(display: str) -> Image.Image:
    connect: Any = xcffib.connect
    x: Any = connect(display=display)
    root = x.get_setup().roots[0]
    size = root.width_in_pixels, root.height_in_pixels
    reply = x.core.GetImage(xcffib.xproto.ImageFormat.ZPixmap, root.root, 0, 0, *size, 0xFFFFFFFF).reply()
    x.disconnect()
    return Image.frombytes("RGB", size, bytes(reply.data.raw), "raw", "BGRX")


def record(root: Path, pace: float) -> Recorded:
    """The pointer goes over names and buttons of each page, and presses the button that leads to the next.

    `pace` says how many times longer than on an idle machine everything waits.
    """
    with VirtualDesktop() as desktop, served() as port, Desk(desktop.display) as desk:
        desktop.chromium(f"http://webmail.localhost:{port}/")
        with XTest(desktop.display) as hands, Recorder(desktop, root, policy=POLICY) as recorder:
            assert understudy(recorder.home.root, "policy", "key", str(root / "key"), *KEY).returncode == 0
            signed = understudy(recorder.home.root, "policy", "sign", str(recorder.policy), "--key", str(root / "key"))
            assert signed.returncode == 0, signed.stderr
            left, top, _, _ = desk.place(desk.find("chromium"), 0, 20, 1240, 740)
            recorder.begin()
            time.sleep(2.5 * pace)
            unmasked = screenshot(desktop.display)

            def over(*points: tuple[int, int]) -> None:
                for x, y in points:
                    hands.move(left + x, top + y, 0.1)
                    time.sleep(0.45 * pace)

            def press(*points: tuple[int, int], then_s: float = 0.0) -> None:
                """Rest on each, press the last."""
                over(*points)
                hands.click()
                time.sleep(then_s * pace)

            press((60, 30), (60, 90), (500, 120), (400, 330))
            press((40, 30), then_s=0.5)
            press((640, 30), then_s=2.5)
            press((60, 30), (60, 110), (400, 90), (350, 200))
            press((460, 30), then_s=2.5)
            press((60, 30), (60, 150), (320, 150), (160, 30), then_s=1.5)
            assert recorder.stop() == 0
            kept = recorder.recording()
            shown = understudy(recorder.home.root, "recordings", "show", recorder.id)
            policy = understudy(recorder.home.root, "policy", "show", kept.info.policy_sha256[:12])
            return Recorded(kept, unmasked, shown.stdout, policy.stdout)


def missing(kept: Recording) -> set[str]:
    """The mechanics of the pages that the recording doesn't tell."""
    names = {node.name for tree in kept.tree for node in tree.nodes}
    pressed = {at.element.name for at in kept.element if at.cause == "press" and at.element is not None}
    return (MECHANICS - names) | (PRESSED - pressed)


def others_told(kept: Recording) -> list[str]:
    """The words of other people that the recording tells, its pictures aside."""
    told = msgspec.json.encode(msgspec.structs.replace(kept, frame=())).decode().lower()
    return [word for word in OTHERS if word.lower() in told]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A recording in which the pages were told: on a machine that is too busy for that the person goes slower."""
    for pace in (1.0, 2.0, 4.0):
        found = record(tmp_path_factory.mktemp("people"), pace)
        assert not others_told(found.kept)
        if not missing(found.kept):
            break
    return found


def screens(recording: Recording) -> Iterator[Image.Image]:
    """Each kept frame as the whole screen."""
    shown: Image.Image | None = None
    for frame in recording.frame:
        if frame.key or shown is None:
            shown = Image.new("RGB", (frame.width, frame.height))
        for patch in frame.patches:
            shown.paste(Image.open(io.BytesIO(patch.webp)).convert("RGB"), (patch.x, patch.y))
        yield shown


def read_by_eye(picture: Image.Image) -> str:
    """The words on a picture, by tesseract through pipes."""
    large = picture.resize((picture.width * 2, picture.height * 2))
    png = io.BytesIO()
    large.save(png, "PNG")
    done = subprocess.run(
        ["tesseract", "stdin", "stdout", "--psm", "11"], input=png.getvalue(), capture_output=True, check=True,
        env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"},
    )  # fmt: skip
    return done.stdout.decode()


def test_no_name_and_no_message_of_others_is_told(recorded: Recorded) -> None:
    assert not others_told(recorded.kept)
    assert "<THIRD_PARTY>" in msgspec.json.encode(recorded.kept.tree).decode()


def test_the_mechanics_are_told(recorded: Recorded) -> None:
    assert not missing(recorded.kept)


def test_no_name_and_no_message_of_others_is_shown_and_the_mechanics_are(recorded: Recorded) -> None:
    seen: dict[bytes, Image.Image] = {}
    for picture in screens(recorded.kept):
        seen[picture.tobytes()] = picture.copy()
    pictures = list(seen.values())
    # The last of each page, and some between: reading takes a second each.
    chosen = [*pictures[:: max(1, len(pictures) // 6)], pictures[-1]]
    words = " ".join(read_by_eye(picture) for picture in chosen).lower()
    assert not [word for word in OTHERS if word.lower() in words]
    for word in ("compose", "archive", "onward", "send"):
        assert word in words, word
    # Which moments of the later pages are among those that are read depends on how busy the machine is.
    assert "mentions" in words or "month" in words


def test_the_search_by_eye_is_not_blind(recorded: Recorded) -> None:
    """The same reader finds the names on the page as it was."""
    words = read_by_eye(recorded.unmasked).lower()
    assert {word for word in OTHERS[:5] if word.lower() in words} >= {"Tarkowska", "Grubenstein", "Bramblewood"}


def test_the_recording_names_the_exact_policy_and_who_signed_it(recorded: Recorded) -> None:
    info = recorded.kept.info
    assert (info.policy_edition, info.policy_signer, len(info.policy_signer_key)) == ("7b", "Privacy office", 64)
    assert "edition 7b" in recorded.shown and "signed by Privacy office" in recorded.shown
    assert recorded.policy == POLICY
