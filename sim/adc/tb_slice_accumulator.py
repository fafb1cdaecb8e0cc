"""Bench of ``SliceAccumulator``: sums, overflows and cycles against golden, cycle by cycle."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.pipeline import schedule
from racelet.golden.adc.slice_accumulator import LATENCY, accumulate, is_negative
from racelet.hw.adc.slice_accumulator import SliceAccumulator
from racelet.hw.adc.sum_layouts import column_sums, slices
from racelet.sim.adc.sticky_flag import StickyFlag
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(AdcConfig)
SHAPES = {
    "narrow": AdcConfig(bits=8, accumulator_bits=8, input_bits=8, weight_bits=8, output_lanes=1, slots=1),
    "unsigned": AdcConfig(
        bits=3,
        signed=False,
        signed_inputs=True,
        accumulator_bits=9,
        input_bits=3,
        weight_bits=2,
        output_lanes=3,
        slots=3,
    ),
    "signs": AdcConfig(bits=2, signed_inputs=True, accumulator_bits=8, input_bits=2, output_lanes=1, slots=2),
}
"""Besides a block's: terms wider than sums, both kinds of signs, one output."""

Slice = dict[str, Any]
_MOST_STEPS = 180
"""To an end of the range of sums; where it is farther away, it is left to other shapes."""


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    verify_shapes({"": config, **SHAPES}, seed=seed, waves=waves)


def verify_shapes(shapes: Mapping[str, AdcConfig], *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on any shapes."""
    run_shapes(SliceAccumulator, __name__, shapes, seed=seed, waves=waves)


def a_slice(codes: Sequence[int], input_bit: int, weight_bit: int, slot: int, *, first: bool, last: bool) -> Slice:
    """One beat."""
    marks = {"slot": slot, "first": int(first), "last": int(last)}
    return {"codes": list(codes), "input_bit": input_bit, "weight_bit": weight_bit, **marks}


def random_slices(count: int, rng: Generator, config: AdcConfig) -> list[Slice]:
    """Slots by turns, long sums and short ones, codes of any kind; what is given out may go on."""
    known: set[int] = set()
    found: list[Slice] = []
    for _ in range(count):
        some = rng.choice([0, config.levels - 1, config.zero], config.output_lanes)
        any_one = rng.integers(config.levels, size=config.output_lanes)
        codes = np.where(rng.random(config.output_lanes) < 0.5, some, any_one)
        slot = int(rng.integers(config.slots))
        first = slot not in known or bool(rng.random() < 0.1)
        known.add(slot)
        bits = int(rng.integers(config.input_bits)), int(rng.integers(config.weight_bits))
        found.append(a_slice(codes.tolist(), *bits, slot, first=first, last=bool(rng.random() < 0.4)))
    return found


def term(code: int, bits: tuple[int, int], config: AdcConfig) -> int:
    """What a slice adds."""
    sums, _ = accumulate(
        0, code, sum(bits), is_negative(*bits, config), dataclasses.replace(config, accumulator_bits=32)
    )
    return int(sums)


def at_the_ends(config: AdcConfig) -> list[Slice]:
    """To each end of the range of sums and beyond, by the largest terms; some codes, twice, from there and back."""
    half, slot, lanes = 1 << config.accumulator_bits - 1, config.slots - 1, config.output_lanes
    places = list(itertools.product({0, config.input_bits - 1}, {0, config.weight_bits - 1}))
    codes = sorted({0, 1, max(config.zero - 1, 0), config.zero, config.zero + 1, config.levels - 1})
    every = sorted(itertools.product(codes, places), key=lambda each: term(*each, config))
    found: list[Slice] = []
    for code, bits in (every[0], every[-1]):
        far = a_slice([code] * lanes, *bits, slot, first=False, last=False)
        steps = half // abs(term(code, bits, config)) + 2
        found += [{**far, "first": 1}, *[far] * (steps if steps <= _MOST_STEPS else 1)]
        for lane in range(lanes):
            # One alone goes beyond.
            found += [{**far, "codes": [code if k == lane else config.zero for k in range(lanes)]}] * 3
        for other, places in every:
            # There, twice from there, and back.
            found += [far, far, {**far, "last": 1}]
            found += [a_slice([other] * lanes, *places, slot, first=False, last=True)] * 2
    return found


def added(each: Sequence[Slice], config: AdcConfig) -> tuple[list[list[int]], list[bool]]:
    """Sums that are given out, and of each slice whether a sum would be beyond its range."""
    sums = np.zeros((config.slots, config.output_lanes), np.int64)
    given: list[list[int]] = []
    beyond: list[bool] = []
    for one in each:
        before = np.zeros_like(sums[0]) if one["first"] else sums[one["slot"]]
        negative = is_negative(one["input_bit"], one["weight_bit"], config)
        shift = one["input_bit"] + one["weight_bit"]
        sums[one["slot"]], over = accumulate(before, one["codes"], shift, negative, config)
        beyond.append(bool(over.any()))
        if one["last"]:
            given.append(sums[one["slot"]].tolist())
    return given, beyond


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.7], forgetting=[0.0, 0.05])
async def random_sums_match_golden(dut: Any, idle: float, stall: float, forgetting: float) -> None:
    """Sums of all slots, with overflows that are forgotten now and then."""
    await start(dut)
    await _check(dut, random_slices(150, bench_rng(), CONFIG), idle, stall, forgetting)


@cocotb.test()
async def sums_at_the_ends_match_golden(dut: Any) -> None:
    """They stay there, and come back from there."""
    await start(dut)
    await _check(dut, at_the_ends(CONFIG), 0.0, 0.0, 0.5)


@cocotb.test()
async def a_reset_drops_sums_that_wait(dut: Any) -> None:
    """And overflows; what comes afterwards begins anew."""
    rng = bench_rng()
    for cycles in range(1, 30):
        await start(dut)
        sending = cocotb.start_soon(put(dut, "i", random_slices(40, rng, CONFIG), shape=slices(CONFIG)))
        dut.o__ready.value = cycles & 1
        await wait(dut, cycles)
        sending.cancel()
        await start(dut)
        assert not dut.overflow.value
        await _check(dut, random_slices(20, rng, CONFIG), 0.0, 0.0, 0.0)


async def _check(dut: Any, each: Sequence[Slice], idle: float, stall: float, forgetting: float) -> None:
    sums, beyond = added(each, CONFIG)
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    flag = StickyFlag(dut, "overflow", forgetting)
    sending = cocotb.start_soon(put(dut, "i", each, shape=slices(CONFIG), idle=idle))
    found = await get(dut, "o", len(sums), shape=column_sums(CONFIG), stall=stall)
    await sending
    dut.o__ready.value = 1
    await quiet(dut, "o", 4)
    dut.o__ready.value = 0
    flag.stop()
    np.testing.assert_array_equal(np.array(found).reshape(len(sums), -1), np.array(sums).reshape(len(sums), -1))
    gives = [bool(one["last"]) for one in each]
    steps = [1] * len(each)
    assert (entering.taken, leaving.offered) == schedule(entering.offered, steps, gives, leaving.taken, LATENCY)
    over = {at for at, is_beyond in zip(entering.taken, beyond, strict=True) if is_beyond}
    flag.check(over)
