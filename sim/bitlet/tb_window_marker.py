"""Bench of the window marker: the numbers of runs to the beats of an array."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.packets import input_bytes
from racelet.hw.bitlet.layouts import run, vectors
from racelet.hw.bitlet.window_marker import WindowMarker
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.random_jobs import MatrixRun, random_run
from racelet.sim.monitor import Monitor, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

CONFIG = bench_config(BitletConfig)


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config, with rows and columns of an array that differ in number."""
    shape = dataclasses.replace(config, rows=2, columns=3)
    run_bench(WindowMarker(shape), __name__, parameters={"config": shape}, seed=seed, waves=waves)


def arriving(each: MatrixRun) -> list[int]:
    """Numbers of a run, beat by beat."""
    data = input_bytes(each.activations, each.weights, each.form, CONFIG)
    size = vectors(CONFIG).size // 8
    return [int.from_bytes(data[first : first + size], "little") for first in range(0, len(data), size)]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def parts_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Runs of any format and length, one behind the other; where nothing waits, a part in every cycle."""
    rng = bench_rng()
    await start(dut)
    await _check(dut, [random_run(rng, CONFIG) for _ in range(40)], idle, stall)


@cocotb.test()
async def long_runs_match_golden(dut: Any) -> None:
    """Dot products as long as can be, of every format, and runs of many products."""
    rng = bench_rng()
    await start(dut)
    runs = [random_run(rng, CONFIG, 1, form=form, terms=CONFIG.terms) for form in CONFIG.formats]
    runs += [random_run(rng, CONFIG, form=form, terms=1, count=300) for form in CONFIG.formats]
    await _check(dut, runs, 0.0, 0.0)


@cocotb.test()
async def every_bit_of_a_count_counts(dut: Any) -> None:
    """Runs of more products than anybody sends do not end with one of the first, until a reset."""
    rng = bench_rng()
    for bit in range(1, 32):
        await start(dut)
        longest = {0: CONFIG.terms, 1: CONFIG.terms - 1}.get(bit % 8)
        each = random_run(rng, CONFIG, terms=longest, count=2)
        cocotb.start_soon(put(dut, "run", [{**vars(each.run), "products": 1 | 1 << bit}], shape=run(CONFIG)))
        cocotb.start_soon(get(dut, "begun", 1))
        cocotb.start_soon(put(dut, "i", arriving(each)))
        expected = each.beats()
        assert await get(dut, "o", len(expected)) == expected
    await start(dut)


async def _check(dut: Any, runs: list[MatrixRun], idle: float, stall: float) -> None:
    taken, given = Monitor(dut, "i"), Monitor(dut, "o")
    cocotb.start_soon(put(dut, "run", [vars(each.run) for each in runs], shape=run(CONFIG), idle=idle))
    cocotb.start_soon(put(dut, "i", [beat for each in runs for beat in arriving(each)], idle=idle))
    begun = cocotb.start_soon(get(dut, "begun", len(runs), stall=stall))
    expected = [beat for each in runs for beat in each.beats()]
    assert await get(dut, "o", len(expected), stall=stall) == expected
    assert await begun == [each.run.products for each in runs]
    await quiet(dut, "o", 20)
    if not idle and not stall:
        assert taken.cycles == list(range(taken.cycles[0], taken.cycles[0] + len(expected)))
        assert given.cycles == [each + 1 for each in taken.cycles]
