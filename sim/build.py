"""From Verilog to a simulator: one call of Verilator, one of make, the result in the cache."""

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from racelet.sim import cache, verilator
from racelet.sim.errors import ToolError
from racelet.sim.process import run_tool

_PREFIX = "Vtop"
_EMPTY = "module top(input clk /*verilator public_flat_rw*/);\nendmodule\n"
"""With a port that can be reached from outside, as those that benches drive, for all of the library that they need."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to turn Verilog with a module ``top`` into a program or a shared library.

    Parameters
    ----------
    target : str
        File name of the product.
    sources : Mapping[str, str]
        Text of further files by name: C++ sources, headers, Verilator control files.
    verilator_flags : tuple[str, ...]
        Such as ``--vpi``.
    compiler_flags, linker_flags : tuple[str, ...]
        For g++.
    optimize : str
        Optimisation flag for the generated code, such as ``-O1``.
    """

    target: str
    sources: Mapping[str, str]
    verilator_flags: tuple[str, ...] = ()
    compiler_flags: tuple[str, ...] = ()
    linker_flags: tuple[str, ...] = ()
    optimize: str = "-O1"

    def fixed(self) -> tuple[str, ...]:
        """What Verilator's own library is built from, apart from the design."""
        return (*self.verilator_flags, "|", *self.compiler_flags, "|", self.optimize)


def build(kind: str, netlist: str, recipe: Recipe) -> Path:
    """Build a simulator, or find it in the cache.

    Parameters
    ----------
    kind : str
        Readable prefix of the cache entry's name.
    netlist : str
        Verilog text with a module ``top``.
    recipe : Recipe

    Returns
    -------
    Path
        Folder with the product ``recipe.target`` and the netlist ``top.v``. To be read only.

    Raises
    ------
    ToolError
        If a tool is missing, or refuses the netlist; the message names the tool, ``detail`` has its output. If the
        cache folder cannot be written.
    """
    tool = verilator.find()
    tools = (tool.version, verilator.compiler_version())
    files = [text for pair in sorted(recipe.sources.items()) for text in pair]
    name = cache.digest(netlist, recipe.target, *tools, *recipe.fixed(), "|", *recipe.linker_flags, "|", *files)

    def fill(folder: Path) -> None:
        library = _library(kind, tool, tools, recipe)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            work = Path(place)
            _verilate(work, netlist, recipe, tool)
            for compiled in library.glob("*.o"):
                shutil.copy(compiled, work / "obj")
            _make(work, [recipe.target], recipe, tool)
            (work / "obj" / recipe.target).rename(folder / recipe.target)
            (work / "top.v").rename(folder / "top.v")

    try:
        return cache.obtain(f"{kind}-{name}", fill)
    except OSError as error:
        raise ToolError(f"The build cache {cache.root()} cannot be used: {error.strerror}.") from error


def _library(kind: str, tool: verilator.Verilator, tools: tuple[str, ...], recipe: Recipe) -> Path:
    """Verilator's own C++ library, which is the same for every design and takes longer to compile than a small one."""

    def fill(folder: Path) -> None:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            work = Path(place)
            _verilate(work, _EMPTY, dataclasses.replace(recipe, sources={}), tool)
            classes = (work / "obj" / f"{_PREFIX}_classes.mk").read_text()
            objects = [f"{word}.o" for word in classes.split() if word.startswith("verilated")]
            _make(work, objects, recipe, tool)
            for compiled in objects:
                (work / "obj" / compiled).rename(folder / compiled)

    return cache.obtain(f"{kind}-library-{cache.digest(*tools, *recipe.fixed())}", fill)


def _verilate(work: Path, netlist: str, recipe: Recipe, tool: verilator.Verilator) -> None:
    (work / "top.v").write_text(netlist)
    for name, text in recipe.sources.items():
        (work / name).write_text(text)
    inputs = [name for name in sorted(recipe.sources) if name.endswith((".cpp", ".vlt"))]
    command = [str(tool.program), "--cc", "--exe", "--prefix", _PREFIX, "--top-module", "top", "-Mdir", "obj"]
    command += ["-Wno-fatal", "-Wno-lint", "-Wno-style", "--no-timing", *recipe.verilator_flags, "-o", recipe.target]
    # Relative names only: an absolute one would reach the product.
    command += ["-CFLAGS", " ".join(["-I..", *recipe.compiler_flags])]
    command += ["-LDFLAGS", " ".join(recipe.linker_flags)] if recipe.linker_flags else []
    run_tool("Verilator", [*command, *inputs, "top.v"], work, tool.complete_environment())


def _make(work: Path, targets: list[str], recipe: Recipe, tool: verilator.Verilator) -> None:
    jobs = str(min(os.cpu_count() or 1, 4))
    command = ["make", "-j", jobs, "-C", "obj", "-f", f"{_PREFIX}.mk", *tool.make_arguments]
    command += [f"OPT_FAST={recipe.optimize}", "OPT_SLOW=-O0", f"OPT_GLOBAL={recipe.optimize}", *targets]
    run_tool("The C++ build", command, work, tool.complete_environment())
