"""The desktop on which the tasks run: each program starts once and shows one instance after another."""

from __future__ import annotations

import contextlib
import http.server
import json
import queue
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from benchmarks.driven import Desk, wait_until
from benchmarks.patience import Patience
from benchmarks.tasks.instances import TASKS, Instance
from understudy.act.desktop import VirtualDesktop
from understudy.capture.source import DesktopEnv

HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"
LOAD_S = 15.0


class Program(Protocol):
    """A program that shows instances and says what was done in it."""

    def load(self, instance: Instance) -> None:
        """Show an instance; returns when it is there."""

    def done(self) -> object:
        """What the program says was done since; None for nothing."""


class TaskStage:
    """A virtual desktop with the programs of `tasks`, for as long as the block lasts."""

    def __init__(self, tasks: Sequence[str] = tuple(TASKS), *, home: Path | None = None) -> None:
        self.desktop = VirtualDesktop(1280, 800, home=home)
        self._wanted = tuple(tasks)
        self._stack = contextlib.ExitStack()
        self._programs: dict[str, Program] = {}
        self.address = ""

    def __enter__(self) -> TaskStage:
        self._stack.enter_context(self.desktop)
        try:
            where = {TASKS[task].where for task in self._wanted}
            if "page" in where:
                self._programs["page"] = self._stack.enter_context(Page(self.desktop))
                self.address = self._programs["page"].address  # type: ignore[attr-defined]
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def env(self) -> DesktopEnv:
        """What a source needs to know of this desktop."""
        return DesktopEnv(
            display=self.desktop.display, session_bus_address=self.desktop.env["DBUS_SESSION_BUS_ADDRESS"]
        )

    def load(self, instance: Instance) -> None:
        """Show an instance and put its window in its place; other tasks' programs end first."""
        where = TASKS[instance.task].where
        if where not in self._programs:
            makers = {"gtk": GtkTasks, "mousepad": Mousepad, "page": Page}
            self._programs[where] = self._stack.enter_context(makers[where](self.desktop))
        self._programs[where].load(instance)

    def done(self, instance: Instance) -> object:
        """What the instance's program says was done in it."""
        return self._programs[TASKS[instance.task].where].done()

    def succeeded(self, instance: Instance, patience_s: float = 1.0) -> bool:
        """True when the program says that exactly what was asked for was done."""
        patience = Patience(patience_s)
        while self.done(instance) != instance.goal:
            if patience.over:
                return False
            time.sleep(0.05)
        return True

    def policy(self, keys: str = "text") -> str:
        """A policy that has the tasks' programs in scope."""
        apps = {
            "gtk": f'[[app]]\nname = "Tasks"\napp = "gtk_tasks.py"\nkeys = "{keys}"\n',
            "page": f'[[app]]\nname = "Pages"\nprogram = "chromium"\nkeys = "{keys}"\nurls = ["{self.address}"]\n',
            "mousepad": f'[[app]]\nname = "Mousepad"\nprogram = "mousepad"\nkeys = "{keys}"\n',
        }
        where = dict.fromkeys(TASKS[task].where for task in self._wanted)
        return 'version = 1\nprofile = "own-work"\n\n' + "\n".join(apps[each] for each in where)


