"""E-mail addresses: every "@" looked at once, to both sides, so that time stays linear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from understudy.redact.scrub_span import Span

_AT = re.compile("@|%40")
_LOCAL_END = frozenset(' \n\t@<>()[]{},;:"\\|/=&?`#*!^\ufffc')
"""Characters that end the part before the "@" in running text (RFC 5322 allows some; nobody's mailbox has them)."""
_SERVICES = frozenset(("git", "hg", "svn"))
"""Users of machines that nobody is: git@host:path."""
_HOST = re.compile(r"[^\W_](?:[\w.-]*\w)?|\[[\da-fA-F.:]{3,45}\]")
_TOP_LEVEL = re.compile(r".*\.(?:[^\W\d_]{2,}|xn--[\w-]+)", re.DOTALL)
_DOTTED_NAME = re.compile(r"[^\W\d_]{2,}[._-][^\W\d_]{2,}")


def find_emails(text: str) -> Iterator[Span]:
    """Each address in a normalised text: any script, plus-addressing, quoted "%40"; half-typed ones when the part
    before the "@" looks like a person's (first.last@exam). Handles (@anna), user@host and package@version don't count.
    """
    floor = 0
    for at in _AT.finditer(text):
        start = at.start()
        while start > floor and text[start - 1] not in _LOCAL_END:
            start -= 1
        while start < at.start() and not text[start].isalnum() and text[start] not in "_+":
            start += 1
        floor = at.end()
        if start == at.start():
            continue
        host = _HOST.match(text, at.end())
        if host is None:
            continue
        local, domain = text[start : at.start()], host.group()
        if local in _SERVICES and text[host.end() : host.end() + 1] in (":", "/"):
            continue
        if not any(character.isalnum() for character in local):
            continue
        whole = domain[0] == "[" or _TOP_LEVEL.fullmatch(domain) is not None
        if whole or _is_cut_off(local, domain):
            yield Span("email", start, host.end(), f"{local}@{domain}".casefold())


def _is_cut_off(local: str, domain: str) -> bool:
    """True for what reads like the beginning of a person's address: typed in part, without its top-level domain."""
    return "." not in domain and len(domain) >= 3 and domain[0].isalpha() and _DOTTED_NAME.search(local) is not None
