"""The red team's pages, served to this machine alone: forms and tables as they stand in offices everywhere."""

from __future__ import annotations

import html
import http.server
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

STYLE = """
body { font: 17px 'DejaVu Sans', sans-serif; margin: 14px; background: #fff; color: #111 }
h1 { font-size: 21px; margin: 6px 0 } label { display: inline-block; width: 180px }
input, textarea { font: 16px 'DejaVu Sans', sans-serif; width: 430px; padding: 2px 4px; margin: 2px 0 }
td { padding: 3px 14px 3px 0; font-size: 16px; white-space: nowrap }
button { font: 16px 'DejaVu Sans', sans-serif; padding: 4px 12px }
"""


@dataclass(frozen=True)
class Field:
    """A labelled field of a form; `more` are further attributes as they stand in HTML."""

    id: str
    label: str
    type: str = "text"
    more: str = ""


def page(title: str, body: str) -> str:
    """A whole page; `title` is escaped, `body` is HTML."""
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(title)}</title>"
        f"<style>{STYLE}</style><body>{body}</body></html>"
    )


def form(fields: Sequence[Field], heading: str = "", button: str = "", sent_to: str = "") -> str:
    """A heading, one labelled field a line, a button: `#f0`, … by their ids, `#done`.

    `sent_to` is where Return sends it, and the browser remembers what was typed; "": nowhere, and it doesn't.
    """
    parts = [f"<h1>{html.escape(heading)}</h1>"] if heading else []
    for field in fields:
        label = f'<label for="{field.id}">{html.escape(field.label)}</label>'
        if field.type == "textarea":
            inner = f'<textarea id="{field.id}" rows=2 {field.more}></textarea>'
        else:
            inner = f'<input id="{field.id}" type="{field.type}" {field.more}>'
        parts.append(f"<div>{label}{inner}</div>")
    if button:
        parts.append(f"<p><button type=button id=done>{html.escape(button)}</button></p>")
    # Without a button of its own a form of several fields is not sent by Return.
    sends = f'action="{sent_to}"' if sent_to else "autocomplete=off onsubmit='return false'"
    hidden = "<input type=submit hidden>" if sent_to else ""
    return f"<form {sends}>{''.join(parts)}{hidden}</form>"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A plain table."""
    lines = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


class Site:
    """Pages on 127.0.0.1 at a port of the system's choice, for as long as the context lasts.

    `put` sets what stands at a path; query and fragment lead to the same page.
    """

    def __init__(self) -> None:
        self._pages: dict[str, bytes] = {"/": page("Start", "<p>Ready</p>").encode()}
        pages = self._pages

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = pages.get(self.path.partition("?")[0], b"")
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: addresses hold canaries."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="redteam-site", daemon=True)

    @property
    def url(self) -> str:
        """The site's address, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, path: str, whole: str) -> str:
        """Let `whole` stand at `path` (with a slash at its start); its address."""
        self._pages[path] = whole.encode()
        return self.url + path

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
