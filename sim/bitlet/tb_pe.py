"""Bench of the processing element: dot products bit for bit, in the cycles of its schedule."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.dot_product import dot
from racelet.golden.bitlet.number_format import NumberFormat, number_format
from racelet.golden.bitlet.pe import Job, PeTimes, parts
from racelet.hw.bitlet.layouts import number_beat
from racelet.hw.bitlet.pe import Pe
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import Trace
from racelet.sim.monitor import quiet
from racelet.sim.payload import pack
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

CONFIG = bench_config(BitletConfig)


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(Pe(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


def beats(job: Job, config: BitletConfig) -> list[int]:
    """Payloads of a dot product."""
    form = number_format(job.form)
    weights, activations = (_bits(values, form) for values in (job.weights, job.activations))

    def packed(words: list[int], numbers: tuple[int, ...]) -> int:
        return sum(words[k] << place * form.width for place, k in enumerate(numbers) if k >= 0)

    return [
        pack(
            number_beat(config),
            {
                "weights": packed(weights, part.numbers),
                "activations": packed(activations, part.numbers),
                "keep": sum(1 << place for place, k in enumerate(part.numbers) if k >= 0),
                "form": config.formats.index(job.form),
                "ends": part.ends,
                "last": part.last,
            },
        )
        for part in parts(len(job.weights), job.form, config)
    ]


def _bits(values: Any, form: NumberFormat) -> list[int]:
    return [int(value) & ((1 << form.width) - 1) for value in values]


def random_job(rng: Generator, config: BitletConfig) -> Job:
    """Of any length and format; of small numbers, of any, or of the extremes; some of zeros."""
    name = str(rng.choice(config.formats))
    most = 1 << (number_format(name).width - 1)
    count = int(min(rng.choice([1, 3, config.window, 2 * config.window + 1, 200]), config.terms))
    kinds = [
        lambda: rng.integers(-most, most, count),
        lambda: np.clip(np.rint(rng.normal(scale=most / 3, size=count)), -most, most - 1).astype(np.int64),
        lambda: rng.choice([-most, most - 1, 0, -1, 1], count),
        lambda: np.zeros(count, np.int64),
    ]
    weights, activations = (kinds[rng.choice(4, p=[0.3, 0.4, 0.2, 0.1])]() for _ in range(2))
    activations[rng.random(count) < rng.choice([0.0, 0.5])] = 0
    return Job(weights=weights, activations=activations, form=name)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.7], stall=[0.0, 0.9])
async def dot_products_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Any lengths and formats, one behind the other; cycles as the schedule has them where nothing has to wait."""
    rng = bench_rng()
    await start(dut)
    jobs = [random_job(rng, CONFIG) for _ in range(60)]
    given, found = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", [beat for job in jobs for beat in beats(job, CONFIG)], idle=idle))
    results = await get(dut, "o", len(jobs), stall=stall)
    mask = (1 << CONFIG.result_width) - 1
    assert results == [int(dot(job.weights, job.activations, CONFIG, job.form)) & mask for job in jobs]
    await quiet(dut, "o", 20)
    if stall:
        return
    times = PeTimes(CONFIG)
    for job in jobs:
        times.feed(job)
    times.run(given.offered)
    assert given.taken == times.taken
    assert found.offered == times.given