class GtkTasks:
    """The GTK programs, spoken to over a socket. A context manager."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        self._desktop = desktop
        self._path = desktop.home / "tasks.socket"

    def __enter__(self) -> GtkTasks:
        self._desktop.spawn([SYSTEM_PYTHON, str(HERE / "gtk_tasks.py"), str(self._path)])
        wait_until(self._path.exists, "the GTK tasks to start", LOAD_S)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(LOAD_S)
        self._socket.connect(str(self._path))
        self._lines = self._socket.makefile("r")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._socket.close()

    def load(self, instance: Instance) -> None:
        """Show an instance."""
        place = instance.place
        self._ask({"load": {**instance.spec, "place": [place.x, place.y, place.width, place.height]}})

    def done(self) -> object:
        """What was done."""
        return self._ask({"state": True})

    def _ask(self, what: dict[str, Any]) -> object:
        self._socket.sendall((json.dumps(what) + "\n").encode())
        return json.loads(self._lines.readline())["state"]


class Page:
    """Chromium on the tasks' pages, and the site that serves them. A context manager."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        self._desktop = desktop
        self._number = 0
        self._ready = 0
        self._done: Any = None
        self._told = threading.Condition()
        self._next: queue.Queue[str] = queue.Queue()

    def __enter__(self) -> Page:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/"
        profile = self._desktop.home / "chromium" / "Default"
        profile.mkdir(parents=True, exist_ok=True)
        quiet = {"credentials_enable_service": False, "autofill": {"profile_enabled": False}}
        (profile / "Preferences").write_text(json.dumps(quiet))
        self._desktop.chromium(self.address)
        self._desk = Desk(self._desktop.display)
        self._window = self._desk.find("chromium")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._next.put("")
        self._desk.__exit__(None, None, None)
        self._server.shutdown()
        self._server.server_close()

    def load(self, instance: Instance) -> None:
        """Show an instance; the window moves meanwhile."""
        with self._told:
            self._number += 1
            number, self._done = self._number, None
        self._next.put(json.dumps({"number": number, "spec": instance.spec}))
        place = instance.place
        self._desk.place(self._window, place.x, place.y, place.width, place.height)
        with self._told:
            if not self._told.wait_for(lambda: self._ready == number, LOAD_S):
                raise AssertionError(f"the page did not show its instance within {LOAD_S:.0f} s")

    def done(self) -> object:
        """What was done."""
        with self._told:
            return self._done

    def _heard(self, told: dict[str, Any]) -> None:
        with self._told:
            if told["number"] == self._number:
                if "state" in told:
                    self._done = told["state"]
                else:
                    self._ready = told["number"]
                self._told.notify_all()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                if self.path != "/next":
                    self.send_header("Content-Type", "text/html; charset=utf-8")
                    self.end_headers()
                    self.wfile.write((HERE / "pages.html").read_bytes() if self.path == "/" else b"")
                    return
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    while told := page._next.get():
                        self.wfile.write(f"data: {told}\n\n".encode())
                        self.wfile.flush()

            def do_POST(self) -> None:
                page._heard(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                return

        return Handler


class Mousepad:
    """The editor, started anew with an empty file for each instance. A context manager."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        self._desktop = desktop
        self._process: subprocess.Popen[bytes] | None = None
        self._file = desktop.home / "note.txt"

    def __enter__(self) -> Mousepad:
        self._desk = Desk(self._desktop.display)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._desk.__exit__(None, None, None)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def load(self, instance: Instance) -> None:
        """Open the editor with an empty file."""
        self._end()
        self._file.write_text("")
        settings = self._desktop.home / ".config/glib-2.0/settings/keyfile"
        settings.parent.mkdir(parents=True, exist_ok=True)
        toolbar, status, lines = (str(bool(instance.spec[each])).lower() for each in ("toolbar", "status", "lines"))
        settings.write_text(
            "[org/xfce/mousepad/preferences/window]\npath-in-title=false\n"
            f"toolbar-visible={toolbar}\nstatusbar-visible={status}\n"
            f"[org/xfce/mousepad/preferences/view]\nshow-line-numbers={lines}\n"
        )
        command = ["mousepad", "--disable-server", str(self._file)]
        self._process = self._desktop.spawn(command, env={"GSETTINGS_BACKEND": "keyfile"})
        window = self._desk.find("mousepad")
        place = instance.place
        self._desk.place(window, place.x, place.y, place.width, place.height)

    def done(self) -> object:
        """The file's text, without the line's end."""
        return self._file.read_text().removesuffix("\n")


def instances(task: str, first: int, count: int) -> Iterator[Instance]:
    """`count` instances of a task from the seed `first` on."""
    return (TASKS[task].instance(seed) for seed in range(first, first + count))
