"""A policy trained on the toy, once for all who ask."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fuse.policy.toy import COST_WEIGHT, VOCABULARY, tables

from kyara.fuse.policy.learning import Learnt, Lessons, learn, write

LESSONS = Lessons(COST_WEIGHT, steps=120, width=64, rate=1e-2, following=0.1, judged_every=40)


@pytest.fixture(scope="session")
def learnt() -> Learnt:
    return learn(tables(600, 0), tables(600, 1), LESSONS)


@pytest.fixture(scope="session")
def trained(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policy") / "policy.onnx"
    write(learnt, VOCABULARY.digest, path)
    return path
