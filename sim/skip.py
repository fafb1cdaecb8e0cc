"""Lets many clock cycles pass at the speed of the simulator."""

from typing import Any

from cocotb.triggers import RisingEdge, Timer

from racelet.sim.streams import PERIOD_NS


async def skip(dut: Any, cycles: int) -> None:
    """Let rising edges pass, as :func:`racelet.sim.streams.wait` does; a million take about a second."""
    await Timer(cycles * PERIOD_NS - PERIOD_NS // 2, "ns")
    await RisingEdge(dut.clk)
