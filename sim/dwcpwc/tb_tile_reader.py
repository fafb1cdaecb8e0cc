"""Bench of the tile reader."""

import dataclasses
import random
from pathlib import Path
from typing import Any

import cocotb
from amaranth.hdl import Module, Signal, Value
from cocotb.triggers import RisingEdge

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import DotBeat
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.tile_counter import tile_sizes
from racelet.golden.dwcpwc.tile_reader import READ_AHEAD, dot_beats, schedule
from racelet.hw.dwcpwc.layouts import WEIGHT_REQUEST, dot_beat
from racelet.hw.dwcpwc.tile_reader import TileReader
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.descriptors import with_noise
from racelet.sim.dwcpwc.drive import begin
from racelet.sim.dwcpwc.layers import activations, dot_layers, set_bits, sets_of_weights
from racelet.sim.dwcpwc.tile_model import TileModel
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import unpack
from racelet.sim.promised import Promised
from racelet.sim.runner import run_bench
from racelet.sim.streams import cycle, get, leap, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
BEAT = dot_beat(CONFIG)
QUEUE = CONFIG.sum_places
READS = (
    "tiles",
    "tile_pixels",
    "last_tile_pixels",
    "words",
    "tail_lanes",
    "passes",
    "weight_address",
    "weight_beats",
)
"""Fields that the reader looks at."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    component = Promised(TileReader(config), promise)
    run_bench(component, __name__, parameters={"config": config}, seed=seed, waves=waves)


def promise(m: Module, inner: TileReader) -> Value:
    """No tile is full before a layer begins, and no layer's last word is empty."""
    begun = Signal()
    with m.If(inner.start):
        m.d.sync += begun.eq(1)
    return (begun | ~inner.tile.full) & (~(begun | inner.start) | inner.layer.tail_lanes.any())


class _Queue:
    """Stands for engine, queue and splitter: each sum leaves some time after its last beat."""

    def __init__(self, dut: Any, stall: float) -> None:
        self.dut, self.stall = dut, stall
        self.rng = random.Random(random.getrandbits(64))
        self.taken: list[int] = []
        self.most = 0

    async def run(self, sums: int) -> None:
        """Let so many sums through."""
        dut, edge = self.dut, RisingEdge(self.dut.clk)
        last = BEAT["last"].offset
        arrived = 0
        while len(self.taken) < sums:
            leave = arrived > len(self.taken) and self.rng.random() >= self.stall
            dut.taken.value = int(leave)
            await edge
            if leave:
                self.taken.append(cycle())
            if dut.o__valid.value and dut.o__ready.value:
                arrived += dut.o__payload.value.to_unsigned() >> last & 1
            self.most = max(self.most, arrived - len(self.taken))
            assert self.most <= QUEUE, f"{self.most} sums in a queue of {QUEUE} in cycle {cycle()}"
        dut.taken.value = 0


async def _run(
    dut: Any, layer: LayerConfig, traces: dict[str, Trace], idle: float, stall: float, slow: float
) -> _Queue:
    """One layer; ``slow`` is the stall of the sums."""
    rng = bench_rng()
    layer = dataclasses.replace(layer, weight_beats=int(rng.integers(1, 1 << 20)))
    tiles, sets = activations(rng, layer, CONFIG), sets_of_weights(rng, layer, CONFIG)
    beats = dot_beats(tiles, sets, layer, CONFIG)
    assert dut.promised.value
    started = await begin(dut, with_noise(layer, READS, rng))
    for trace in traces.values():
        trace.clear()
    model, queue = TileModel(dut, tiles, idle), _Queue(dut, slow)
    cocotb.start_soon(model.run())
    leaving = cocotb.start_soon(queue.run(sum(beat.last for beat in beats)))
    every = [set_bits(each, CONFIG) for each in sets.reshape(-1, CONFIG.output_lanes, CONFIG.input_lanes)] * layer.tiles
    cocotb.start_soon(put(dut, "weights", every, idle=idle))
    asked = cocotb.start_soon(get(dut, "request", layer.tiles, stall=stall, shape=WEIGHT_REQUEST))
    given = await get(dut, "o", len(beats), stall=stall)
    await leaving
    assert dut.promised.value
    assert await asked == [{"address": layer.weight_address, "beats": layer.weight_beats}] * layer.tiles
    for number, (beat, seen) in enumerate(zip(beats, given, strict=True)):
        assert seen == _beat_bits(beat), f"beat {number} is {unpack(BEAT, seen)}, not {beat}"
    times = schedule(
        layer,
        CONFIG,
        start=started,
        full=model.full,
        sets=traces["weights"].offered,
        taken=traces["o"].taken,
        sums_taken=queue.taken,
    )
    assert traces["o"].offered == times.given
    assert model.released == times.released
    _check_sets(layer, traces)
    assert traces["request"].offered[0] == started + 1
    if not stall:
        assert traces["request"].taken == list(range(started + 1, started + 1 + layer.tiles))
    if not idle and not stall and not slow:
        first = started + 1 + READ_AHEAD
        assert traces["o"].taken == list(range(first, first + len(beats)))
    return queue


