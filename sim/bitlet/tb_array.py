"""Bench of the array: matrix products bit for bit, in the cycles of its schedule."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
from numpy.random import Generator

from racelet.golden.bitlet.array import ArrayTimes
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.job import Job
from racelet.hw.bitlet.array import Array
from racelet.hw.bitlet.layouts import array_beat, array_results, number_beat
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.beats import result_code
from racelet.sim.bitlet.tb_pe import payloads, random_job
from racelet.sim.dwcpwc.drive import Trace
from racelet.sim.monitor import quiet
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

CONFIG = bench_config(BitletConfig)


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config, and on as many elements as differ from each other in a row and in a column."""
    shape = dataclasses.replace(config, rows=max(config.rows, 2), columns=max(config.columns, 2))
    run_bench(Array(shape), __name__, parameters={"config": shape}, seed=seed, waves=waves)


class Product:
    """A matrix product of as many rows and columns as there are, of any length and format."""

    def __init__(self, rng: Generator) -> None:
        first = random_job(rng, CONFIG)
        pairs = [first]
        while len(pairs) < max(CONFIG.rows, CONFIG.columns):
            other = random_job(rng, CONFIG)
            if (other.form, len(other.weights)) == (first.form, len(first.weights)):
                pairs.append(other)
        self.form = first.form
        self.weights = [pair.weights for pair in pairs[: CONFIG.columns]]
        self.activations = [pair.activations for pair in pairs[: CONFIG.rows]]

    def job(self, row: int, column: int) -> Job:
        """What an element makes."""
        return Job(weights=self.weights[column], activations=self.activations[row], form=self.form)

    def beats(self) -> list[dict[str, Any]]:
        """What goes in."""
        count = max(CONFIG.rows, CONFIG.columns)
        jobs = [self.job(min(k, CONFIG.rows - 1), min(k, CONFIG.columns - 1)) for k in range(count)]
        parts = [[unpack(number_beat(CONFIG), beat) for beat in payloads(job)] for job in jobs]
        return [
            {
                **beat[0],
                "weights": [each["weights"] for each in beat[: CONFIG.columns]],
                "activations": [each["activations"] for each in beat[: CONFIG.rows]],
            }
            for beat in zip(*parts, strict=True)
        ]

    def results(self) -> list[list[int]]:
        """What comes out."""
        return [
            [result_code(self.job(row, column), CONFIG) for column in range(CONFIG.columns)]
            for row in range(CONFIG.rows)
        ]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.7], stall=[0.0, 0.9])
async def products_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Any lengths and formats, one behind the other; cycles as the schedule has them where nothing has to wait."""
    rng = bench_rng()
    await start(dut)
    jobs = [Product(rng) for _ in range(30)]
    given, found = Trace(dut, "i"), Trace(dut, "o")
    sent = [beat for job in jobs for beat in job.beats()]
    cocotb.start_soon(put(dut, "i", sent, shape=array_beat(CONFIG), idle=idle))
    results = await get(dut, "o", len(jobs), shape=array_results(CONFIG), stall=stall)
    assert results == [job.results() for job in jobs]
    await quiet(dut, "o", 20)
    if stall:
        return
    times = ArrayTimes(CONFIG)
    for job in jobs:
        times.feed(job.activations, job.weights, job.form)
    times.run(given.offered)
    assert given.taken == times.taken
    assert found.offered == times.given
