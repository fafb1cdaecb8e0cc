"""A bench that waits without a limit of time."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.sim.streams import start


@cocotb.test()
async def a_beat_comes_and_leaves(dut: Any) -> None:
    """At some time; no more are taken while none leaves."""
    await start(dut)
    dut.i__valid.value = 1
    edge = RisingEdge(dut.clk)
    await edge
    while not dut.o__valid.value:
        await edge
    while dut.i__ready.value:
        await edge
    dut.i__valid.value, dut.o__ready.value = 0, 1
    while dut.o__valid.value:
        await edge
