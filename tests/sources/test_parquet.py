from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kyara.errors import SourceError
from kyara.flow import Input
from kyara.records import Reason
from kyara.sources.parquet import open_parquet

FACES = Path(__file__).parents[3] / "shared" / "data" / "faces_identity.parquet"


def table(tmp_path, columns: dict[str, object], row_group: int = 3, name: str = "t.parquet"):
    path = tmp_path / name
    pq.write_table(pa.table(columns), path, row_group_size=row_group)
    return open_parquet(str(path), {})


def inputs(source, size: int = 1000) -> list[Input]:
    return [item for shard in source.shards(size) for item in shard.inputs()]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 100])
def test_shards_across_row_groups(tmp_path, size: int) -> None:
    pictures = [f"picture {i}".encode() for i in range(8)]
    source = table(tmp_path, {"id": list(range(8)), "image": pictures, "tags": [f"t{i}" for i in range(8)]})
    shards = list(source.shards(size))
    found = [item for shard in shards for item in shard.inputs()]
    assert [item.key for item in found] == [f"{i}#{i + 1}" for i in range(8)]
    assert [item.tags for item in found] == [f"t{i}" for i in range(8)]
    assert [item.image and item.image() for item in found] == pictures
    assert [shard.count for shard in shards[:-1]] == [size] * (len(shards) - 1)
    assert source.count() == 8
    assert [item.key for item in shards[-1].inputs()] == [item.key for item in found[-shards[-1].count :]]


def test_pictures_alone_as_bytes_struct_or_path(tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(b"3")
    struct = [{"bytes": b"1", "path": "x"}, {"bytes": None, "path": "a.png"}, None]
    first, second, third = inputs(table(tmp_path, {"image": struct}))
    assert first.image is not None
    assert second.image is not None
    assert (first.image(), second.image(), third.image) == (b"1", b"3", None)
    (path,) = inputs(table(tmp_path, {"image": ["a.png"]}))
    assert path.image is not None
    assert path.image() == b"3"


def test_lists_missing_values_and_wrong_types(tmp_path) -> None:
    found = inputs(table(tmp_path, {"tags": [["long hair", "smile"], None], "text": [None, "a girl"]}))
    assert [(item.tags, item.text) for item in found] == [("long_hair, smile", None), (None, "a girl")]
    (bad,) = inputs(table(tmp_path, {"tags": [5]}))
    assert bad.skip is not None
    assert bad.skip.reason is Reason.BAD_ROW


def test_text_that_is_not_utf8_is_one_bad_row(tmp_path) -> None:
    tags = pa.Array.from_buffers(pa.string(), 3, pa.array([b"smile", b"caf\xe9", b"hat"]).buffers())
    found = inputs(table(tmp_path, {"tags": tags}))
    assert [item.skip is None for item in found] == [True, False, True]
    assert found[1].skip is not None
    assert found[1].skip.reason is Reason.BAD_ROW


def test_fingerprints_change_only_where_rows_do(tmp_path) -> None:
    def marks(tags: list[str], row_group: int = 3) -> list[str]:
        return [shard.fingerprint for shard in table(tmp_path, {"tags": tags}, row_group).shards(2)]

    one = marks(["a", "b", "c", "d"])
    assert marks(["a", "b", "c", "d"], 1) == one, "how the file is cut does not matter"
    assert [a == b for a, b in zip(one, marks(["a", "b", "c", "x"]), strict=True)] == [True, False]


def test_rewritten_pictures_change_the_fingerprint(tmp_path) -> None:
    one = next(table(tmp_path, {"image": [b"1"]}).shards(9)).fingerprint
    assert next(table(tmp_path, {"image": [b"2"]}).shards(9)).fingerprint != one
    one = next(table(tmp_path, {"image": ["a.png"]}).shards(9)).fingerprint
    (tmp_path / "a.png").write_bytes(b"1")
    assert next(open_parquet(str(tmp_path / "t.parquet"), {}).shards(9)).fingerprint != one


def test_what_is_no_parquet_or_empty_is_refused(tmp_path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 nonsense")
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        open_parquet(str(path), {})
    with pytest.raises(SourceError, match="has no row"):
        table(tmp_path, {"tags": pa.array([], pa.string())})
    with pytest.raises(SourceError, match="no column to read; found eye"):
        table(tmp_path, {"eye": ["blue"]})


def test_a_broken_page_stops_the_run_with_the_files_name(tmp_path) -> None:
    table(tmp_path, {"tags": [f"tag {i} {i * 7919 % 1000}" for i in range(5000)]}, 5000)
    path = tmp_path / "t.parquet"
    raw = bytearray(path.read_bytes())
    raw[4:2000] = b"\xff" * 1996
    path.write_bytes(raw)
    with pytest.raises(SourceError, match=r"t\.parquet.*cannot be read as Parquet"):
        inputs(open_parquet(str(path), {}))


@pytest.mark.skipif(not FACES.exists(), reason="shared/data/faces_identity.parquet is not here")
def test_real_faces() -> None:
    source = open_parquet(str(FACES), {})
    number = 0
    for shard in source.shards(1000):
        for item in shard.inputs():
            number += 1
            assert item.image is not None
            assert item.image()[:2] == b"\xff\xd8"
            assert item.tags is not None
            assert item.tags.startswith("character:")
    assert number == source.count() == 7221
