"""Bench of the processing element: dot products bit for bit, in the cycles of its schedule."""

from pathlib import Path
from typing import Any

import cocotb

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.job import Job
from racelet.golden.bitlet.pe import PeTimes
from racelet.hw.bitlet.pe import RESULTS, Pe
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.beats import beats, result_code
from racelet.sim.bitlet.random_jobs import random_job
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(BitletConfig)


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(Pe(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


def payloads(job: Job) -> list[int]:
    """Beats of a dot product."""
    return [int.from_bytes(beat.tobytes(), "little") for beat in beats(job, CONFIG)]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.7], stall=[0.0, 0.9])
async def dot_products_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Any lengths and formats, one behind the other; cycles as the schedule has them where nothing has to wait."""
    rng = bench_rng()
    await start(dut)
    jobs = [random_job(rng, CONFIG) for _ in range(60)]
    given, found = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", [beat for job in jobs for beat in payloads(job)], idle=idle))
    results = await get(dut, "o", len(jobs), stall=stall)
    assert results == [result_code(job, CONFIG) for job in jobs]
    await quiet(dut, "o", 20)
    if stall:
        return
    times = PeTimes(CONFIG)
    for job in jobs:
        times.feed(job)
    times.run(given.offered)
    assert given.taken == times.taken
    assert found.offered == times.given


@cocotb.test()
async def results_wait_until_they_are_taken(dut: Any) -> None:
    """Dot products of a part each, more of a format than there are places for, while hardly any result is taken."""
    rng = bench_rng()
    await start(dut)
    for name in CONFIG.formats:
        # Those of the other kind would not come before all is taken.
        jobs = [random_job(rng, CONFIG, CONFIG.load, name) for _ in range(3 * RESULTS)]
        cocotb.start_soon(put(dut, "i", [beat for job in jobs for beat in payloads(job)]))
        # Longer than it takes for all places to be full.
        await wait(dut, 40 * RESULTS)
        results = await get(dut, "o", len(jobs), stall=0.95)
        assert results == [result_code(job, CONFIG) for job in jobs]
    await quiet(dut, "o", 20)
