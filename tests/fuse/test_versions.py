"""Versions of a learned fusion: kept whole or not at all, one of them in use, and a fall-back that says why."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kyara import __version__
from kyara.errors import FusionError
from kyara.fuse.cards import Card, Figures, Score
from kyara.fuse.learned import Learned, Taught
from kyara.fuse.learned.calibration import AS_IT_IS
from kyara.fuse.learned.loglinear import Weights
from kyara.fuse.policy.policy import Policy
from kyara.fuse.versions import InUse, Versions, written
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
FIGURES = Figures(Score(80, 9, 0.08), Score(80, 20, 0.15), "confidence-weighted", 2, 13, 0.007)


def learned(weight: float) -> Learned:
    """Two extractors and one attribute, with this weight."""
    labels = VOCABULARY["hair_color"].label_names
    weights = Weights.prior(2, 3 + 4 * 2, len(labels))
    weights.context[0, 0] = weight
    taught = Taught(labels, frozenset(), (AS_IT_IS, AS_IT_IS), weights, None, {}, {})
    return Learned(VOCABULARY.digest, ("tags", "clip"), {"hair_color": taught})


def card(at: float = 0.0, parent: str | None = None) -> Card:
    return Card({"reviewed": 200}, FIGURES, parent, at=at)


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path / "fusion", tmp_path / "packaged")


@pytest.fixture
def two(versions: Versions) -> tuple[str, str]:
    first = versions.add(learned(1.0), card(1.0)).name
    return first, versions.add(learned(2.0), card(2.0, first), b"a network").name


def test_what_comes_with_the_package_is_whole_and_used_until_somebody_says_otherwise() -> None:
    shipped = Versions().shipped
    assert shipped is not None
    assert (shipped.fault, shipped.card is not None) == (None, True)
    now = Versions().in_use(VOCABULARY)
    assert now.learned is not None
    assert (now.warning, set(now.learned.taught)) == (None, {"hair_color", "eye_color"})
    assert "builtin" in now.learned.always
    assert now.policy is not None
    assert Policy.load(now.policy, VOCABULARY.digest).stops(True)
    own, other = shipped.card.figures.own, shipped.card.figures.other
    assert own.errors < other.errors
    assert own.brier < other.brier


def test_a_version_is_kept_with_its_card(versions: Versions) -> None:
    kept = versions.add(learned(1.0), card(), b"a network")
    again = versions.named(kept.name)
    assert kept == again
    assert kept.name.startswith(learned(1.0).version + "-"), "the policy is part of what a version is"
    assert again.card is not None
    assert (again.card.figures, again.card.examples) == (FIGURES, {"reviewed": 200})
    assert (again.card.kyara, again.card.vocabulary) == (__version__, VOCABULARY.digest)
    assert again.card.at > 1e9
    assert set(again.card.files) == {"fusion.json", "policy.onnx"}
    assert again.policy is not None
    assert again.policy.read_bytes() == b"a network"
    found, _ = versions.load(kept.name, VOCABULARY)
    assert found.version == learned(1.0).version


def test_what_is_there_stays_as_it_is(versions: Versions) -> None:
    first = versions.add(learned(1.0), card(1.0))
    assert versions.add(learned(1.0), card(2.0)) == first
    assert [one.card.at for one in versions.list() if one.card] == [1.0]


def test_use_and_back(versions: Versions, two: tuple[str, str]) -> None:
    first, second = two
    assert versions.current() == "none", "adding is not using"
    assert versions.use(second) == second
    assert versions.in_use(VOCABULARY).policy == versions.folder / second / "policy.onnx"
    assert versions.use(first[:6]) == first, "the beginning of a name will do"
    now = versions.in_use(VOCABULARY)
    assert (now.name, now.policy, now.warning) == (first, None, None)
    assert now.learned is not None
    assert now.learned.version == first
    assert versions.use("none") == "none"
    assert versions.in_use(VOCABULARY) == InUse("none")
    assert [one.name for one in versions.list()] == [first, second], "in the order they were made"


def test_the_shipped_one_is_used_until_another_is(versions: Versions, tmp_path: Path) -> None:
    assert versions.shipped is None
    with pytest.raises(FusionError, match="'shipped' is not here; there are none yet; kyara fusion learn"):
        versions.use("shipped")
    written(tmp_path / "packaged", learned(3.0), card(version_at := 5.0))
    assert versions.shipped is not None
    assert versions.shipped.card is not None
    assert versions.shipped.card.at == version_at
    assert versions.current() == "shipped"
    now = versions.in_use(VOCABULARY)
    assert now.learned is not None
    assert now.learned.version == learned(3.0).version
    mine = versions.add(learned(1.0), card())
    versions.use(mine.name)
    assert versions.in_use(VOCABULARY).name == mine.name
    versions.use("shipped")
    assert versions.in_use(VOCABULARY).name == learned(3.0).version, "a run knows which one was shipped"
    assert versions.in_use(VOCABULARY, learned(3.0).version).name == learned(3.0).version
    assert versions.use(learned(3.0).version) == "shipped"
    assert [one.name for one in versions.list()] == ["shipped", mine.name]


def test_an_unknown_name_says_the_nearest(versions: Versions, two: tuple[str, str]) -> None:
    with pytest.raises(FusionError, match=f"did you mean '{two[0]}'. kyara fusion list"):
        versions.use(two[0][:-1] + "z")
    with pytest.raises(FusionError, match="'zzzz' is not here; kyara fusion list"):
        versions.named("zzzz")


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "fusion.json").write_text("{}"), "fusion.json is not as it was written"),
        (lambda folder: (folder / "fusion.json").unlink(), "fusion.json: No such file"),
        (lambda folder: (folder / "policy.onnx").write_bytes(b"a netwerk"), "policy.onnx is not as it was written"),
        (lambda folder: (folder / "card.json").write_text("{"), "card.json:"),
        (lambda folder: (folder / "card.json").write_text('{"files": {}}'), "card.json: examples Field required"),
        (lambda folder: (folder / "card.json").unlink(), "card.json: No such file"),
        (lambda folder: folder.rename(folder.parent / "elsewhere"), "is not here"),
        (lambda folder: (folder.parent / "current").write_bytes(b"\xff\xfe nonsense"), "is not here"),
        (lambda folder: (folder.parent / "current").write_bytes(b""), "is not here"),
    ],
)
def test_what_is_damaged_falls_back_and_says_so(
    versions: Versions, two: tuple[str, str], damage: Damage, said: str
) -> None:
    first, second = two
    versions.use(second)
    damage(versions.folder / second)
    now = versions.in_use(VOCABULARY)
    assert (now.learned, now.policy) == (None, None)
    assert now.warning is not None
    assert now.warning.startswith("values are pooled by confidence-weighted: fusion ")
    assert said in now.warning
    assert "kyara fusion " in now.warning
    versions.use(first)
    assert versions.in_use(VOCABULARY).name == first, "the others are as they were"


def test_a_damaged_version_is_listed_as_such_and_mended_by_adding_it_again(
    versions: Versions, two: tuple[str, str]
) -> None:
    first, second = two
    (versions.folder / first / "fusion.json").write_text("{}")
    (versions.folder / second / "card.json").unlink()
    assert [(one.name, bool(one.fault)) for one in versions.list()] == [(first, True), (second, True)]
    with pytest.raises(FusionError, match=r"damaged \(fusion.json is not as it was written\); kyara fusion use"):
        versions.use(first)
    assert versions.add(learned(1.0), card(3.0)).fault is None
    assert versions.use(first) == first


def test_another_vocabulary_falls_back(versions: Versions, two: tuple[str, str], tmp_path: Path) -> None:
    versions.use(two[0])
    (tmp_path / "own.toml").write_text('[hair_color.labels.copper]\nprompts = ["a person with copper hair"]\n')
    now = versions.in_use(load_vocabulary(tmp_path / "own.toml"))
    assert now.learned is None
    assert now.warning is not None
    assert "learned for other labels of hair_color" in now.warning
    assert versions.in_use(VOCABULARY).name == two[0]


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_versions import card, learned
from kyara.fuse.versions import Versions

versions, steps, at = Versions(Path(sys.argv[1]), Path("absent")), 0, 0
def audited(event, arguments):
    global steps
    path = str(arguments[0]) if arguments else ""
    if event in ("open", "os.rename", "os.mkdir", "os.remove", "shutil.rmtree") and sys.argv[1] in path:
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGKILL)
old = versions.add(learned(1.0), card(1.0)).name
versions.use(old)
sys.addaudithook(audited)
for at in range(1, 1000):
    child = os.fork()
    if child == 0:
        steps = 0
        versions.use(versions.add(learned(2.0), card(2.0)).name)
        os._exit(7)
    status = os.waitpid(child, 0)[1]
    steps, kill, at = 0, at, 0
    names = [one.name for one in versions.list()]
    assert not any(one.fault for one in versions.list()), names
    assert versions.current() in (old, learned(2.0).version), versions.current()
    assert versions.current() in names, names
    assert (versions.folder / "current").read_text().strip() == versions.current()
    print(kill, len(names), versions.current() != old, flush=True)
    if os.waitstatus_to_exitcode(status) == 7:
        break
"""


def test_a_kill_at_any_step_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    script = [sys.executable, "-c", KILLED, str(tmp_path / "fusion"), str(Path(__file__).parent)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    states = [line.split()[1:] for line in done.stdout.splitlines()]
    assert len(states) > 12, "the kills came at work"
    assert [s for i, s in enumerate(states) if i == 0 or s != states[i - 1]] == [
        ["1", "False"], ["2", "False"], ["2", "True"],
    ]  # fmt: skip
    assert not [path.name for path in (tmp_path / "fusion").iterdir() if path.name.endswith(".new")]


def test_two_writers_at_once_do_no_harm(versions: Versions) -> None:
    def work(number: int) -> str:
        one = versions.add(learned(1.0 + number % 5), card(float(number)))
        return versions.use(one.name)

    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(work, range(40)))
    assert len(names) == len(versions.list()) == 5
    assert not any(one.fault for one in versions.list())
    assert versions.current() in names


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "fusion").write_text("a file")
    with pytest.raises(FusionError, match=r"cannot be written: .*; make room or the folder writable"):
        Versions(tmp_path / "fusion").add(learned(1.0), card())
