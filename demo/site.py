"""The back office of a small shop, served to this machine alone: the work that the demonstration's performer does.

Plain pages with real forms and labels, nothing from outside. What forms send is thrown away unread.
"""

from __future__ import annotations

import http.server
import random
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import jinja2

from demo.secrets import Controls, Planted, in_fours

PAGES = Path(__file__).parent / "pages"
FOLLOWS = {"/signin": "/customer", "/customer": "/dispatch"}
"""Where a form leads after it was sent."""

PRODUCTS = (
    *(
        "Apple juice, cloudy",
        "Rye bread, 1 kg",
        "Oat biscuits",
        "Blackcurrant jam",
        "Goat cheese, mild",
        "Barley flour",
    ),
    *("Sunflower oil", "Lentils, green", "Pickled beets", "Buckwheat honey", "Tomato passata", "Walnut halves"),
    *("Cider vinegar", "Dried pears", "Mustard, coarse", "Butter, salted", "Brown rice", "Hazelnut spread"),
)


@dataclass(frozen=True)
class Line:
    """One line of an order; `price` is for one, in euros."""

    product: str
    shelf: str
    quantity: int
    price: float


@dataclass(frozen=True)
class Crate:
    """One crate of the delivery and where it goes."""

    label: str
    place: str


@dataclass(frozen=True)
class Shop:
    """What the pages show. `reference` is the order's, harmless, there to be copied."""

    reference: str
    person: str
    iban: str
    controls: Controls
    lines: tuple[Line, ...]
    crates: tuple[Crate, ...]


def shop_of(planted: Planted, seed: int) -> Shop:
    """The shop of one run: the planted things, and an order that `seed` decides."""
    chance = random.Random(seed)
    products = chance.sample(PRODUCTS, len(PRODUCTS))
    return Shop(
        reference=f"LK{chance.randrange(2000, 9999)}{chance.choice('ACEHKMPRT')}",
        person=planted.person.value,
        iban=in_fours(planted.iban.value),
        controls=planted.controls,
        lines=tuple(
            Line(
                product,
                f"{chance.choice('ABCDEF')}{chance.randrange(1, 30)}",
                chance.randrange(1, 25),
                chance.randrange(120, 1900) / 100,
            )
            for product in products
        ),
        crates=(
            Crate("Crate 1, chilled", "at the door"),
            Crate("Crate 2, dry goods", "in the middle"),
            Crate("Crate 3, glass", "at the back"),
            Crate("Crate 4, empties", "on the roof rack"),
        ),
    )


class Site:
    """The shop's pages on 127.0.0.1 at a port of the system's choice, for as long as the context lasts.

    `url` ends with a slash. `seen` lists the paths asked for, in order (never what was sent).
    """

    def __init__(self, shop: Shop) -> None:
        templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(PAGES), autoescape=True, undefined=jinja2.StrictUndefined
        )
        self.pages = {
            f"/{page}": (
                "text/html; charset=utf-8",
                templates.get_template(f"{page}.html").render(shop=shop, page=page),
            )
            for page in ("order", "signin", "customer", "dispatch")
        }
        self.pages["/style.css"] = ("text/css; charset=utf-8", (PAGES / "style.css").read_text())
        self.seen: list[str] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="demo-site", daemon=True)

    @property
    def url(self) -> str:
        """The address of the site, with a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def _handler_for(site: Site) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.seen.append(self.path)
            if self.path not in site.pages:
                self.send_error(404)
                return
            kind, text = site.pages[self.path]
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            site.seen.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.path not in FOLLOWS:
                self.send_error(404)
                return
            self.send_response(303)
            self.send_header("Location", FOLLOWS[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what is sent to the site is what the demonstration plants."""

    return Handler
