"""Bench of the counters of runs: cycle by cycle against golden, beyond their widths."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.golden.bitlet.run_counters import counted
from racelet.hw.bitlet.run_counters import RunCounters
from racelet.sim.bench import bench_rng
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

CYCLES = 3000
WIDTHS = 5, 7


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on counters that are full soon, whatever the block's config."""
    del config
    run_bench(RunCounters(*WIDTHS), __name__, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(going=[0.5, 1.0], ending=[0.003, 0.1, 0.9], forgetting=[0.0, 0.02])
async def counts_match_golden(dut: Any, going: float, ending: float, forgetting: float) -> None:
    """Long runs and short ones, with gaps between, and some that are forgotten."""
    rng = bench_rng()
    await start(dut)
    drawn = [(rng.random(CYCLES) < share).astype(int).tolist() for share in (going, ending, forgetting)]
    shown: list[tuple[int, int]] = []
    for goes, ends, forget in zip(*drawn, strict=True):
        dut.going.value, dut.ended.value, dut.forget.value = goes, ends, forget
        await RisingEdge(dut.clk)
        shown.append((int(dut.runs.value), int(dut.last.value)))
    assert shown == counted(drawn[0], drawn[1], drawn[2], *WIDTHS)
