"""What the recorder's process doesn't load."""

from __future__ import annotations

import subprocess
import sys

PROBE = """\
import sys
from understudy.recorder.memory import spare_memory
spare_memory()
import pyarrow as pa
pa.array([1, 2], pa.int64())
batch = pa.RecordBatch.from_pylist([{"a": "x"}], schema=pa.schema([("a", pa.string())]))
assert batch.to_pylist() == [{"a": "x"}]
assert "pandas" not in sys.modules
try:
    import pandas
except ModuleNotFoundError:
    print("without")
"""


def test_arrow_does_without_pandas_in_the_recorders_process() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "without\n", done.stderr
