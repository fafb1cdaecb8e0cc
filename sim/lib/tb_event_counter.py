"""Bench of ``EventCounter``: cycle by cycle, beyond its width."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.hw.lib.event_counter import EventCounter
from racelet.sim.bench import bench_rng
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

CYCLES = 400
WIDTH = 5


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on a counter that is full soon, whatever the block's config."""
    del config
    run_bench(EventCounter(WIDTH), __name__, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(happening=[0.3, 1.0], forgetting=[0.0, 0.04])
async def events_are_counted(dut: Any, happening: float, forgetting: float) -> None:
    """Few and many, and such as are forgotten in the cycle in which they come."""
    rng = bench_rng()
    await start(dut)
    count = 0
    for _ in range(CYCLES):
        event, forget = rng.random() < happening, rng.random() < forgetting
        dut.event.value, dut.forget.value = int(event), int(forget)
        await RisingEdge(dut.clk)
        assert int(dut.count.value) == count
        count = 0 if forget else (count + event) % (1 << WIDTH)
