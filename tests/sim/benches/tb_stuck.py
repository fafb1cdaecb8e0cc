"""A bench that gets fewer beats than it waits for."""

from typing import Any

import cocotb

from racelet.sim.streams import get, put, start


@cocotb.test()
async def nothing_comes(dut: Any) -> None:
    await start(dut)
    cocotb.start_soon(put(dut, "i", [5]))
    cocotb.start_soon(get(dut, "wide", 1))
    await get(dut, "o", 2, patience=100)


@cocotb.test()
async def nothing_is_taken(dut: Any) -> None:
    await start(dut)
    await put(dut, "i", [5], patience=50)
