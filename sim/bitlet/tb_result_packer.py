"""Bench of the result packer: matrix products to rows of bytes."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.number_format import nearest, number_format
from racelet.golden.bitlet.packets import Values, output_bytes
from racelet.hw.bitlet.layouts import array_results, result_row
from racelet.hw.bitlet.result_packer import ResultPacker
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.beats import result_codes
from racelet.sim.monitor import quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

CONFIG = bench_config(BitletConfig)


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config, with one row and with several."""
    for rows, columns in ((1, 2), (3, 1)):
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{rows}")
        shape = dataclasses.replace(config, rows=rows, columns=columns)
        run_bench(ResultPacker(shape), __name__, parameters={"config": shape}, seed=seed, waves=file)


def random_results(rng: Generator, name: str, count: int | None = None) -> Values:
    """Of some products, up to five; integers up to the largest sums."""
    shape, form = (count or int(rng.integers(1, 6)), CONFIG.rows, CONFIG.columns), number_format(name)
    if form.is_float:
        return nearest(rng.normal(size=shape).ravel() * 2.0 ** rng.integers(-8, 8), form).reshape(shape)
    most = CONFIG.terms << 2 * form.fraction_width
    return rng.choice(np.array([-most, most, -1, 0, 1, *rng.integers(-most, most, 9)]), shape)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def rows_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Runs of any format and length; the last row of each is told."""
    rng = bench_rng()
    await start(dut)
    runs = [(name, random_results(rng, name)) for name in rng.choice(CONFIG.formats, 40)]
    codes = [each for name, values in runs for each in result_codes(values, name, CONFIG)]
    lasts: list[bool] = []
    cocotb.start_soon(_watch(dut, lasts))
    cocotb.start_soon(put(dut, "run", [len(values) for _, values in runs], idle=idle))
    cocotb.start_soon(put(dut, "i", codes, shape=array_results(CONFIG), idle=idle))
    size = result_row(CONFIG).size // 8
    data = [output_bytes(values, name, CONFIG) for name, values in runs]
    expected = [each[first : first + size] for each in data for first in range(0, len(each), size)]
    found = await get(dut, "o", len(expected), stall=stall)
    assert [each.to_bytes(size, "little") for each in found] == expected
    await quiet(dut, "o", 20)
    assert lasts == [row == len(each) // size - 1 for each in data for row in range(len(each) // size)]


@cocotb.test()
async def every_bit_of_a_count_counts(dut: Any) -> None:
    """Runs as long as can be: none of their rows is the last one, until a reset."""
    rng = bench_rng()
    for products in (3 | 1 << bit for bit in range(2, 32)):
        await start(dut)
        lasts: list[bool] = []
        watching = cocotb.start_soon(_watch(dut, lasts))
        name = str(rng.choice(CONFIG.formats))
        dut.run__payload.value, dut.run__valid.value = products, 1
        codes = result_codes(random_results(rng, name, 3), name, CONFIG)
        cocotb.start_soon(put(dut, "i", codes, shape=array_results(CONFIG)))
        await get(dut, "o", CONFIG.rows * len(codes))
        await quiet(dut, "o", 2)
        watching.cancel()
        assert lasts == [False] * (CONFIG.rows * len(codes))
    await start(dut)


async def _watch(dut: Any, lasts: list[bool]) -> None:
    while True:
        await RisingEdge(dut.clk)
        if dut.o__valid.value and dut.o__ready.value:
            lasts.append(bool(dut.last.value))
