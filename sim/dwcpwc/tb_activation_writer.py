"""Bench of ``ActivationWriter``: writes against golden for layers of all kinds, their cycles, and ``done``."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.dwcpwc.activation_writer import LATENCY, done_cycle, group_bytes, places, writes
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.hw.dwcpwc.activation_writer import ActivationWriter, write_lanes
from racelet.hw.dwcpwc.layouts import activation_write, byte_group
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.descriptors import with_noise
from racelet.sim.dwcpwc.drive import begin, highs
from racelet.sim.dwcpwc.tensor_layers import scattered, writing_layers
from racelet.sim.monitor import Monitor
from racelet.sim.runner import run_bench
from racelet.sim.streams import put, start, wait

READS = ("address", "row_pitch", "pixel_pitch")
"""Fields that the writer looks at, apart from the width."""
READING = (LayerKind.OUTPUT, LayerKind.STORE, LayerKind.STREAM)
KINDS = (*(kind for kind in LayerKind if kind not in READING), LayerKind.FUSED, LayerKind.WORDS)
SIZES = ((4, 7), (7, 4), (5, 3), (7, 5), (4, 8), (2, 6), (1, 1), (1, 5), (5, 7), (4, 4), (6, 5))
"""Rows and columns that each of them writes."""


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the activation writer of an accelerator."""
    run_bench(ActivationWriter(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], channels=["one", "few", "word", "many"])
async def writes_match_golden(dut: Any, idle: float, channels: str) -> None:
    """All kinds, each layer right after the one before, with pixels below one word and above."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    most = {"one": 1, "few": 3, "word": config.output_lanes, "many": 2 * config.output_lanes + 3}[channels]
    sizes = [(height, width, most) for height, width in SIZES]
    await start(dut)
    written = Monitor(dut, "write", activation_write(config))
    for layer in writing_layers(KINDS, sizes, config, rng):
        await _write(dut, layer, written, idle)


@cocotb.test()
async def rows_of_any_width_match_golden(dut: Any) -> None:
    """Rows of few pixels, where the walk begins differently; rows of many, for each bit of the counters."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    written = Monitor(dut, "write", activation_write(config))
    narrow = [(height, width, 1) for height in (2, 4, 7) for width in range(1, 8)]
    wide = [(1, width, 1) for bit in range(3, 12) for width in _widths(bit, rng)]
    for kind in (LayerKind.INPUT, LayerKind.ADD):
        for layer in writing_layers([kind] * len(narrow), narrow, config, rng):
            await _write(dut, layer, written, 0.0)
        for layer in writing_layers([kind] * len(wide), wide, config, rng):
            # A row, and as much of the next one as tells that it is not as narrow as it can be.
            tiles = layer.width + (1 if kind == LayerKind.ADD else 2)
            more = dataclasses.replace(layer, tiles=tiles, tile_pixels=1, last_tile_pixels=1)
            await _write(dut, more, written, 0.0)


@cocotb.test()
async def tensors_anywhere_match_golden(dut: Any) -> None:
    """Addresses and pitches, in all their bits; a pixel that takes as much as there is."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    written = Monitor(dut, "write", activation_write(config))
    for size in ((1, 4), (4, 1), (5, 5), (8, 2), (2, 9)):
        for layer in writing_layers(KINDS, [(*size, config.output_lanes + 1)] * len(KINDS), config, rng):
            await _write(dut, scattered(layer, config, rng), written, 0.0)
    [deep] = writing_layers([LayerKind.LOAD], [(1, 1, config.bank_bytes)], config, rng)
    await _write(dut, deep, written, 0.0)


def _widths(bit: int, rng: Generator) -> list[int]:
    """Widths of so many bits, odd and even: a walk that counts them in another order comes back to every other one."""
    even = 2 * int(rng.integers(1 << bit - 1, 1 << bit))
    return [(1 << bit) + 1, even, *([even + 1] if bit < 8 else [])]


async def _write(dut: Any, layer: LayerConfig, written: Monitor, idle: float) -> None:
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    expected, size = writes(layer, config), group_bytes(layer.kind, config)
    data = rng.integers(-128, 128, (len(expected), write_lanes(config)))
    beats = [
        {
            "data": group,
            "place": {
                "channel": place.channel,
                "advance": int(place.advance),
                "rewind": int(place.rewind),
                "tile_last": int(place.tile_last),
                "final": int(place.final),
            },
        }
        for place, group in zip(places(layer, config), data.tolist(), strict=True)
    ]
    written.beats.clear()
    written.cycles.clear()
    width = "source_width" if layer.kind == LayerKind.ADD else "width"
    await begin(dut, with_noise(layer, (*READS, width), rng))
    sent: list[int] = []
    done: list[int] = []
    watch = cocotb.start_soon(highs(dut, "done", done))
    await put(dut, "i", beats, shape=byte_group(write_lanes(config)), idle=idle, cycles=sent)
    await wait(dut, LATENCY + 1)
    watch.cancel()
    assert written.cycles == [when + LATENCY for when in sent]
    assert done == written.cycles[-1:]
    if not idle:
        assert done == [sent[0] + done_cycle(len(beats))]
    for number, (have, want) in enumerate(zip(written.beats, expected, strict=True)):
        _check(have, (want.bank, want.address, want.mask), data[number, :size].tolist(), f"write {number} of {layer}")


def _check(have: dict[str, Any], want: tuple[int, int, int], group: Sequence[int], where: str) -> None:
    assert (have["bank"], have["address"], have["mask"]) == want, where
    unmasked = [byte for lane, byte in enumerate(have["data"]) if have["mask"] >> lane & 1]
    assert np.array(unmasked, np.uint8).view(np.int8).tolist() == group, where
