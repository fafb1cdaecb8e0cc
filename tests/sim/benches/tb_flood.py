"""Bench of ``Flood``: streams without a ready or a valid."""

from typing import Any

import cocotb
import pytest

from racelet.sim.streams import get, put, start


@cocotb.test()
async def every_cycle_counts(dut: Any) -> None:
    await start(dut)
    cocotb.start_soon(put(dut, "i", [1, 2, 3]))
    assert await get(dut, "o", 5) == [0, 1, 3, 6, 6]


@cocotb.test()
async def a_beat_too_large_is_refused(dut: Any) -> None:
    await start(dut)
    with pytest.raises(ValueError, match="8 bits cannot hold 256"):
        await put(dut, "i", [256])


@cocotb.test()
async def this_one_fails(dut: Any) -> None:
    await start(dut)
    assert await get(dut, "o", 1) == [1], "it fails on purpose"
