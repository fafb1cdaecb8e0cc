"""Bench of the watchdog."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.watchdog import stalls
from racelet.hw.dwcpwc.watchdog import Watchdog
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

CONFIG = bench_config(DwcPwcConfig)


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(Watchdog(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(why=["running", "moves", "waiting_outside"])
async def it_stalls_after_so_many_still_cycles_and_no_fewer(dut: Any, why: str) -> None:
    """Pauses about as long as its patience, each ended for one reason; the first one begins with the reset."""
    rng = bench_rng()
    await start(dut)
    still: list[bool] = []
    for length in (CONFIG.patience + 1, 1, *(CONFIG.patience + k for k in (-2, -1, 0, 1, 2)), 3 * CONFIG.patience, 5):
        still += [True] * length + [False] * int(rng.integers(1, 4))
    edge = RisingEdge(dut.clk)
    found = []
    for each in still:
        dut.running.value = int(each or why != "running")
        dut.moves.value = int(not each and why == "moves")
        dut.waiting_outside.value = int(not each and why == "waiting_outside")
        await edge
        found.append(bool(dut.stalled.value))
    assert found == stalls(still, CONFIG)
    assert sum(found) > 2 * CONFIG.patience


@cocotb.test()
async def random_moves_match_golden(dut: Any) -> None:
    """All inputs at once, at any rate."""
    rng = bench_rng()
    await start(dut)
    edge = RisingEdge(dut.clk)
    still, found = [], []
    for rate in (0.5, 0.05, 1 / CONFIG.patience, 0.3 / CONFIG.patience, 0):
        for _ in range(3 * CONFIG.patience):
            running, moves, outside = (bool(value) for value in rng.random(3) < (1 - rate, rate, rate))
            dut.running.value, dut.moves.value, dut.waiting_outside.value = int(running), int(moves), int(outside)
            still.append(running and not moves and not outside)
            await edge
            found.append(bool(dut.stalled.value))
    assert found == stalls(still, CONFIG)
