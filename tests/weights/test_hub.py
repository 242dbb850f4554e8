"""From a hub id to verified files, against a hub on 127.0.0.1."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import try_to_load_from_cache

from kyara.errors import MissingWeightsError, WeightsError
from kyara.weights import find
from kyara.weights.hub import adopt, look, pull
from kyara.weights.known import about
from kyara.weights.refusals import UnreachableHubError
from kyara.weights.stored import hub_cache, partials, read

NAME = "some/tagger"
NETWORK = os.urandom(300_000)
FILES = {"model.onnx": NETWORK, "config.json": b"{}", "selected_tags.csv": b"tag\n", "pytorch_model.bin": b"pickle"}
TOWERS = {"onnx/vision_model.onnx": b"eyes", "onnx/text_model.onnx": b"words", "onnx/vision_model_int8.onnx": b"no"}
TAGGER = "SmilingWolf/wd-vit-tagger-v3"  # known, with published hashes


def bring(records: Path, name: str = NAME, **how: Any) -> Any:
    return pull(look(name, how.pop("asked", None), records, **how), records)


def test_a_pull_brings_safe_files_pinned_and_verified(hub: Any, records: Path) -> None:
    commit = hub.publish(NAME, FILES, license="mit")
    offer = look(NAME, None, records)
    assert (offer.commit, offer.licence, offer.size) == (commit, "mit", 300_006)
    heard: dict[str, int] = {}
    pulled = pull(offer, records, lambda name, more: heard.update({name: heard.get(name, 0) + more}))
    assert heard == {"config.json": 2, "selected_tags.csv": 4, "model.onnx": 300_000}
    assert {file.name for file in pulled.files} == heard.keys(), "a pickle is never fetched"
    weights = find(NAME, folder=records)
    assert (weights.revision, weights.file("model.onnx").read_bytes()) == (commit, NETWORK)
    with pytest.raises(MissingWeightsError, match=f"kyara models pull {NAME}"):
        weights.file("pytorch_model.bin")


def test_other_tools_find_what_was_pulled(hub: Any, records: Path) -> None:
    bring(records, NAME) if hub.publish(NAME, FILES) else None
    found = try_to_load_from_cache(NAME, "model.onnx", cache_dir=hub_cache(), revision=hub.main[NAME])
    assert Path(str(found)).read_bytes() == NETWORK


def test_a_second_pull_fetches_nothing(hub: Any, records: Path) -> None:
    hub.publish(NAME, FILES)
    bring(records)
    assert look(NAME, None, records).missing == ()
    before = len(hub.bodies())
    bring(records)
    assert len(hub.bodies()) == before == 1


def test_the_first_pull_pins_until_update(hub: Any, records: Path) -> None:
    first = hub.publish(NAME, FILES)
    bring(records)
    second = hub.publish(NAME, FILES | {"model.onnx": b"trained on"})
    assert bring(records).revision == first
    assert bring(records, asked=second).revision == second
    assert find(NAME, second, records).file("model.onnx").read_bytes() == b"trained on"
    assert find(NAME, None, records).revision == first
    assert bring(records, update=True).revision == second
    assert find(NAME, None, records).revision == second


def test_own_patterns_stay_with_the_model(hub: Any, records: Path) -> None:
    hub.publish(NAME, FILES | {"small/model.onnx": b"small", "large/model.onnx": b"large"})
    bring(records, patterns=("small/*.onnx",))
    names = {file.name for file in bring(records, patterns=("large/*.onnx",)).files}
    assert names == {"config.json", "selected_tags.csv", "small/model.onnx", "large/model.onnx"}


def test_only_pickles_are_refused(hub: Any, records: Path) -> None:
    hub.publish(NAME, {"pytorch_model.bin": b"pickle", "config.json": b"{}"})
    with pytest.raises(WeightsError, match=r"found pytorch_model\.bin.*safetensors and ONNX only"):
        look(NAME, None, records)
    with pytest.raises(WeightsError, match=r"pytorch_model\.bin may run code"):
        look(NAME, None, records, patterns=("*.bin",))


def test_code_of_the_repository_is_refused_before_its_weights_come(hub: Any, records: Path) -> None:
    hub.publish(NAME, FILES | {"config.json": b'{"auto_map": {"AutoModel": "modeling.Model"}}'})
    with pytest.raises(WeightsError, match="trust_remote_code"):
        bring(records)
    assert hub.bodies() == []
    assert read(NAME, None, records) is None


def test_wrong_bytes_are_thrown_away_and_the_next_pull_mends(hub: Any, records: Path) -> None:
    hub.publish(NAME, FILES)
    hub.flip = True
    with pytest.raises(WeightsError, match="the hub says"):
        bring(records)
    assert partials(NAME) == []
    with pytest.raises(MissingWeightsError):
        find(NAME, folder=records)
    hub.flip = False
    bring(records)
    assert find(NAME, folder=records).file("model.onnx").read_bytes() == NETWORK


def test_a_damaged_file_is_said_and_mended(hub: Any, records: Path) -> None:
    hub.publish(NAME, FILES)
    bring(records)
    blob = find(NAME, folder=records).file("model.onnx").resolve()
    blob.write_bytes(NETWORK[:-1] + bytes([NETWORK[-1] ^ 1]))
    with pytest.raises(WeightsError, match=f"damaged.*`kyara models pull {NAME}` to mend"):
        find(NAME, folder=records)
    bring(records)
    assert find(NAME, folder=records).file("model.onnx").read_bytes() == NETWORK


def test_a_broken_off_pull_goes_on_where_it_was(hub: Any, records: Path) -> None:
    hub.publish(NAME, FILES)
    hub.cuts = [100_000, 0, 0, 0]
    with pytest.raises(UnreachableHubError, match=f"kyara models pull {NAME}"):
        bring(records)
    (partial,) = partials(NAME)
    assert partial.read_bytes() == NETWORK[:100_000]
    heard = []
    pull(look(NAME, None, records), records, lambda name, more: heard.append(more))
    assert hub.bodies()[-1]["range"] == "bytes=100000-"
    assert find(NAME, folder=records).file("model.onnx").read_bytes() == NETWORK
    assert 100_000 in heard, "what was there counts as done"
    assert partials(NAME) == []


def test_the_token_reaches_the_hub_and_not_the_host_it_redirects_to(
    hub: Any, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish(NAME, FILES)
    hub.token = "hf_secret"
    with pytest.raises(WeightsError, match=f"401.*accept its terms at {hub.url}/{NAME} and set HF_TOKEN"):
        bring(records)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    bring(records)
    assert all("authorization" not in headers for headers in hub.bodies())


def test_a_file_that_was_replaced_after_publication_is_refused(hub: Any, records: Path) -> None:
    commit = hub.publish(TAGGER, FILES, about(TAGGER).revision)
    with pytest.raises(WeightsError, match="was replaced"):
        look(TAGGER, None, records)
    assert bring(records, TAGGER, asked=commit).revision == commit, "a commit of one's own choice is one's own to trust"


def test_a_known_model_is_pinned_by_kyara(hub: Any, records: Path) -> None:
    pinned = hub.publish("Xenova/clip-vit-base-patch32", TOWERS, about("Xenova/clip-vit-base-patch32").revision)
    hub.publish("Xenova/clip-vit-base-patch32", TOWERS | {"config.json": b"[]"})
    assert bring(records, "Xenova/clip-vit-base-patch32").revision == pinned
    assert bring(records, "Xenova/clip-vit-base-patch32", update=True).revision == pinned


def test_a_hub_that_changes_a_commit_is_caught(hub: Any, records: Path) -> None:
    commit = hub.publish(NAME, FILES)
    bring(records)
    (hub.root / NAME / commit / "model.onnx").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="not what it was at the same commit"):
        bring(records)


def test_a_disk_too_small_is_said_before_anything_comes(
    small_disk: Path, hub: Any, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(small_disk))
    hub.publish(NAME, {"model.onnx": os.urandom(600_000)})
    with pytest.raises(WeightsError, match=r"600,000 bytes needed, 5\d\d,\d\d\d free .* HF_HOME"):
        bring(records)
    assert hub.bodies() == []


def test_a_disk_that_runs_full_keeps_what_came(
    small_disk: Path, hub: Any, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(small_disk))
    hub.publish(NAME, {"model.onnx": NETWORK})
    filler = small_disk / "filler"
    hub.meanwhile = lambda: filler.write_bytes(bytes(400_000))
    with pytest.raises(WeightsError, match=r"no room for model.*what has come is kept"):
        bring(records)
    (partial,) = partials(NAME)
    came = partial.stat().st_size
    assert 0 < came < len(NETWORK)
    filler.unlink()
    hub.meanwhile = lambda: None
    bring(records)
    assert hub.bodies()[-1]["range"] == f"bytes={came}-"
    assert find(NAME, folder=records).file("model.onnx").read_bytes() == NETWORK


def test_offline_adopts_and_verifies_what_another_tool_left(
    hub: Any, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = hub.publish(NAME, FILES)
    from huggingface_hub import hf_hub_download

    for name in FILES:
        hf_hub_download(NAME, name, cache_dir=hub_cache(), endpoint=hub.url)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    asked = len(hub.requests)
    with pytest.raises(UnreachableHubError, match="HF_HUB_OFFLINE"):
        look(NAME, None, records)
    assert adopt(NAME, None, records).revision == commit
    assert find(NAME, folder=records).file("model.onnx").read_bytes() == NETWORK
    assert len(hub.requests) == asked
    blob = find(NAME, folder=records).file("model.onnx").resolve()
    blob.write_bytes(b"x" * len(NETWORK))
    with pytest.raises(WeightsError, match="not what its name says"):
        adopt(NAME, None, records)


def test_offline_with_nothing_cached_says_what_to_do(hub: Any, records: Path) -> None:
    with pytest.raises(UnreachableHubError, match=f"kyara models pull {NAME}.*or copy a folder"):
        adopt(NAME, None, records)


def test_two_pulls_at_once_do_not_mix(hub: Any, records: Path) -> None:
    hub.publish(NAME, FILES)
    offer, refused = look(NAME, None, records), []

    def second() -> None:
        with pytest.raises(WeightsError, match="another kyara is pulling") as error:
            pull(offer, records)
        refused.append(error)

    hub.meanwhile = second
    pull(offer, records)
    assert refused
