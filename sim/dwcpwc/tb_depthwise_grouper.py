"""Bench of ``DepthwiseGrouper``: places against golden, in the cycle of the sums."""

from pathlib import Path
from typing import Any

import cocotb
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.depthwise_grouper import LATENCY, groups
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.hw.dwcpwc.depthwise_grouper import DepthwiseGrouper
from racelet.hw.dwcpwc.layouts import depthwise_sums, group
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import begin, cycles_of_carries
from racelet.sim.monitor import quiet
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, get, put, start, wait


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the depthwise grouper of an accelerator."""
    run_bench(DepthwiseGrouper(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


def _layer(rng: Generator, channels: int, config: DwcPwcConfig) -> LayerConfig:
    rows = -(-channels // config.depthwise_lanes)
    return LayerConfig(
        kind=LayerKind.DEPTHWISE,
        tiles=int(rng.integers(1, 4)),
        tile_pixels=3,
        last_tile_pixels=int(rng.integers(1, 4)),
        source_channels=channels,
        depthwise_parameter_address=int(rng.integers((1 << 16) - rows)),
    )


async def _run(dut: Any, layer: LayerConfig, config: DwcPwcConfig, idle: float, stall: float) -> None:
    lanes = config.depthwise_lanes
    expected = groups(layer, config)
    sums = bench_rng().integers(-(1 << 31), 1 << 31, (len(expected), lanes)).tolist()
    beats = [
        {"sums": each, "pixel_last": int(place.advance), "layer_last": int(place.final)}
        for each, place in zip(sums, expected, strict=True)
    ]
    await begin(dut, layer)
    sent: list[int] = []
    taken: list[int] = []
    cocotb.start_soon(put(dut, "i", beats, shape=depthwise_sums(config), idle=idle, cycles=sent))
    found = await get(dut, "o", len(beats), shape=group(lanes), stall=stall, cycles=taken)
    assert found == [
        {
            "sums": each,
            "parameter_row": place.parameter_row,
            "place": {
                "channel": place.channel,
                "advance": int(place.advance),
                "rewind": 0,
                "tile_last": 0,
                "final": int(place.final),
            },
        }
        for each, place in zip(sums, expected, strict=True)
    ]
    await quiet(dut, "o", 2)
    assert taken == [cycle + LATENCY for cycle in sent]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def places_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Layers of one channel and of many, of whole groups and of others, one after another."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    lanes = config.depthwise_lanes
    await start(dut)
    for channels in (1, lanes, lanes + 1, 3 * lanes, 20 * lanes - 1, int(rng.integers(1, 100))):
        await _run(dut, _layer(rng, channels, config), config, idle, stall)


@cocotb.test()
async def a_pixel_of_all_channels_counts_them(dut: Any) -> None:
    """As many groups as a pixel can have; one in every cycle."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    lanes, channels = config.depthwise_lanes, (1 << 16) - 1
    first = int(rng.integers(lanes))
    layer = LayerConfig(kind=LayerKind.DEPTHWISE, source_channels=channels, depthwise_parameter_address=first)
    await begin(dut, layer)
    dut.i__valid.value = 1
    dut.o__ready.value = 1
    await wait(dut, 1 + LATENCY)
    async for step in cycles_of_carries(dut, -(-channels // lanes), first, rng):
        given = unpack(group(lanes), bits_of(dut.o__payload))
        assert (given["place"]["channel"], given["parameter_row"]) == (step * lanes, first + step)
