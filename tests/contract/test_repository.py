"""House rules that hold for every file."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.contract.tree import LAYERS, ROOT, files, layer_files

LONGEST = 400
"""Lines of a module; tests may be longer."""

# Written in halves, so that this file is not what it looks for.
SUPPRESSIONS = re.compile("|".join(["# ?no" + "qa", "# ?type: ?ig" + "nore", "# ?pyright: ?ig" + "nore"]))
MACHINE_PATHS = re.compile(
    r"(?<![\w.~<>/*-])/(?:"
    + "|".join(["ho" + "me", "ro" + "ot", "wo" + "rk", "Us" + "ers", "tm" + "p", "op" + "t"])
    + r")/\w"
)
INDEXES = re.compile(r"--(?:extra-)?index" + r"-url|--find" + "-links|file:" + "//")

TEXTS = [path for path in files() if path.suffix not in {".tflite", ".npy", ".npz", ".png", ".dat"}]
PYTHON = [path for path in files() if path.suffix == ".py"]


def found(pattern: re.Pattern[str], path: Path) -> list[str]:
    """Lines of a file that a pattern is found in, with their numbers."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return [f"{path}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if pattern.search(line)]


def test_no_finding_is_suppressed() -> None:
    assert [line for path in PYTHON for line in found(SUPPRESSIONS, path)] == []


def test_no_path_of_a_machine_is_in_a_file() -> None:
    assert [line for path in TEXTS for line in found(MACHINE_PATHS, path)] == []


def test_no_package_index_is_named() -> None:
    named = [path for path in TEXTS if path.name in {"constraints.txt", "pyproject.toml", "Makefile", "setup", "run"}]
    assert [line for path in named for line in found(INDEXES, path)] == []


def test_the_patterns_find_what_they_are_for() -> None:
    assert SUPPRESSIONS.search("x = 1  # no" + "qa: E501")
    assert SUPPRESSIONS.search("x = 1  # type: ig" + "nore[attr]")
    assert MACHINE_PATHS.search("open('/ho" + "me/someone/a.v')")
    assert not MACHINE_PATHS.search("https://example.org/ho" + "me/page")
    assert INDEXES.search("--extra-index" + "-url x")


@pytest.mark.parametrize("path", [path for path in layer_files() if path.suffix in {".py", ".cpp", ".h"}], ids=str)
def test_a_module_is_short(path: Path) -> None:
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_every_folder_of_a_layer_is_a_package() -> None:
    folders = {path.parent for path in layer_files() if path.suffix == ".py"}
    assert [folder for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()] == []


def requirements() -> list[str]:
    """Lines of pyproject.toml that name a dependency."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("dependencies = [")
    end = lines.index("[project.scripts]")
    return [line.strip() for line in lines[start:end] if line.startswith('    "')]


def test_every_dependency_has_a_bound_and_its_reason() -> None:
    pattern = re.compile(r'"[\w.-]+(\[[\w,]+\])?(==[\d.]+|>=[\d.]+,<[\d.]+)", # \S.{20,}')
    assert [line for line in requirements() if not pattern.fullmatch(line)] == []


def test_constraints_pin_every_dependency_exactly() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.!]+", line)] == []
    pinned = {_normal(line.partition("==")[0]) for line in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    assert {_normal(re.split(r"[\[<>=]", line)[0]) for line in asked} <= pinned


def test_what_is_installed_beyond_the_extras_is_pinned_too() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {_normal(line.partition("==")[0]) for line in lines}
    needed, waiting = set[str](), ["racelet"]
    while waiting:
        name = waiting.pop()
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # For another system, or of an extra that is not installed.
        for line in requires:
            requirement = _normal(re.split(r"[ \[<>=!~;(]", line)[0])
            if requirement not in needed and ("extra ==" not in line or name == "racelet"):
                needed.add(requirement)
                waiting.append(requirement)
    installed = {_normal(found.metadata["Name"]) for found in importlib.metadata.distributions()}
    assert (needed & installed) - pinned == set()


def test_every_imported_package_is_a_dependency() -> None:
    providers = importlib.metadata.packages_distributions()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    always = {_normal(re.split(r"[\[<>=]", line)[0]) for line in project["dependencies"]}
    train = {_normal(re.split(r"[\[<>=]", line)[0]) for line in project["optional-dependencies"]["train"]}
    missing = []
    for path in layer_files():
        if path.suffix != ".py" or path.parts[0] not in LAYERS:
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"racelet"}:
                allowed = always | train if path.parts[0] == "train" else always
                if top in providers and not {_normal(name) for name in providers[top]} & allowed:
                    missing.append(f"{path} imports {top}")
    assert missing == []


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
