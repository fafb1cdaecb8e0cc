import re

import numpy as np
import pytest
from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.cli import inference
from racelet.golden.dwcpwc.config import PRESETS
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.lib.verilog import to_verilog
from racelet.nn.compile import compile_network
from racelet.nn.fold import fold
from racelet.nn.models import digits
from racelet.nn.tflite import read_tflite
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator


class Store(wiring.Component):
    """A memory that is read, and written where it says so."""

    address: Signal
    data: Signal
    write: Signal
    value: Signal

    def __init__(self, init: list[int], *, writable: bool = True, name: str = "memory") -> None:
        self.init = init
        self.writable = writable
        self.memory_name = name
        super().__init__({"address": In(2), "data": In(8), "write": In(1), "value": Out(8)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules[self.memory_name] = memory = Memory(shape=unsigned(8), depth=4, init=self.init)
        read = memory.read_port()
        m.d.comb += [read.addr.eq(self.address), self.value.eq(read.data)]
        if self.writable:
            write = memory.write_port()
            m.d.comb += [write.addr.eq(self.address), write.data.eq(self.data), write.en.eq(self.write)]
        return m


def test_a_memory_that_starts_as_zero_is_a_loop_for_simulators_only() -> None:
    text = to_verilog(Store([]))
    loop = text.partition("`ifndef SYNTHESIS\n")[2].partition("`endif\n")[0]
    assert (
        "for (zeros_0_word = 0; zeros_0_word < 4; zeros_0_word = zeros_0_word + 1) memory [zeros_0_word] = 8'd0;"
        in loop
    )
    assert "memory[0] =" not in text


@pytest.mark.parametrize(("init", "writable"), [([0, 0, 7], True), ([], False)])
def test_other_contents_are_seen_by_synthesis_too(init: list[int], writable: bool) -> None:
    text = to_verilog(Store(init, writable=writable))
    assert "SYNTHESIS" not in text
    assert re.findall(r"memory\[(\d)\] = 8'[dh]0*(\d);", text)[2] == ("2", f"{7 if init else 0}")


def test_the_names_of_the_loop_are_no_names_of_the_component() -> None:
    text = to_verilog(Store([], name="zeros_0"))
    assert "initial begin : zeros__0\n" in text
    assert " zeros_0 [zeros__0_word] = 8'd0;" in text


@pytest.mark.simulation
def test_a_network_does_not_depend_on_what_memories_hold_at_power_up() -> None:
    config = PRESETS["tiny"]
    ones, count = re.subn(
        r"(\] = )(\d+)'d0;\n  end\n`endif", r"\1~\2'd0;\n  end\n`endif", to_verilog(Accelerator(config))
    )
    assert count == 36
    folded = fold(read_tflite(digits().model))
    compiled = compile_network(folded.graph, config)
    inputs = np.load(digits().inputs)[:4]
    simulator = AcceleratorSimulator(config, netlist=ones)
    results = inference.run(compiled, simulator, digits().model, folded, inputs, 2, lambda *_: None)
    assert results.difference is None, str(results.difference)
    assert inference.cycles_are_exact(compiled, results) is None
