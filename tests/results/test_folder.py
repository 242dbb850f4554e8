"""The result folder: whose it is, which shards are done, and that no kill or edit makes it lie."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from kyara.errors import OutputError
from kyara.records import Reason, Sample, Skip
from kyara.results.folder import ResultFolder, counts

RUN = {"source": "a", "extractors": {"tags": "1"}, "limit": None}
Make = Callable[..., Sample]


@pytest.fixture
def folder(tmp_path: Path):
    claimed = ResultFolder(tmp_path / "out")
    claimed.claim(RUN)
    yield claimed
    claimed.close()


def again(folder: ResultFolder, identity: dict, force: bool = False) -> ResultFolder:
    folder.close()
    other = ResultFolder(folder.path)
    other.claim(identity, force)
    other.close()
    return other


def content(folder: ResultFolder) -> dict[str, bytes]:
    """The bytes of all files below `folder`, but the ledger's."""
    files = [path for path in folder.path.rglob("*") if path.is_file() and path.name != "ledger.jsonl"]
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in files}


def test_the_same_run_goes_on(folder: ResultFolder, described: Make) -> None:
    folder.commit(0, "f", [described("a")], False)
    assert again(folder, RUN).is_done(0, "f")


def test_the_same_run_may_be_said_in_tuples_and_without_what_is_none(folder: ResultFolder) -> None:
    again(folder, RUN | {"new setting": None})
    again(folder, RUN | {"images": (1, 2)}, force=True)
    again(folder, RUN | {"images": (1, 2)})


def test_another_run_is_refused_and_says_what_differs(folder: ResultFolder, described: Make) -> None:
    folder.commit(0, "f", [described("a")], False)
    before = content(folder)
    with pytest.raises(OutputError, match=r'\(source was "a", is "b"\); choose another --out, or --force'):
        again(folder, RUN | {"source": "b"})
    with pytest.raises(OutputError, match=r'extractors was \{"tags":"1"\}, is \{"tags":"2"\}'):
        again(folder, RUN | {"extractors": {"tags": "2"}})
    assert content(folder) == before


def test_a_refused_claim_holds_no_lock(folder: ResultFolder) -> None:
    folder.close()
    refused = ResultFolder(folder.path)
    with pytest.raises(OutputError, match="another run"):
        refused.claim({"source": "b"})
    folder.claim(RUN)


def test_force_replaces_another_run(folder: ResultFolder, described: Make) -> None:
    folder.commit(0, "f", [described("a")], True)
    folder.ledger.add("run")
    crashed = folder.path / "inflight" / "0123.crashed"
    crashed.parent.mkdir()
    crashed.touch()
    other = again(folder, {"source": "b"}, force=True)
    assert other.identity() == {"source": "b"}
    assert (other.parts(), list(other.samples()), list(other.ledger.entries())) == ([], [], [])
    assert not crashed.exists()
    assert not list((folder.path / "parts").iterdir())


STRANGERS = {"holiday.jpg": b"x", "run.json": b'{"lr": 0.1}', "./run.json": b"[1]", "../out/run.json": b"half a"}


@pytest.mark.parametrize("name", STRANGERS)
@pytest.mark.parametrize("force", [False, True])
def test_what_is_not_ours_is_refused_and_left_alone(name: str, force: bool, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "parts").mkdir(parents=True)
    (out / name).write_bytes(STRANGERS[name])
    (out / "parts" / "00000.parquet").write_bytes(b"theirs")
    with pytest.raises(OutputError, match=r"holds something else|another program's|no readable run\.json"):
        ResultFolder(out).claim(RUN, force)
    assert (out / name).read_bytes() == STRANGERS[name]
    assert (out / "parts" / "00000.parquet").read_bytes() == b"theirs"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="choose another --out"):
        ResultFolder(tmp_path / "out").claim(RUN)


def test_an_older_schema_is_refused_and_can_be_forced(folder: ResultFolder) -> None:
    run = folder.path / "run.json"
    run.write_bytes(orjson.dumps({"schema": 0, "identity": RUN}))
    with pytest.raises(OutputError, match="result schema 0, expected 4; run extract anew"):
        again(folder, RUN)
    again(folder, RUN, force=True)


def test_reading_what_is_no_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not a result of kyara extract"):
        ResultFolder(tmp_path).identity()


def test_two_processes_never_write_one_folder(folder: ResultFolder) -> None:
    code = "import sys; from pathlib import Path; from kyara.results.folder import ResultFolder as R; "
    command = [sys.executable, "-c", f"{code}R(Path(sys.argv[1])).claim({RUN!r}, True)", str(folder.path)]
    other = subprocess.run(command, capture_output=True, text=True, check=False)
    assert other.returncode == 1
    assert "another kyara is writing" in other.stderr
    folder.close()
    assert subprocess.run(command, check=False).returncode == 0


