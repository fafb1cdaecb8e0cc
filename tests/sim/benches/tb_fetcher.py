"""Bench of ``Fetcher``: used to test the answering driver."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.sim.answer import answer
from racelet.sim.bench import bench_parameters
from racelet.sim.streams import cycle, get, put, start, wait
from tests.sim.benches.designs import REQUEST


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def answers_come_from_the_memory(dut: Any, idle: float, stall: float) -> None:
    told = bench_parameters()
    requests = [{"address": a, "beats": b} for a, b in told["requests"]]
    memory = [1000 * k for k in range(64)]
    await start(dut)
    assert cycle() == -1
    taken: list[int] = []
    asked: list[int] = []
    cocotb.start_soon(answer(dut, "request", "response", memory, shape=REQUEST, unit=4, idle=idle, stall=stall))
    cocotb.start_soon(put(dut, "i", requests, shape=REQUEST, cycles=asked))
    expected = [memory[a // 4 + k] for a, b in told["requests"] for k in range(b) if a // 4 + k < 64]
    assert await get(dut, "o", told.get("count", len(expected)), stall=stall, cycles=taken) == expected
    if not idle and not stall and told["cycles"]:
        np.savez(Path(told["cycles"]), taken=taken, asked=asked)
    await wait(dut, 3)
