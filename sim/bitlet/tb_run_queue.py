"""Bench of the queue of runs: cycle by cycle against golden."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.run_queue import Run, Shown, queue
from racelet.hw.bitlet.layouts import RUN, RunError, run
from racelet.hw.bitlet.run_queue import RunQueue
from racelet.sim.bench import bench_config, bench_parameters, bench_rng
from racelet.sim.payload import pack, unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

CYCLES = 400
CONFIG = bench_config(BitletConfig)
MOST = (1 << 32) - 1


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config, with some depths."""
    for depth in (1, 4, 15):
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{depth}")
        parameters = {"config": config, "depth": depth}
        run_bench(RunQueue(config, depth), __name__, parameters=parameters, seed=seed, waves=file)


def random_run(rng: Generator, wrong: float) -> Run:
    """Any that the array can do, or at times one that it cannot."""
    good, formats = rng.random(3) >= wrong, len(CONFIG.formats)
    bit = 1 << int(rng.integers(32))
    return Run(
        form=int(rng.integers(formats) if good[0] else rng.choice([formats, formats | bit, MOST])),
        terms=int(rng.choice([1, CONFIG.terms, int(rng.integers(1, CONFIG.terms + 1))]))
        if good[1]
        else int(rng.choice([0, CONFIG.terms + 1, CONFIG.terms | bit if bit > CONFIG.terms else 0, MOST])),
        products=int(rng.choice([1, bit, MOST])) if good[2] else 0,
    )


@cocotb.test()
@cocotb.parametrize(starting=[0.2, 0.9], ready=[0.1, 0.9], wrong=[0.0, 0.01])
async def runs_match_golden(dut: Any, starting: float, ready: float, wrong: float) -> None:
    """Few and many, for something quick and something slow; after an error, none is taken."""
    rng = bench_rng()
    starts = [random_run(rng, wrong) if rng.random() < starting else None for _ in range(CYCLES)]
    await _check(dut, starts, (rng.random(CYCLES) < ready).astype(int).tolist())


@cocotb.test()
async def every_error_is_told(dut: Any) -> None:
    """The first of a start's errors, and the first start with one."""
    rng = bench_rng()
    for _ in range(60):
        starts = [random_run(rng, 0.4) for _ in range(3)]
        await _check(dut, [*starts, None, None], [1] * 5)


@cocotb.test()
async def every_bit_of_a_number_counts(dut: Any) -> None:
    """A format and a length that are wrong by their highest bit alone, and products that have one."""
    good = Run(form=0, terms=1, products=1)
    for bit in range(32):
        value = 1 << bit
        await _check(dut, [Run(form=0, terms=1, products=value), Run(form=value, terms=1, products=1), good], [0] * 3)
        await _check(dut, [Run(form=0, terms=value, products=1), good, None], [0] * 3)


async def _check(dut: Any, starts: list[Run | None], readies: list[int]) -> None:
    await start(dut)
    shown: list[Shown] = []
    for each, can in zip(starts, readies, strict=True):
        dut.start.value = int(each is not None)
        # What is not asked for, is as wrong as can be.
        wanted = each or Run(form=MOST, terms=0, products=0)
        dut.wanted.value = pack(RUN, vars(wanted))
        dut.o__ready.value = can
        await RisingEdge(dut.clk)
        offered = Run(**unpack(run(CONFIG), int(dut.o__payload.value))) if dut.o__valid.value else None
        pending, refused, error = int(dut.pending.value), bool(dut.refused.value), RunError(int(dut.error.value)).name
        shown.append(Shown(pending=pending, offered=offered, refused=refused, error=error))
    depth = bench_parameters()["depth"]
    assert shown == queue(starts, readies, depth, CONFIG)
