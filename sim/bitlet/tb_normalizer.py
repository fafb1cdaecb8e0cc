"""Bench of ``Normalizer``: codes against golden, next to every kind of rounding, and the latency."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
from numpy.random import Generator

from racelet.golden.bitlet.config import AccumulatorConfig, BitletConfig
from racelet.golden.bitlet.normalizer import LATENCY
from racelet.hw.bitlet.layouts import exact_sum
from racelet.hw.bitlet.normalizer import Normalizer
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.dot_products import DotProduct, extreme_products, limit, rounded_products, single_bits
from racelet.sim.dwcpwc.pipeline import acceptances, latencies, waits
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start


def verify(config: BitletConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the normaliser of a processing element, if there is one."""
    if config.accumulator is not None:
        verify_shape(config.accumulator, seed=seed, waves=waves)


def verify_shape(config: AccumulatorConfig, *, seed: int, waves: Path | None = None) -> None:
    """Run the bench on a normaliser of any shape."""
    run_bench(Normalizer(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def codes_next_to_a_step_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Ties, subnormal numbers, overflow by rounding, the ends of a sum, and special results, in any order."""
    config = bench_config(AccumulatorConfig)
    await start(dut)
    products = [*rounded_products(config), *single_bits(config), *extreme_products(config)]
    await _check(dut, [products[k] for k in bench_rng().permutation(len(products))], idle, stall)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def codes_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Sums of any length."""
    config = bench_config(AccumulatorConfig)
    await start(dut)
    rng = bench_rng()
    await _check(dut, [_any_sum(config, rng) for _ in range(1500)], idle, stall)


def _any_sum(config: AccumulatorConfig, rng: Generator) -> DotProduct:
    form = config.forms[int(rng.integers(len(config.forms)))]
    most = limit(form, config)
    total = int.from_bytes(rng.bytes(128), "little") % most >> int(rng.integers(most.bit_length()))
    # Few ones, or few zeros.
    total &= -1 << int(rng.integers(most.bit_length())) if rng.random() < 0.5 else -1
    nan, infinite, negative = (bool(draw) for draw in rng.random(3) < (0.1, 0.1, 0.5))
    total = -total if rng.random() < 0.5 else total
    return DotProduct(passes=((total, 0),), form=form, nan=nan, infinite=infinite, negative=negative)


async def _check(dut: Any, products: Sequence[DotProduct], idle: float, stall: float) -> None:
    config = bench_config(AccumulatorConfig)
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    beats = [product.record(config) for product in products]
    cocotb.start_soon(put(dut, "i", beats, shape=exact_sum(config), idle=idle))
    found = await get(dut, "o", len(products), stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", LATENCY + 2)
    dut.o__ready.value = 0
    for product, each in zip(products, found, strict=True):
        assert each == product.code(config), f"{each:#x}, not {product.code(config):#x}, of {product}"
    stalls = waits(leaving.offered, leaving.taken)
    assert latencies(entering.taken, leaving.offered, stalls) == {LATENCY}
    assert entering.taken == acceptances(entering.offered, stalls)
