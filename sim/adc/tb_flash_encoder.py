"""Bench of ``FlashEncoder``: codes, bubbles and cycles against golden, cycle by cycle."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.flash_encoder import LATENCY, encode
from racelet.golden.adc.pipeline import schedule
from racelet.hw.adc.flash_encoder import FlashEncoder
from racelet.sim.adc.sticky_flag import StickyFlag
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(AdcConfig)
SHAPES = {
    f"{bits}{'-majority' if majority else ''}": AdcConfig(bits=bits, kind="flash", majority=majority)
    for bits, majority in ((2, True), (3, False), (5, True))
}
"""Besides a block's."""
_EXHAUSTIVE = 15
"""Comparators up to which all that they can say is tried."""


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config, where it is a "flash", and on shapes of its own."""
    shapes = {"": config} if config.kind == "flash" else {}
    verify_shapes({**shapes, **SHAPES}, seed=seed, waves=waves)


def verify_shapes(shapes: Mapping[str, AdcConfig], *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on any shapes, of which what an encoder does not look at is that of one and the same."""
    alike = AdcConfig(kind="flash")
    each = {
        name: dataclasses.replace(
            alike, bits=config.bits, dac_bits=max(config.bits, alike.dac_bits), majority=config.majority
        )
        for name, config in shapes.items()
    }
    run_shapes(FlashEncoder, __name__, each, seed=seed, waves=waves)


def patterns(rng: Generator, config: AdcConfig) -> list[int]:
    """What comparators say, the lowest one in the lowest bit: all of it, or what is close to a thermometer and far."""
    count = config.thresholds
    if count <= _EXHAUSTIVE:
        return rng.permutation(1 << count).tolist()
    thermometers = [(1 << code) - 1 for code in range(count + 1)]
    bubbles = [bits ^ 1 << place for bits in thermometers for place in _places(bits, count, rng)]
    pairs = [bits ^ 3 << int(rng.integers(count - 1)) for bits in thermometers]
    single = [1 << place for place in range(count)]
    any_one = [int.from_bytes(rng.bytes(count // 8 + 1)) & ((1 << count) - 1) for _ in range(300)]
    stripes = [sum(1 << place for place in range(first, count, step)) for step in (2, 3) for first in range(step)]
    return [*thermometers, *bubbles, *pairs, *single, *any_one, *stripes]


def _places(bits: int, count: int, rng: Generator) -> list[int]:
    """Those around the top of a thermometer, both ends, and one anywhere."""
    top = bits.bit_length()
    around = {0, count - 1, int(rng.integers(count)), *range(top - 3, top + 3)}
    return sorted(place for place in around if 0 <= place < count)


def bits_of_patterns(some: Sequence[int], config: AdcConfig) -> np.ndarray:
    """The same as golden has them."""
    return np.array([[each >> place & 1 for place in range(config.thresholds)] for each in some], np.int64)


@cocotb.test()
async def every_pattern_matches_golden(dut: Any) -> None:
    """One in each cycle; each bubble is told of in the cycle after."""
    await start(dut)
    await _check(dut, patterns(bench_rng(), CONFIG), 0.0, 0.0, 1.0)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.7])
async def random_patterns_match_golden(dut: Any, idle: float, stall: float) -> None:
    """With gaps and stalls, and bubbles that stay until they are forgotten."""
    rng = bench_rng()
    await start(dut)
    some = patterns(rng, CONFIG)
    clean = [(1 << code) - 1 for code in rng.integers(CONFIG.levels, size=100).tolist()]
    chosen = [some[place] if rng.random() < 0.1 else code for place, code in zip(_any(rng, some), clean, strict=True)]
    await _check(dut, chosen, idle, stall, 0.05)


def _any(rng: Generator, some: Sequence[int]) -> list[int]:
    return rng.integers(len(some), size=100).tolist()


@cocotb.test()
async def a_reset_drops_a_code_that_waits(dut: Any) -> None:
    """And what was told; what comes afterwards is as if there had been nothing."""
    rng = bench_rng()
    for cycles in range(1, 8):
        await start(dut)
        some = patterns(rng, CONFIG)
        sending = cocotb.start_soon(put(dut, "i", [some[place] for place in _any(rng, some)]))
        dut.o__ready.value = cycles & 1
        await wait(dut, cycles)
        sending.cancel()
        await start(dut)
        assert not dut.o__valid.value
        assert not dut.bubble.value
        await _check(dut, [some[place] for place in _any(rng, some)[:5]], 0.0, 0.0, 0.0)


async def _check(dut: Any, some: Sequence[int], idle: float, stall: float, forgetting: float) -> None:
    expected = encode(bits_of_patterns(some, CONFIG), CONFIG)
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    flag = StickyFlag(dut, "bubble", forgetting)
    sending = cocotb.start_soon(put(dut, "i", some, idle=idle))
    found = await get(dut, "o", len(some), stall=stall)
    await sending
    dut.o__ready.value = 1
    await quiet(dut, "o", 4)
    dut.o__ready.value = 0
    flag.stop()
    np.testing.assert_array_equal(found, expected.codes)
    steps = [1] * len(some)
    assert (entering.taken, leaving.offered) == schedule(
        entering.offered, steps, [True] * len(some), leaving.taken, LATENCY
    )
    bubbles = {at for at, is_bubbly in zip(entering.taken, expected.bubbles, strict=True) if is_bubbly}
    flag.check(bubbles)
