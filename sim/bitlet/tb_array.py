"""Bench of the array: matrix products bit for bit, in the cycles of its schedule."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb

from racelet.golden.bitlet.array import ArrayTimes
from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.array import Array
from racelet.hw.bitlet.layouts import array_results
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.beats import result_codes
from racelet.sim.bitlet.random_jobs import random_run
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

CONFIG = bench_config(BitletConfig)


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config, and on as many elements as differ from each other in a row and in a column."""
    shape = dataclasses.replace(config, rows=max(config.rows, 2), columns=max(config.columns, 2))
    run_bench(Array(shape), __name__, parameters={"config": shape}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.7], stall=[0.0, 0.9])
async def products_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Any lengths and formats, one behind the other; cycles as the schedule has them where nothing has to wait."""
    rng = bench_rng()
    await start(dut)
    runs = [random_run(rng, CONFIG) for _ in range(15)]
    given, found = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", [beat for run in runs for beat in run.beats()], idle=idle))
    count = sum(run.run.products for run in runs)
    results = await get(dut, "o", count, shape=array_results(CONFIG), stall=stall)
    assert results == [codes for run in runs for codes in result_codes(run.results(), run.form, CONFIG)]
    await quiet(dut, "o", 20)
    if stall:
        return
    times = ArrayTimes(CONFIG)
    for run in runs:
        for left, right in zip(run.activations, run.weights, strict=True):
            times.feed(left, right.T, run.form)
    times.run(given.offered)
    assert given.taken == times.taken
    assert found.offered == times.given
