from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from understudy.catalogue import Catalogue

WRITER = """
import sys
from pathlib import Path
from understudy.catalogue import Catalogue
name = sys.argv[2]
for round in range(5):
    with Catalogue.open(Path(sys.argv[1]), actor=name) as catalogue:
        for number in range(10):
            catalogue.add_contributor(f"{name}-{round}-{number}")
"""


def test_processes_that_open_and_write_at_once_lose_nothing(path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), f"w{n}"], stderr=subprocess.PIPE) for n in range(3)
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors.decode()
    with Catalogue.open(path) as catalogue:
        assert len(catalogue.contributors()) == 150
        assert len(catalogue.events()) == 150
