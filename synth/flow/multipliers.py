"""Registers inside ECP5 multipliers, which Yosys leaves outside."""
# Ref: Lattice, "ECP5 and ECP5-5G sysDSP Usage Guide", FPGA-TN-02205: output registers of MULT18X18D.

import collections
from typing import Any

MULTIPLIER = "MULT18X18D"
REGISTER = "TRELLIS_FF"

_Cell = dict[str, Any]


def absorb_products(module: dict[str, Any]) -> int:
    """Let every multiplier whose product goes into registers, and nowhere else, keep it itself, in place.

    It is what the makers' tools do. The registers must be alike: one clock, one enable, one reset to zero.

    Parameters
    ----------
    module : dict
        Of a netlist for ECP5 in Yosys's JSON.

    Returns
    -------
    int
        Registers that are gone.
    """
    cells: dict[str, _Cell] = module["cells"]
    users: dict[int, list[tuple[str, str]]] = collections.defaultdict(list)
    for name, cell in cells.items():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                for bit in bits:
                    users[bit].append((name, port))
    for port in module["ports"].values():
        if port["direction"] == "output":
            for bit in port["bits"]:
                users[bit].append(("", ""))
    gone = 0
    multipliers = [cell for cell in cells.values() if cell["type"] == MULTIPLIER]
    for cell in [cell for cell in multipliers if "REG_OUTPUT_CLK" not in cell["parameters"]]:
        registers = _registers(cell, cells, users)
        if registers:
            _absorb(cell, registers)
            for name, _ in registers.values():
                del cells[name]
            gone += len(registers)
    return gone


def _registers(
    multiplier: _Cell, cells: dict[str, _Cell], users: dict[int, list[tuple[str, str]]]
) -> dict[str, tuple[str, _Cell]]:
    """The register behind each bit of a product that is used, by the multiplier's port; none if they do not suit."""
    found: dict[str, tuple[str, _Cell]] = {}
    for port, bits in multiplier["connections"].items():
        if not _is_product(port) or not users[bits[0]]:
            continue
        if len(users[bits[0]]) > 1:
            return {}
        (name, pin), *_ = users[bits[0]]
        if name not in cells or cells[name]["type"] != REGISTER or pin != "DI":
            return {}
        found[port] = name, cells[name]
    kinds = {
        (*(cell["connections"].get(pin, [""])[0] for pin in ("CLK", "CE", "LSR")), tuple(sorted(_parameters(cell))))
        for _, cell in found.values()
    }
    return found if len(kinds) == 1 and ("REGSET", "RESET") in next(iter(kinds))[3] else {}


def _is_product(port: str) -> bool:
    return port[0] == "P" and port[1:].isdigit()


def _parameters(register: _Cell) -> list[tuple[str, str]]:
    return [
        (name, register["parameters"][name].strip())
        for name in ("CEMUX", "CLKMUX", "LSRMUX", "REGSET", "SRMODE")
        if name in register["parameters"]
    ]


def _absorb(multiplier: _Cell, registers: dict[str, tuple[str, _Cell]]) -> None:
    for port, (_, register) in registers.items():
        multiplier["connections"][port] = register["connections"]["Q"]
    _, any_one = next(iter(registers.values()))
    pins = any_one["connections"]
    enable = pins["CE"] if any_one["parameters"]["CEMUX"].strip() == "CE" else ["1"]
    for port, bits in {"CLK0": pins["CLK"], "CE0": enable, "RST0": pins.get("LSR", ["0"])}.items():
        multiplier["connections"][port] = bits
        multiplier["port_directions"][port] = "input"
    multiplier["parameters"] |= {
        "REG_OUTPUT_CLK": "CLK0",
        "REG_OUTPUT_CE": "CE0",
        "REG_OUTPUT_RST": "RST0",
        "CLK0_DIV": "ENABLED",
        "RESETMODE": "SYNC",
        "GSR": "DISABLED",
    }
