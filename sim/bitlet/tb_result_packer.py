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
from racelet.hw.bitlet.layouts import RESULT_RUN, array_results, result_row
from racelet.hw.bitlet.result_packer import ResultPacker
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.beats import result_codes
from racelet.sim.monitor import quiet
from racelet.sim.payload import pack
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

CONFIG = bench_config(BitletConfig)
MOST = (1 << 32) - 1


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config, with one row and with several."""
    for rows, columns in ((1, 2), (3, 1)):
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{rows}")
        shape = dataclasses.replace(config, rows=rows, columns=columns)
        run_bench(ResultPacker(shape), __name__, parameters={"config": shape}, seed=seed, waves=file)


def random_results(rng: Generator, name: str) -> Values:
    """Of up to five products; integers up to the largest sums."""
    shape, form = (int(rng.integers(1, 6)), CONFIG.rows, CONFIG.columns), number_format(name)
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
    told = [{"floats": number_format(name).is_float, "products": len(values)} for name, values in runs]
    codes = [each for name, values in runs for each in result_codes(values, name, CONFIG)]
    lasts: list[bool] = []
    cocotb.start_soon(_watch(dut, lasts))
    cocotb.start_soon(put(dut, "run", told, shape=RESULT_RUN, idle=idle))
    cocotb.start_soon(put(dut, "i", codes, shape=array_results(CONFIG), idle=idle))
    size = result_row(CONFIG).size // 8
    data = [output_bytes(values, name, CONFIG) for name, values in runs]
    expected = [each[first : first + size] for each in data for first in range(0, len(each), size)]
    found = await get(dut, "o", len(expected), stall=stall)
    assert [each.to_bytes(size, "little") for each in found] == expected
    await quiet(dut, "o", 20)
    assert lasts == [row == len(each) // size - 1 for each in data for row in range(len(each) // size)]


@cocotb.test()
async def a_run_may_be_as_long_as_can_be(dut: Any) -> None:
    """Its rows are none of them the last one, until a reset."""
    rng = bench_rng()
    for products in (MOST, 1 << 31, 0x55555555, 0xAAAAAAAA, MOST):
        await start(dut)
        lasts: list[bool] = []
        watching = cocotb.start_soon(_watch(dut, lasts))
        name = str(rng.choice(CONFIG.formats))
        dut.run__payload.value = pack(RESULT_RUN, {"floats": number_format(name).is_float, "products": products})
        dut.run__valid.value = 1
        codes = [each for _ in range(4) for each in result_codes(random_results(rng, name), name, CONFIG)]
        cocotb.start_soon(put(dut, "i", codes, shape=array_results(CONFIG)))
        await get(dut, "o", CONFIG.rows * len(codes))
        await quiet(dut, "o", 5)
        watching.cancel()
        assert lasts == [False] * (CONFIG.rows * len(codes))


async def _watch(dut: Any, lasts: list[bool]) -> None:
    while True:
        await RisingEdge(dut.clk)
        if dut.o__valid.value and dut.o__ready.value:
            lasts.append(bool(dut.last.value))
