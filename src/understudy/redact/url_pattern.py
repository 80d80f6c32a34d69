"""Address patterns of a policy: scheme://host[:port][/path prefix], a leading "*." for any subdomain."""

from __future__ import annotations

import re

SCHEMES = ("https", "http", "file")

_PATTERN = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://(?P<authority>[^/]*)(?P<path>/.*)?", re.DOTALL)
_HOST = re.compile(r"(?:\*\.)?[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*|\[[0-9A-Fa-f:.]{2,45}\]")


def url_pattern_fault(pattern: str) -> str | None:
    """What is wrong with an address pattern, as the rest of a sentence; None when it is right."""
    if any(character.isspace() for character in pattern):
        return "has a blank in it"
    match = _PATTERN.fullmatch(pattern)
    if match is None:
        bare = pattern.lstrip("/")
        return f"has no scheme; write {f'https://{bare}'!r}"
    scheme, authority = match["scheme"].lower(), match["authority"]
    if scheme not in SCHEMES:
        return f"has the scheme {scheme!r}; expected {', '.join(SCHEMES)}"
    if "?" in pattern or "#" in pattern:
        return "has a query or a fragment; a pattern ends with the path"
    if "*" in (match["path"] or "") or "*" in authority.removeprefix("*."):
        return 'has a "*" where none may be; only "*." before the host, and a path matches by its beginning anyway'
    if scheme == "file":
        return "has a host; write file:///path" if authority else None
    if "@" in authority:
        return "has a user in it; write the host alone"
    host, colon, port = authority, "", ""
    if re.search(r":\d*$", authority) and not authority.endswith("]"):
        host, colon, port = authority.rpartition(":")
    if colon and not (port.isdigit() and 1 <= int(port[:6]) <= 65535):
        return f"has the port {port!r}; expected 1 to 65535"
    if not _HOST.fullmatch(host) or len(host) > 255:
        return f"has no valid host ({host!r})" if host else "has no host"
    return None
