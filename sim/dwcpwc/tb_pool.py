"""Bench of the pool."""

from pathlib import Path
from typing import Any

import cocotb
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.pool import PoolWindow, pool, schedule
from racelet.hw.dwcpwc.layouts import group, window
from racelet.hw.dwcpwc.pool import Pool
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.descriptors import with_noise
from racelet.sim.dwcpwc.drive import begin, group_payload
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import pack, unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
LANES = CONFIG.input_lanes
WINDOW = window(CONFIG)
READS = ("channels", "parameter_address")
"""Fields that the pool looks at."""
EXTREMES = (-9 * 128, 9 * 127)
"""Sums of nine bytes."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(Pool(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


def _layers(rng: Generator) -> list[tuple[LayerConfig, int, int]]:
    """Layers with their pixels and their windows per word."""
    shapes = [
        # channels, pixels, windows: one of each; whole words; a word and a bit; groups that end early.
        (1, 1, 1),
        (LANES, 4, 1),
        (LANES + 1, 3, 2),
        (2 * LANES, 3, 1),
        (3, 5, 4),
        (1, 8, 1),
    ]
    shapes += [tuple(int(value) for value in rng.integers(1, (3 * LANES, 5, 5))) for _ in range(4)]
    return [
        (LayerConfig(kind=kind, channels=c, parameter_address=int(rng.integers(1 << 15))), p, w)
        for c, p, w in shapes
        for kind in (LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL)
    ]


def _windows(
    rng: Generator, channels: int, pixels: int, windows: int, kind: LayerKind = LayerKind.AVERAGE_POOL
) -> list[PoolWindow]:
    made = []
    low, high = EXTREMES if kind == LayerKind.AVERAGE_POOL else (-128, 127)
    for pixel in range(pixels):
        index = int(rng.integers(1 << 15))
        for first in range(0, channels, LANES):
            for number in range(windows):
                values = rng.integers(low, high + 1, LANES)
                if rng.random() < 0.2:
                    values = rng.choice((low, high), LANES)
                final = pixel == pixels - 1 and first + LANES >= channels and number == windows - 1
                made.append(
                    PoolWindow(
                        values=values,
                        pool_index=index,
                        first=int(number == 0),
                        last=int(number == windows - 1),
                        layer_last=int(final),
                    )
                )
    return made


def _payload(rng: Generator, each: PoolWindow, kind: LayerKind = LayerKind.AVERAGE_POOL) -> dict[str, Any]:
    """The window as it comes: what the pool does not use is noise."""
    noise = unpack(WINDOW, int.from_bytes(rng.bytes(-(-WINDOW.size // 8)), "little") & ((1 << WINDOW.size) - 1))
    values = {"sums": each.values.tolist()}
    if kind == LayerKind.MAX_POOL:
        values = {"gathered": [*(each.values & 0xFF).tolist(), *noise["gathered"][LANES:]]}
    return noise | {
        **values,
        "pool_index": each.pool_index,
        "first": each.first,
        "last": each.last,
        "layer_last": each.layer_last,
    }


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5, 0.8])
async def groups_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Layer after layer without a reset; windows faster than their groups go out, and slower."""
    rng = bench_rng()
    await start(dut)
    windows_in, groups_out = Trace(dut, "i"), Trace(dut, "o")
    for layer, pixels, count in _layers(rng):
        windows = _windows(rng, layer.channels, pixels, count, layer.kind)
        words = pool(windows, layer, CONFIG)
        await begin(dut, with_noise(layer, READS, rng))
        windows_in.clear()
        groups_out.clear()
        payloads = [pack(WINDOW, _payload(rng, each, layer.kind)) for each in windows]
        cocotb.start_soon(put(dut, "i", payloads, idle=idle))
        expected = [group_payload(each) for word in words for each in word]
        given = await get(dut, "o", len(expected), stall=stall, shape=group(CONFIG.requantizers))
        await wait(dut, 1)
        assert given == expected
        counts = [len(word) for word in words]
        lasts = [each.last for each in windows]
        accepted, there = schedule(counts, lasts, windows_in.offered, groups_out.taken)
        assert windows_in.taken == accepted
        assert groups_out.offered == there
    await quiet(dut, "o", 5)


@cocotb.test()
async def a_start_forgets_what_was_left(dut: Any) -> None:
    """A layer is given up with a word complete and another one on its way out."""
    rng = bench_rng()
    await start(dut)
    layer = LayerConfig(kind=LayerKind.AVERAGE_POOL, channels=2 * LANES)
    for _ in range(2):
        await begin(dut, layer)
        left = [pack(WINDOW, _payload(rng, each)) for each in _windows(rng, 2 * LANES, 1, 1)]
        await put(dut, "i", left)
        await get(dut, "o", 1)
        await begin(dut, layer)
        await quiet(dut, "o", 2)
        windows = _windows(rng, 2 * LANES, 1, 2)
        cocotb.start_soon(put(dut, "i", [pack(WINDOW, _payload(rng, each)) for each in windows]))
        expected = [group_payload(each) for word in pool(windows, layer, CONFIG) for each in word]
        assert await get(dut, "o", len(expected), shape=group(CONFIG.requantizers)) == expected


@cocotb.test()
async def a_pixel_has_as_many_channels_as_can_be(dut: Any) -> None:
    """The counters of channels go through all their bits."""
    rng = bench_rng()
    await start(dut)
    layer = LayerConfig(kind=LayerKind.AVERAGE_POOL, channels=int(rng.integers(0xFF00, 1 << 16)))
    words = -(-layer.channels // LANES)
    # Packing is slow: few words, again and again, and the last one.
    *few, final = _windows(rng, 4 * LANES, 1, 1)
    coded = [pack(WINDOW, _payload(rng, each)) for each in few]
    payloads = [coded[number % 3] for number in range(words - 1)] + [pack(WINDOW, _payload(rng, final))]
    await begin(dut, with_noise(layer, READS, rng))
    cocotb.start_soon(put(dut, "i", payloads))
    windows = [few[number % 3] for number in range(words - 1)] + [final]
    expected = [group_payload(each) for word in pool(windows, layer, CONFIG) for each in word]
    assert await get(dut, "o", len(expected), shape=group(CONFIG.requantizers)) == expected
