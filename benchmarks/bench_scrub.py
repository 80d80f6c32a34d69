"""How much of labelled texts the scrubber finds, how much it takes with it, and what it costs; Presidio beside it.

    python benchmarks/bench_scrub.py
    python benchmarks/bench_scrub.py --texts dev --no-presidio --misses

Recall and precision by type on three sets: presidio-research's 1,500 synthetic texts (when ../shared/data/pii is
there), and the two halves of scrub_corpus, of which "heldout" was written before the rules were tuned and is never
printed. All kinds of text are looked for; names with the set's own directory. Beside it, on the same texts, Presidio's
default recognisers without a language model. Then speed, memory and growth. Writes benchmarks/out/scrub.json when all
of it is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import scrub_judge
from benchmarks.scrub_judge import Score, Text, judge, misses
from understudy.redact.directory import Directory, hash_names
from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_span import CATEGORY_OF, KINDS

ROOT = Path(__file__).parents[1]
OUT = ROOT / "benchmarks" / "out" / "scrub.json"
SETS = ("research", "dev", "heldout")
THRESHOLD = 0.4
"""Presidio is judged twice: with every find, and with those it is at least this sure of."""

DENSE = (
    "Hi, please charge 4111 1111 1111 1111 (exp 09/27) and mail anna.berg+shop@example.org or call +49 30 1234567; "
    "IBAN DE89 3704 0044 0532 0130 00, order 2024-118, total 1,299.00 EUR, password: tr0ub4dor"
)[:200]
CLEAN = "Quarterly report (draft 3) - LibreOffice Writer"
HOSTILE = {
    "@": "a@",
    "digits": "1 ",
    "brackets": "(0",
    "groups": "1111 ",
    "assignments": "password=",
    "addresses": "http://a:b",
    "prefixes": "sk-",
    "IBAN": "GB82 WEST 1234 ",
    "dots": "1.",
    "colons": "a:",
    "streets": "12 Long Street ",
    "dates": "born 1.2.",
    "ids": "passport AB",
    "names": "given7 ",
    "letters": "xxxxxxxxx",
    "ligatures": "\ufdfa1",
    "percent": "%4",
    "bullets": "pass \u200b",
}
"""Pieces that, repeated, make a careless pattern try every split."""


def finder(names: Sequence[str]) -> Callable[[Text], list[tuple[int, int, str]]]:
    """The scrubber with all kinds; a new one each text, as if each were another recording."""
    directory = Directory(hash_names(names))

    def find(text: Text) -> list[tuple[int, int, str]]:
        hits = Scrubber(KINDS, directory).hits(text.text, label=text.label)
        return [(hit.start, hit.end, CATEGORY_OF[hit.kind]) for hit in hits]

    return find


def load(name: str) -> tuple[list[Text], list[str]]:
    """A set's texts and its directory."""
    if name == "research":
        texts = scrub_judge.research()
        return texts, scrub_judge.people_of(texts)
    return scrub_judge.corpus(name), scrub_judge.directory_of(name)


def quality(names: Sequence[str], *, presidio: bool, show: bool) -> dict[str, Any]:
    """Judge on the sets and print a table each; `show` prints misses of sets that may be looked at."""
    told: dict[str, Any] = {}
    theirs = None
    if presidio:
        from benchmarks.scrub_presidio import NO_FAULT, Presidio

        theirs = Presidio()
    for name in names:
        if name == "research" and not scrub_judge.RESEARCH.exists():
            print(f"no {scrub_judge.RESEARCH.name}: presidio-research not judged\n")
            continue
        texts, directory = load(name)
        scores = {"understudy": judge(texts, finder(directory))}
        if theirs is not None:
            sure = theirs
            scores["presidio"] = judge(texts, theirs.find, no_fault=NO_FAULT)
            scores["presidio_sure"] = judge(
                texts, lambda text, sure=sure: sure.find(text, threshold=THRESHOLD), no_fault=NO_FAULT
            )
        print_table(name, len(texts), scores)
        told[name] = {who: score.as_json() for who, score in scores.items()}
        told[name]["texts"] = len(texts)
        told[name]["by_kind"] = by_kind(texts, finder(directory))
        if show and name != "heldout":
            for line in misses(scores["understudy"]):
                print(line)
    return told


