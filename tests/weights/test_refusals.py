"""Every way a hub can refuse is one line with the next action."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kyara.errors import WeightsError
from kyara.weights.hub import look
from kyara.weights.refusals import UnreachableHubError, endpoint, is_offline

NAME = "some/tagger"


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (401, "RepoNotFound", r"\(401\).*accept its terms at http.*/some/tagger and set HF_TOKEN"),
        (403, "GatedRepo", "is gated: accept its terms at http.*/some/tagger, then set HF_TOKEN"),
        (404, "RepoNotFound", r"\(404\); did you mean SmilingWolf/wd-"),
        (404, "RevisionNotFound", "has no revision 'main'; look at http.*/commits/main"),
        (403, "", "answered 403 for model 'some/tagger'; set HF_TOKEN to a valid token"),
        (500, "", "answered 500 for model 'some/tagger'; try again later"),
    ],
)
def test_refusals(hub: Any, tmp_path: Path, status: int, code: str, said: str) -> None:
    hub.refusal = (status, code)
    with pytest.raises(WeightsError, match=said) as error:
        look(NAME, None, tmp_path)
    assert "\n" not in str(error.value)


def test_a_mistyped_id_gets_the_nearest_known(hub: Any, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=re.escape("did you mean openai/clip-vit-base-patch32?")):
        look("openai/clip-vit-bsae-patch32", None, tmp_path)


@pytest.mark.parametrize("name", ["no such/thing", "a/b/c", "../models"])
def test_what_can_be_no_id_is_said(hub: Any, tmp_path: Path, name: str) -> None:
    with pytest.raises(WeightsError, match="is neither a folder nor a hub id such as"):
        look(name, None, tmp_path)


def test_no_hub_there(hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens on the discard port
    with pytest.raises(UnreachableHubError, match=r"cannot reach http://127.0.0.1:9.*kyara models pull some/tagger"):
        look(NAME, None, tmp_path)


def test_the_environment_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert (endpoint(), is_offline()) == ("https://mirror.example", True)
    monkeypatch.delenv("HF_ENDPOINT")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert (endpoint(), is_offline()) == ("https://huggingface.co", False)
