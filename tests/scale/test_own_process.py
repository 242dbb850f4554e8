"""What a process of Kyara's own sets for itself, seen in processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

SPARES = """
import sys
import pyarrow as pa
from kyara.scale.own_process import settle

settle()
table = pa.table({"n": pa.array([1, 2])})
print("pandas" in sys.modules)
print(table.to_pandas()["n"].sum())
"""


def said(code: str, *arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=True, text=True)
    return done.stdout.split()


def test_pandas_is_imported_only_by_who_asks_for_it() -> None:
    pytest.importorskip("pandas")
    assert said(SPARES) == ["False", "3"]


def test_pandas_that_is_there_already_is_left_to_arrow() -> None:
    pytest.importorskip("pandas")
    code = "import pandas; from kyara.scale.own_process import settle; settle(); import pyarrow as pa; "
    assert said(f"{code}print(pa.array(pandas.Categorical(['a', 'b', 'a'])).type)") == [
        "dictionary<values=large_string,", "indices=int8,", "ordered=0>"
    ]  # fmt: skip


KEEPS = """
import sys
from pathlib import Path
import pyarrow as pa
from kyara.scale.own_process import settle

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

if sys.argv[1] == "settle":
    settle()
pa.array([1])  # the first one imports pandas, where that is installed
before = resident_mb()
for _ in range(3):
    block = bytearray(b"x") * 20_000_000
    numbers = pa.array(range(3_000_000))
    del block, numbers
print(resident_mb() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what is kept, and where that is said, is Linux's")
def test_freed_memory_goes_back_to_the_system() -> None:
    def kept_mb(call: str) -> float:
        return float(said(KEEPS, call)[0])

    assert kept_mb("settle") < 10 < kept_mb("nothing")
