"""Bench of the ping-pong tile."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.ping_pong_tile import READ_LATENCY, group_bytes, schedule, tile_image
from racelet.golden.dwcpwc.tile_counter import tile_sizes
from racelet.hw.dwcpwc.ping_pong_tile import PingPongTile, tile_words, tile_write
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.descriptors import with_noise
from racelet.sim.dwcpwc.drive import begin, show_layers
from racelet.sim.monitor import Trace
from racelet.sim.runner import run_bench
from racelet.sim.streams import PATIENCE, cycle, put, start, wait, width_of

CONFIG = bench_config(DwcPwcConfig)
WORDS = tile_words(CONFIG)
READS = ("tiles", "tile_pixels", "last_tile_pixels", "words")
"""Fields that the tile looks at."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(PingPongTile(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


def _layers(rng: Generator) -> list[tuple[LayerConfig, int]]:
    """Layers with their groups per pixel."""
    shapes = [
        # kind, tiles, pixels, last pixels, words: single pixels, a short last tile, one word, a tile filled to its end.
        (LayerKind.FUSED, 4, 1, 1, 1),
        (LayerKind.FUSED, 3, 3, 2, min(2, WORDS // 3)),
        (LayerKind.WORDS, 4, 1, 1, 1),
        (LayerKind.GATHER, 3, 2, 1, min(3, WORDS // 2)),
        (LayerKind.WORDS, 1, 1, 1, WORDS),
    ]
    for kind in (LayerKind.FUSED, LayerKind.GATHER, LayerKind.FUSED):
        pixels = int(rng.integers(1, min(CONFIG.tile_pixels, WORDS) + 1))
        tiles, last, words = (int(value) for value in rng.integers(1, (6, pixels + 1, 1 + min(3, WORDS // pixels))))
        shapes.append((kind, tiles, pixels, last, words))
    layers = []
    for kind, tiles, pixels, last, words in shapes:
        layer = LayerConfig(kind=kind, tiles=tiles, tile_pixels=pixels, last_tile_pixels=last, words=words)
        groups = words * CONFIG.input_lanes // group_bytes(layer, CONFIG)
        if kind == LayerKind.FUSED:
            groups -= int(rng.integers(CONFIG.input_lanes // CONFIG.depthwise_lanes))
        layers.append((layer, groups))
    return layers


def _beats(tiles: list[NDArray[np.uint8]]) -> list[dict[str, Any]]:
    """Groups as they come in, repeated over the word."""
    return [
        {
            "data": np.resize(group, CONFIG.input_lanes).tolist(),
            "pixel_last": int(number == len(pixel) - 1),
        }
        for tile in tiles
        for pixel in tile
        for number, group in enumerate(pixel)
    ]


class _Reader:
    """Reads tiles as the tile reader does, in any order of words."""

    def __init__(self, dut: Any, stall: float, rng: Generator) -> None:
        self.dut, self.stall, self.rng = dut, stall, rng
        self.edge = RisingEdge(dut.clk)
        self.full: list[int] = []
        self.released: list[int] = []

    async def tile(self, words: int) -> NDArray[np.int16]:
        """Wait for the next tile, read its words and release it; returns what was read."""
        dut = self.dut
        for _ in range(PATIENCE):
            await self.edge
            if dut.read__full.value:
                break
        else:
            raise TimeoutError(f"no full tile for {PATIENCE} cycles, up to cycle {cycle()}")
        self.full.append(cycle())
        order = self.rng.permutation(words).tolist()
        read: dict[int, bytes] = {}
        # The last word read, one cycle ago or more, two cycles ago or more, and so on to the one that is shown.
        asked = [-1] * READ_LATENCY
        while len(read) < words:
            enable = bool(order) and self.rng.random() >= self.stall
            wanted = order.pop() if enable else int(self.rng.integers(WORDS))
            # The release comes with the last word's read, or later.
            release = not order and not self.stall and enable
            dut.read__enable.value, dut.read__release.value = int(enable), int(release)
            dut.read__address.value = wanted
            await self.edge
            assert dut.read__full.value or len(self.released) == len(self.full), "not full before its release"
            if asked[-1] >= 0:
                read[asked[-1]] = self._data()
            if release:
                self.released.append(cycle())
            asked = [wanted if enable else asked[0], *asked[:-1]]
        dut.read__enable.value = dut.read__release.value = 0
        if len(self.released) < len(self.full):
            dut.read__release.value = 1
            await self.edge
            self.released.append(cycle())
            dut.read__release.value = 0
        assert self._data() == read[asked[-1]], "the last word read does not hold"
        return np.stack([np.frombuffer(read[word], np.uint8) for word in range(words)]).astype(np.int16)

    def _data(self) -> bytes:
        return self.dut.read__data.value.to_unsigned().to_bytes(width_of(self.dut.read__data) // 8, "little")


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def words_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Layer after layer without a reset; the reader as fast as it goes and slower than the writer."""
    rng = bench_rng()
    await start(dut)
    groups_in = Trace(dut, "i")
    for layer, groups in _layers(rng):
        await _run(dut, layer, groups, groups_in, idle, stall)


@cocotb.test()
async def pixels_far_apart_match_golden(dut: Any) -> None:
    """Few groups each, so that addresses meet all their bits soon; as many pixels as a descriptor may say."""
    rng = bench_rng()
    await start(dut)
    await show_layers(dut, (), rng)
    assert not dut.read__full.value
    groups_in = Trace(dut, "i")
    for pixels, last in ((7, 5), (127, 90)):
        words = max(WORDS // pixels, 1)
        layer = LayerConfig(kind=LayerKind.FUSED, tiles=2, tile_pixels=pixels, last_tile_pixels=last, words=words)
        if pixels * words <= WORDS:
            groups = min(int(rng.integers(1, 12)), words * CONFIG.input_lanes // CONFIG.depthwise_lanes)
            await _run(dut, layer, groups, groups_in, 0.0, 0.0)


async def _run(dut: Any, layer: LayerConfig, groups: int, groups_in: Trace, idle: float, stall: float) -> None:
    """One layer of so many groups per pixel."""
    rng = bench_rng()
    size = group_bytes(layer, CONFIG)
    tiles = [rng.integers(0, 256, (pixels, groups, size)).astype(np.uint8) for pixels in tile_sizes(layer)]
    first = await begin(dut, with_noise(layer, READS, rng)) + 1
    groups_in.clear()
    cocotb.start_soon(put(dut, "i", _beats(tiles), shape=tile_write(CONFIG), idle=idle))
    reader = _Reader(dut, stall, rng)
    for tile in tiles:
        words = (await reader.tile(len(tile) * layer.words)).reshape(len(tile), layer.words, -1)
        image = tile_image(tile, layer, CONFIG)
        np.testing.assert_array_equal(np.where(image < 0, -1, words), image)
    taken, full = schedule([tile.shape[0] * groups for tile in tiles], groups_in.offered, reader.released)
    assert groups_in.taken == taken
    # A reader that is still busy with a tile sees the next one's flag when it looks again.
    assert all(seen >= there for seen, there in zip(reader.full, full, strict=True))
    if not stall:
        assert reader.full[0] == full[0]
    if not idle and not stall:
        assert groups_in.offered[0] == first


@cocotb.test(timeout_time=1, timeout_unit="ms")
@cocotb.parametrize(idle=[0.0, 0.5])
async def full_shows_in_the_cycle_that_golden_says(dut: Any, idle: float) -> None:
    """The flag watched in every cycle, under releases at any time."""
    rng = bench_rng()
    await start(dut)
    groups_in = Trace(dut, "i")
    edge = RisingEdge(dut.clk)
    for layer, groups in _layers(rng)[:4]:
        tiles = [
            rng.integers(0, 256, (pixels, groups, group_bytes(layer, CONFIG))).astype(np.uint8)
            for pixels in tile_sizes(layer)
        ]
        await begin(dut, layer)
        groups_in.clear()
        cocotb.start_soon(put(dut, "i", _beats(tiles), shape=tile_write(CONFIG), idle=idle))
        released: list[int] = []
        full: list[int] = []
        while len(released) < len(tiles):
            await edge
            now = cycle()
            if dut.read__release.value:
                released.append(now)
                dut.read__release.value = 0
                continue
            if dut.read__full.value:
                if len(full) == len(released):
                    full.append(now)
                dut.read__release.value = int(rng.random() < 0.4)
        await wait(dut, 1)
        _, expected = schedule([tile.shape[0] * groups for tile in tiles], groups_in.offered, released)
        assert full == expected


@cocotb.test()
async def a_start_frees_both_halves(dut: Any) -> None:
    """Two full tiles, half a tile, half a pixel, half a word, never read, are gone with the next layer."""
    rng = bench_rng()
    await start(dut)
    for kind in (LayerKind.WORDS, LayerKind.FUSED):
        layer = LayerConfig(kind=kind, tiles=3, tile_pixels=2, last_tile_pixels=2, words=2)
        size = group_bytes(layer, CONFIG)
        groups = 2 * CONFIG.input_lanes // size
        data = rng.integers(0, 256, (2, groups, size)).astype(np.uint8)
        for written in (4 * groups, 2 * groups + groups // 2, groups, groups + 1, 1):
            await begin(dut, layer)
            await put(dut, "i", _beats([data, data])[:written], shape=tile_write(CONFIG))
        await begin(dut, layer)
        cocotb.start_soon(put(dut, "i", _beats([data]), shape=tile_write(CONFIG)))
        words = await _Reader(dut, 0.0, rng).tile(4)
        np.testing.assert_array_equal(words.reshape(2, 2, -1), tile_image(data, layer, CONFIG))
