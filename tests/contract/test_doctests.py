"""Every example in a docstring runs and prints what it says."""

import doctest
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("golden", "nn", "hw", "sim", "synth", "bench", "cli")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def modules(*layers: str) -> list[str]:
    """Names of all modules of some layers."""
    paths = (path.relative_to(ROOT) for layer in layers for path in sorted((ROOT / layer).rglob("*.py")))
    return [".".join(["racelet", *path.with_suffix("").parts]) for path in paths if path.stem != "__init__"]


def examples(module: ModuleType) -> list[doctest.DocTest]:
    """The docstrings of a module that have examples."""
    return [test for test in doctest.DocTestFinder(exclude_empty=True).find(module) if test.examples]


def has_examples(name: str) -> bool:
    source = (ROOT / Path(*name.split(".")[1:])).with_suffix(".py")
    return ">>> " in source.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in modules(*LAYERS) if has_examples(name)])
def test_examples_print_what_they_say(name: str) -> None:
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    report: list[str] = []
    for test in examples(importlib.import_module(name)):
        runner.run(test, out=report.append)
    assert runner.tries
    assert not report, "".join(report)


@pytest.mark.parametrize("name", modules("golden"))
def test_every_public_function_of_golden_has_an_example(name: str) -> None:
    module = importlib.import_module(name)
    functions = {
        function.__qualname__
        for function in vars(module).values()
        if inspect.isfunction(function) and function.__module__ == name and not function.__name__.startswith("_")
    }
    shown = {test.name.removeprefix(f"{name}.") for test in examples(module)}
    assert functions <= shown
