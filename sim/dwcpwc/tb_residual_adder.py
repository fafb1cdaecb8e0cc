"""Bench of the residual adder."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from amaranth.hdl import Module, Signal, Value
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.residual_adder import groups, schedule
from racelet.hw.dwcpwc.layouts import group, window
from racelet.hw.dwcpwc.residual_adder import ResidualAdder
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.descriptors import with_noise
from racelet.sim.dwcpwc.drive import begin, group_payload
from racelet.sim.monitor import Trace, keep_promised, quiet
from racelet.sim.payload import pack, unpack
from racelet.sim.promised import Promised
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
LANES = CONFIG.input_lanes
WINDOW = window(CONFIG)
READS = ("channels", "parameter_address", "pad_byte", "second_multiplier", "second_shift", "second_zero_point")
"""Fields that the adder looks at."""
Pair = tuple[NDArray[np.int8], NDArray[np.int8]]


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config, and on one with single sums if its words have few groups.

    The second of two groups is a word's last, however many channels are left; of three it is not.
    """
    shapes = [config]
    if config.input_lanes == 2 * config.requantizers:
        shapes.append(dataclasses.replace(config, requantizers=1))
    for shape in shapes:
        told = {"config": shape}
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{shape.requantizers}")
        component = Promised(ResidualAdder(shape), promise)
        run_bench(component, __name__, parameters=told, seed=seed, waves=file)


def promise(m: Module, inner: ResidualAdder) -> Value:
    """The layer changes with a start only; it has channels, and each of its windows has pixels."""
    layer = inner.layer.as_value()
    before = Signal.like(layer)
    m.d.sync += before.eq(layer)
    there = inner.layer.channels.any() & inner.i.p.pixel_count.any()
    return (inner.start | (layer == before)) & (~inner.i.valid | there)


def _layers(rng: Generator) -> list[tuple[LayerConfig, int, int]]:
    """Layers with their rows and columns: one pixel, whole words, groups that end early, extreme scales."""
    shapes = [(1, 1, 1), (LANES, 2, 3), (LANES + 1, 3, 4), (2 * LANES, 1, 8), (3, 2, 5)]
    shapes += [tuple(int(value) for value in rng.integers(1, (3 * LANES, 4, 9))) for _ in range(5)]
    scales = [(0, 0, -128, 127), ((1 << 31) - 1, 0, 127, -128), (1 << 30, 31, 0, 0), (1 << 30, 1, -1, 1)]
    layers = []
    for number, (channels, height, width) in enumerate(shapes):
        drawn = (1 << 30 | int(rng.integers(1 << 30)), int(rng.integers(12)), *rng.integers(-128, 128, 2).tolist())
        mult, shift, there, beside = scales[number] if number < len(scales) else drawn
        layer = LayerConfig(
            kind=LayerKind.ADD,
            channels=channels,
            parameter_address=int(rng.integers(1 << 16)),
            pad_byte=there,
            second_multiplier=mult,
            second_shift=shift,
            second_zero_point=beside,
        )
        layers.append((layer, height, width))
    return layers


def _pairs(rng: Generator, layer: LayerConfig, height: int, width: int) -> list[Pair]:
    pairs = []
    for _ in range(height):
        for column in range(0, width, 3):
            for _ in range(0, layer.channels, LANES):
                shape = (2, min(3, width - column), LANES)
                words = rng.integers(-128, 128, shape) if rng.random() < 0.7 else rng.choice((-128, 127), shape)
                first, second = words.astype(np.int8)
                pairs.append((first, second))
    return pairs


def _payloads(rng: Generator, pairs: list[Pair], layer: LayerConfig) -> list[int]:
    """Windows as they come: what the adder does not use is noise."""
    words = -(-layer.channels // LANES)
    payloads = []
    for number, pair in enumerate(pairs):
        for operand, pixels in enumerate(pair):
            noise = unpack(WINDOW, int.from_bytes(rng.bytes(-(-WINDOW.size // 8)), "little") & ((1 << WINDOW.size) - 1))
            shown = {
                "pixels": [*pixels.tolist(), *noise["pixels"][len(pixels) :]],
                "pixel_count": len(pixels),
                "pixel_last": int(operand == 1 and number % words == words - 1),
                "layer_last": int(operand == 1 and number == len(pairs) - 1),
            }
            payloads.append(pack(WINDOW, noise | shown))
    return payloads


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5, 0.8])
async def groups_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Layer after layer without a reset."""
    rng = bench_rng()
    await start(dut)
    cocotb.start_soon(keep_promised(dut))
    windows_in, groups_out = Trace(dut, "i"), Trace(dut, "o")
    for layer, height, width in _layers(rng):
        pairs = _pairs(rng, layer, height, width)
        cut = groups(pairs, layer, CONFIG)
        await begin(dut, with_noise(layer, READS, rng))
        windows_in.clear()
        groups_out.clear()
        cocotb.start_soon(put(dut, "i", _payloads(rng, pairs, layer), idle=idle))
        expected = [group_payload(each) for pair in cut for each in pair]
        given = await get(dut, "o", len(expected), stall=stall, shape=group(CONFIG.requantizers))
        await wait(dut, 1)
        assert given == expected
        if not stall:
            accepted, there = schedule([len(pair) for pair in cut], windows_in.offered)
            assert windows_in.taken == accepted
            assert groups_out.offered == there
    await quiet(dut, "o", 8)


@cocotb.test()
async def a_start_forgets_what_was_left(dut: Any) -> None:
    """A layer is given up with one window waiting and groups on their way."""
    rng = bench_rng()
    await start(dut)
    cocotb.start_soon(keep_promised(dut))
    layer = LayerConfig(kind=LayerKind.ADD, channels=2 * LANES, second_multiplier=1 << 30)
    for left in (1, 2, 3):
        pairs = _pairs(rng, layer, 1, 3)
        await begin(dut, layer)
        await put(dut, "i", _payloads(rng, pairs, layer)[:left])
        await begin(dut, layer)
        await quiet(dut, "o", 2)
        cocotb.start_soon(put(dut, "i", _payloads(rng, pairs, layer)))
        expected = [group_payload(each) for pair in groups(pairs, layer, CONFIG) for each in pair]
        assert await get(dut, "o", len(expected), shape=group(CONFIG.requantizers)) == expected


@cocotb.test()
async def a_pixel_has_as_many_channels_as_can_be(dut: Any) -> None:
    """The counters of channels go through all their bits."""
    rng = bench_rng()
    await start(dut)
    cocotb.start_soon(keep_promised(dut))
    layer = LayerConfig(kind=LayerKind.ADD, channels=int(rng.integers(0xFF00, 1 << 16)), second_multiplier=1 << 30)
    words = -(-layer.channels // LANES)
    few = _pairs(rng, dataclasses.replace(layer, channels=4 * LANES), 1, 1)
    # Packing is slow: few words, again and again, and the last one.
    coded = _payloads(rng, few, layer)
    payloads = [coded[2 * (number % 3) + operand] for number in range(words - 1) for operand in range(2)]
    payloads += _payloads(rng, few[3:], dataclasses.replace(layer, channels=1))
    await begin(dut, layer)
    cocotb.start_soon(put(dut, "i", payloads))
    pairs = [few[number % 3] for number in range(words - 1)] + few[3:]
    expected = [group_payload(each) for pair in groups(pairs, layer, CONFIG) for each in pair]
    assert await get(dut, "o", len(expected), shape=group(CONFIG.requantizers)) == expected
