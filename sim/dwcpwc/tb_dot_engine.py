"""Bench of the dot-product engines, written against their contract; which one it is, ``config.engine`` tells."""

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from amaranth.hdl import Cat, Module, Value
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import DotBeat, dot_products, schedule
from racelet.golden.dwcpwc.engine_cycles import latency, set_cycles
from racelet.golden.dwcpwc.weight_encoder import kept_set
from racelet.hw.dwcpwc.bitlet_dot_engine import BitletDotEngine
from racelet.hw.dwcpwc.dot_engines import ENGINES
from racelet.hw.dwcpwc.layouts import DIGITS, dot_beat, dot_sums
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import pack
from racelet.sim.promised import Promised
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

CONFIG = bench_config(DwcPwcConfig)
EXTREME = -128
SLOTS = CONFIG.tile_pixels
STALLS = {"parallel": [0.0, 0.5], "imc": [0.0, 0.99]}.get(CONFIG.engine, [0.0, 0.5, 0.97])
"""Longer ones, so that a slow engine has to hold."""
IDLES = [0.0, 0.97] if CONFIG.engine == "imc" else [0.0, 0.5]
"""Longer ones, so that an engine of which a sum waits holds with no beat to work on."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on the config's kind of engine."""
    engine: Any = ENGINES[config.engine](config)
    if config.engine == "bitlet":
        engine = Promised(engine, promise)
    run_bench(engine, __name__, parameters={"config": config}, seed=seed, waves=waves)


def promise(m: Module, inner: BitletDotEngine) -> Value:
    """Digits are counted."""
    del m
    columns = [inner.i.p.weights[row][place] for row in range(inner.config.output_lanes) for place in range(DIGITS)]
    counted = [column.count == sum(column.digits[1:], column.digits[0]) for column in columns]
    return ~inner.i.valid | Cat(counted).all()


async def _keep_promise(dut: Any) -> None:
    """Look in every cycle whether the bench does what the engine is promised."""
    edge = RisingEdge(dut.clk)
    while CONFIG.engine == "bitlet":
        await edge
        assert dut.promised.value


def _beat(rng: Generator, slot: int, first: bool, last: bool) -> DotBeat:
    shape = (CONFIG.output_lanes, CONFIG.input_lanes)
    kind = rng.integers(4)
    activations = rng.integers(-128, 128, CONFIG.input_lanes)
    weights = rng.integers(-128, 128, shape)
    if kind == 0:
        activations[:], weights[:] = EXTREME, rng.choice([-128, 127], (CONFIG.output_lanes, 1))
    if kind == 1:
        # Digits of few significances, many of one and few of another.
        places = rng.integers(0, 7, (CONFIG.output_lanes, 4))
        chosen = np.take_along_axis(places, rng.choice(4, shape, p=[0.6, 0.2, 0.1, 0.1]), axis=1)
        weights = rng.choice([-1, 0, 1, 1], shape) << chosen
    return DotBeat(
        activations=activations.astype(np.int8),
        weights=weights.astype(np.int8),
        slot=slot,
        first=int(first),
        last=int(last),
    )


def _tiles(rng: Generator) -> list[DotBeat]:
    """As the accelerator uses the slots: word after word, in each word all pixels."""
    beats = []
    for words, pixels in ((1, CONFIG.tile_pixels), (3, CONFIG.tile_pixels), (4, 1), (1, 1), (2, 2)):
        for word in range(words):
            beats += [_beat(rng, pixel, word == 0, word == words - 1) for pixel in range(min(pixels, SLOTS))]
    return beats


def _interleaved(rng: Generator) -> list[DotBeat]:
    """Slots in any order, each with any number of beats."""
    left = {slot: int(rng.integers(1, 6)) for slot in range(SLOTS)}
    fresh = dict.fromkeys(left, True)
    beats = []
    while left:
        slot = int(rng.choice(list(left)))
        left[slot] -= 1
        beats.append(_beat(rng, slot, fresh[slot], left[slot] == 0))
        fresh[slot] = False
        if left[slot] == 0:
            del left[slot]
            if len(beats) < 40:
                left[slot], fresh[slot] = int(rng.integers(1, 4)), True
    return beats


def _payload(beat: DotBeat) -> dict[str, Any]:
    return dataclasses.asdict(beat) | {"weights": kept_set(beat.weights, CONFIG)}


async def _check(dut: Any, beats: list[DotBeat], idle: float, stall: float) -> None:
    await start(dut)
    cocotb.start_soon(_keep_promise(dut))
    beats_in, sums_out = Trace(dut, "i"), Trace(dut, "o")
    expected = dot_products(beats)
    payloads = [_payload(beat) for beat in beats]
    cocotb.start_soon(put(dut, "i", payloads, shape=dot_beat(CONFIG), idle=idle))
    sums = await get(dut, "o", len(expected), stall=stall, shape=dot_sums(CONFIG))
    await quiet(dut, "o", 5)
    np.testing.assert_array_equal(sums, expected)
    last = [beat.last for beat in beats]
    (cycles,) = set_cycles(np.array([[beat.weights for beat in beats]]), CONFIG).tolist()
    accepted, given = schedule(beats_in.offered, last, sums_out.taken, cycles, latency(CONFIG))
    assert beats_in.taken == accepted
    assert sums_out.offered == given
    if not idle and not stall:
        # No cycle is lost between beats.
        ends = [end + latency(CONFIG) - 1 for end, each in zip(itertools.accumulate(cycles), last, strict=True) if each]
        assert sums_out.taken == ends


@cocotb.test()
@cocotb.parametrize(idle=IDLES, stall=STALLS)
async def sums_of_tiles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """The order in which the accelerator sends beats."""
    await _check(dut, _tiles(bench_rng()), idle, stall)


@cocotb.test()
@cocotb.parametrize(idle=IDLES, stall=STALLS)
async def sums_of_interleaved_slots_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Any order of slots, any number of beats, a slot at once again after its last beat."""
    await _check(dut, _interleaved(bench_rng()), idle, stall)


@cocotb.test(timeout_time=20, timeout_unit="ms", skip=CONFIG.engine == "imc")
async def sums_wrap_to_32_bits(dut: Any) -> None:
    """As many beats of the largest products as it takes to pass 2**31.

    They would take the engine "imc" millions of cycles; its partial sums are those of the bit-serial one.
    """
    lanes = CONFIG.input_lanes
    weights = np.full((CONFIG.output_lanes, lanes), EXTREME, np.int8)
    weights[1::2] = 127
    beat = DotBeat(activations=np.full(lanes, EXTREME, np.int8), weights=weights, slot=0, first=0, last=0)
    count = (1 << 31) // (lanes << 14) + 1
    beats = [dataclasses.replace(beat, first=1), *[beat] * (count - 2), dataclasses.replace(beat, last=1)]
    (expected,) = dot_products(beats)
    assert expected[0] < 0
    await start(dut)
    edge = RisingEdge(dut.clk)
    dut.i__valid.value = 1
    sent = 0
    while sent < count:
        if sent in {0, 1, count - 1}:
            dut.i__payload.value = pack(dot_beat(CONFIG), _payload(beats[sent]))
        await edge
        sent += bool(dut.i__ready.value)
    dut.i__valid.value = 0
    (sums,) = await get(dut, "o", 1, shape=dot_sums(CONFIG))
    np.testing.assert_array_equal(sums, expected)
