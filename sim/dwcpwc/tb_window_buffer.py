"""Bench of ``WindowBuffer``: windows against those cut out of the image, for layers of all kinds, and the latency."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.typing import NDArray

from racelet.golden.dwcpwc.activation_buffer import words
from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import FIELDS, LayerConfig, LayerKind
from racelet.golden.dwcpwc.window_buffer import LATENCY, Window, run_cycles, schedule, windows
from racelet.golden.dwcpwc.window_forms import forms
from racelet.golden.dwcpwc.window_reader import WindowRequest, requests
from racelet.hw.dwcpwc.layouts import window, window_request
from racelet.hw.dwcpwc.window_buffer import WindowBuffer
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.descriptors import with_noise
from racelet.sim.dwcpwc.drive import layer_bits
from racelet.sim.dwcpwc.tensor_layers import Reading, images_in_buffer, random_readings, reading_layer, readings
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, get, put, start, wait

RANDOM_LAYERS = 8
ANY_REQUESTS = 60
READS = ("pad_byte", "pool_shift")
"""Fields that the buffer looks at."""


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the window buffer of an accelerator."""
    run_bench(WindowBuffer(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def corners_match_golden(dut: Any, idle: float, stall: float) -> None:
    """All kinds, kernels, strides and paddings, each layer right after the one before."""
    await _read(dut, readings(bench_config(DwcPwcConfig)), idle, stall)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.7])
async def random_layers_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Layers of random shapes."""
    await _read(dut, random_readings(RANDOM_LAYERS, bench_config(DwcPwcConfig), bench_rng()), idle, stall)


@cocotb.test()
@cocotb.parametrize(stall=[0.0, 0.5])
async def rows_and_columns_that_lack_tell_the_row_of_parameters(dut: Any, stall: float) -> None:
    """Any numbers of them and any shift: each bit of the sum, and what is said of a window goes with it."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    shape = window_request(config)
    for shift in range(1 << FIELDS["pool_shift"]):
        layer = LayerConfig(kind=LayerKind.AVERAGE_POOL, pool_shift=shift)
        dut.layer.value = layer_bits(with_noise(layer, READS, rng))
        ends = [255, *(1 << bit for bit in range(8))]
        lacking = [*zip(ends, ends, strict=True), *rng.integers(0, 256, (40, 2)).tolist()]
        # No layer asks for a row that has no number.
        lacking = [(rows & 0xFFFF >> shift, columns) for rows, columns in lacking]
        lacking = [(rows, columns) for rows, columns in lacking if (rows << shift) + columns < 1 << 16]
        beats = []
        for rows, columns in lacking:
            noise = unpack(shape, int.from_bytes(rng.bytes(-(-shape.size // 8)), "little") & ((1 << shape.size) - 1))
            beats.append(noise | {"lacking_rows": rows, "lacking_columns": columns})
        await wait(dut, 2)
        cocotb.start_soon(put(dut, "i", beats, shape=shape))
        found = await get(dut, "o", len(beats), shape=window(config), stall=stall)
        assert [each["pool_index"] for each in found] == [(rows << shift) + columns for rows, columns in lacking]
        marks = ("first", "last", "pixel_last", "layer_last")
        assert [[each[name] for name in marks] for each in found] == [[each[name] for name in marks] for each in beats]


@cocotb.test()
@cocotb.parametrize(stall=[0.0, 0.5])
async def any_request_is_cut_in_every_form(dut: Any, stall: float) -> None:
    """Requests of any fields from random words: what no layer of that kind uses is right too."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    banks = rng.integers(-128, 128, (BANKS, config.bank_bytes)).astype(np.int8)
    cocotb.start_soon(_memory(dut, banks, config))
    shape = window_request(config)
    for kind in LayerKind:
        layer = LayerConfig(kind=kind, pad_byte=int(rng.integers(-128, 128)))
        dut.layer.value = layer_bits(with_noise(layer, READS, rng))
        beats = []
        for _ in range(ANY_REQUESTS):
            beat = unpack(shape, int.from_bytes(rng.bytes(-(-shape.size // 8)), "little") & ((1 << shape.size) - 1))
            place = dict(zip(("row", "column"), rng.integers(0, 3, 2).tolist(), strict=True))
            kernel = dict(zip(("kernel_rows", "kernel_columns"), rng.integers(1, 4, 2).tolist(), strict=True))
            beats.append(beat | place | kernel | {"lanes": int(rng.integers(1, config.input_lanes + 1))})
        await wait(dut, 2)
        cocotb.start_soon(put(dut, "i", beats, shape=shape))
        found = await get(dut, "o", len(beats), shape=window(config), stall=stall)
        for number, (have, beat) in enumerate(zip(found, beats, strict=True)):
            _check(have, forms(WindowRequest(**beat), banks, layer, config), f"request {number} of {kind.name}: {beat}")


async def _read(dut: Any, shapes: Sequence[Reading], idle: float, stall: float) -> None:
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    banks = np.zeros((BANKS, config.bank_bytes), np.int8)
    cocotb.start_soon(_memory(dut, banks, config))
    for shape in shapes:
        layer = reading_layer(shape, config, rng)
        layer, image, second, banks[:] = images_in_buffer(layer, config, rng)
        dut.layer.value = layer_bits(with_noise(layer, READS, rng))
        expected = windows(image, layer, config, second)
        beats = [dataclasses.asdict(request) for request in requests(layer, config)]
        entering = Trace(dut, "i")
        leaving = Trace(dut, "o")
        cocotb.start_soon(put(dut, "i", beats, shape=window_request(config), idle=idle))
        found = await get(dut, "o", len(expected), shape=window(config), stall=stall)
        for number, (have, want) in enumerate(zip(found, expected, strict=True)):
            _check(have, want, f"window {number} of {layer}")
        await quiet(dut, "o", LATENCY + 1)
        assert (entering.taken, leaving.offered) == schedule(entering.offered, leaving.taken)
        if not idle and not stall:
            assert leaving.taken[-1] - entering.taken[0] + 1 == run_cycles(len(expected))


def _check(have: dict[str, Any], want: Window, where: str) -> None:
    """Compare what the layer's kind uses."""
    for flag in ("first", "last", "pixel_last", "layer_last", "pool_index"):
        assert have[flag] == getattr(want, flag), f"{where}: {flag}"
    if want.taps.size:
        assert have["taps"] == want.taps.tolist(), where
    if want.pixels.size:
        assert have["pixel_count"] == len(want.pixels), where
        assert have["pixels"][: len(want.pixels)] == want.pixels.tolist(), where
    if want.sums.size:
        assert have["sums"] == want.sums.tolist(), where
    if want.gathered.size:
        assert have["gathered_count"] == want.gathered.size, where
        gathered = np.array(have["gathered"][: want.gathered.size], np.uint8).view(np.int8)
        assert gathered.tolist() == want.gathered.tolist(), where


async def _memory(dut: Any, banks: NDArray[np.int8], config: DwcPwcConfig) -> None:
    """Stand for the activation buffer: nine words one cycle after their addresses, held while not enabled."""
    width = (config.bank_bytes - 1).bit_length()
    edge = RisingEdge(dut.clk)
    while True:
        await edge
        if dut.enable.value:
            addresses = bits_of(dut.addresses)
            each = [addresses >> width * bank & ((1 << width) - 1) for bank in range(BANKS)]
            dut.words.value = int.from_bytes(words(banks, each, config).tobytes(), "little")
