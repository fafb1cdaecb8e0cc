"""Bench of ``LogisticNoise``: every sample of every generator against golden, in every cycle."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.adc import logistic_noise as golden
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.logistic_noise import scaled, seeding_cycles, seeds
from racelet.golden.adc.noise_table import STRIDE
from racelet.hw.adc.logistic_noise import LogisticNoise
from racelet.hw.adc.path_layouts import noise_samples
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.payload import unpack
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import bits_of, start, wait

CONFIG = bench_config(AdcConfig)
SHAPES = {
    "fine": AdcConfig(current_bits=10, dac_shift=4, input_lanes=1, word_lines=1, output_lanes=1),
    "coarse": AdcConfig(current_bits=2, dac_shift=0, input_lanes=1, word_lines=1, output_lanes=3, weight_bits=3),
}
"""Besides a block's: the widest samples, and the narrowest of an odd number of generators."""


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    run_shapes(LogisticNoise, __name__, {"": config, **SHAPES}, seed=seed, waves=waves)


class Model:
    """Samples that are to be seen, one for each generator."""

    def __init__(self, seed: int, count: int) -> None:
        # Numbers of the table: with a scale of one, whole ones.
        self._numbers = golden.LogisticNoise(seeds(seed, CONFIG.adcs)).samples(count)
        self._done = np.zeros(CONFIG.adcs, np.int64)

    def numbers(self) -> NDArray[np.int64]:
        """Numbers of the table of the samples that are next."""
        return self._numbers[self._done, np.arange(CONFIG.adcs)]

    def take(self, taken: NDArray[np.bool_]) -> None:
        """Go on."""
        self._done += taken


@cocotb.test()
@cocotb.parametrize(taking=[1.0, 0.5, 0.05])
async def samples_match_golden(dut: Any, taking: float) -> None:
    """From the seed of a reset on, with scales of any size."""
    await start(dut)
    await _check(dut, 1, 600, taking, bench_rng())


@cocotb.test()
async def samples_of_any_seed_match_golden(dut: Any) -> None:
    """Of the largest one, and of such as would be a state of zero; as many cycles after it as golden says."""
    await start(dut)
    rng = bench_rng()
    zeros = [-STRIDE * adc % (1 << 32) for adc in range(min(CONFIG.adcs, 3))]
    for seed in [*zeros, (1 << 32) - 1, 1, 1, *rng.integers(1 << 32, size=3).tolist()]:
        await _seed(dut, seed)
        await _check(dut, seed, 40, 0.7, rng)


@cocotb.test()
async def every_bit_of_a_seed_counts(dut: Any) -> None:
    """Seeds of a single one, and of all ones but one."""
    await start(dut)
    for seed in [1 << bit for bit in range(32)] + [(1 << 32) - 1 - (1 << bit) for bit in range(32)]:
        await _seed(dut, seed)
        await _check(dut, seed, 6, 1.0, bench_rng())


@cocotb.test()
async def a_seed_that_comes_while_one_is_spread_waits(dut: Any) -> None:
    """One is taken so many cycles after the one before as golden says, and is what comes of both in the end."""
    await start(dut)
    edge = RisingEdge(dut.clk)
    dut.seed__valid.value, dut.seed__payload.value = 1, 77
    for number in range(3 * seeding_cycles(CONFIG) + 1):
        await edge
        is_ready = number % seeding_cycles(CONFIG) == 0
        assert (bool(dut.seed__ready.value), bool(dut.busy.value)) == (is_ready, not is_ready)
        dut.seed__payload.value = 5 + number
    dut.seed__valid.value = 0
    await wait(dut, seeding_cycles(CONFIG) - 1)
    await _check(dut, 5 + 3 * seeding_cycles(CONFIG) - 1, 20, 1.0, bench_rng())


@cocotb.test()
async def a_reset_is_a_seed_of_one(dut: Any) -> None:
    """Whatever was spread or taken before."""
    rng = bench_rng()
    for cycles in range(1, seeding_cycles(CONFIG) + 3):
        await start(dut)
        dut.seed__valid.value, dut.seed__payload.value = 1, int(rng.integers(1 << 32))
        dut.take.value = int(rng.integers(1 << CONFIG.adcs))
        await wait(dut, cycles)
        await start(dut)
        await RisingEdge(dut.clk)
        assert bits_of(dut.samples) == 0
        await _check(dut, 1, 12, 0.8, rng)


async def _seed(dut: Any, seed: int) -> None:
    """Seed, and wait until it is spread."""
    edge = RisingEdge(dut.clk)
    dut.seed__valid.value, dut.seed__payload.value = 1, seed
    for number in range(seeding_cycles(CONFIG)):
        await edge
        dut.seed__valid.value = 0
        assert bool(dut.busy.value) == bool(number)


async def _check(dut: Any, seed: int, cycles: int, taking: float, rng: Generator) -> None:
    """Samples of a number of cycles; from the second one on, as the first one is of a scale from before."""
    model, edge = Model(seed, cycles + 1), RisingEdge(dut.clk)
    most = (1 << CONFIG.scale_bits) - 1
    before: int | None = None
    for _ in range(cycles):
        taken = rng.random(CONFIG.adcs) < taking
        scale = int(rng.choice([0, 1, 127, 128, most, int(rng.integers(most))]))
        dut.take.value = sum(int(bit) << adc for adc, bit in enumerate(taken))
        dut.scale.value = scale
        await edge
        assert not dut.busy.value
        assert dut.seed__ready.value
        if before is not None:
            found = unpack(noise_samples(CONFIG), bits_of(dut.samples))
            assert found == scaled(model.numbers(), before).tolist()
        model.take(taken)
        before = scale
    dut.take.value = 0
