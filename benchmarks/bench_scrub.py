"""How fast the scrubber is, and how much of labelled synthetic text it finds.

    python benchmarks/bench_scrub.py

Speed on 200 dense characters and on a clean window title. Recall by structured type on the synthetic texts of
presidio-research when ../shared/data/pii/synth_dataset_v2.json is there: synthetic scores flatter.
Writes benchmarks/out/scrub.json.
"""

from __future__ import annotations

import json
import statistics
import time
import tracemalloc
from collections import defaultdict
from pathlib import Path

from understudy.redact.directory import Directory
from understudy.redact.policy_file import SCRUB_KINDS
from understudy.redact.scrub import Scrubber

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "pii" / "synth_dataset_v2.json"
OUT = ROOT / "benchmarks" / "out" / "scrub.json"

DENSE = (
    "Hi, please charge 4111 1111 1111 1111 (exp 09/27) and mail anna.berg+shop@example.org or call +49 30 1234567; "
    "IBAN DE89 3704 0044 0532 0130 00, order 2024-118, total 1,299.00 EUR, password: tr0ub4dor"
)[:200]
CLEAN = "Quarterly report (draft 3) - LibreOffice Writer"
STRUCTURED = {
    "EMAIL_ADDRESS": "email",
    "CREDIT_CARD": "card",
    "PHONE_NUMBER": "phone",
    "IBAN_CODE": "iban",
    "US_SSN": "id",
    "PERSON": "name",
}


def median_us(work: Scrubber, text: str, *, rounds: int = 2000) -> float:
    """Median time of one scrub, µs of this thread's own CPU: other programs' work doesn't count."""
    times = []
    for _ in range(rounds):
        begin = time.thread_time_ns()
        work.scrub(text)
        times.append(time.thread_time_ns() - begin)
    return statistics.median(times) / 1000


def main() -> None:
    tracemalloc.start()
    names = Directory(f"First{number} Last{number}" for number in range(5000))
    names_mib = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    scrubber = Scrubber(SCRUB_KINDS, names)
    result: dict[str, object] = {
        "dense_characters": len(DENSE),
        "dense_us": round(median_us(scrubber, DENSE), 1),
        "clean_characters": len(CLEAN),
        "clean_us": round(median_us(scrubber, CLEAN), 1),
        "directory_names": len(names),
        "directory_mib_python_side": round(names_mib, 2),
    }
    begin = time.perf_counter()
    scrubber.scrub(DENSE * 500)
    result["characters_a_second"] = round(len(DENSE) * 500 / (time.perf_counter() - begin))
    print(f"{'dense text, ' + str(len(DENSE)) + ' characters':40} {result['dense_us']:>8} µs (bar 1000)")
    print(f"{'clean title, ' + str(len(CLEAN)) + ' characters':40} {result['clean_us']:>8} µs (bar 100)")
    print(f"{'long dense text':40} {result['characters_a_second']:>8} characters/s")
    if DATA.exists():
        result["recall"] = recall()
    else:
        print(f"no {DATA.name}: recall not measured")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n")
    print(f"wrote {OUT.relative_to(ROOT)}")


def recall() -> dict[str, dict[str, float | int]]:
    """By labelled type: how many were covered whole, in part, and (by our kind) how many hits lay on no label."""
    samples = json.loads(DATA.read_text())
    people = {span["entity_value"] for sample in samples for span in sample["spans"] if span["entity_type"] == "PERSON"}
    scrubber = Scrubber(SCRUB_KINDS, Directory(name for name in people if len(name) > 1))
    whole: dict[str, int] = defaultdict(int)
    part: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    hits: dict[str, int] = defaultdict(int)
    stray: dict[str, int] = defaultdict(int)
    for sample in samples:
        found = scrubber.scrub(sample["full_text"]).hits
        for span in sample["spans"]:
            kind = span["entity_type"]
            if kind not in STRUCTURED:
                continue
            total[kind] += 1
            covered = sum(
                max(0, min(hit.end, span["end_position"]) - max(hit.start, span["start_position"])) for hit in found
            )
            length = span["end_position"] - span["start_position"]
            whole[kind] += covered == length
            part[kind] += 0 < covered < length
        for hit in found:
            hits[hit.kind] += 1
            stray[hit.kind] += not any(
                span["start_position"] < hit.end and hit.start < span["end_position"] for span in sample["spans"]
            )
    print(
        f"\n{'labelled type (synthetic)':26} {'n':>5} {'recall':>7} {'partly':>7}"
        f"   {'our kind':8} {'hits':>5} {'stray':>6}"
    )
    table: dict[str, dict[str, float | int]] = {}
    for label, kind in STRUCTURED.items():
        count = total[label]
        table[label] = {
            "n": count,
            "recall": round(whole[label] / count, 3),
            "partly": part[label],
            "hits": hits[kind],
            "stray": stray[kind],
        }
        row = table[label]
        print(
            f"{label:26} {count:5} {row['recall']:7.3f} {row['partly']:7}   {kind:8} {row['hits']:5} {row['stray']:6}"
        )
    return table


if __name__ == "__main__":
    main()