def by_kind(texts: Sequence[Text], find: Callable[[Text], list[tuple[int, int, str]]]) -> dict[str, dict[str, object]]:
    """Our own overall figures by kind of text (ui, form, chat …)."""
    return {
        kind: judge([text for text in texts if text.kind == kind], find).as_json()["overall"]  # type: ignore[misc]
        for kind in sorted({text.kind for text in texts})
    }


def print_table(name: str, count: int, scores: dict[str, Score]) -> None:
    """One row a type: recall and precision of each finder."""
    print(f"{name}: {count} texts")
    heads = "".join(f"{who.replace('_sure', f' ≥ {THRESHOLD}'):>18}" for who in scores)
    print(f"{'':14} {'n':>5}{heads}")
    print(f"{'type':14} {'':5}{'recall  precis.':>18}" + "   recall  precis." * (len(scores) - 1))
    ours = scores["understudy"]
    for kind in scrub_judge.TYPES:
        if not ours.labelled[kind] and not ours.hits[kind]:
            continue
        cells = "".join(f"{_cell(score.recall(kind)):>9}{_cell(score.precision(kind)):>9}" for score in scores.values())
        print(f"{kind:14} {ours.labelled[kind]:5}{cells}")
    total = {who: score.overall() for who, score in scores.items()}
    cells = "".join(f"{_cell(one['recall']):>9}{_cell(one['precision']):>9}" for one in total.values())
    print(f"{'all':14} {sum(ours.labelled.values()):5}{cells}")
    if ours.harmless:
        cells = "".join(f"{_cell(one['harmless_kept']):>9}{'':9}" for one in total.values())
        print(f"{'harmless kept':14} {ours.harmless:5}{cells}")
    if any(score.apart for score in scores.values()):
        cells = "".join(f"{score.apart:>9}{'':9}" for score in scores.values())
        print(f"{'apart, finds':14} {'':5}{cells}  printed like a card or an IBAN, the check digit wrong")
    print()


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def median_us(work: Callable[[str], object], text: str, *, rounds: int) -> float:
    """Median time of one call, µs of this thread's own CPU: other programs' work doesn't count."""
    times = []
    for _ in range(rounds):
        begin = time.thread_time_ns()
        work(text)
        times.append(time.thread_time_ns() - begin)
    return statistics.median(times) / 1000


