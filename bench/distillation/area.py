"""What a processing element takes of an FPGA, and how fast its clock is."""

import dataclasses
import os
from collections.abc import Mapping, Sequence

from racelet.bench.distillation.schemes import SCHEMES
from racelet.bench.row import Progress, Row
from racelet.hw.bitlet.pe import Pe
from racelet.synth.flow.devices import DEVICES
from racelet.synth.flow.measure import measure

DEVICE = "ecp5-85k"
PLACED: Mapping[str, int] = {
    "barrier": 5,
    "stealing": 5,
    "csd4": 5,
    "skipping": 5,
    "int16": 3,
    "fp16": 3,
}
"""Schemes that are placed, each with how many seeds: large ones take long. Of all others the area is told."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Known:
    """Another circuit, measured on the same device.

    Parameters
    ----------
    title : str
    macs : float
        Products per cycle.
    lut4 : int
    mhz : float
    """

    title: str
    macs: float
    lut4: int
    mhz: float

    @property
    def throughput(self) -> float:
        """Millions of products per second and 1000 LUTs."""
        return throughput(self.macs, self.lut4, self.mhz)


REFERENCE = Known(title="earlier Verilog element, int8", macs=1.07, lut4=47_752, mhz=58)
PARALLEL = Known(title="8 multipliers of LUTs, int8", macs=8, lut4=2_312, mhz=108)
"""Figures of this project's specification: a public element of 64 weights and 24 lanes; and a bit-parallel dot product
without multiplier blocks."""


def throughput(macs: float, lut4: float, mhz: float) -> float:
    """Millions of products per second and 1000 LUTs.

    Examples
    --------
    >>> throughput(8, 2000, 100)
    400.0
    """
    return macs * mhz / lut4 * 1000


def area_rows(
    progress: Progress, schemes: Sequence[str] = tuple(SCHEMES), placed: Mapping[str, int] = PLACED
) -> list[Row]:
    """LUTs, flip-flops and frequency of each scheme, from the cache where they were measured before.

    Parameters
    ----------
    progress : Progress
    schemes : sequence of str
    placed : mapping of str to int
        Those of them that are placed and routed, and with how many seeds.

    Returns
    -------
    list of Row
        ``<scheme>_lut4``, ``<scheme>_ff``, ``<scheme>_seeds`` and, the median over these, ``<scheme>_mhz``; None where
        it is not placed.

    Raises
    ------
    ToolError
        If a tool fails.
    """
    rows = []
    steps = 1 + max(placed.values(), default=0)
    for number, scheme in enumerate(schemes):
        config, seeds = SCHEMES[scheme], range(1, 1 + placed.get(scheme, 0))

        def told(done: int, _: int, label: str, first: int = number * steps, scheme: str = scheme) -> None:
            progress(first + done, len(schemes) * steps, f"{scheme}: {label}")

        found = measure("bitlet", config, Pe(config), DEVICES[DEVICE], seeds, os.cpu_count() or 1, told)
        rows += [
            Row(f"{scheme}_lut4", found.used["lut4"], "LUT4"),
            Row(f"{scheme}_ff", found.used["ff"], "flip-flops"),
            Row(f"{scheme}_seeds", len(seeds), "seeds"),
            Row(f"{scheme}_mhz", None if found.fmax_mhz is None else found.fmax_mhz.median, "MHz"),
        ]
    return rows
