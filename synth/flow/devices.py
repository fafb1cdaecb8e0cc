"""The FPGAs that components can be measured on."""
# Ref: the cell libraries of Yosys and the utilisation reports of nextpnr 0.11.

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

Resource = Literal["lut4", "ff", "carry", "dsp", "bram", "spram"]
RESOURCES: tuple[Resource, ...] = ("lut4", "ff", "carry", "dsp", "bram", "spram")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Family:
    """What devices of one family have in common.

    Parameters
    ----------
    name : str
    synthesis : str
        Yosys command, with ``{variant}`` where devices differ; no pads are inserted, as the component is measured on
        its own.
    place : str
        Name of the place-and-route tool: ``yowasp-`` and this is its Python package.
    options : tuple of str
        Its options for every device.
    cells : mapping of str to mapping of str to int
        For each cell type of the family what one cell takes of each resource.
    free : frozenset of str
        Cell types that take none: what lies between the LUTs in any case, constants.
    register : str
        Cell type of a flip-flop without reset or enable.
    pins : mapping of str to str
        Its ports: ``clock``, ``data``, ``output``.
    register_parameters : mapping of str to str
        Its parameters.
    tied : mapping of str to str
        Its other ports, with their values.
    clock_buffer : str
        Cell type through which the clock must come in, with ports ``I`` and ``O``; empty where the tool puts it there.
    clock_file : str
        File with constraints that the options name, for the clock's pin.
    clock_line : str
        What it says, with ``{clock}`` and ``{pin}``.
    keeps_results : bool
        The multipliers and block memories have registers behind them, which synthesis does not use.
    placed_first : mapping of str to str
        Cell types that are placed before all others, each with the resource that it takes: those with few sites, if the
        tool places them badly.
    """

    name: str
    synthesis: str
    place: str
    options: tuple[str, ...]
    cells: Mapping[str, Mapping[Resource, int]]
    free: frozenset[str]
    register: str
    pins: Mapping[str, str]
    register_parameters: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tied: Mapping[str, str] = dataclasses.field(default_factory=dict)
    clock_buffer: str = ""
    clock_file: str = ""
    clock_line: str = ""
    keeps_results: bool = False
    placed_first: Mapping[str, Resource] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Device:
    """One FPGA.

    Parameters
    ----------
    name : str
        As on the command line.
    part : str
        What its maker calls it.
    family : Family
    options : tuple of str
        Of the place-and-route tool.
    capacity : mapping of str to int
        How much of each resource it has.
    variant : str, optional
        What the family's synthesis wants to know.
    clock_pin : str, optional
        Where the clock comes in, for tools that do not choose, or choose a pin from which no way leads to it.
    """

    name: str
    part: str
    family: Family
    options: tuple[str, ...]
    capacity: Mapping[Resource, int]
    variant: str = ""
    clock_pin: str = ""

    @property
    def synthesis(self) -> str:
        """Yosys command."""
        return self.family.synthesis.format(variant=self.variant)


ECP5_ALGORITHMS = ("--router", "router2", "--placer", "static")
"""Of nextpnr, for a device that is nearly full, in flows of users.

The static placer places block memories with everything else, where the other one stretches all wires when it makes room
for them. Wires stay long where it chooses the sites of block memories; the first router takes ten times as long there.
"""

_ECP5_WITH_SITES = ("--router", "router1", "--placer", "static")
"""Where these sites are chosen before: this router takes longer than the other, and its wires are shorter."""

ECP5 = Family(
    name="ecp5",
    synthesis="synth_ecp5",
    place="nextpnr-ecp5",
    options=("--lpf-allow-unconstrained", "--timing-allow-fail", "--lpf", "clock.lpf", *_ECP5_WITH_SITES),
    cells={
        "LUT4": {"lut4": 1},
        "CCU2C": {"lut4": 2, "carry": 1},
        # A distributed memory takes the LUTs of two slices, and those of one for its write port.
        "TRELLIS_DPR16X4": {"lut4": 6},
        "TRELLIS_FF": {"ff": 1},
        "MULT18X18D": {"dsp": 1},
        "DP16KD": {"bram": 1},
        "PDPW16KD": {"bram": 1},
    },
    free=frozenset({"PFUMX", "L6MUX21", "VLO", "VHI"}),
    register="TRELLIS_FF",
    pins={"clock": "CLK", "data": "DI", "output": "Q"},
    register_parameters={
        "CEMUX": "1 ",
        "CLKMUX": "CLK",
        "GSR": "DISABLED",
        "LSRMUX": "LSR",
        "REGSET": "RESET",
        "SRMODE": "LSR_OVER_CE",
    },
    tied={"LSR": "0"},
    clock_file="clock.lpf",
    clock_line='LOCATE COMP "{clock}" SITE "{pin}";',
    keeps_results=True,
    placed_first={"DP16KD": "bram", "MULT18X18D": "dsp"},
)