def _beat_bits(beat: DotBeat) -> int:
    """A beat as its payload; packing it field by field is slow."""
    operands = int.from_bytes(beat.activations.tobytes(), "little")
    bits = operands << BEAT["activations"].offset | set_bits(beat.weights, CONFIG) << BEAT["weights"].offset
    # A tile of more pixels than the config has uses slots twice.
    flags = {"slot": beat.slot % (1 << BEAT["slot"].width), "first": beat.first, "last": beat.last}
    return bits | sum(flag << BEAT[name].offset for name, flag in flags.items())


def _check_sets(layer: LayerConfig, traces: dict[str, Trace]) -> None:
    """A set is taken with the last beat that uses it."""
    ends, number = [], -1
    for pixels in tile_sizes(layer):
        for _ in range(layer.passes * layer.words):
            number += pixels
            ends.append(traces["o"].taken[number])
    assert traces["weights"].taken == ends


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def beats_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Layer after layer without a reset."""
    await start(dut)
    traces = {name: Trace(dut, name) for name in ("request", "weights", "o")}
    for layer in dot_layers(bench_rng(), CONFIG, 4):
        await _run(dut, layer, traces, idle, stall, slow=stall)
    await quiet(dut, "o", 5)
    await quiet(dut, "request", 1)


@cocotb.test()
async def many_words_and_passes_match_golden(dut: Any) -> None:
    """The ends of both counts, and bits of them alone, as they would end a loop early."""
    await start(dut)
    traces = {name: Trace(dut, name) for name in ("request", "weights", "o")}
    most = CONFIG.tile_bytes // CONFIG.input_lanes
    counts = [((1 << bit) + 1, 1) for bit in range(1, 8) if 1 << bit < most] + [(most, 1)]
    counts += [(1, (1 << bit) + 1) for bit in (*range(1, 9), 13)]
    layers = [LayerConfig(kind=LayerKind.WORDS, words=words, passes=passes, tail_lanes=1) for words, passes in counts]
    # As many pixels as a descriptor may say, or as the tile has room for.
    pixels, last = min(127, most // 3), min(85, most // 3)
    layers.append(
        LayerConfig(kind=LayerKind.WORDS, tiles=2, tile_pixels=pixels, last_tile_pixels=last, words=3, passes=2)
    )
    # Counts of words and of passes stay while the pixels of a tile pass.
    two = LayerConfig(kind=LayerKind.WORDS, tile_pixels=2, last_tile_pixels=2)
    layers += [dataclasses.replace(two, words=words) for words in (most // 2, most // 2 - 1)]
    layers.append(dataclasses.replace(two, passes=(1 << 13) + 4))
    for layer in layers:
        await _run(dut, layer, traces, 0.0, 0.0, slow=0.0)


@cocotb.test()
async def every_tile_has_its_request(dut: Any) -> None:
    """So many tiles that no request is missing and none is too many; a first one for each bit of their number."""
    await start(dut)
    for bit in range(20):
        await begin(dut, LayerConfig(kind=LayerKind.WORDS, tiles=1 << bit))
        await wait(dut, 1)
        assert dut.request__valid.value
    tiles = (1 << 17) - 1
    dut.request__ready.value = 1
    await begin(dut, LayerConfig(kind=LayerKind.WORDS, tiles=tiles))
    await leap(dut, tiles)
    assert dut.request__valid.value
    await quiet(dut, "request", 3)


@cocotb.test()
@cocotb.parametrize(words=[1, 2])
async def the_queue_of_sums_fills_and_never_overflows(dut: Any, words: int) -> None:
    """Beats are always taken, sums leave now and then."""
    await start(dut)
    traces = {name: Trace(dut, name) for name in ("request", "weights", "o")}
    most = min(CONFIG.tile_pixels, CONFIG.tile_bytes // CONFIG.input_lanes // words)
    for pixels, last in ((most, most), (max(most // 2 + 1, 1), 1), (1, 1)):
        layer = LayerConfig(
            kind=LayerKind.WORDS,
            tiles=4,
            tile_pixels=pixels,
            last_tile_pixels=last,
            words=words,
            tail_lanes=CONFIG.input_lanes,
            passes=2 * QUEUE,
        )
        queue = await _run(dut, layer, traces, 0.0, 0.0, slow=0.9)
        assert queue.most == QUEUE, "the queue is not used to its end"
