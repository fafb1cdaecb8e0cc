"""Bench of ``SliceSplitter``: slices of steps, and the cycle of every transfer."""

from pathlib import Path
from typing import Any

import cocotb
from numpy.random import Generator

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.path_layouts import step_codes
from racelet.hw.adc.slice_splitter import SliceSplitter
from racelet.hw.adc.sum_layouts import slices
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(AdcConfig)
SHAPES = {"many": AdcConfig(bits=3, weight_bits=7, output_lanes=3, input_bits=5, slots=5)}
"""Besides a block's: slices that are no power of two."""

Step = dict[str, Any]


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    run_shapes(SliceSplitter, __name__, {"": config, **SHAPES}, seed=seed, waves=waves)


def random_steps(count: int, rng: Generator) -> list[Step]:
    """Any codes of any step."""
    return [
        {
            "codes": rng.integers(CONFIG.levels, size=CONFIG.adcs).tolist(),
            "input_bit": int(rng.integers(CONFIG.input_bits)),
            "slot": int(rng.integers(CONFIG.slots)),
            "first": int(rng.integers(2)),
            "last": int(rng.integers(2)),
        }
        for _ in range(count)
    ]


def slices_of(step: Step) -> list[dict[str, Any]]:
    """In their order."""
    bits = CONFIG.weight_bits
    return [
        {
            **step,
            "codes": [step["codes"][output * bits + bit] for output in range(CONFIG.output_lanes)],
            "weight_bit": bit,
            "first": int(step["first"] and bit == 0),
            "last": int(step["last"] and bit == bits - 1),
        }
        for bit in range(bits)
    ]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.6], stall=[0.0, 0.7])
async def slices_are_those_of_steps(dut: Any, idle: float, stall: float) -> None:
    """One after the other, without a cycle between."""
    await start(dut)
    await _check(dut, random_steps(80, bench_rng()), idle, stall)


@cocotb.test()
async def a_reset_drops_what_is_inside(dut: Any) -> None:
    """Behind any slice; the next step begins with its first one."""
    rng = bench_rng()
    for cycles in range(1, 2 * CONFIG.weight_bits + 2):
        await start(dut)
        dut.o__ready.value = 1
        sending = cocotb.start_soon(put(dut, "i", random_steps(4, rng), shape=step_codes(CONFIG)))
        await wait(dut, cycles)
        sending.cancel()
        await start(dut)
        await _check(dut, random_steps(3, rng), 0.0, 0.0)


async def _check(dut: Any, steps: list[Step], idle: float, stall: float) -> None:
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    expected = [each for step in steps for each in slices_of(step)]
    cocotb.start_soon(put(dut, "i", steps, shape=step_codes(CONFIG), idle=idle))
    assert await get(dut, "o", len(expected), shape=slices(CONFIG), stall=stall) == expected
    await quiet(dut, "o", 2)
    bits = CONFIG.weight_bits
    assert entering.taken == leaving.taken[::bits]
    free = [0, *(each + 1 for each in leaving.taken)]
    for number, cycle in enumerate(leaving.offered):
        is_first = number % bits == 0
        assert cycle == (max(entering.offered[number // bits], free[number]) if is_first else free[number])
