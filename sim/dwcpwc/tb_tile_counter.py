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
    # Tiles of one pixel among others, and numbers of which one bit says that they are not one.
    corners += [
        (tiles, *pair) for k in range(7) for tiles in (1, 2, 3) for pair in ((1, 1 + (1 << k)), (1 + (1 << k), 1))
    ]
    drawn = [tuple(int(value) for value in rng.integers(1, (12, 128, 128))) for _ in range(8)]
    return [
        LayerConfig(kind=LayerKind.FUSED, tiles=tiles, tile_pixels=pixels, last_tile_pixels=last)
        for tiles, pixels, last in corners + drawn
    ]


def _outputs(dut: Any) -> tuple[int, bool, bool]:
    return dut.pixel.value.to_unsigned(), bool(dut.pixel_last.value), bool(dut.last.value)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5])
async def pixels_and_tiles_match_golden(dut: Any, idle: float) -> None:
    """Pixel after pixel, each tile up to three times; a layer that is broken off leaves nothing behind."""
    rng = bench_rng()
    edge = RisingEdge(dut.clk)
    await start(dut)
    assert LATENCY == 1
    for layer in _layers(rng):
        # A start wins over a step of the same cycle.
        dut.step.value, dut.again.value = (int(value) for value in rng.integers(2, size=2))
        dut.layer.value, dut.start.value = layer_bits(layer), 1
        await edge
        dut.start.value = dut.step.value = 0
        sizes = tile_sizes(layer)
        if rng.random() < 0.2:
            sizes = sizes[: len(sizes) // 2 + 1]
        for number, pixels in enumerate(sizes):
            rounds = int(rng.integers(1, 4))
            for at, pixel in ((at, pixel) for at in range(rounds) for pixel in range(pixels)):
                while rng.random() < idle:
                    dut.step.value, dut.again.value = 0, int(rng.integers(2))
                    await edge
                    assert _outputs(dut) == (pixel, pixel == pixels - 1, number == layer.tiles - 1)
                # Inside a tile it does not matter.
                dut.again.value = int(at < rounds - 1 if pixel == pixels - 1 else rng.integers(2))
                dut.step.value = 1
                await edge
                seen = _outputs(dut)
                expected = (pixel, pixel == pixels - 1, number == layer.tiles - 1)
                assert seen == expected, f"tile {number} of {layer.tiles}, pixel {pixel} of {pixels}: {seen}"
        dut.step.value = 0


@cocotb.test()
async def every_bit_of_the_number_of_tiles_counts(dut: Any) -> None:
    """From the most tiles that a layer has down to the last; looked at where bits change, and where few tiles are left.

    A layer of which a bit was lost would have one or two tiles left at some power of two. Tiles are one pixel.
    """
    edge = RisingEdge(dut.clk)
    await start(dut)
    for k in range(1, 20):
        await begin(dut, LayerConfig(kind=LayerKind.INPUT, tiles=(1 << k) + 1))
        await edge
        assert _outputs(dut) == (0, True, False)
    tiles = (1 << 20) - 1
    await begin(dut, LayerConfig(kind=LayerKind.INPUT, tiles=tiles))
    dut.step.value = 1
    await edge
    places = {0, tiles - 2, tiles - 1, *(tiles - (1 << k) - left for k in range(2, 20) for left in (-1, 0, 1, 2))}
    at = 0
    for place in sorted(places):
        await leap(dut, place - at)
        at = place
        seen = _outputs(dut)
        assert seen == (0, True, place == tiles - 1), f"tile {place}: {seen}"