def test_a_shard_is_done_for_its_fingerprint_only(folder: ResultFolder, described: Make) -> None:
    assert folder.is_done(0, "f") is None
    mark = folder.commit(0, "f", [described("a"), described("b", skip=True)], True)
    assert folder.is_done(0, "f") == mark | {"skips": {"truncated": 1}, "decided": {"hair_color": 1}}
    assert folder.is_done(0, "g") is None
    assert folder.is_done(1, "f") is None


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
@pytest.mark.parametrize("harm", [lambda p: p.write_bytes(p.read_bytes()[:-1]), Path.unlink], ids=["torn", "gone"])
def test_a_mark_whose_files_are_not_whole_is_not_trusted(
    suffix: str, harm: Callable[[Path], object], folder: ResultFolder, described: Make
) -> None:
    folder.commit(0, "f", [described("a")], True)
    harm(folder.part(0).with_suffix(f".{suffix}"))
    assert folder.is_done(0, "f") is None


@pytest.mark.parametrize("torn", [b"", b"{", b'{"files": {}', b"[]", b'{"files": []}', b"{}", b"\xff"])
def test_a_torn_mark_is_not_trusted(torn: bytes, folder: ResultFolder, described: Make) -> None:
    folder.commit(0, "f", [described("a")], False)
    (folder.path / "done" / "00000.json").write_bytes(torn)
    assert folder.is_done(0, "f") is None


def test_a_kill_between_part_and_mark_leaves_the_shard_undone(
    folder: ResultFolder, described: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.commit(0, "f", [described("a", label="red")], False)
    whole = content(folder)
    monkeypatch.setattr("kyara.results.folder._write_json", lambda path, mark: None)
    folder.commit(0, "g", [described("a", label="tan")], False)  # as long as before, and never marked
    assert folder.part(0).stat().st_size == len(whole["parts/00000.parquet"])
    assert folder.is_done(0, "f") is None, "the old mark must not vouch for the new part"
    monkeypatch.undo()
    folder.commit(0, "f", [described("a", label="red")], False)
    assert content(folder) == whole


def test_the_same_samples_are_the_same_bytes(tmp_path: Path, described: Make) -> None:
    folders = [ResultFolder(tmp_path / name) for name in "ab"]
    for folder in folders:
        folder.claim(RUN)
        for shard in range(2):
            folder.commit(shard, "f", [described(f"{shard} {n}", skip=n == 3) for n in range(20)], True)
        folder.close()
    one, other = map(content, folders)
    assert one == other
    assert len(one) == 2 * 3 + 2


def test_samples_come_back_in_order_and_timed(folder: ResultFolder, described: Make) -> None:
    samples = [described(f"{n}") for n in range(12)]
    for shard in (10, 2, 0):
        folder.ledger.add("shard", shard=shard, samples=4, seconds=float(shard))
        folder.commit(shard, "f", samples[shard : shard + 2], False)
    assert [sample.key for sample in folder.samples()] == ["0", "1", "2", "3", "10", "11"]
    assert [seconds for _, seconds in folder.timed()] == [0, 0, 0.5, 0.5, 2.5, 2.5]
    assert folder.tally() == counts([*samples[:4], *samples[10:]])


def test_jsonl_lines_are_the_parquet_rows(folder: ResultFolder, described: Make) -> None:
    folder.commit(0, "f", [described("a"), described("b", skip=True)], True)
    lines = folder.part(0).with_suffix(".jsonl").read_bytes().splitlines()
    assert [orjson.loads(line)["key"] for line in lines] == pq.read_table(folder.part(0))["key"].to_pylist()


def test_counts_count_samples_sightings_skips_and_decided(described: Make) -> None:
    counted = counts([described("a"), described("b"), described("c", skip=True)])
    found = {"samples": 3, "sightings": 2, "skips": {"truncated": 1}, "missed": {}, "decided": {"hair_color": 2}}
    assert counted == found


def test_counts_tell_who_failed_by_step_and_reason(described: Make) -> None:
    failed = replace(described("a"), missed=(Skip("extract clip", Reason.TIMED_OUT, "no answer in 3 s"),))
    assert counts([failed, failed])["missed"] == {"extract clip timed_out": 2}


def test_trim_removes_what_a_longer_source_left(folder: ResultFolder, described: Make) -> None:
    for shard in range(3):
        folder.commit(shard, "f", [described(f"{shard}")], True)
    folder.duplicates.write_bytes(b"x")
    folder.trim(3)
    assert (len(folder.parts()), folder.duplicates.exists()) == (3, True)
    folder.trim(1)
    assert sorted(content(folder)) == [
        "done/00000.json",
        "lock",
        "parts/00000.jsonl",
        "parts/00000.parquet",
        "run.json",
    ]


def test_a_commit_voids_what_was_decided_over_all(folder: ResultFolder, described: Make) -> None:
    folder.duplicates.write_bytes(b"x")
    folder.commit(0, "f", [described("a")], False)
    assert not folder.duplicates.exists()


def test_a_full_disk_stops_with_a_remedy_and_keeps_what_is_done(
    folder: ResultFolder, described: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.commit(0, "f", [described("a")], False)
    before = content(folder)

    def full(table: object, path: Path, **options: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kyara.results.folder.pq.write_table", full)
    with pytest.raises(OutputError, match="No space left on device; free some space and run the same command again"):
        folder.commit(1, "f", [described("b")], False)
    assert content(folder) == before
    assert folder.is_done(0, "f")
