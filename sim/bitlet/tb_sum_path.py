"""Bench of accumulator and normaliser one behind the other: every dot product is its exact sum, rounded once."""

from pathlib import Path
from typing import Any

import cocotb

from racelet.golden.bitlet.config import AccumulatorConfig, BitletConfig
from racelet.golden.bitlet.normalizer import LATENCY
from racelet.golden.bitlet.wide_accumulator import record_latency
from racelet.hw.bitlet.layouts import column_pass
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.dot_products import allowed, extreme_products, random_products, rounded_products
from racelet.sim.bitlet.sum_path import SumPath
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start


def verify(config: BitletConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the two of a processing element, if there are."""
    if config.accumulator is not None:
        verify_shape(config.accumulator, seed=seed, waves=waves)


def verify_shape(config: AccumulatorConfig, *, seed: int, waves: Path | None = None) -> None:
    """Run the bench on two of any shape."""
    run_bench(SumPath(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.3], stall=[0.0, 0.8])
async def results_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Every kind of dot product, of all formats, in any order."""
    config, rng = bench_config(AccumulatorConfig), bench_rng()
    products = allowed(
        [*random_products(config, 200, rng), *extreme_products(config), *rounded_products(config)], config
    )
    products = [products[k] for k in rng.permutation(len(products))]
    beats = [beat for product in products for beat in product.payloads(config)]
    await start(dut)
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", beats, shape=column_pass(config), idle=idle))
    found = await get(dut, "o", len(products), stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", 2 * LATENCY)
    for product, each in zip(products, found, strict=True):
        assert each == product.code(config), f"{each:#x}, not {product.code(config):#x}, of {product}"
    last = len(products[0].passes) - 1
    assert leaving.offered[0] - entering.taken[last] == record_latency(products[0].form, config) + LATENCY
