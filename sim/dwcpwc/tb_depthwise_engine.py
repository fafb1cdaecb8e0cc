"""Bench of ``DepthwiseEngine``: sums against golden for kernels of one block and of several, and their cycles."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from amaranth.hdl import Module, Signal, Value
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.depthwise_engine import LATENCY, output_cycles, sums
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.hw.dwcpwc.depthwise_engine import DepthwiseEngine
from racelet.hw.dwcpwc.layouts import TAPS, depthwise_sums, window
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.depthwise_beats import window_beat, write_weights
from racelet.sim.dwcpwc.drive import begin
from racelet.sim.dwcpwc.pipeline import acceptances, latencies
from racelet.sim.monitor import Trace, keep_promised, quiet
from racelet.sim.promised import Promised
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

SHAPES = ((9, 1, 1), (8, 4, 1), (6, 2, 2), (4, 1, 8), (4, 3, 3), (1, 1, 1))
"""Pixels, groups of channels, blocks of the kernel of the layers that run one after another."""


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the depthwise engine of an accelerator."""
    component = Promised(DepthwiseEngine(config), promise)
    run_bench(component, __name__, parameters={"config": config}, seed=seed, waves=waves)


def promise(m: Module, inner: DepthwiseEngine) -> Value:
    """No window comes before a layer begins."""
    begun = Signal()
    with m.If(inner.start):
        m.d.sync += begun.eq(1)
    return begun | ~inner.i.valid


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5], values=["any", "ends"])
async def sums_match_golden(dut: Any, idle: float, stall: float, values: str) -> None:
    """Layers one after another, of any bytes and of those that give the greatest sums."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    lanes = config.depthwise_lanes
    depth = -(-config.depthwise_channels // lanes)
    await start(dut)
    cocotb.start_soon(keep_promised(dut))
    for number, (pixels, groups, blocks) in enumerate(shape for shape in SHAPES if shape[1] * shape[2] <= depth):
        taps = _bytes(rng, (pixels, groups, blocks, TAPS, lanes), values)
        weights = _bytes(rng, (groups, blocks, TAPS, lanes), values)
        if values == "ends":
            # The greatest sum there is, and in the last channels the least.
            taps[0], weights[:-1], weights[-1] = -128, -128, 127
        # The first layer lies at the end of the memory.
        room = depth - groups * blocks
        address = room if number == 0 else int(rng.integers(room + 1))
        await write_weights(dut, "write", weights, address)
        layer = LayerConfig(kind=LayerKind.DEPTHWISE, depthwise_address=address)
        beats = [
            window_beat(config, taps[index], _flags(index, (pixels, groups, blocks)), rng)
            for index in np.ndindex(pixels, groups, blocks)
        ]
        await begin(dut, layer)
        entering = Trace(dut, "i")
        leaving = Trace(dut, "o")
        cocotb.start_soon(put(dut, "i", beats, shape=window(config), idle=idle))
        found = await get(dut, "o", pixels * groups, shape=depthwise_sums(config), stall=stall)
        dut.o__ready.value = 1
        await quiet(dut, "o", LATENCY + 2)
        np.testing.assert_array_equal(
            np.array([each["sums"] for each in found]), sums(taps, weights).reshape(-1, lanes)
        )
        lasts = [group == groups - 1 for _, group in np.ndindex(pixels, groups)]
        assert [bool(each["pixel_last"]) for each in found] == lasts
        assert [bool(each["layer_last"]) for each in found] == [False] * (pixels * groups - 1) + [True]
        stalls = frozenset(leaving.unready)
        assert latencies(entering.taken[blocks - 1 :: blocks], leaving.offered, stalls) == {LATENCY}
        assert entering.taken == acceptances(entering.offered, stalls)
        if not idle and not stall:
            assert [cycle - entering.taken[0] for cycle in leaving.taken] == output_cycles(
                [bool(beat["last"]) for beat in beats]
            )


def _bytes(rng: Generator, shape: tuple[int, ...], values: str) -> NDArray[np.int8]:
    if values == "ends":
        return rng.choice(np.array([-128, -128, 127], np.int8), shape)
    return rng.integers(-128, 128, shape).astype(np.int8)


def _flags(index: tuple[int, ...], shape: tuple[int, int, int]) -> dict[str, bool]:
    """Of window ``index`` (pixel, group, block) of a layer of some shape."""
    (pixel, group, block), (pixels, groups, blocks) = index, shape
    last = block == blocks - 1
    pixel_last = last and group == groups - 1
    return {
        "first": block == 0,
        "last": last,
        "pixel_last": pixel_last,
        "layer_last": pixel_last and pixel == pixels - 1,
    }
