"""Bench of the tile counter."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.tile_counter import LATENCY, tile_sizes
from racelet.hw.dwcpwc.tile_counter import TileCounter
from racelet.sim.bench import bench_rng
from racelet.sim.dwcpwc.drive import begin, layer_bits
from racelet.sim.runner import run_bench
from racelet.sim.streams import leap, start


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench; the counter is the same in every config."""
    run_bench(TileCounter(), __name__, parameters={"config": config}, seed=seed, waves=waves)


def _layers(rng: Generator) -> list[LayerConfig]:
    corners = [(1, 1, 1), (1, 64, 3), (2, 1, 1), (3, 64, 63), (5, 127, 127)]
    drawn = [tuple(int(value) for value in rng.integers(1, (12, 128, 128))) for _ in range(8)]
    return [
        LayerConfig(kind=LayerKind.FUSED, tiles=tiles, tile_pixels=pixels, last_tile_pixels=last)
        for tiles, pixels, last in corners + drawn
    ]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5])
async def sizes_match_golden(dut: Any, idle: float) -> None:
    """Tile after tile, layer after layer; a layer that is broken off leaves nothing behind."""
    rng = bench_rng()
    edge = RisingEdge(dut.clk)
    await start(dut)
    assert LATENCY == 1
    for layer in _layers(rng):
        sizes = tile_sizes(layer)
        # A start wins over a next of the same cycle.
        dut.next.value = int(rng.integers(2))
        dut.layer.value, dut.start.value = layer_bits(layer), 1
        await edge
        assert dut.coming_last_pixel.value.to_unsigned() == sizes[0] - 1
        dut.start.value = dut.next.value = 0
        whole = sizes
        if rng.random() < 0.2:
            sizes = sizes[: len(sizes) // 2 + 1]
        for number, pixels in enumerate(sizes):
            steps = 1
            while rng.random() < idle:
                steps += 1
            for step in range(steps):
                dut.next.value = int(step == steps - 1)
                await edge
                seen = (dut.pixels.value.to_unsigned(), bool(dut.last.value))
                assert seen == (pixels, number == layer.tiles - 1), f"tile {number} of {layer.tiles}: {seen}"
                assert dut.last_pixel.value.to_unsigned() == pixels - 1
                following = whole[number : number + 2][step == steps - 1 :]
                assert not following or dut.coming_last_pixel.value.to_unsigned() == following[0] - 1
        dut.next.value = 0


@cocotb.test()
async def every_bit_of_the_number_of_tiles_counts(dut: Any) -> None:
    """From the most tiles that a layer has down to the last; looked at where bits change, and where few tiles are left.

    A layer of which a bit was lost would have one or two tiles left at some power of two.
    """
    edge = RisingEdge(dut.clk)
    await start(dut)
    for k in range(1, 20):
        await begin(dut, LayerConfig(kind=LayerKind.INPUT, tiles=(1 << k) + 1, tile_pixels=2))
        await edge
        assert (dut.pixels.value.to_unsigned(), bool(dut.last.value)) == (2, False)
    tiles = (1 << 20) - 1
    await begin(dut, LayerConfig(kind=LayerKind.INPUT, tiles=tiles, tile_pixels=2))
    dut.next.value = 1
    await edge
    places = {0, tiles - 2, tiles - 1, *(tiles - (1 << k) - left for k in range(2, 20) for left in (-1, 0, 1, 2))}
    at = 0
    for place in sorted(places):
        await leap(dut, place - at)
        at = place
        seen = (dut.pixels.value.to_unsigned(), bool(dut.last.value))
        assert seen == ((1, True) if place == tiles - 1 else (2, False)), f"tile {place}: {seen}"
