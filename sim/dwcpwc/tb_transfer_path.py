"""Bench of the transfer path."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc import input_loader, spiller
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.transfer_path import FIRST, GRANTED, Transfer, transfer, transfer_beats
from racelet.hw.dwcpwc.layouts import TRANSFER, byte_group
from racelet.hw.dwcpwc.transfer_path import TransferPath
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import begin, highs, show_layers
from racelet.sim.dwcpwc.spilling import beat_payload, spilled_words, window_payload
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import cycle, get, handles, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
BANDWIDTH = CONFIG.bandwidth


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(TransferPath(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


def _layer(rng: Generator, kind: LayerKind) -> LayerConfig:
    channels = int(rng.choice([1, BANDWIDTH, BANDWIDTH + 1, CONFIG.input_lanes, 2 * CONFIG.input_lanes + 1]))
    tiles, pixels, last = (int(value) for value in rng.integers(1, 4, 3))
    sizes = {"tiles": tiles, "tile_pixels": pixels, "last_tile_pixels": last}
    # A STORE reads its source: its other channels are noise.
    sizes |= {"channels": channels if kind == LayerKind.LOAD else 7, "source_channels": channels}
    layer = LayerConfig(kind=kind, **sizes, outside_address=int(rng.integers(1 << 32)))
    beats = transfer_beats(layer, CONFIG) if rng.random() < 0.7 else int(rng.integers(1 << 32))
    return LayerConfig(kind=kind, **sizes, outside_address=layer.outside_address, outside_beats=beats)


async def _start(dut: Any) -> None:
    """Start, and watch from then on what the path tells of itself."""
    await start(dut)
    cocotb.start_soon(_watch(dut))


async def _watch(dut: Any) -> None:
    """``waiting`` follows from the ports; beats are missing only where a request was taken and none are owed."""
    edge = RisingEdge(dut.clk)
    request, fill, spill = (handles(dut, name)[1:] for name in ("transfer", "fill", "spill"))
    while True:
        await edge
        (asks, heard), (gives, takes), (has, goes) = (
            (bool(valid.value), bool(ready.value)) for valid, ready in (request, fill, spill)
        )
        waiting = (asks and not heard) or (takes and not gives) or (has and not goes)
        assert bool(dut.waiting.value) == waiting, f"cycle {cycle()}"
        assert not (dut.short.value and (asks or dut.owed.value)), f"cycle {cycle()}"


async def _request(dut: Any, layer: LayerConfig, requests: Trace, stall: float) -> int:
    """Begin a layer and check what it asks for; returns the first cycle in which beats may move."""
    began = await begin(dut, layer)
    requests.clear()
    (found,) = await get(dut, "transfer", 1, shape=TRANSFER, stall=stall)
    assert Transfer(**found) == transfer(layer)
    await wait(dut, 1)
    assert requests.offered == [began + FIRST]
    return requests.taken[0] + GRANTED


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def beats_move_once_the_request_is_taken(dut: Any, idle: float, stall: float) -> None:
    """LOAD and STORE in turn, layers of other kinds between them; beats and words are there before the start."""
    rng = bench_rng()
    await _start(dut)
    names = ("transfer", "fill", "o", "i", "spill")
    traces = {name: Trace(dut, name) for name in names}
    done: list[int] = []
    cocotb.start_soon(highs(dut, "done", done))
    for kind in [LayerKind.LOAD, LayerKind.STORE, LayerKind.LOAD, LayerKind.LOAD, LayerKind.STORE, LayerKind.STORE] * 3:
        await begin(dut, LayerConfig(kind=LayerKind(int(rng.integers(LayerKind.LOAD)))))
        await quiet(dut, "transfer", 3)
        for trace in traces.values():
            trace.clear()
        done.clear()
        layer = _layer(rng, kind)
        await (_load if kind == LayerKind.LOAD else _store)(dut, rng, layer, traces, idle, stall)
        assert dut.owed.value == (layer.outside_beats != transfer_beats(layer, CONFIG))
        assert done == ([traces["spill"].taken[-1] + spiller.DONE] if kind == LayerKind.STORE else [])
    await quiet(dut, "transfer", 5)


@cocotb.test()
async def a_pixel_of_many_channels_is_loaded_whole(dut: Any) -> None:
    """After descriptors that do not begin, of which nothing may come."""
    rng = bench_rng()
    await start(dut)
    await show_layers(dut, ("transfer", "o", "spill"), rng)
    traces = {name: Trace(dut, name) for name in ("transfer", "fill", "o")}
    layer = LayerConfig(kind=LayerKind.LOAD, channels=(1 << 15) + int(rng.integers(1 << 14)))
    await _load(dut, rng, dataclasses.replace(layer, outside_beats=transfer_beats(layer, CONFIG)), traces, 0.0, 0.0)


@cocotb.test()
@cocotb.parametrize(store=[False, True], stall=[0.0, 0.5])
async def no_more_beats_move_than_were_asked_for(dut: Any, store: bool, stall: float) -> None:
    """``short`` tells of the beat that is missing, ``owed`` of those that are not; then a good layer follows."""
    rng = bench_rng()
    await _start(dut)
    kind = LayerKind.STORE if store else LayerKind.LOAD
    fill, spill = Trace(dut, "fill"), Trace(dut, "spill")
    for _ in range(20):
        good = _layer(rng, kind)
        count = transfer_beats(good, CONFIG)
        asked = int(rng.integers(count))
        layer = dataclasses.replace(good, outside_beats=asked)
        pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
        words = spilled_words(rng, layer.source_channels, pixels, CONFIG)
        given = [window_payload(rng, word, CONFIG) for word in words]
        name, beats = ("i", given) if store else ("fill", [0] * count)
        await begin(dut, layer)
        giving = cocotb.start_soon(put(dut, name, beats))
        taking = cocotb.start_soon(get(dut, "spill" if store else "o", asked, stall=stall))
        await get(dut, "transfer", 1, stall=stall)
        await taking
        dut.o__ready.value = dut.spill__ready.value = 1
        await wait(dut, 12)
        assert not dut.owed.value
        assert dut.short.value
        assert not dut.waiting.value
        assert len((spill if store else fill).taken) == asked
        giving.cancel()
        getattr(dut, f"{name}__valid").value = 0
        dut.o__ready.value = dut.spill__ready.value = 0
        for trace in (fill, spill):
            trace.clear()


async def _load(
    dut: Any, rng: Generator, layer: LayerConfig, traces: dict[str, Trace], idle: float, stall: float
) -> None:
    count = transfer_beats(layer, CONFIG)
    data = rng.integers(-128, 128, (count, BANDWIDTH)).astype(np.int8).tolist()
    filling = cocotb.start_soon(put(dut, "fill", [beat_payload(beat) for beat in data], idle=idle))
    granted = await _request(dut, layer, traces["transfer"], stall)
    found = await get(dut, "o", count, shape=byte_group(BANDWIDTH), stall=stall)
    await filling
    await quiet(dut, "o", 2)
    expected = input_loader.placed(data, layer)
    assert [each["data"] for each in found] == data
    places = [(each["place"]["channel"], each["place"]["advance"], each["place"]["final"]) for each in found]
    assert places == [(each.channel, each.advance, each.final) for each in expected]
    fill, out = traces["fill"], traces["o"]
    assert out.offered == input_loader.schedule(granted - input_loader.FIRST, fill.offered)
    assert fill.taken == out.taken


async def _store(
    dut: Any, rng: Generator, layer: LayerConfig, traces: dict[str, Trace], idle: float, stall: float
) -> None:
    pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
    words = spilled_words(rng, layer.source_channels, pixels, CONFIG)
    expected = spiller.spill(words, CONFIG)
    granting = cocotb.start_soon(_request(dut, layer, traces["transfer"], stall))
    await wait(dut, 1)
    cocotb.start_soon(put(dut, "i", [window_payload(rng, word, CONFIG) for word in words], idle=idle))
    beats = [beat_payload(beat) for word in expected for beat in word]
    assert await get(dut, "spill", len(beats), stall=stall) == beats
    granted = await granting
    await quiet(dut, "spill", 2)
    words_in, out = traces["i"], traces["spill"]
    accepted, there = spiller.schedule([len(word) for word in expected], words_in.offered, out.taken, granted)
    assert words_in.taken == accepted
    assert out.offered == there
