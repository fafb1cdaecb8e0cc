"""Registers inside ECP5 block memories, which Yosys leaves outside."""
# Ref: Lattice, "ECP5 and ECP5-5G Memory Usage Guide", FPGA-TN-02204: output registers of DP16KD, with an enable of
# their own.

import re
from typing import Any

from racelet.synth.flow.users import Cell, enable_of, registers_behind, users_of

MEMORY = "DP16KD"


def absorb_words(module: dict[str, Any]) -> int:
    """Let every port of a memory whose words go into registers, and nowhere else, keep them itself, in place.

    It is what the makers' tools do: a word is there 5.8 ns after the clock without that register, and 0.6 ns with it.
    The registers must be alike: the port's clock, one enable, no reset.

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
    for memory in [cell for cell in cells.values() if cell["type"] == MEMORY]:
        for side in "AB":
            if memory["parameters"].get(f"REGMODE_{side}") != "NOREG":
                continue
            registers = registers_behind(memory, cells, users, re.compile(rf"DO{side}\d+"))
            if not registers or not _suits(next(iter(registers.values()))[1], memory, side):
                continue
            for port, (name, register) in registers.items():
                memory["connections"][port] = register["connections"]["Q"]
                memory["connections"][f"OCE{side}"] = enable_of(register)
                del cells[name]
            memory["parameters"][f"REGMODE_{side}"] = "OUTREG"
            gone += len(registers)
    return gone


def _suits(register: Cell, memory: Cell, side: str) -> bool:
    pins = register["connections"]
    return pins["CLK"] == memory["connections"][f"CLK{side}"] and pins.get("LSR", ["0"]) == ["0"]
