"""E-mail addresses: every "@" looked at once, to both sides, so that time stays linear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from understudy.redact.scrub_span import Span

_AT = re.compile("@|%40")
_LOCAL_END = frozenset(' \n\t@<>()[]{},;:"\\|/=&?`#*!^')
"""Characters that end the part before the "@" in running text (RFC 5322 allows some; nobody's mailbox has them)."""
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
        if not any(character.isalnum() for character in local):
            continue
        if domain[0] != "[" and not _TOP_LEVEL.fullmatch(domain):
            # Without a dot it is an address only when it reads like a person's, cut off while being typed.
            if "." in domain or len(domain) < 3 or not domain[0].isalpha() or not _DOTTED_NAME.search(local):
                continue
        yield Span("email", start, host.end(), f"{local}@{domain}".casefold())
