"""Bench of ``WideAccumulator``: records of exact sums against golden, and the cycle of every transfer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb

from racelet.golden.bitlet.config import AccumulatorConfig, BitletConfig
from racelet.golden.bitlet.wide_accumulator import record_latency, schedule
from racelet.hw.bitlet.layouts import column_pass, exact_sum
from racelet.hw.bitlet.wide_accumulator import WideAccumulator
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.dot_products import (
    DotProduct,
    allowed,
    extreme_products,
    in_passes,
    lone_bits,
    many_additions,
    random_products,
)
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait


def verify(config: BitletConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the accumulator of a processing element, if there is one."""
    if config.accumulator is not None:
        verify_shape(config.accumulator, seed=seed, waves=waves)


def verify_shape(config: AccumulatorConfig, *, seed: int, waves: Path | None = None) -> None:
    """Run the bench on an accumulator of any shape."""
    run_bench(WideAccumulator(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.8])
async def random_sums_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Formats change from one dot product to the next, without a reset."""
    config = bench_config(AccumulatorConfig)
    await start(dut)
    await _check(dut, allowed(random_products(config, 300, bench_rng()), config), idle, stall)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.8])
async def extreme_sums_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Cancellation, both ends of a format, carries through many words, and words of one bit, in any order."""
    config = bench_config(AccumulatorConfig)
    await start(dut)
    products = allowed([*extreme_products(config), *lone_bits(config)], config)
    await _check(dut, [products[k] for k in bench_rng().permutation(len(products))], idle, stall)


@cocotb.test()
async def as_many_passes_as_there_may_be_match_golden(dut: Any) -> None:
    """They take all the headroom of their words."""
    config = bench_config(AccumulatorConfig)
    await start(dut)
    await _check(dut, allowed(many_additions(config), config), 0.0, 0.0)


@cocotb.test()
async def nothing_is_left_after_a_reset(dut: Any) -> None:
    """A reset in any cycle of a dot product, or of its drain, begins the next one at zero."""
    config = bench_config(AccumulatorConfig)
    form = max(config.forms, key=config.words)
    (product,) = allowed([DotProduct(passes=((-1, 0),), form=form)], config)
    beats = product.payloads(config)
    for cycles in range(1, record_latency(form, config) + 3):
        await start(dut)
        sending = cocotb.start_soon(put(dut, "i", beats, shape=column_pass(config)))
        await wait(dut, cycles)
        sending.cancel()
        await start(dut)
        one = DotProduct(passes=in_passes(1 << config.guard, config)[-1:], form=form)
        await _check(dut, [one], 0.0, 0.0)


async def _check(dut: Any, products: Sequence[DotProduct], idle: float, stall: float) -> None:
    config = bench_config(AccumulatorConfig)
    beats = [beat for product in products for beat in product.payloads(config)]
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", beats, shape=column_pass(config), idle=idle))
    found = await get(dut, "o", len(products), shape=exact_sum(config), stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", config.most_words + 2 * WideAccumulator.LATENCY)
    dut.o__ready.value = 0
    for product, each in zip(products, found, strict=True):
        assert each == product.record(config), f"of {product}"
    ends = [product.form if beat["last"] else None for product in products for beat in product.payloads(config)]
    assert (entering.taken, leaving.offered) == schedule(entering.offered, ends, leaving.taken, config)
    last = len(products[0].passes) - 1
    assert leaving.offered[0] - entering.taken[last] == record_latency(products[0].form, config)
