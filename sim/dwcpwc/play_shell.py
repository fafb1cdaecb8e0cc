"""Bench module that runs one program many times through the AXI shell and writes down when each run ended."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.config import ShellConfig
from racelet.sim.axi import pauses
from racelet.sim.bench import bench_config, bench_parameters, bench_rng
from racelet.sim.dwcpwc.shell_host import ShellHost


@cocotb.test()
async def play(dut: Any) -> None:
    """Load the program, then run it for every input, with or without overlap; compare the outputs, save the cycles."""
    told = bench_parameters()
    with np.load(told["told"]) as data:
        words, inputs, expected = data["words"], data["inputs"], data["outputs"]
    shell = bench_config(ShellConfig, "shell")
    host = await ShellHost.begin(dut, bench_rng(), bench_config(DwcPwcConfig), shell)
    if told["idle"]:
        host.input.set_pause_generator(pauses(told["idle"]))
    await host.registers.write("interrupt_enable", done=1)
    await host.send(words.tolist())
    await host.idle()
    ends: list[int] = []
    cocotb.start_soon(_last_beats(dut, ends))
    ahead = shell.start_queue + 1 if told["overlap"] else 1
    begun = 0
    for number, output in enumerate(expected):
        while begun < len(inputs) and begun < number + ahead:
            host.input.send_nowait(inputs[begun].tobytes())
            await host.registers.write("control", start=1)
            begun += 1
        np.testing.assert_array_equal(await host.packet(), output)
        await host.interrupt()
        await host.registers.write("interrupt_status", done=1)
    cycles = await host.registers.read("last_cycles_low")
    np.savez(told["found"], ends=ends, cycles=cycles)


async def _last_beats(dut: Any, ends: list[int]) -> None:
    edge = RisingEdge(dut.aclk)
    cycle = 0
    while True:
        await edge
        cycle += 1
        if dut.m_axis_o_tvalid.value and dut.m_axis_o_tready.value and dut.m_axis_o_tlast.value:
            ends.append(cycle)
