"""Bench of the array: matrix products bit for bit, in the cycles of its schedule."""

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.bitlet.array import ArrayTimes
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.number_format import number_format
from racelet.hw.bitlet.array import Array
from racelet.hw.bitlet.layouts import array_results
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.beats import result_codes
from racelet.sim.bitlet.random_jobs import MatrixRun, random_run
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
    await _check(dut, [random_run(rng, CONFIG) for _ in range(15)], idle, stall)


@cocotb.test()
async def the_slowest_element_is_waited_for(dut: Any) -> None:
    """Each element in turn has to do more than all others."""
    await start(dut)
    elements = itertools.product(range(CONFIG.rows), range(CONFIG.columns))
    await _check(dut, [slow_run(*each, name) for each in elements for name in CONFIG.formats], 0.0, 0.0)


def slow_run(row: int, column: int, name: str) -> MatrixRun:
    """Products whose exponents are furthest apart, or whose weights have most digits, in one row and one column."""
    form, count, terms = number_format(name), 4, min(2 * CONFIG.window, CONFIG.terms)
    if form.is_float:
        left, right = np.ones((count, CONFIG.rows, terms)), np.ones((count, terms, CONFIG.columns))
        powers = 2.0 ** np.resize([-7, 7, -3, 3, 0], terms)
        left[:, row] = right[:, :, column] = powers
        return MatrixRun(activations=left, weights=right, form=name, config=CONFIG)
    zeros, most = np.zeros((count, CONFIG.rows, terms), np.int64), (1 << form.fraction_width) - 1
    left, right = zeros, np.ones((count, terms, CONFIG.columns), np.int64)
    left[:, row], right[:, :, column] = 1, most
    return MatrixRun(activations=left, weights=right, form=name, config=CONFIG)


async def _check(dut: Any, runs: list[MatrixRun], idle: float, stall: float) -> None:
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