_ICE40_FF = ["SB_DFF" + edge + kind for edge in ("", "N") for kind in ("", "E", "SR", "SS", "R", "S", "ESR", "ESS")]
_ICE40_FF += ["SB_DFF" + edge + kind for edge in ("", "N") for kind in ("ER", "ES")]
ICE40 = Family(
    name="ice40",
    synthesis="synth_ice40 -device {variant}",
    place="nextpnr-ice40",
    options=("--pcf-allow-unconstrained", "--timing-allow-fail"),
    cells={
        "SB_LUT4": {"lut4": 1},
        "SB_CARRY": {"carry": 1},
        **{cell: {"ff": 1} for cell in _ICE40_FF},
        "SB_MAC16": {"dsp": 1},
        **{"SB_RAM40_4K" + edges: {"bram": 1} for edges in ("", "NR", "NW", "NRNW")},
        "SB_SPRAM256KA": {"spram": 1},
    },
    free=frozenset({"SB_GB"}),
    register="SB_DFF",
    pins={"clock": "C", "data": "D", "output": "Q"},
)

_KINDS = ("", "E", "S", "SE", "R", "RE", "P", "PE", "C", "CE")
_GOWIN_FF = ["DFF" + edge + kind for edge in ("", "N") for kind in _KINDS]
GOWIN = Family(
    name="gowin",
    synthesis="synth_gowin -noiopads -family {variant}",
    place="nextpnr-himbaechel-gowin",
    options=("--timing-allow-fail", "--vopt", "cst=clock.cst"),
    cells={
        **{f"LUT{inputs}": {"lut4": 1} for inputs in (1, 2, 3, 4)},
        "ALU": {"lut4": 1, "carry": 1},
        "RAM16SDP4": {"lut4": 8},
        "RAM16SDP2": {"lut4": 4},
        "RAM16SDP1": {"lut4": 2},
        **{cell: {"ff": 1} for cell in _GOWIN_FF},
        "MULT9X9": {"dsp": 1},
        "MULT18X18": {"dsp": 2},
        **{kind: {"bram": 1} for kind in ("SDPB", "SDPX9B", "DPB", "DPX9B", "SP", "SPX9", "pROM", "pROMX9")},
    },
    free=frozenset({"MUX2", *(f"MUX2_LUT{inputs}" for inputs in (5, 6, 7, 8)), "GND", "VCC", "GSR", "INV"}),
    register="DFF",
    pins={"clock": "CLK", "data": "D", "output": "Q"},
    clock_buffer="IBUF",
    clock_file="clock.cst",
    clock_line='IO_LOC "{clock}" {pin};',
)


def _device(name: str, part: str, family: Family, options: str, capacity: Sequence[int], **fields: str) -> Device:
    resources: tuple[Resource, ...] = ("lut4", "ff", "dsp", "bram", "spram")
    return Device(
        name=name,
        part=part,
        family=family,
        options=tuple(options.split()),
        capacity=dict(zip(resources, capacity, strict=True)),
        **fields,
    )


_SPEED = "--speed 6 --package CABGA381"
_PIN = "G2"
"""A pin of that package that leads to the clock network; the ULX3S has its clock there."""
DEVICES: dict[str, Device] = {
    device.name: device
    for device in (
        _device("ecp5-25k", "LFE5U-25F-6BG381C", ECP5, f"--25k {_SPEED}", (24288, 24288, 28, 56, 0), clock_pin=_PIN),
        _device("ecp5-45k", "LFE5U-45F-6BG381C", ECP5, f"--45k {_SPEED}", (43848, 43848, 72, 108, 0), clock_pin=_PIN),
        _device("ecp5-85k", "LFE5U-85F-6BG381C", ECP5, f"--85k {_SPEED}", (83640, 83640, 156, 208, 0), clock_pin=_PIN),
        _device(
            "up5k", "iCE40UP5K-SG48", ICE40, "--up5k --package sg48", (5280, 5280, 8, 30, 4), variant="u -dsp -spram"
        ),
        _device("hx8k", "iCE40HX8K-CT256", ICE40, "--hx8k --package ct256", (7680, 7680, 0, 32, 0), variant="hx"),
        _device(
            "gw1n-9c",
            "GW1NR-LV9QN88PC6/I5",
            GOWIN,
            "--device GW1NR-LV9QN88PC6/I5 --vopt family=GW1N-9C",
            (8640, 6480, 40, 26, 0),
            variant="gw1n",
            clock_pin="52",
        ),
        _device(
            "gw2a-18c",
            "GW2AR-LV18QN88C8/I7",
            GOWIN,
            "--device GW2AR-LV18QN88C8/I7 --vopt family=GW2A-18C",
            (20736, 15552, 96, 46, 0),
            variant="gw2a",
            clock_pin="4",
        ),
    )
}
"""By name, from small to large in each family."""
