"""A bench that waits for a beat without a limit of time."""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.sim.streams import start


@cocotb.test()
async def a_beat_comes(dut: Any) -> None:
    """At some time."""
    await start(dut)
    dut.i__valid.value = 1
    edge = RisingEdge(dut.clk)
    await edge
    while not dut.o__valid.value:
        await edge
