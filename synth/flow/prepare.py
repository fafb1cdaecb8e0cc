"""From a netlist to a design that can be placed on its own: every port ends at a register, and none at a pin."""

import json
import sys
from pathlib import Path
from typing import Any

from racelet.sim import cache
from racelet.synth.flow import block_memories, floorplan, multipliers, sites, users
from racelet.synth.flow.devices import Device, Family
from racelet.synth.flow.netlist import TOP, Netlist, new_cell

CLOCK = "clk"
FILE = "design.json"
"""Of the folder that :func:`prepare` returns, as Yosys writes it."""
_MADE_BY = (block_memories, floorplan, multipliers, sites, users, sys.modules[__name__])


def prepare(netlist: Netlist, device: Device) -> Path:
    """Give ports their registers; where the family needs it, move registers and choose sites, see :class:`Family`.

    Parameters
    ----------
    netlist : Netlist
    device : Device

    Returns
    -------
    Path
        Folder of the cache with ``FILE``.

    Raises
    ------
    ToolError
        If the tool that knows the sites fails.
    ValueError
        If the device has fewer sites than there are cells.
    """
    family = device.family
    sources = [Path(str(module.__file__)).read_text(encoding="utf-8") for module in _MADE_BY]
    name = "prepared-" + cache.digest(netlist.name, device.name, *sources)

    def build(folder: Path) -> None:
        design = json.loads(netlist.file.read_text(encoding="utf-8"))
        module = design["modules"][TOP]
        if family.keeps_results:
            multipliers.absorb_products(module)
            multipliers.absorb_factors(module)
            block_memories.absorb_words(module)
        register_ports(module, family)
        if any(cell["type"] in family.placed_first for cell in module["cells"].values()):
            for cell, site in floorplan.floorplan(module, sites.sites(device)).items():
                module["cells"][cell]["attributes"]["BEL"] = site.name
        (folder / FILE).write_text(json.dumps(design), encoding="utf-8")

    return cache.obtain(name, build)


def register_ports(module: dict[str, Any], family: Family) -> int:
    """Put a register behind every port but the clock, in place: paths through ports count, and no pin is needed.

    The tools need no logic behind the registers' far ends, so that nothing else is added to the component.

    Parameters
    ----------
    module : dict
        Of a netlist in Yosys's JSON.
    family : Family

    Returns
    -------
    int
        Registers.
    """
    ports, cells = module["ports"], module["cells"]
    clock = ports[CLOCK]["bits"][0]
    wires = [wires for cell in cells.values() for wires in cell["connections"].values()]
    wires += [net["bits"] for net in module["netnames"].values()]
    free = 1 + max(bit for bits in wires for bit in bits if isinstance(bit, int))
    pins = family.pins
    count = 0
    for name in [name for name in ports if name != CLOCK]:
        port = ports.pop(name)
        for number, bit in enumerate(port["bits"]):
            if not isinstance(bit, int):
                continue
            data, output = ("0", bit) if port["direction"] == "input" else (bit, free + count)
            inputs = {pins["clock"]: clock, pins["data"]: data, **family.tied}
            outputs = {pins["output"]: output}
            cells[f"{name}[{number}]_port"] = new_cell(family.register, inputs, outputs, family.register_parameters)
            count += 1
    if family.clock_buffer:
        ports[CLOCK]["bits"] = [free + count]
        cells["clock_buffer"] = new_cell(family.clock_buffer, {"I": free + count}, {"O": clock})
    return count
