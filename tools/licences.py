"""Checks the licence of everything that is installed with Understudy, what wheels carry inside included.

    python tools/licences.py [--json]

Starts at understudy's own requirements (every extra) and follows them. Exit code 1 when a licence is not on the list
below, unknown, or when a wheel carries a library that is under the GPL. Development tools are not looked at: they are
not part of what is distributed.
"""

from __future__ import annotations

import argparse
import fnmatch
import importlib.metadata
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from packaging.requirements import Requirement

PROJECT = "understudy"

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
    # Python's own licence from 1.6 on: permissive.
    "CNRI-Python",
    "Public-Domain",
    "Unlicense",
    "Zlib",
}
"""SPDX identifiers (and "Public-Domain", which has none) of licences that ask for no more than their own text."""

SEPARATE_ONLY = {"LGPL-2.1-or-later", "LGPL-3.0-or-later", "LGPL-2.0-or-later"}
"""Fine as a library of its own that people can replace: a Python package is one. Never copied or linked in."""

_RUNTIME = "carries libgfortran and libquadmath under the GPL with GCC's runtime exception, which allows this use"
EXCEPTIONS = {"numpy": _RUNTIME, "scipy": _RUNTIME}
"""Packages whose wheels carry something that looks worse than it is, and why it is fine."""

BUNDLED_GPL = {
    "libx264*": "GPL-2.0-or-later",
    "libx265*": "GPL-2.0-or-later",
    "libxvidcore*": "GPL-2.0-or-later",
    "libreadline*": "GPL-3.0-or-later",
    "libgsl*": "GPL-3.0-or-later",
    "libfftw3*": "GPL-2.0-or-later",
    "libgfortran*": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libquadmath*": "GPL-3.0-or-later WITH GCC-exception-3.1",
}
"""Libraries under the GPL that wheels are known to carry, by file name."""

NAMES = {
    "apache 2.0": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
"""What packages call their licence besides its SPDX identifier, in lower case."""

_TOKEN = re.compile(r"\(|\)|\bAND\b|\bOR\b|\bWITH\b|[A-Za-z0-9.+-]+", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """One package: its licence as an SPDX expression ("" unknown), and the fault, "" when it is fine."""

    package: str
    version: str
    licence: str
    fault: str
    note: str = ""


def is_allowed(expression: str) -> bool:
    """Whether an SPDX expression can be met with allowed licences only: all of an AND, any of an OR.

    Raises ValueError for what is no expression.
    """
    tokens = [match.group() for match in _TOKEN.finditer(expression)]
    allowed, rest = _any_of(tokens)
    if rest:
        raise ValueError(f"{expression!r} is no licence expression: {rest[0]!r} was not expected")
    return allowed


def _any_of(tokens: list[str]) -> tuple[bool, list[str]]:
    allowed, tokens = _all_of(tokens)
    while tokens and tokens[0].upper() == "OR":
        other, tokens = _all_of(tokens[1:])
        allowed = allowed or other
    return allowed, tokens


def _all_of(tokens: list[str]) -> tuple[bool, list[str]]:
    allowed, tokens = _one(tokens)
    while tokens and tokens[0].upper() == "AND":
        other, tokens = _one(tokens[1:])
        allowed = allowed and other
    return allowed, tokens


def _one(tokens: list[str]) -> tuple[bool, list[str]]:
    if not tokens:
        raise ValueError("a licence expression ends too early")
    first, *rest = tokens
    if first == "(":
        allowed, rest = _any_of(rest)
        if rest[:1] != [")"]:
            raise ValueError("a licence expression lacks its closing bracket")
        return allowed, rest[1:]
    if rest and rest[0].upper() == "WITH":
        # An exception only adds rights.
        rest = rest[2:]
    return first in ALLOWED | SEPARATE_ONLY, rest


def licence_of(metadata: importlib.metadata.PackageMetadata) -> str:
    """A package's licence as an SPDX expression as far as its metadata tell it, "" when they don't."""
    if expression := _first(metadata, "License-Expression"):
        return expression
    classifiers = [value for value in metadata.get_all("Classifier") or [] if value.startswith("License :: ")]
    found = [NAMES.get(value.split(" :: ")[-1].lower(), "") for value in classifiers]
    if found and all(found):
        return " AND ".join(dict.fromkeys(found))
    short = _first(metadata, "License")
    if not short or "\n" in short:
        return ""
    return NAMES.get(short.lower(), re.sub(r"\band\b", "AND", short))


def _first(metadata: importlib.metadata.PackageMetadata, name: str) -> str:
    return str((metadata.get_all(name) or [""])[0]).strip()


def installed(project: str = PROJECT, *, extras: bool = True) -> Iterator[importlib.metadata.Distribution]:
    """The project's requirements and theirs, as installed here, by name; with the project's extras or without."""
    found: dict[str, importlib.metadata.Distribution] = {}
    own = importlib.metadata.distribution(project)
    waiting = [(own, tuple(own.metadata.get_all("Provides-Extra") or []) if extras else ())]
    while waiting:
        package, wanted = waiting.pop()
        for text in package.requires or []:
            requirement = Requirement(text)
            marker = requirement.marker
            if marker and not any(marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                continue
            name = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if name not in found and name != project:
                found[name] = importlib.metadata.distribution(requirement.name)
                waiting.append((found[name], tuple(requirement.extras)))
    return (found[name] for name in sorted(found))


def check(package: importlib.metadata.Distribution) -> Finding:
    """What is to be said of one installed package."""
    name = re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()
    licence = licence_of(package.metadata)
    fault = ""
    if not licence:
        fault = "its metadata name no licence; look it up and add its name to NAMES"
    else:
        try:
            if not is_allowed(licence):
                fault = "its licence is not on the list of allowed ones"
        except ValueError as error:
            fault = str(error)
    notes = ["LGPL, a library of its own that people can replace"] if "LGPL" in licence else []
    carried = bundled(package)
    if carried and name in EXCEPTIONS:
        notes.append(EXCEPTIONS[name])
    elif carried:
        fault = f"its wheel carries {', '.join(carried)}"
    return Finding(name, package.version, licence, fault, "; ".join(notes))


def bundled(package: importlib.metadata.Distribution) -> list[str]:
    """Libraries under the GPL among a package's installed files, each with its licence."""
    names = {PurePosixPath(str(file)).name for file in package.files or []}
    return sorted(
        f"{name} ({licence})"
        for name in names
        for pattern, licence in BUNDLED_GPL.items()
        if fnmatch.fnmatch(name, pattern)
    )


def main(arguments: list[str]) -> int:
    """Check and print; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print every package as JSON")
    options = parser.parse_args(arguments)
    findings = [check(package) for package in installed()]
    faults = [finding for finding in findings if finding.fault]
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    for finding in faults:
        print(f"{finding.package} {finding.version}: {finding.licence or 'unknown'}: {finding.fault}", file=sys.stderr)
    if not options.json and not faults:
        print(f"licences: {len(findings)} packages, all allowed")
        for finding in findings:
            if finding.note:
                print(f"  {finding.package} {finding.version}: {finding.licence}: {finding.note}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
