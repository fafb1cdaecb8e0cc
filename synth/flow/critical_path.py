"""The critical path in the terms of the source: components and signals instead of cells."""

import dataclasses
import re

from racelet.synth.flow.place import Placed

_CELL = re.compile(
    r"_(?:TRELLIS_\w+?|LUT4|CCU2C|PFUMX|L6MUX21|MULT18X18D|DP16KD|PDPW16KD|SB_\w+?|DFF\w*|ALU|LUT[1-4]|MUX2\w*|MULT\w+)"
    r"(?:_[A-Z]\w*)?(?:_\d+)*(?=_|\.|$|/).*"
)
"""What Yosys appends to the name of a signal when it names the cells around it."""
_WRAPPED = re.compile(r"\$(?:nextpnr|PACKER|DI|CCU2)\w*")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """Where a path goes through.

    Parameters
    ----------
    component : str
        Instance names from the block down, with dots between; empty for the block itself.
    signal : str
    """

    component: str
    signal: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Path:
    """A path from register to register.

    Parameters
    ----------
    start, end : Place
    through : tuple of Place
        Signals between, each once, in order.
    logic_ns, routing_ns : float
        Delay in cells, clock-to-output and setup time counted, and between them.
    levels : int
        Cells between the registers.
    """

    start: Place
    end: Place
    through: tuple[Place, ...]
    logic_ns: float
    routing_ns: float
    levels: int


def critical_path(placed: Placed) -> Path:
    """Name the components and signals of a critical path.

    Parameters
    ----------
    placed : Placed

    Returns
    -------
    Path
    """
    places = [source_name(segment.cell) for segment in placed.path if segment.kind == "routing"]
    start, end = source_name(placed.start), places[-1] if places else source_name(placed.path[-1].cell)
    through = [place for place in dict.fromkeys(places[:-1]) if place not in (start, end)]
    routing = sum(segment.delay_ns for segment in placed.path if segment.kind == "routing")
    return Path(
        start=start,
        end=end,
        through=tuple(through),
        logic_ns=round(sum(segment.delay_ns for segment in placed.path) - routing, 3),
        routing_ns=round(routing, 3),
        levels=sum(segment.kind == "logic" for segment in placed.path),
    )


def source_name(cell: str) -> Place:
    """Component and signal for which a cell stands.

    Parameters
    ----------
    cell : str
        Name in the netlist, as Yosys and the packer of nextpnr give it.

    Returns
    -------
    Place

    Examples
    --------
    >>> source_name("dot.engine.partial_TRELLIS_FF_Q_3")
    Place(component='dot.engine', signal='partial')
    >>> source_name("o__valid[0]_port")
    Place(component='', signal='o__valid')
    """
    name = _WRAPPED.sub("", cell)
    name = name.removesuffix("_port").removesuffix("[0]") if name.endswith("_port") else _CELL.sub("", name)
    # Block memories are numbered behind the name of the memory, bits in brackets.
    name = re.sub(r"(\.\d+)+(_[A-Z]+(_\d+)?)?$|\[\d+\]$", "", name)
    component, _, signal = name.rpartition(".")
    return Place(component=component, signal=signal)
