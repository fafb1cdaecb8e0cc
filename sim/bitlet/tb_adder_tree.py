"""Bench of the adder tree: totals of any sums, each in its cycle."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.bitlet.adder_tree import latency, total
from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.adder_tree import AdderTree
from racelet.hw.bitlet.layouts import column_sums
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.payload import pack
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import bits_of, start

CONFIG = bench_config(BitletConfig)
LANES, WIDTH = CONFIG.used_lanes, CONFIG.column_sum_width
SHAPES = {
    "rings": BitletConfig(formats=("int3", "int8", "int5"), window=4, load=4, lanes=10, terms=64),
    "csd4": BitletConfig(formats=("int4", "int6"), window=4, load=4, lanes=7, digits="csd4", terms=64),
    "least": BitletConfig(formats=("int2",), window=4, load=4, lanes=2, terms=1),
}
"""Besides a block's: several rings in both radices, and one that is small enough for all of its sums."""

Sums = tuple[list[int], int]
"""Sums of all lanes, and which ring."""


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    run_shapes(AdderTree, __name__, {"": config, **SHAPES}, seed=seed, waves=waves)


def random_sums(rng: Generator) -> Sums:
    """Any, small ones, the ends of their range, and one lane alone."""
    most = 1 << WIDTH - 1
    kind = int(rng.integers(4))
    if kind == 0:
        sums = rng.integers(-most, most, LANES)
    elif kind == 1:
        sums = rng.integers(-3, 4, LANES)
    elif kind == 2:
        sums = rng.choice([-most, most - 1], LANES)
    else:
        sums = np.where(np.arange(LANES) == rng.integers(LANES), rng.integers(-most, most), 0)
    return sums.tolist(), int(rng.integers(len(CONFIG.rings)))


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5, 0.9])
async def totals_match_golden(dut: Any, idle: float) -> None:
    """Between sums that are valid there are others, which add up to nothing."""
    rng = bench_rng()
    await start(dut)
    await _check(dut, [(random_sums(rng), bool(rng.random() >= idle)) for _ in range(2000)])


@cocotb.test()
async def every_sum_of_few_lanes_matches_golden(dut: Any) -> None:
    """Where there are no more than can be tried."""
    await start(dut)
    if LANES * WIDTH > 12:
        return
    most = 1 << WIDTH - 1
    every = itertools.product(itertools.product(range(-most, most), repeat=LANES), range(len(CONFIG.rings)))
    await _check(dut, [((list(sums), ring), True) for sums, ring in every])


async def _check(dut: Any, cycles: Sequence[tuple[Sums, bool]]) -> None:
    """Put in sums, one a cycle, valid or not; those that are come out as many cycles later, and nothing else."""
    edge, after = RisingEdge(dut.clk), latency(LANES)
    following: list[int | None] = [None] * after
    for (sums, ring), valid in [*cycles, *[(cycles[0][0], False)] * (after + 2)]:
        dut.i__payload.value = pack(column_sums(CONFIG), {"sums": sums, "ring": ring})
        dut.i__valid.value = int(valid)
        await edge
        now = following.pop(0)
        assert bool(dut.o__valid.value) == (now is not None)
        # As many bits as dot products need; of sums that no dot product has, the lowest ones.
        assert now is None or bits_of(dut.o__payload) == now & ((1 << CONFIG.total_width) - 1)
        following.append(total(sums, CONFIG.rings[ring], 4 if CONFIG.digits == "csd4" else 2) if valid else None)
