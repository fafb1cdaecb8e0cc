"""Bench of ``Mover``: used to test the model of a memory."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.sim.bench import bench_parameters
from racelet.sim.memory import MemoryModel
from racelet.sim.streams import get, put, start, wait
from tests.sim.benches.designs import TRANSFER


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def requests_are_served_in_order(dut: Any, idle: float, stall: float) -> None:
    """What is read is what was written before; cycles are written down where nothing stalls."""
    told = bench_parameters()
    requests = [{"address": a, "beats": b, "store": s} for a, b, s in told["requests"]]
    beats = list(range(1 << 65, (1 << 65) + sum(each["beats"] for each in requests if each["store"])))
    memory = MemoryModel(dut, "request", "read", "write", shape=TRANSFER, size=64)
    memory.beats = {5: 7}
    expected, known, used = [], {5: 7}, 0
    for each in requests:
        for address in range(each["address"], each["address"] + each["beats"]):
            if each["store"]:
                known[address], used = beats[used], used + 1
            else:
                expected.append(known.get(address, 0))
    await start(dut)
    taken: list[int] = []
    sent: list[int] = []
    cocotb.start_soon(memory.serve(idle=idle, stall=stall))
    cocotb.start_soon(put(dut, "requests", requests, shape=TRANSFER))
    writing = cocotb.start_soon(put(dut, "i", beats, idle=idle, cycles=sent))
    assert await get(dut, "o", len(expected), stall=stall, cycles=taken) == expected
    await writing
    await wait(dut, 2)
    assert memory.beats == known
    assert (memory.read_beats, memory.written_beats) == (len(expected), len(beats))
    if not idle and not stall and told["cycles"]:
        np.savez(Path(told["cycles"]), taken=taken, sent=sent)
