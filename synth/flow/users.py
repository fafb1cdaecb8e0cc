"""Who uses a bit of a netlist, and which registers lie behind the outputs of a cell."""

import collections
import re
from collections.abc import Mapping
from typing import Any

REGISTER = "TRELLIS_FF"

Cell = dict[str, Any]
Users = Mapping[int, list[tuple[str, str]]]


def users_of(module: dict[str, Any]) -> Users:
    """The inputs that each bit goes to.

    Parameters
    ----------
    module : dict
        Of a netlist in Yosys's JSON.

    Returns
    -------
    mapping of int to list of (str, str)
        Cell and port by bit; two empty names for an output of the module.
    """
    users: dict[int, list[tuple[str, str]]] = collections.defaultdict(list)
    for name, cell in module["cells"].items():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                for bit in bits:
                    users[bit].append((name, port))
    for port in module["ports"].values():
        if port["direction"] == "output":
            for bit in port["bits"]:
                users[bit].append(("", ""))
    return users


def registers_behind(
    cell: Cell, cells: Mapping[str, Cell], users: Users, outputs: re.Pattern[str]
) -> dict[str, tuple[str, Cell]]:
    """The register behind each output of a cell that is used at all.

    Parameters
    ----------
    cell : dict
    cells : mapping of str to dict
        All of the module.
    users : mapping
        See :func:`users_of`.
    outputs : re.Pattern
        Names of the outputs that matter.

    Returns
    -------
    dict of str to (str, dict)
        Name and cell of the register by the port in front of it; none if an output goes anywhere else, or if the
        registers are not alike: of one clock, one enable and one reset.
    """
    found: dict[str, tuple[str, Cell]] = {}
    for port, bits in cell["connections"].items():
        if not outputs.fullmatch(port) or not users[bits[0]]:
            continue
        if len(users[bits[0]]) > 1:
            return {}
        (name, pin), *_ = users[bits[0]]
        if name not in cells or cells[name]["type"] != REGISTER or pin != "DI":
            return {}
        found[port] = name, cells[name]
    return found if len({kind_of(register) for _, register in found.values()}) == 1 else {}


def kind_of(register: Cell) -> tuple[Any, ...]:
    """What registers must have in common to lie together: clock, enable, reset."""
    pins, parameters = register["connections"], register["parameters"]
    settings = (parameters.get(name, "").strip() for name in ("CEMUX", "CLKMUX", "LSRMUX", "REGSET", "SRMODE"))
    return (*(pins.get(pin, [""])[0] for pin in ("CLK", "CE", "LSR")), *settings)


def enable_of(register: Cell) -> list[Any]:
    """What lets a register take a new value, as the connection of a port."""
    return register["connections"]["CE"] if register["parameters"]["CEMUX"].strip() == "CE" else ["1"]
