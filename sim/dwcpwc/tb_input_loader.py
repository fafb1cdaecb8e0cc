"""Bench of the input loader."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.input_loader import FIRST, placed, schedule
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.tile_counter import tile_sizes
from racelet.hw.dwcpwc.input_loader import InputLoader
from racelet.hw.dwcpwc.layouts import byte_group
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.dwcpwc.drive import begin, cycles_of_carries, show_layers
from racelet.sim.monitor import Trace
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, get, put, start, wait

LANES = int(bench_parameters().get("lanes", 1))
SHAPE = byte_group(LANES)


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on the loaders of one config: of bytes, and of beats from outside."""
    for lanes in sorted({1, config.bandwidth}):
        file = waves if waves is None or lanes == 1 else waves.with_stem(f"{waves.stem}-{lanes}")
        run_bench(InputLoader(lanes), __name__, parameters={"lanes": lanes}, seed=seed, waves=file)


def _layers(rng: Generator) -> list[LayerConfig]:
    shapes = [(1, 1, 1, 1), (1, 1, 1, 5), (7, 1, 1, 1), (3, 4, 2, 3), (2, 127, 1, 1)]
    shapes += [(2, 3, 2, 2 * LANES), (2, 2, 1, 2 * LANES + 1), (2, 2, 1, 3 * LANES - 1 or 1)]
    shapes += [tuple(int(value) for value in rng.integers(1, (6, 5, 5, 12 * LANES))) for _ in range(5)]
    return [
        LayerConfig(kind=LayerKind.INPUT, tiles=tiles, tile_pixels=pixels, last_tile_pixels=last, channels=channels)
        for tiles, pixels, last, channels in shapes
    ]


def _beats(rng: Generator, count: int) -> tuple[list[list[int]], list[int]]:
    """Random bytes, as such and as payloads."""
    data = rng.integers(-128, 128, (count, LANES)).astype(np.int8)
    return data.tolist(), [int.from_bytes(beat.tobytes(), "little") for beat in data]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def places_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """One stream of beats for layer after layer: none is taken between them, or before the first start."""
    rng = bench_rng()
    layers = _layers(rng)
    counts = [sum(tile_sizes(layer)) * -(-layer.channels // LANES) for layer in layers]
    data, payloads = _beats(rng, sum(counts) + 3)
    await start(dut)
    bytes_in, bytes_out = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", payloads, idle=idle))
    await wait(dut, 5)
    first = 0
    for layer, count in zip(layers, counts, strict=True):
        assert len(bytes_in.taken) == first
        started = await begin(dut, layer)
        expected = placed(data[first : first + count + 1], layer)
        given = await get(dut, "o", count, stall=stall, shape=SHAPE)
        await wait(dut, int(rng.integers(1, 6)))
        places = [
            {"channel": each.channel, "advance": each.advance, "rewind": 0, "tile_last": 0, "final": each.final}
            for each in expected
        ]
        assert given == [{"data": each.values, "place": place} for each, place in zip(expected, places, strict=True)]
        end = first + count
        assert bytes_in.taken[first:end] == bytes_out.taken[first:end]
        assert bytes_out.offered[first:end] == schedule(started, bytes_in.offered[first:end])
        if not idle and not stall:
            assert bytes_out.taken[first:end] == list(range(started + FIRST, started + FIRST + count))
        first = end
    assert len(bytes_in.taken) == first


@cocotb.test()
async def a_start_begins_anew(dut: Any) -> None:
    """A layer that is given up in its middle leaves no count behind, nor does one that does not begin."""
    layer = LayerConfig(kind=LayerKind.INPUT, tiles=2, tile_pixels=3, last_tile_pixels=3, channels=4 * LANES)
    data, payloads = _beats(bench_rng(), 100)
    await start(dut)
    await show_layers(dut, ("o",), bench_rng())
    cocotb.start_soon(put(dut, "i", payloads))
    await begin(dut, layer)
    await get(dut, "o", 18)
    await begin(dut, layer)
    given = await get(dut, "o", 24, shape=SHAPE)
    seen = [(each["data"], each["place"]["channel"], each["place"]["final"]) for each in given]
    assert seen == [(each.values, each.channel, each.final) for each in placed(data[18:], layer)]


@cocotb.test()
async def pixels_of_many_channels_count_them(dut: Any) -> None:
    """As many channels as a tensor can have, and fewer; a beat in every cycle."""
    rng = bench_rng()
    await start(dut)
    dut.o__ready.value = 1
    dut.i__valid.value = 1
    for channels in ((1 << 16) - 1, *rng.integers(1 << 13, 1 << 16, 3).tolist()):
        beats = -(-channels // LANES)
        await begin(dut, LayerConfig(kind=LayerKind.INPUT, tiles=2, channels=channels))
        await wait(dut, FIRST)
        async for step in cycles_of_carries(dut, 2 * beats, 0, rng):
            assert dut.o__valid.value
            place = unpack(SHAPE, bits_of(dut.o__payload))["place"]
            last = step % beats == beats - 1
            expected = (step % beats * LANES, int(last), int(last and step >= beats))
            assert (place["channel"], place["advance"], place["final"]) == expected, f"beat {step} of {beats}"
        await wait(dut, 1)
        assert not dut.o__valid.value
