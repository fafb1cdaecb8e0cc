"""Bench of the input loader."""

from pathlib import Path
from typing import Any

import cocotb
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.input_loader import FIRST, placed, schedule
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.tile_counter import tile_sizes
from racelet.hw.dwcpwc.input_loader import InputLoader
from racelet.hw.dwcpwc.layouts import byte_group
from racelet.sim.bench import bench_rng
from racelet.sim.dwcpwc.drive import Trace, begin
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

SHAPE = byte_group(1)


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench; the loader is the same in every config."""
    run_bench(InputLoader(), __name__, parameters={"config": config}, seed=seed, waves=waves)


def _layers(rng: Generator) -> list[LayerConfig]:
    shapes = [(1, 1, 1, 1), (1, 1, 1, 5), (7, 1, 1, 1), (3, 4, 2, 3), (2, 127, 1, 1)]
    shapes += [tuple(int(value) for value in rng.integers(1, (6, 5, 5, 12))) for _ in range(5)]
    return [
        LayerConfig(kind=LayerKind.INPUT, tiles=tiles, tile_pixels=pixels, last_tile_pixels=last, channels=channels)
        for tiles, pixels, last, channels in shapes
    ]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def places_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """One stream of bytes for layer after layer: none is taken between them, or before the first start."""
    rng = bench_rng()
    layers = _layers(rng)
    counts = [sum(tile_sizes(layer)) * layer.channels for layer in layers]
    data = rng.integers(-128, 128, sum(counts) + 3).tolist()
    await start(dut)
    bytes_in, bytes_out = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", data, idle=idle))
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
        assert given == [{"data": [each.value], "place": place} for each, place in zip(expected, places, strict=True)]
        end = first + count
        assert bytes_in.taken[first:end] == bytes_out.taken[first:end]
        assert bytes_out.offered[first:end] == schedule(started, bytes_in.offered[first:end])
        if not idle and not stall:
            assert bytes_out.taken[first:end] == list(range(started + FIRST, started + FIRST + count))
        first = end
    assert len(bytes_in.taken) == first


@cocotb.test()
async def a_start_begins_anew(dut: Any) -> None:
    """A layer that is given up in its middle leaves no count behind."""
    layer = LayerConfig(kind=LayerKind.INPUT, tiles=2, tile_pixels=3, last_tile_pixels=3, channels=4)
    data = list(range(100))
    await start(dut)
    cocotb.start_soon(put(dut, "i", data))
    await begin(dut, layer)
    await get(dut, "o", 18)
    await begin(dut, layer)
    given = await get(dut, "o", 24, shape=SHAPE)
    seen = [(each["data"][0], each["place"]["channel"], each["place"]["final"]) for each in given]
    assert seen == [(each.value, each.channel, each.final) for each in placed(data[18:], layer)]
