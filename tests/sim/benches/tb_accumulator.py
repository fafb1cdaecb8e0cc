"""Bench of ``Accumulator``: used to test the drivers, not the component."""

from typing import Any

import cocotb
import numpy as np

from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.monitor import Monitor, quiet
from racelet.sim.streams import get, put, start
from tests.sim.benches.designs import PAIR


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def sums_are_right(dut: Any, idle: float, stall: float) -> None:
    """Every beat arrives once, in order, in the cycle it should."""
    samples = bench_rng().integers(-128, 128, bench_parameters().get("count", 200)).tolist()
    await start(dut)
    watched = Monitor(dut, "i")
    wide_cycles: list[int] = []
    sent: list[int] = []
    taken: list[int] = []
    cocotb.start_soon(put(dut, "i", samples, idle=idle, cycles=sent))
    wide = cocotb.start_soon(get(dut, "wide", len(samples), stall=stall, cycles=wide_cycles))
    beats = await get(dut, "o", len(samples), stall=stall, shape=PAIR, cycles=taken)
    await quiet(dut, "o", 5)
    previous = [0, *samples[:-1]]
    assert beats == [{"sum": a + b, "parts": [a, b]} for a, b in zip(samples, previous, strict=True)]
    assert await wide == [k * 0x1_0000_0001_0000 + (a & 255) for k, a in enumerate(samples)]
    assert sent == watched.cycles == wide_cycles
    assert watched.beats == [a & 255 for a in samples]
    if "beats" in bench_parameters():
        np.savez(bench_parameters()["beats"], samples=samples, sums=[beat["sum"] for beat in beats], taken=taken)
    if not idle and not stall:
        assert sent == list(range(len(samples)))
        assert taken == list(range(1, len(samples) + 1))
