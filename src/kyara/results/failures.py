"""Every skip and failure of a result, one by one, with the version of who failed. It knows no command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow.parquet as pq

from kyara.records import Skip
from kyara.results.columns import from_table
from kyara.results.folder import ResultFolder

_COLUMNS = ["key", "id", "uri", "skip", "missed"]
_KINDS = {"extract": "extractors", "detect": "detectors"}  # first word of a step → where the identity has versions


@dataclass(frozen=True, slots=True)
class Failure:
    """What happened to one sample; `ended`: it was skipped, else described without this step's answer."""

    key: str
    uri: str
    skip: Skip
    version: str
    ended: bool


def failures(folder: ResultFolder) -> Iterator[Failure]:
    """In the order of the samples. Raises OutputError when it is no result folder."""
    versions = _Versions(folder)
    for part in folder.parts():
        for sample in from_table(pq.read_table(part, columns=_COLUMNS)):
            found = [(skip, False) for skip in sample.missed]
            found += [(sample.skip, True)] if sample.skip is not None else []
            for skip, ended in found:
                yield Failure(sample.key, sample.uri, skip, versions.of(skip.step), ended)


class _Versions:
    def __init__(self, folder: ResultFolder) -> None:
        self._identity = folder.identity()
        runs = [entry for entry in folder.ledger.entries() if entry["event"] == "run"]
        self._kyara = f"kyara {runs[-1]['kyara']}" if runs else ""

    def of(self, step: str) -> str:
        """The version of the extractor or detector of this step, else Kyara's."""
        kind, _, name = step.partition(" ")
        return str(self._identity.get(_KINDS.get(kind, ""), {}).get(name) or self._kyara)
