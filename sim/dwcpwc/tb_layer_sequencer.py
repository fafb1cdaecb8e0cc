"""Bench of the layer sequencer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, FIELDS, SIGNED, LayerConfig, LayerKind
from racelet.golden.dwcpwc.layer_sequencer import FETCH, TURN, runs, schedule
from racelet.hw.dwcpwc.layer_sequencer import LayerSequencer
from racelet.hw.dwcpwc.layouts import ErrorCode, memory_write
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import Trace, layer_bits, pulse
from racelet.sim.monitor import quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import PATIENCE, cycle, get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
BAD_KIND = max(LayerKind) + 1


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(LayerSequencer(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


def _layer(rng: Generator, last: bool) -> LayerConfig:
    """A descriptor with something in every field."""
    fields = {}
    for name, width in FIELDS.items():
        low = -(1 << width - 1) if name in SIGNED else 0
        fields[name] = int(rng.integers(low, low + (1 << width)))
    return LayerConfig(**fields | {"kind": LayerKind(int(rng.integers(len(LayerKind)))), "last": int(last)})


async def _write(dut: Any, layers: Sequence[int], rng: Generator) -> None:
    """Write descriptors, word by word in any order."""
    writes = [
        {"address": number * DESCRIPTOR_PITCH + word, "data": bits >> 32 * word & 0xFFFFFFFF}
        for number, bits in enumerate(layers)
        for word in range(DESCRIPTOR_PITCH)
    ]
    rng.shuffle(writes)
    await put(dut, "write", writes, shape=memory_write(32))


class _Units:
    """Stands for the units that run layers: each layer ends so many cycles after its start."""

    def __init__(self, dut: Any, lengths: Sequence[int]) -> None:
        self.dut, self.lengths = dut, lengths
        self.starts: list[int] = []
        self.layers: list[int] = []

    async def run(self) -> None:
        dut, edge = self.dut, RisingEdge(self.dut.clk)
        end = -1
        for _ in range(PATIENCE):
            await edge
            now = cycle()
            if dut.start.value:
                assert now > end, f"a layer starts in cycle {now}, before the end of the one before"
                self.starts.append(now)
                self.layers.append(dut.layer.value.to_unsigned())
                end = now + self.lengths[len(self.starts) - 1]
            if now <= end:
                assert dut.layer.value.to_unsigned() == self.layers[-1], f"the layer changes in cycle {now}"
            dut.layer_done.value = int(now + 1 == end)
            if now == end and len(self.starts) == len(self.lengths):
                return
        raise TimeoutError(f"{len(self.starts)} of {len(self.lengths)} layers in {PATIENCE} cycles")


async def _stopped(dut: Any, after: int) -> int:
    """First cycle after ``after`` that is not busy."""
    edge = RisingEdge(dut.clk)
    for _ in range(PATIENCE):
        await edge
        if cycle() > after and not dut.busy.value:
            return cycle()
    raise TimeoutError(f"busy for {PATIENCE} cycles")


async def _run(dut: Any, layers: list[LayerConfig], lengths: list[int], counts: Trace, stall: float) -> None:
    """One program, from go to the end."""
    counts.clear()
    units = _Units(dut, lengths)
    assert not dut.busy.value
    go = await pulse(dut, "go")
    running = cocotb.start_soon(units.run())
    stopping = cocotb.start_soon(_stopped(dut, go))
    # A go while busy does nothing.
    dut.go.value = 1
    given = await get(dut, "layer_cycles", len(layers), stall=stall)
    dut.go.value = 0
    await running
    stopped = await stopping
    times = schedule(go, lengths, counts.taken)
    assert units.layers == [layer_bits(layer) for layer in layers]
    assert units.starts == times.starts
    assert given == times.counts
    assert counts.offered == times.given
    assert stopped == times.stopped
    assert units.starts[0] == go + FETCH
    if not stall:
        assert sum(given) == counts.taken[-1] - 1 - go
        ends = [begun + length for begun, length in zip(units.starts, lengths, strict=True)]
        fast = [end + TURN for end, length in zip(ends, lengths, strict=True) if length > FETCH]
        assert set(fast[:-1]) <= set(units.starts)


def _lengths(rng: Generator, count: int) -> list[int]:
    """Layers that end before the next descriptor is there, and layers that do not."""
    return [int(rng.choice([1, 2, FETCH - TURN - 1, FETCH - TURN, 60, *rng.integers(1, 40, 3)])) for _ in range(count)]


@cocotb.test()
@cocotb.parametrize(stall=[0.0, 0.5, 0.97])
async def layers_and_their_cycles_match_golden(dut: Any, stall: float) -> None:
    """Programs of one layer, of a few, of as many as fit, one after the other; the same one twice."""
    rng = bench_rng()
    await start(dut)
    counts = Trace(dut, "layer_cycles")
    for count in (1, 3, CONFIG.layers, 2):
        layers = [_layer(rng, number == count - 1) for number in range(count)]
        await _write(dut, [layer_bits(layer) for layer in layers], rng)
        for _ in range(1 + (count == 3)):
            await _run(dut, layers, _lengths(rng, count), counts, stall)
    await quiet(dut, "layer_cycles", 5)


@cocotb.test()
@cocotb.parametrize(good=[0, 1, 3], wrong=["kind", "unfinished"])
async def a_bad_program_stops_with_its_code(dut: Any, good: int, wrong: str) -> None:
    """The layers before run; then the error stays and no go helps, until a reset."""
    rng = bench_rng()
    await start(dut)
    counts = Trace(dut, "layer_cycles")
    layers = [layer_bits(_layer(rng, False)) for _ in range(CONFIG.layers)]
    if wrong == "kind":
        layers[good] = layers[good] & ~7 | BAD_KIND
    await _write(dut, layers, rng)
    expected, name = runs([bits & 7 for bits in layers], [0] * CONFIG.layers)
    lengths = _lengths(rng, expected)
    units = _Units(dut, lengths)
    go = await pulse(dut, "go")
    stopping = cocotb.start_soon(_stopped(dut, go))
    running = cocotb.start_soon(units.run()) if expected else None
    given = await get(dut, "layer_cycles", expected)
    if running is not None:
        await running
    stopped = await stopping
    times = schedule(go, lengths, counts.taken, fails=True)
    assert stopped == times.stopped
    assert (units.starts, given) == (times.starts, times.counts)
    for _ in range(3):
        assert dut.error.value.to_unsigned() == ErrorCode[name].value
        await pulse(dut, "go")
        await wait(dut, FETCH + 3)
        assert not dut.busy.value
        assert not dut.start.value
    layers[0] |= 8
    if good or wrong == "unfinished":
        await start(dut)
        assert dut.error.value.to_unsigned() == ErrorCode.NONE.value
        await _write(dut, layers, rng)
        await pulse(dut, "go")
        await wait(dut, FETCH)
        assert dut.start.value
        assert dut.layer.value.to_unsigned() == layers[0]
