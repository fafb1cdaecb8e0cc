"""Bench of ``DepthwisePath``: bytes against a depthwise convolution of the image, and their cycles."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.dwcpwc import depthwise_engine
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.depthwise_path import LATENCY, depthwise_bytes, schedule, weight_rows
from racelet.golden.dwcpwc.window_buffer import windows
from racelet.hw.dwcpwc.depthwise_path import DepthwisePath
from racelet.hw.dwcpwc.layouts import byte_group, window
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.depthwise_beats import window_beat, write_parameters, write_weights
from racelet.sim.dwcpwc.drive import begin, show_layers
from racelet.sim.dwcpwc.tensor_layers import (
    DEPTHWISE,
    FUSED,
    Reading,
    image_in_buffer,
    random_readings,
    reading_layer,
    readings,
)
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

FLAGS = ("first", "last", "pixel_last", "layer_last")


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the depthwise path of an accelerator."""
    run_bench(DepthwisePath(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def bytes_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Kernels of one block and of several, fused or not, each layer right after the one before."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    found = [*readings(config), *random_readings(8, config, rng)]
    for reading in found:
        if reading.kind in (FUSED, DEPTHWISE):
            await _convolve(dut, reading, rng, idle, stall)


@cocotb.test()
async def a_descriptor_that_does_not_begin_does_nothing(dut: Any) -> None:
    """Whatever it says; the next that begins is as any other."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    await show_layers(dut, ("o",), rng)
    reading = next(each for each in readings(config) if each.kind == FUSED)
    await _convolve(dut, reading, rng, 0.0, 0.0)


@cocotb.test()
async def a_pixel_of_many_channels_is_written_whole(dut: Any) -> None:
    """More than a thousand."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    channels = min(config.depthwise_channels, 1100) - 1
    await _convolve(dut, Reading(kind=DEPTHWISE, size=(1, 1), channels=channels), rng, 0.0, 0.0)


async def _convolve(dut: Any, reading: Reading, rng: Generator, idle: float, stall: float) -> None:
    config = bench_config(DwcPwcConfig)
    lanes, channels = config.depthwise_lanes, reading.channels
    layer = reading_layer(reading, config, rng)
    image, _ = image_in_buffer(layer, config, rng)
    kernels = rng.integers(-128, 128, (*reading.kernel, channels)).astype(np.int8)
    # Scales that give bytes all over the range, from sums of so many products.
    right_shift = rng.integers(4, 7, channels) + int(np.log2(np.prod(reading.kernel)) / 2)
    bias, mult = rng.integers(-(1 << 13), 1 << 13, channels), rng.integers(1 << 30, 1 << 31, channels)
    parameters = np.stack([bias, mult, right_shift], axis=1)
    expected = depthwise_bytes(image[:, :, :channels], kernels, parameters, layer, config)
    await write_weights(dut, "write_weights", weight_rows(kernels, lanes), layer.depthwise_address)
    first = layer.depthwise_parameter_address * lanes
    await write_parameters(dut, "write_parameters", np.arange(first, first + channels), parameters)

    await begin(dut, layer)
    beats = [
        window_beat(config, each.taps, {name: getattr(each, name) for name in FLAGS}, rng)
        for each in windows(image, layer, config)
    ]
    entering = Trace(dut, "i")
    leaving = Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", beats, shape=window(config), idle=idle))
    found = await get(dut, "o", len(expected), shape=byte_group(lanes), stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", LATENCY + 2)
    for have, (place, data) in zip(found, expected, strict=True):
        assert have["data"][: data.size] == data.tolist(), f"{place} of {layer}"
        assert have["place"]["channel"] == place.channel
        assert (have["place"]["advance"], have["place"]["final"]) == (place.advance, place.final)
    lasts = [bool(beat["last"]) for beat in beats]
    assert (entering.taken, leaving.offered) == schedule(lasts, entering.offered, leaving.unready)
    if not idle and not stall:
        behind = LATENCY - depthwise_engine.LATENCY
        assert [cycle - entering.taken[0] - behind for cycle in leaving.taken] == depthwise_engine.output_cycles(lasts)
