"""The judge of the scrubber's benchmark counts what it says, and the yardstick beside it needs no network."""

from __future__ import annotations

import ast
import subprocess
import sys

from benchmarks.scrub_judge import TYPES, Text, judge, misses

TEXTS = [
    Text("1", "ui", "", "mail anna@example.org now", ((5, 21, "EMAIL"),)),
    Text("2", "ui", "", "card 4111 1111 1111 1111", ((5, 24, "CARD"),)),
    Text("3", "ui", "", "nothing here", ()),
    Text("4", "ui", "", "in Berlin", ((3, 9, "-"),)),
]


def test_what_covers_a_span_whole_counts_and_what_touches_one_is_right() -> None:
    found = {"1": [(0, 25, "NAME")], "2": [(5, 14, "CARD"), (15, 23, "CARD")], "3": [], "4": [(3, 9, "NAME")]}
    score = judge(TEXTS, lambda text: found[text.id])
    assert (score.recall("EMAIL"), score.named["EMAIL"]) == (1.0, 0)
    assert score.recall("CARD") == 0.0  # the last digit stands
    assert score.precision("CARD") == 1.0
    # What nobody claims to look for counts neither way.
    assert (score.hits["NAME"], score.precision("NAME")) == (1, 1.0)
    assert (score.harmless, score.kept) == (1, 1)
    assert score.recall("PHONE") is None and score.precision("PHONE") is None


def test_blanks_between_finds_cover_nothing_and_lose_nothing() -> None:
    score = judge(TEXTS[1:2], lambda _: [(5, 9, "CARD"), (10, 14, "CARD"), (15, 19, "CARD"), (20, 24, "CARD")])
    assert score.recall("CARD") == 1.0


def test_a_find_on_nothing_is_stray_unless_it_is_a_mistyped_card() -> None:
    texts = [Text("1", "ui", "", "4111 1111 1111 1112", ()), Text("2", "ui", "", "order 4111", ())]
    score = judge(texts, lambda text: [(0, len(text.text), "CARD")])
    assert (score.apart, score.hits["CARD"], score.right["CARD"]) == (1, 1, 0)
    assert (score.harmless, score.kept) == (2, 0)
    assert [line.split()[0] for line in misses(score)] == ["stray"]


def test_finds_without_fault_count_for_recall_only() -> None:
    score = judge(TEXTS, lambda _: [(0, 9, "IP")], no_fault=frozenset(("IP",)))
    assert score.hits["IP"] == 0 and score.kept == 1


def test_the_figures_hold_no_text() -> None:
    score = judge(TEXTS, lambda _: [])
    assert set(score.as_json()) == {"types", "overall"}
    assert "anna" not in str(score.as_json())
    assert set(score.as_json()["types"]) <= set(TYPES)  # type: ignore[arg-type]


OFFLINE = """
import sys

def forbid(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        print("NETWORK", event, arguments)
        raise OSError("no network here")

sys.addaudithook(forbid)
from benchmarks.scrub_judge import Text
from benchmarks.scrub_presidio import Presidio
text = "mail anna@example.org, card 4111 1111 1111 1111, call (212) 555-0123, ip 192.0.2.7"
print(sorted({kind for *_, kind in Presidio().find(Text("", "", "", text, ()))}))
"""


def test_presidio_runs_without_a_network() -> None:
    done = subprocess.run([sys.executable, "-c", OFFLINE], capture_output=True, text=True, timeout=150)
    assert "NETWORK" not in done.stdout + done.stderr, done.stdout
    assert done.returncode == 0, done.stderr[-2000:]
    assert {"CARD", "EMAIL", "IP"} <= set(ast.literal_eval(done.stdout.splitlines()[-1]))


def test_the_scrubber_itself_loads_nothing_heavy() -> None:
    code = "import sys, understudy.redact.scrub; print([name for name in sys.modules if '.' not in name])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    for heavy in ("presidio_analyzer", "spacy", "phonenumbers", "numpy", "pyarrow", "ahocorasick", "asyncio"):
        assert f"'{heavy}'" not in loaded, heavy
