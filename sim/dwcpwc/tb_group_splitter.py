"""Bench of the group splitter."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.group_splitter import LATENCY, schedule, split
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.tile_counter import tile_sizes
from racelet.hw.dwcpwc.group_splitter import GroupSplitter
from racelet.hw.dwcpwc.layouts import dot_sums, group
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import begin, cycles_of_carries, group_payload
from racelet.sim.dwcpwc.layers import dot_layers
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(GroupSplitter(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


async def _run(dut: Any, layer: LayerConfig, traces: dict[str, Trace], idle: float, stall: float) -> None:
    sums = bench_rng().integers(-(1 << 31), 1 << 31, (sum(tile_sizes(layer)) * layer.passes, CONFIG.output_lanes))
    rows = split(sums.astype(np.int32), layer, CONFIG)
    counts = [len(row) for row in rows]
    await begin(dut, layer)
    for trace in traces.values():
        trace.clear()
    cocotb.start_soon(put(dut, "i", sums.tolist(), shape=dot_sums(CONFIG), idle=idle))
    given = await get(dut, "o", sum(counts), stall=stall, shape=group(CONFIG.requantizers))
    await wait(dut, 1)
    assert given == [group_payload(each) for row in rows for each in row]
    rows_taken, groups_given = schedule(counts, traces["i"].offered, traces["o"].taken)
    assert traces["o"].offered == groups_given
    assert traces["i"].taken == rows_taken
    if not idle and not stall:
        first = traces["i"].offered[0] + LATENCY
        assert traces["o"].taken == list(range(first, first + sum(counts)))


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def groups_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Layer after layer without a reset."""
    await start(dut)
    traces = {name: Trace(dut, name) for name in ("i", "o")}
    large = LayerConfig(kind=LayerKind.WORDS, tiles=2, tile_pixels=127, last_tile_pixels=126, passes=2)
    for layer in [*dot_layers(bench_rng(), CONFIG, 4), large]:
        await _run(dut, layer, traces, idle, stall)
    await quiet(dut, "o", 5)


@cocotb.test()
async def every_bit_of_the_number_of_passes_counts(dut: Any) -> None:
    """Pixels of all channels, and of a power of two of them and a pass more; a group in every cycle."""
    rng = bench_rng()
    most = min((1 << 16) // CONFIG.output_lanes, 1 << 14) - 1
    await start(dut)
    dut.o__ready.value = 1
    for passes in (most, *((1 << k) + 1 for k in range((most - 1).bit_length() - 1))):
        first = int(rng.integers(CONFIG.requantizers))
        layer = LayerConfig(kind=LayerKind.WORDS, tiles=2, passes=passes, parameter_address=first)
        sums = np.zeros((2 * passes, CONFIG.output_lanes), np.int32)
        expected = [each for row in split(sums, layer, CONFIG) for each in row]
        await begin(dut, layer)
        dut.i__valid.value = 1
        await wait(dut, 1 + LATENCY)
        async for step in cycles_of_carries(dut, len(expected), first, rng):
            given = unpack(group(CONFIG.requantizers), bits_of(dut.o__payload))
            assert dut.o__valid.value
            assert given == group_payload(expected[step]), f"group {step} of {len(expected)}"
        # What goes in after the layer's end comes out before the next start.
        dut.i__valid.value = 0
        await wait(dut, 3)
