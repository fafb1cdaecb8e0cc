"""Tests that must all fail: each breaks the rules of a stream in its own way, under the eyes of a monitor."""

from typing import Any

import cocotb

from racelet.sim.monitor import Monitor, quiet
from racelet.sim.streams import get, put, start, wait


@cocotb.test()
async def an_input_beat_is_taken_back(dut: Any) -> None:
    await start(dut)
    Monitor(dut, "i")
    dut.i__valid.value = 1
    await wait(dut, 2)
    dut.i__valid.value = 0
    await wait(dut, 2)


@cocotb.test()
async def an_input_beat_is_changed(dut: Any) -> None:
    await start(dut)
    Monitor(dut, "i")
    dut.i__valid.value = 1
    await wait(dut, 2)
    dut.i__payload.value = 3
    await wait(dut, 2)


@cocotb.test()
async def a_beat_comes_that_nobody_expects(dut: Any) -> None:
    await start(dut)
    cocotb.start_soon(get(dut, "wide", 1))
    await put(dut, "i", [7])
    await quiet(dut, "o", 3)
