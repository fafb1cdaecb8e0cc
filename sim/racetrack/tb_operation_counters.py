"""Bench of the counters of operations: cycle by cycle against golden, beyond their widths."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.typing import NDArray

from racelet.golden.racetrack.operation_counters import Totals, counted
from racelet.golden.racetrack.operations import KINDS, Kind
from racelet.hw.racetrack.operation_counters import OperationCounters
from racelet.sim.bench import bench_rng
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

CYCLES = 3000
WIDTH = 11
NAMES = ("detect", "shift", "remove", "insert", "time", "energy")


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on counters that are full soon, whatever the block's config."""
    del config
    run_bench(OperationCounters(WIDTH), __name__, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(doing=[0.3, 1.0], forgetting=[0.0, 0.02])
async def counts_match_golden(dut: Any, doing: float, forgetting: float) -> None:
    """Operations of any kind, often one in every cycle; some are forgotten, but none that ends then."""
    await _compare(dut, bench_rng().dirichlet([1.0] * len(KINDS)), doing, forgetting)


@cocotb.test()
@cocotb.parametrize(kind=KINDS)
async def each_counter_begins_anew(dut: Any, kind: Kind) -> None:
    """Behind all of its bits: operations of one kind, but few."""
    await _compare(dut, np.where(np.array(KINDS) == kind, 0.97, 0.03 / (len(KINDS) - 1)), 1.0, 0.0)


async def _compare(dut: Any, shares: NDArray[np.float64], doing: float, forgetting: float) -> None:
    """Kinds of operations have such shares."""
    rng = bench_rng()
    await start(dut)
    done: list[Kind | None] = [
        KINDS[rng.choice(len(KINDS), p=shares)] if rng.random() < doing else None for _ in range(CYCLES)
    ]
    forgets = (rng.random(CYCLES) < forgetting).astype(int).tolist()
    shown: list[Totals] = []
    for kind, forget in zip(done, forgets, strict=True):
        dut.done.value, dut.forget.value = int(kind is not None), forget
        dut.kind.value = int(rng.integers(len(KINDS))) if kind is None else KINDS.index(kind)
        await RisingEdge(dut.clk)
        shown.append(Totals(**{name: int(getattr(dut, name).value) for name in NAMES}))
    assert shown == counted(done, forgets, WIDTH)
