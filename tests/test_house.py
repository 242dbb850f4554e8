"""The house keeps its own rules: which way imports go, how long files are, what they are called, a map that is true."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "kyara"
TESTS = ROOT / "tests"

STOREYS = (  # each imports itself and what stands below it; rooms of one storey do not import each other
    {"records", "vocabulary", "flow", "settings", "errors", "extras", "images", "weights", "cache", "results"}
    | {"failures"},
    {"sources", "quality", "detect", "extractors", "builtin", "fuse", "identity", "captions", "catalogue", "exports"}
    | {"demo", "training", "noting", "evaluation"},
    {"recipes", "scale"},
    {"cli", "service", "__main__", "__init__"},
)
SIDE_BY_SIDE = 1  # the storey of the rooms
DRAWERS = {"utils", "util", "helpers", "helper", "common", "base", "core", "misc", "manager", "handler", "factory"}
HEAVY = ("torch", "onnxruntime", "openvino", "pyarrow", "PIL", "numpy", "typer", "pydantic")
LONGEST_FILE, LONGEST_TEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 320, 300, 60, 7
UNTESTED_BY_NAME = {  # tested through what they belong to
    "__main__.py": "tests/cli: every test that starts a process",
    "errors.py": "every test of a refusal",
    "results/schema.py": "tests/results/test_columns.py",
}

MODULES = sorted(SOURCE.rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def storey(of: str) -> int:
    return next(number for number, rooms in enumerate(STOREYS) if of in rooms)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_rooms(tree: ast.AST) -> set[str]:
    """The rooms of kyara imported anywhere in `tree`, in functions too, but for type checking alone."""
    names: list[str] = []
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        todo += ast.iter_child_nodes(node)
    own = [parts[1] for parts in (n.split(".") for n in names) if parts[0] == "kyara" and len(parts) > 1]
    return {one for one in own if (SOURCE / one).is_dir() or (SOURCE / f"{one}.py").is_file()}


def forbidden(importer: str, imported: str) -> bool:
    above = storey(imported) > storey(importer)
    beside = storey(imported) == storey(importer) == SIDE_BY_SIDE and imported != importer
    return above or beside


def test_every_room_has_its_storey() -> None:
    rooms = {room(path) for path in MODULES}
    assert rooms <= set().union(*STOREYS), "say in STOREYS where a new room stands"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_go_one_way(path: Path) -> None:
    if path == SOURCE / "__init__.py":
        return  # `from kyara import extract` is loaded lazily, see below
    wrong = {other for other in imported_rooms(parsed(path)) if forbidden(room(path), other)}
    assert not wrong, f"{name(path)} imports {wrong}; a recipe composes rooms"


@pytest.mark.parametrize(
    ("code", "importer", "wrong"),
    [
        ("from kyara.fuse import Fuser", "sources", True),
        ("def f():\n    import kyara.cli.main", "recipes", True),
        ("from kyara import scale", "cache", True),
        ("from kyara.sources.files import digest", "sources", False),
        ("from kyara.records import Sample", "fuse", False),
        ("if TYPE_CHECKING:\n    from kyara.fuse import Fuser", "cache", False),
    ],
)
def test_the_import_rule_can_fail(code: str, importer: str, wrong: bool) -> None:
    assert any(forbidden(importer, other) for other in imported_rooms(ast.parse(code))) == wrong


def test_import_kyara_loads_nothing_heavy() -> None:
    code = f"import sys, kyara; print(*(set({HEAVY!r}) & set(sys.modules)), kyara.__version__)"
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", fresh.stdout.strip()), f"loaded: {fresh.stdout}"


def test_the_whole_command_line_loads_no_model_library() -> None:
    heavy = "{'torch', 'onnxruntime', 'openvino', 'cv2', 'pandas'}"
    code = f"import sys, kyara.cli.main, kyara.cli.extract; print(*({heavy} & set(sys.modules)))"
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert fresh.stdout.strip() == ""


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_does(path: Path) -> None:
    said = ast.get_docstring(parsed(path)) or ""
    assert len(said) > 40, "a module opens with what it does and what it deliberately does not know"
    assert len(said.splitlines()) <= 12


@pytest.mark.parametrize("path", [*MODULES, *sorted(TESTS.rglob("*.py"))], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_short(path: Path) -> None:
    longest = LONGEST_FILE if path.is_relative_to(SOURCE) else LONGEST_TEST_FILE
    assert len(path.read_text(encoding="utf-8").splitlines()) <= longest


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_functions_stay_small(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
            is_command = room(path) == "cli"  # Typer wants one parameter an option
            assert is_command or length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"
            assert is_command or len(parameters) <= MOST_PARAMETERS, f"{node.name} has {len(parameters)} parameters"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_drawer_is_called_a_room(path: Path) -> None:
    words = {word for part in path.relative_to(SOURCE).with_suffix("").parts for word in part.split("_")}
    assert not words & DRAWERS


def named_after(path: Path) -> list[Path]:
    """Test files of a module: its own, one per aspect (test_report_in_browser.py), or its package's test_init.py."""
    folder = TESTS / path.relative_to(SOURCE).parent
    stem = "init" if path.stem == "__init__" else path.stem.strip("_")
    return [*folder.glob(f"test_{stem}.py"), *folder.glob(f"test_{stem}_*.py")]


def has_logic(path: Path) -> bool:
    kinds = (ast.FunctionDef, ast.ClassDef)
    return any(isinstance(node, kinds) for node in parsed(path).body)


def covered_by_package(path: Path) -> bool:
    """A module nobody tests by name is reached by a test of its room that imports it, or a package around it."""
    parts = ("kyara", *path.relative_to(SOURCE).with_suffix("").parts)
    names = "|".join(re.escape(".".join(parts[:end])) for end in range(2, len(parts) + 1))
    imports = re.compile(rf"^(?:from|import) (?:{names})\b", re.M)
    return any(imports.search(test.read_text(encoding="utf-8")) for test in (TESTS / room(path)).rglob("*.py"))


@pytest.mark.parametrize("path", [path for path in MODULES if has_logic(path)], ids=name)
def test_tests_mirror_the_source(path: Path) -> None:
    if name(path) in UNTESTED_BY_NAME:
        assert not named_after(path), "it has a test of its own now: take it off the list"
    else:
        assert named_after(path) or covered_by_package(path), f"no test under tests/ reaches {name(path)}"


def mapped() -> set[str]:
    """The paths of the map in README.md: lines `src/kyara/… — what it is` in a fenced block, folders with `/`."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", readme, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("src/kyara/")]
    for line in lines:
        assert re.fullmatch(r"\S+ +— \S.*", line), f"write `path — what it is`: {line!r}"
    paths = [line.split()[0] for line in lines]
    assert len(paths) == len(set(paths)), "one line a path"
    return set(paths)


def test_the_map_of_the_readme_is_true() -> None:
    there = {path for path in SOURCE.rglob("*") if "__pycache__" not in path.parts and path.name != "__init__.py"}
    folders = {f"{path.relative_to(ROOT).as_posix()}/" for path in there if path.is_dir()}
    files = {path.relative_to(ROOT).as_posix() for path in there if path.is_file()}
    on_the_map = mapped() - {"src/kyara/"}
    assert on_the_map - folders - files == set(), "the map names what is not there"
    assert folders | files <= on_the_map, "the map misses what is there"
