"""Place and route of a component on its own: every port ends at a register, and none at a pin."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from racelet.sim import cache
from racelet.sim.errors import ToolError
from racelet.synth import yowasp
from racelet.synth.flow.block_memories import absorb_words
from racelet.synth.flow.devices import Device, Family
from racelet.synth.flow.multipliers import absorb_factors, absorb_products
from racelet.synth.flow.netlist import TOP, Netlist

CLOCK = "clk"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Segment:
    """One step of a path.

    Parameters
    ----------
    kind : str
        ``clk-to-q``, ``logic``, ``routing`` or ``setup``.
    delay_ns : float
    cell : str
        Where it ends, by its name in the netlist.
    """

    kind: str
    delay_ns: float
    cell: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Placed:
    """A placed and routed component.

    Parameters
    ----------
    seed : int
    fmax_mhz : float
        Of its only clock.
    start : str
        Cell where the critical path starts.
    path : tuple of Segment
        The critical path.
    """

    seed: int
    fmax_mhz: float
    start: str
    path: tuple[Segment, ...]


def place(netlist: Netlist, device: Device, seed: int, target_mhz: float) -> Placed:
    """Place and route a netlist.

    Parameters
    ----------
    netlist : Netlist
    device : Device
    seed : int
        Of all random choices.
    target_mhz : float
        What the tool aims for; it does not stop there.

    Returns
    -------
    Placed
        From the cache, if the same was placed before.

    Raises
    ------
    ToolError
        If the tool fails, for one because it found no place.
    """
    family = device.family
    package = f"yowasp-{family.place}"
    options = [*family.options, *device.options, "--freq", str(target_mhz), "--seed", str(seed)]
    options += ["--json", "registered.json", "--report", "report.json"]
    kept = "results" if family.keeps_results else ""
    name = "placed-" + cache.digest(netlist.name, *options, device.clock_pin, kept, yowasp.version(package))

    def build(folder: Path) -> None:
        design = json.loads(netlist.file.read_text(encoding="utf-8"))
        if family.keeps_results:
            absorb_products(design["modules"][TOP])
            absorb_factors(design["modules"][TOP])
            absorb_words(design["modules"][TOP])
        register_ports(design["modules"][TOP], family)
        source = folder / "registered.json"
        source.write_text(json.dumps(design), encoding="utf-8")
        if device.clock_pin:
            line = family.clock_line.format(clock=CLOCK, pin=device.clock_pin)
            (folder / family.clock_file).write_text(f"{line}\n", encoding="utf-8")
        yowasp.run(family.place, ["-q", *options], folder)
        source.unlink()

    report = json.loads((cache.obtain(name, build) / "report.json").read_text(encoding="utf-8"))
    return read_report(report, seed)


def read_report(report: dict[str, Any], seed: int) -> Placed:
    """What a report says of the clock.

    Parameters
    ----------
    report : dict
        As nextpnr writes it.
    seed : int

    Returns
    -------
    Placed

    Raises
    ------
    ToolError
        If it has no path between registers.
    """
    paths = [path for path in report["critical_paths"] if path["from"] == path["to"]]
    if not report["fmax"] or not paths:
        raise ToolError("nextpnr reports no clock: the component has no path from register to register.")
    clock = min(report["fmax"], key=lambda name: report["fmax"][name]["achieved"])
    path = next(path["path"] for path in paths if path["from"].endswith(clock))
    return Placed(
        seed=seed,
        fmax_mhz=report["fmax"][clock]["achieved"],
        start=path[0]["from"]["cell"],
        path=tuple(Segment(kind=each["type"], delay_ns=each["delay"], cell=each["to"]["cell"]) for each in path),
    )


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
            cells[f"{name}[{number}]_port"] = _cell(family.register, inputs, outputs, family.register_parameters)
            count += 1
    if family.clock_buffer:
        ports[CLOCK]["bits"] = [free + count]
        cells["clock_buffer"] = _cell(family.clock_buffer, {"I": free + count}, {"O": clock})
    return count


def _cell(
    kind: str, inputs: Mapping[str, int | str], outputs: Mapping[str, int], parameters: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return {
        "hide_name": 0,
        "type": kind,
        "parameters": dict(parameters or {}),
        "attributes": {},
        "port_directions": dict.fromkeys(inputs, "input") | dict.fromkeys(outputs, "output"),
        "connections": {port: [bit] for port, bit in {**inputs, **outputs}.items()},
    }
