"""Bench of the dot-product path."""

from pathlib import Path
from typing import Any

import cocotb

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.dot_path import DotTimes, dot_groups, schedule
from racelet.golden.dwcpwc.engine_cycles import set_cycles
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.hw.dwcpwc.dot_path import DotPath
from racelet.hw.dwcpwc.layouts import WEIGHT_REQUEST, group
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import begin, group_payload, show_layers
from racelet.sim.dwcpwc.layers import activations, dot_layers, sets_of_weights
from racelet.sim.dwcpwc.tile_model import TileModel
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
CAPACITY = CONFIG.tile_bytes // CONFIG.input_lanes
"""Words of a tile."""
ENOUGH = 8
"""Pixels whose sums' way through engine and queue takes no longer than the beats of the next pass."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(DotPath(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


async def _run(dut: Any, layer: LayerConfig, traces: dict[str, Trace], idle: float, stall: float) -> DotTimes:
    rng = bench_rng()
    tiles, sets = activations(rng, layer, CONFIG), sets_of_weights(rng, layer, CONFIG)
    expected = [group_payload(each) for each in dot_groups(tiles, sets, layer, CONFIG)]
    started = await begin(dut, layer)
    for trace in traces.values():
        trace.clear()
    model = TileModel(dut, tiles, idle)
    cocotb.start_soon(model.run())
    beats = sets.reshape(-1, CONFIG.weight_beat_bytes)
    words = [int.from_bytes(beat.tobytes(), "little") for beat in beats] * layer.tiles
    cocotb.start_soon(put(dut, "weights", words, idle=idle))
    asked = cocotb.start_soon(get(dut, "request", layer.tiles, stall=stall, shape=WEIGHT_REQUEST))
    given = await get(dut, "o", len(expected), stall=stall, shape=group(CONFIG.requantizers))
    await wait(dut, 1)
    assert given == expected
    assert await asked == [{"address": layer.weight_address, "beats": layer.weight_beats}] * layer.tiles
    times = schedule(
        layer,
        CONFIG,
        start=started,
        full=model.full,
        weights=traces["weights"].offered,
        taken=traces["o"].taken,
        set_cycles=set_cycles(sets, CONFIG),
    )
    assert traces["o"].offered == times.given
    assert model.released == times.released
    assert traces["weights"].taken == times.weights
    return times


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def groups_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Layer after layer without a reset."""
    await start(dut)
    traces = {name: Trace(dut, name) for name in ("weights", "o")}
    for layer in dot_layers(bench_rng(), CONFIG, 3):
        await _run(dut, layer, traces, idle, stall)
    await quiet(dut, "o", 5)


@cocotb.test()
async def a_full_queue_of_sums_loses_nothing(dut: Any) -> None:
    """One word, many passes, groups taken rarely: the queue is full nearly all the time."""
    await start(dut)
    traces = {name: Trace(dut, name) for name in ("weights", "o")}
    groups = CONFIG.output_lanes // CONFIG.requantizers
    layer = LayerConfig(
        kind=LayerKind.WORDS,
        tiles=2,
        tile_pixels=min(CONFIG.tile_pixels, CAPACITY),
        last_tile_pixels=1,
        tail_lanes=CONFIG.input_lanes,
        passes=5,
        tail_groups=groups,
        weight_beats=5 * CONFIG.set_beats,
    )
    times = await _run(dut, layer, traces, 0.0, 0.9)
    assert len(times.given) == (layer.tile_pixels + 1) * 5 * groups
    await _run(dut, layer, traces, 0.5, 0.0)


@cocotb.test()
async def beats_follow_without_a_gap_where_weights_allow(dut: Any) -> None:
    """Passes of enough pixels hide the load of the next set of weights: the engine always works."""
    await start(dut)
    traces = {name: Trace(dut, name) for name in ("weights", "o")}
    groups = CONFIG.output_lanes // CONFIG.requantizers
    words = min(groups, CAPACITY)
    pixels = min(CONFIG.tile_pixels, CAPACITY // words)
    layer = LayerConfig(
        kind=LayerKind.WORDS,
        tiles=2,
        tile_pixels=pixels,
        last_tile_pixels=pixels,
        words=words,
        tail_lanes=CONFIG.input_lanes,
        passes=3,
        tail_groups=groups,
        weight_beats=3 * words * CONFIG.set_beats,
    )
    times = await _run(dut, layer, traces, 0.0, 0.0)
    rng = bench_rng()
    activations(rng, layer, CONFIG)
    cycles = set_cycles(sets_of_weights(rng, layer, CONFIG), CONFIG)
    if pixels >= max(CONFIG.set_beats, ENOUGH) and words == groups:
        assert times.released[1] - times.released[0] == pixels * cycles.sum()


@cocotb.test()
async def a_descriptor_that_does_not_begin_does_nothing(dut: Any) -> None:
    """Whatever it says; the next that begins is as any other."""
    await start(dut)
    traces = {name: Trace(dut, name) for name in ("weights", "o")}
    await show_layers(dut, ("request", "o"), bench_rng())
    await _run(dut, dot_layers(bench_rng(), CONFIG, 0)[1], traces, 0.0, 0.0)
