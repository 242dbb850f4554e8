import json

import pytest

from kyara.sources import sidecars
from kyara.sources.fields import UnusableError


def written(tmp_path, name: str, raw: bytes) -> str:
    (tmp_path / name).write_bytes(raw)
    return str(tmp_path / name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(tmp_path, encoding: str) -> None:
    assert sidecars.described([written(tmp_path, "a.txt", "1girl, café".encode(encoding))]) == ("1girl, café", None, ())


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("a.txt", "café".encode("latin-1"), "save it as UTF-8"),
        ("a.txt", b"\xff\xfea", "not UTF-16"),
        ("a.txt", b"1girl\0", "NUL"),
        ("a.caption", b"x" * 10_000_000, "10,000,000 bytes"),
        ("a.json", b"{", "not valid JSON"),
        ("a.json", b"", "not valid JSON"),
        ("a.json", b'["1girl"]', "not a JSON object"),
        ("a.json", b"[" * 5000, "not valid JSON"),
        ("a.JSON", b'{"tags": 3}', "tags is a number"),
        ("a.json", b'{"sightings": [{"head": [1]}]}', "four numbers"),
    ],
)
def test_what_cannot_be_read_names_file_and_remedy(tmp_path, name: str, raw: bytes, words: str) -> None:
    with pytest.raises(UnusableError, match=f"sidecar {name}.*{words}"):
        sidecars.described([written(tmp_path, name, raw)])


def test_several_sidecars_say_it_together(tmp_path) -> None:
    paths = [
        written(tmp_path, "a.txt", b"1girl, long hair"),
        written(tmp_path, "a.caption", b"She is smiling."),
        written(tmp_path, "a.json", json.dumps({"tags": "1girl hat", "text": "She is smiling."}).encode()),
    ]
    assert sidecars.described(paths) == ("1girl, long hair, 1girl, hat", "She is smiling.", ())


def test_none_and_empty_say_nothing(tmp_path) -> None:
    assert sidecars.described([]) == (None, None, ())
    assert sidecars.described([written(tmp_path, "a.txt", b" \n")]) == (None, None, ())


def test_content_of_an_absent_or_large_sidecar_is_its_stamp(tmp_path) -> None:
    assert sidecars.content(str(tmp_path / "absent")).startswith(b"unseen")
    assert len(sidecars.content(written(tmp_path, "a.txt", b"x" * 2_000_000))) < 100
