"""What of an address may be kept: scheme, host and the parts of its path that say where, never whose."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

VALUE = "<VALUE>"
"""Stands for everything in a query but its keys."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]{0,30}):(//)?")
_KEY = re.compile(r"[A-Za-z][A-Za-z_.\-\[\]]{0,31}")
_OPAQUE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_\-=.~+]{16,}|[A-Za-z0-9_\-=~+]{32,}|\d{9,}")
_READABLE = re.compile(
    r"(?:[a-z]{1,15}|\d{1,4}|[a-z]{1,12}\d{1,3})(?:[-_.](?:[a-z]{1,15}|\d{1,4}|[a-z]{1,12}\d{1,3}))+", re.IGNORECASE
)
_HOMES = frozenset(("home", "users", "user", "u", "people", "profile", "profiles", "~"))
_CONTENT_SCHEMES = frozenset(("data", "javascript", "vbscript"))
_PORT = re.compile(r"(.*?)(:\d{1,5})?", re.DOTALL)


def scrub_address(url: str, *, text: Callable[[str], str], opaque: Callable[[str], str]) -> str:
    """The address with its user, password, query values and fragment gone; "" stays "".

    `text` scrubs a readable part, `opaque` makes the token for one that only a machine reads. Never raises.
    """
    scheme_match = _SCHEME.match(url)
    if scheme_match is None or (scheme_match[2] is None and scheme_match[1].isdigit()):
        prefix, rest, has_host = "", url, False
    else:
        prefix, rest, has_host = scheme_match.group().lower(), url[scheme_match.end() :], scheme_match[2] is not None
    scheme = prefix.partition(":")[0]
    if scheme in _CONTENT_SCHEMES:
        return f"{scheme}:{VALUE}"
    if scheme in ("blob", "view-source", "filesystem") and not has_host:
        return prefix + scrub_address(rest, text=text, opaque=opaque)
    rest = rest.partition("#")[0]
    before, mark, query = rest.partition("?")
    host, path = "", before
    if has_host:
        host, slash, path = before.partition("/")
        path = slash + path
        # What lies before an "@" is user and password, a slash in an unquoted password included.
        if ":" in host and "@" in path and not host.rpartition(":")[2].isdigit():
            host, slash, path = before.rpartition("@")[2].partition("/")
            path = slash + path
        host = host.rpartition("@")[2]
        name, port = _host_and_port(host)
        host = text(name) + port
    cleaned = prefix + host + _path(path, text, opaque)
    return cleaned + (f"?{_query(query)}" if mark else "")


def _host_and_port(host: str) -> tuple[str, str]:
    match = _PORT.fullmatch(host)
    return (match[1], match[2] or "") if match else (host, "")


def _path(path: str, text: Callable[[str], str], opaque: Callable[[str], str]) -> str:
    cleaned: list[str] = []
    before = ""
    for raw in path.split("/"):
        part = unquote(raw, errors="replace")
        if before.casefold() in _HOMES and part:
            cleaned.append(opaque(part))  # /home/anna, /users/anna
        elif part.startswith(("~", "@")) and len(part) > 1:
            cleaned.append(part[0] + opaque(part[1:]))
        elif _OPAQUE.fullmatch(part) and not _READABLE.fullmatch(part):
            cleaned.append(opaque(part))
        else:
            scrubbed = text(part)
            cleaned.append(raw if scrubbed == part else scrubbed)
        before = part
    return "/".join(cleaned)


def _query(query: str) -> str:
    """The query's keys where they look like names; no value, and nothing of what isn't key=value."""
    pairs = []
    for pair in query.replace(";", "&").split("&"):
        key, equals, _ = pair.partition("=")
        if not equals:
            pairs.append(VALUE)
        else:
            pairs.append(f"{key if _KEY.fullmatch(key) else VALUE}={VALUE}")
    return "&".join(pairs)
