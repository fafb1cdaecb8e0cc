"""What can be read from the netlist of a component: paths without a register, how many registers, what is computed."""

import importlib
from collections import Counter
from typing import Any

from amaranth.hdl import Fragment
from amaranth.lib import wiring

from racelet.hw.lib.verilog import ports_with_values

CLOCKS = {"clk", "aclk"}


def paths(component: wiring.Component) -> set[tuple[str, str]]:
    """Pairs of an input and an output port with a combinational path from one to the other."""
    netlist = _netlist(component)
    top = netlist.cells[0]
    source = {start + bit: name for name, (start, width) in top.ports_i.items() for bit in range(width)}
    found: set[tuple[str, str]] = set()
    for name, value in top.ports_o.items():
        waiting, seen = list(value), set(value)
        while waiting:
            net = waiting.pop()
            if net.is_const:
                continue
            if net.cell == 0:
                found |= {(source[net.bit], name)} - {(clock, name) for clock in CLOCKS}
                continue
            for other, _ in netlist.cells[net.cell].comb_edges_to(net.bit):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
    return found


def stored_bits(component: wiring.Component) -> tuple[int, int]:
    """Bits in flip-flops and in memories, before any tool optimises."""
    nir = importlib.import_module("amaranth.hdl._nir")
    cells = _netlist(component).cells
    flipflops = sum(len(cell.data) for cell in cells if isinstance(cell, nir.FlipFlop))
    return flipflops, sum(cell.width * cell.depth for cell in cells if isinstance(cell, nir.Memory))


def operators(component: wiring.Component) -> Counter[tuple[str, int]]:
    """How many operators there are of each kind and width: ``("+", 8)`` is an adder of eight bits."""
    nir = importlib.import_module("amaranth.hdl._nir")
    cells = _netlist(component).cells
    return Counter((cell.operator, cell.width) for cell in cells if isinstance(cell, nir.Operator))


def _netlist(component: wiring.Component) -> Any:
    # By name, because amaranth-stubs does not know the module.
    ir = importlib.import_module("amaranth.hdl._ir")
    signals = {
        port.name: (value, ir.PortDirection.Input if port.direction == "in" else ir.PortDirection.Output)
        for port, value in ports_with_values(component)
    }
    return ir.build_netlist(Fragment.get(component, None), ports=signals)
