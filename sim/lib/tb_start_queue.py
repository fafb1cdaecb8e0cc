"""Bench of ``StartQueue``: cycle by cycle against golden."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.golden.lib.start_queue import queue
from racelet.hw.lib.start_queue import StartQueue
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

CYCLES = 400


def verify(config: object, *, seed: int, waves: Path | None) -> None:
    """Run the bench on depths of its own, whatever the block's config."""
    del config
    for depth in (1, 4):
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{depth}")
        run_bench(StartQueue(depth), __name__, parameters={"depth": depth}, seed=seed, waves=file)


@cocotb.test()
@cocotb.parametrize(starting=[0.2, 0.5, 0.9], ready=[0.3, 0.9])
async def starts_match_golden(dut: Any, starting: float, ready: float) -> None:
    """Few and many starts, for something quick and something slow."""
    rng = bench_rng()
    starts = (rng.random(CYCLES) < starting).astype(int).tolist()
    readies = (rng.random(CYCLES) < ready).astype(int).tolist()
    shown: list[tuple[int, int, int]] = []
    await start(dut)
    for each, can in zip(starts, readies, strict=True):
        dut.start.value = each
        dut.ready.value = can
        await RisingEdge(dut.clk)
        shown.append((int(dut.pending.value), int(dut.go.value), int(dut.refused.value)))
    assert shown == queue(bench_parameters()["depth"], starts, readies)