def speed(rounds: int, *, presidio: bool) -> dict[str, Any]:
    """Time of a dense text and of a clean title, ours with a directory of 5,000 names."""
    scrubber = Scrubber(KINDS, Directory(hash_names(f"First{number} Last{number}" for number in range(5000))))
    told: dict[str, Any] = {"dense_characters": len(DENSE), "clean_characters": len(CLEAN), "rounds": rounds}
    told["understudy"] = {
        "dense_us": round(median_us(scrubber.scrub, DENSE, rounds=rounds), 1),
        "clean_us": round(median_us(scrubber.scrub, CLEAN, rounds=rounds), 1),
    }
    begin = time.thread_time()
    scrubber.scrub(DENSE * 500)
    told["understudy"]["characters_a_second"] = round(len(DENSE) * 500 / (time.thread_time() - begin))
    if presidio:
        from benchmarks.scrub_presidio import Presidio

        theirs = Presidio()
        find = lambda text: theirs.find(Text("", "", "", text, ()))  # noqa: E731
        told["presidio"] = {
            "dense_us": round(median_us(find, DENSE, rounds=max(3, rounds // 20)), 1),
            "clean_us": round(median_us(find, CLEAN, rounds=max(3, rounds // 20)), 1),
        }
        begin = time.thread_time()
        find(DENSE * 25)
        told["presidio"]["characters_a_second"] = round(len(DENSE) * 25 / (time.thread_time() - begin))
    print(f"{'':34} {'bar':>8}" + "".join(f"{who:>14}" for who in told if isinstance(told[who], dict)))
    for words, name, bar in (
        (f"dense text, {len(DENSE)} characters, µs", "dense_us", "1000"),
        (f"clean title, {len(CLEAN)} characters, µs", "clean_us", "100"),
        ("long dense text, characters/s", "characters_a_second", ""),
    ):
        cells = "".join(f"{told[who][name]:>14}" for who in ("understudy", "presidio") if who in told)
        print(f"{words:34} {bar:>8}{cells}")
    return told


MEMORY = {
    "understudy": """
from understudy.redact.directory import Directory, hash_names
from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_span import KINDS
work = Scrubber(KINDS, Directory(hash_names(f"First{n} Last{n}" for n in range(5000))))
work.scrub(DENSE)
""",
    "presidio": """
from benchmarks.scrub_judge import Text
from benchmarks.scrub_presidio import Presidio
work = Presidio()
work.find(Text("", "", "", DENSE, ()))
""",
}


def memory(*, presidio: bool) -> dict[str, float]:
    """MiB of resident memory that a fresh Python grows by, until its first text is scrubbed."""
    told = {}
    for who in ("understudy", "presidio") if presidio else ("understudy",):
        code = (
            "import gc, resource, os\n"
            "def now():\n"
            "    gc.collect(); return int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize()\n"
            f"DENSE = {DENSE!r}\nbefore = now()\n{MEMORY[who]}\nprint((now() - before) / 2**20)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        told[who] = round(float(done.stdout.split()[-1]), 1)
    print(f"{'memory added, MiB':34} {'30':>8}" + "".join(f"{value:>14}" for value in told.values()))
    return told


def growth(size: int) -> dict[str, float]:
    """CPU time of twice the length over that of the length, for texts made to be slow. Linear is 2, quadratic 4."""
    scrubber = Scrubber(KINDS, Directory(hash_names(f"Given{number} Family{number}" for number in range(5000))))

    def seconds(text: str) -> float:
        best = 1e9
        for _ in range(3):
            begin = time.thread_time()
            scrubber.hits(text)
            best = min(best, time.thread_time() - begin)
        return best

    told = {}
    for name, piece in HOSTILE.items():
        text = piece * (size // len(piece))
        told[name] = round(seconds(text * 2) / seconds(text), 2)
    worst = max(told, key=lambda name: told[name])
    print(
        f"\ntwice the length of a hostile text ({size} characters) takes at most {told[worst]} times as long ({worst})"
    )
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--texts", nargs="*", choices=SETS, default=list(SETS), help="sets to judge on")
    parser.add_argument("--no-presidio", action="store_true", help="leave Presidio out")
    parser.add_argument("--misses", action="store_true", help="print what was missed and strays; never of heldout")
    parser.add_argument("--rounds", type=int, default=2000, help="rounds of each timing (0: leave speed out)")
    parser.add_argument("--growth", type=int, default=40_000, help="characters of a hostile text (0: leave it out)")
    options = parser.parse_args()
    presidio = not options.no_presidio
    result: dict[str, Any] = {
        "conditions": {
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "load_1_min": round(os.getloadavg()[0], 1),
            "presidio_analyzer": version("presidio-analyzer") if presidio else None,
        }
    }
    result["quality"] = quality(options.texts, presidio=presidio, show=options.misses)
    if options.rounds:
        result["speed"] = speed(options.rounds, presidio=presidio)
        result["memory_mib"] = memory(presidio=presidio)
    if options.growth:
        result["growth"] = growth(options.growth)
    if set(options.texts) != set(SETS) or not (presidio and options.rounds and options.growth):
        print("measured in part: nothing written")
        return
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n")
    print(f"wrote {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
