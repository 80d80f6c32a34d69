"""Internet addresses, of machines and of the people behind them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from understudy.redact.scrub_span import Span

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_V4 = re.compile(rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?!\w|\.\w|\.\.)")
_V6 = re.compile(r"(?<![\w:.])(?=[\da-f:]*\d)(?:[\da-f]{1,4}:|:(?=:)|(?<=:):){2,7}(?:[\da-f]{1,4}|:)?(?![\w:])", re.I)
_NOT_ONE = re.compile(
    r"(?:version|\bver\.?|\bv|\brel(?:ease)?|\bbuild|\bpatch(?: ?level)?|firmware|driver|\brev(?:ision)?|update"
    r"|release"
    r"|section|\bsec\.|chapter|clause|abschnitt|kapitel|\bziff(?:er|\.)|article|\btable|figure|\bfig\.|\bstep|§"
    r"|[A-Za-z]{3,}/)[ :=#.]{0,3}$",
    re.IGNORECASE,
)
_LOOK_BACK = 16


def find_ips(text: str) -> Iterator[Span]:
    """Each address of a normalised text, version 4 or 6. Not localhost, masks, and what a word says is a version."""
    if text.count(".") >= 3:
        for match in _V4.finditer(text):
            told = match.group()
            parts = told.split(".")
            if parts[0] in ("0", "127", "255") or all(len(part) == 1 for part in parts):
                continue  # localhost, any, masks; headings such as 1.2.3.4, and public resolvers
            if not _NOT_ONE.search(text[max(0, match.start() - _LOOK_BACK) : match.start()]):
                yield Span("ip", *match.span(), told)
    if text.count(":") >= 2:
        for match in _V6.finditer(text):
            told = match.group()
            if len(told) < 5 or (told.count(":") < 7 and "::" not in told):
                continue
            try:
                address = ipaddress.IPv6Address(told)
            except ValueError:
                continue
            if not address.is_loopback:
                yield Span("ip", *match.span(), address.compressed)
