"""Registers inside ECP5 multipliers, which Yosys leaves outside."""
# Ref: Lattice, "ECP5 and ECP5-5G sysDSP Usage Guide", FPGA-TN-02205: output registers of MULT18X18D.

import re
from typing import Any

from racelet.synth.flow.users import REGISTER, Cell, enable_of, kind_of, registers_behind, users_of

MULTIPLIER = "MULT18X18D"


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
    cells: dict[str, Cell] = module["cells"]
    users = users_of(module)
    gone = 0
    multipliers = [cell for cell in cells.values() if cell["type"] == MULTIPLIER]
    for cell in [cell for cell in multipliers if "REG_OUTPUT_CLK" not in cell["parameters"]]:
        registers = registers_behind(cell, cells, users, re.compile(r"P\d+"))
        if registers and all(register["parameters"]["REGSET"].strip() == "RESET" for _, register in registers.values()):
            _absorb(cell, [register for _, register in registers.values()], list(registers))
            for name, _ in registers.values():
                del cells[name]
            gone += len(registers)
    return gone


def _absorb(multiplier: Cell, registers: list[Cell], ports: list[str]) -> None:
    for port, register in zip(ports, registers, strict=True):
        multiplier["connections"][port] = register["connections"]["Q"]
    pins = registers[0]["connections"]
    for port, bits in {"CLK0": pins["CLK"], "CE0": enable_of(registers[0]), "RST0": pins.get("LSR", ["0"])}.items():
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


def absorb_factors(module: dict[str, Any]) -> int:
    """Let multipliers keep their factors themselves where these come from registers that feed nothing else, in place.

    A register that feeds several multipliers has a copy in each of them. A multiplier keeps both factors, or none.

    Parameters
    ----------
    module : dict
        Of a netlist for ECP5 in Yosys's JSON.

    Returns
    -------
    int
        Registers that are gone.
    """
    cells: dict[str, Cell] = module["cells"]
    users = users_of(module)
    registers = {cell["connections"]["Q"][0]: name for name, cell in cells.items() if cell["type"] == REGISTER}
    suitable: dict[str, dict[str, Cell]] = {}
    for name, cell in cells.items():
        if cell["type"] == MULTIPLIER and "REG_INPUTA_CLK" not in cell["parameters"]:
            kept = {side: _factor(cell, side, cells, registers) for side in "AB"}
            if all(kept.values()):
                suitable[name] = {side: cells[found] for side, found in kept.items() if found}
    # A register goes only if all that it feeds keep it themselves.
    while True:
        left = {
            name
            for name in suitable
            if any(
                user not in suitable
                for side in "AB"
                for port, (bit,) in cells[name]["connections"].items()
                if re.fullmatch(rf"{side}\d+", port) and bit in registers
                for user, _ in users[bit]
            )
        }
        if not left:
            break
        for name in left:
            del suitable[name]
    gone: set[str] = set()
    for name, sides in suitable.items():
        for side, register in sides.items():
            gone |= _keep(cells[name], side, register, cells, registers)
    for name in gone:
        del cells[name]
    return len(gone)


def _factor(multiplier: Cell, side: str, cells: dict[str, Cell], registers: dict[int, str]) -> str:
    """One of the registers that a factor comes from, all of which are alike; empty if there are others."""
    bits = [bit for port, (bit,) in multiplier["connections"].items() if re.fullmatch(rf"{side}\d+", port)]
    names = [registers.get(bit, "") for bit in bits if isinstance(bit, int)]
    if not names or not all(names) or len({kind_of(cells[name]) for name in names}) > 1:
        return ""
    return names[0] if cells[names[0]]["parameters"]["REGSET"].strip() == "RESET" else ""


def _keep(multiplier: Cell, side: str, register: Cell, cells: dict[str, Cell], registers: dict[int, str]) -> set[str]:
    gone: set[str] = set()
    for port, (bit,) in multiplier["connections"].items():
        if re.fullmatch(rf"{side}\d+", port) and bit in registers:
            gone.add(registers[bit])
            multiplier["connections"][port] = cells[registers[bit]]["connections"]["DI"]
    number = "AB".index(side) + 1
    pins = register["connections"]
    for port, bits in {
        "CLK0": pins["CLK"],
        f"CE{number}": enable_of(register),
        f"RST{number}": pins.get("LSR", ["0"]),
    }.items():
        multiplier["connections"][port] = bits
        multiplier["port_directions"][port] = "input"
    multiplier["parameters"] |= {
        f"REG_INPUT{side}_CLK": "CLK0",
        f"REG_INPUT{side}_CE": f"CE{number}",
        f"REG_INPUT{side}_RST": f"RST{number}",
        "CLK0_DIV": "ENABLED",
        "RESETMODE": "SYNC",
        "GSR": "DISABLED",
    }
    return gone
