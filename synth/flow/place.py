"""Place and route of a component on its own."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

from racelet.sim import cache
from racelet.sim.errors import ToolError
from racelet.synth import yowasp
from racelet.synth.flow.devices import Device
from racelet.synth.flow.prepare import CLOCK, FILE


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


def place(prepared: Path, device: Device, seed: int, target_mhz: float) -> Placed:
    """Place and route a design.

    Parameters
    ----------
    prepared : Path
        Folder of the cache, see :func:`racelet.synth.flow.prepare.prepare`.
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
    options += ["--json", FILE, "--report", "report.json"]
    name = "placed-" + cache.digest(prepared.name, *options, device.clock_pin, yowasp.version(package))

    def build(folder: Path) -> None:
        source = folder / FILE
        shutil.copyfile(prepared / FILE, source)
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
