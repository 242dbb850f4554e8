"""Habits of memory that a process which is Kyara's alone takes on, and a library in somebody's program must not."""

from __future__ import annotations

import ctypes
import gc
import sys
from importlib.abc import MetaPathFinder

import pyarrow as pa

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # of glibc's malloc.h
LARGE_BLOCK = 4 << 20  # bytes; a batch of 8 pictures for a network is 5 MB
ARENAS = 2  # heaps for smaller blocks, which all threads share; each would have one of its own


def settle() -> None:
    """Called once, when what lasts is loaded and before the work begins."""
    _spare_pandas()
    _collect_less()
    _give_back()


def _spare_pandas() -> None:
    """Arrow imports pandas, where it is installed, with its first array: 0.36 s and 36 MB of every run for nothing.

    Told once that there is none, it does not ask again until something is to be turned into pandas.
    """
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas)
        try:
            pa.array([0])
        finally:
            sys.meta_path.remove(_NoPandas)


class _NoPandas(MetaPathFinder):
    @staticmethod
    def find_spec(fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def _collect_less() -> None:
    """Records hold no cycles: looking through them again and again would cost a tenth of a run over tag strings."""
    gc.freeze()
    gc.set_threshold(100_000)


def _give_back() -> None:
    """Freed memory goes back to the system: 60 MB of 680 in a run of CLIP at int8, 55 of 520 over tags.

    glibc gives large blocks back at first, but once one was freed keeps all below 32 MB for itself, in pieces that the
    next batch may not fit, and apart for every thread; Arrow's own pool keeps a whole shard's.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other systems have none, and other habits
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
        mallopt(M_TRIM_THRESHOLD, 2 * LARGE_BLOCK)  # at the 128 kB that it would be now, trimming took 2 % of a run
        mallopt(M_ARENA_MAX, ARENAS)
    pa.set_memory_pool(pa.system_memory_pool())
