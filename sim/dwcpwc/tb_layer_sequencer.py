"""Bench of the layer sequencer."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.layer_sequencer import FETCH, TURN, runs, schedule
from racelet.golden.dwcpwc.memories import unpack_fields
from racelet.hw.dwcpwc.layer_sequencer import LayerSequencer
from racelet.hw.dwcpwc.layouts import ErrorCode
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.descriptors import COMPUTING, random_descriptor
from racelet.sim.dwcpwc.drive import layer_bits, pulse
from racelet.sim.dwcpwc.sequencer_parts import Ring, Units, Watch, descriptor_words, write_descriptors
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import PATIENCE, cycle, get, leap, start, wait

CONFIG = bench_config(DwcPwcConfig)
BAD_KINDS = [kind for kind in range(16) if kind not in set(LayerKind)]


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(LayerSequencer(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


def _layer(rng: Generator, last: bool) -> LayerConfig:
    """A descriptor with something in every field."""
    return random_descriptor(rng, CONFIG, LayerKind(int(rng.choice(COMPUTING))), last=last)


async def _start(dut: Any) -> None:
    """Start, and watch from then on that a program is open to words only while none runs, or it streams."""
    await start(dut)
    cocotb.start_soon(_closed(dut))


async def _closed(dut: Any) -> None:
    edge = RisingEdge(dut.clk)
    while True:
        await edge
        assert bool(dut.closed.value) == bool(dut.busy.value and not dut.streaming.value), f"cycle {cycle()}"


async def _stopped(dut: Any, after: int) -> int:
    """First cycle after ``after`` that is not busy."""
    edge = RisingEdge(dut.clk)
    for _ in range(PATIENCE):
        await edge
        if cycle() > after and not dut.busy.value:
            return cycle()
    raise TimeoutError(f"busy for {PATIENCE} cycles")


async def _run(
    dut: Any,
    layers: list[LayerConfig],
    lengths: list[int],
    counts: Trace,
    stall: float,
    resident: int | None = None,
    rng: Generator | None = None,
) -> None:
    """One program, from go to the end; layers from ``resident`` on are streamed."""
    counts.clear()
    units, watch = Units(dut, lengths), Watch(dut)
    assert not dut.busy.value
    arrivals: list[int] = []
    if resident is not None and rng is not None:
        ring = Ring(dut, [layer_bits(layer) for layer in layers[resident:]], resident + 1, rng)
        arrivals = ring.arrivals
        cocotb.start_soon(ring.run())
    go = await pulse(dut, "go")
    running = cocotb.start_soon(units.run())
    stopping = cocotb.start_soon(_stopped(dut, go))
    # A go while busy does nothing.
    dut.go.value = 1
    given = await get(dut, "layer_cycles", len(layers), stall=stall)
    dut.go.value = 0
    await running
    stopped = await stopping
    times = schedule(go, lengths, counts.taken, resident=resident, arrivals=arrivals)
    watch.check(times, lengths, resident or 0)
    assert units.layers == [layer_bits(layer) for layer in layers]
    assert units.starts == times.starts
    assert given == times.counts
    assert counts.offered == times.given
    assert stopped == times.stopped
    if resident != 0:
        assert units.starts[0] == go + FETCH
    if not stall:
        assert sum(given) == counts.taken[-1] - 1 - go
    if not stall and resident is None:
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
    await _start(dut)
    counts = Trace(dut, "layer_cycles")
    for count in (1, 3, CONFIG.layers, 2):
        layers = [_layer(rng, number == count - 1) for number in range(count)]
        await write_descriptors(dut, [layer_bits(layer) for layer in layers], rng)
        for _ in range(1 + (count == 3)):
            await _run(dut, layers, _lengths(rng, count), counts, stall)
    await quiet(dut, "layer_cycles", 5)


@cocotb.test()
@cocotb.parametrize(stall=[0.0, 0.5, 0.97])
async def streamed_layers_and_their_cycles_match_golden(dut: Any, stall: float) -> None:
    """Rings of one place, of a few, of all but one; the last descriptor in any of them; several runs."""
    rng = bench_rng()
    await _start(dut)
    counts = Trace(dut, "layer_cycles")
    for resident in (0, 2, CONFIG.layers - 2, CONFIG.layers - 3):
        for count in (1, 2, CONFIG.layers - resident, 3 * (CONFIG.layers - resident)):
            layers = [_layer(rng, number == resident + count - 1) for number in range(resident + count)]
            stream = LayerConfig(kind=LayerKind.STREAM, last=int(rng.integers(2)))
            await write_descriptors(dut, [layer_bits(layer) for layer in [*layers[:resident], stream]], rng)
            await _run(dut, layers, _lengths(rng, len(layers)), counts, stall, resident, rng)
    # A program that is not streamed runs as before.
    layers = [_layer(rng, number == 2) for number in range(3)]
    await write_descriptors(dut, [layer_bits(layer) for layer in layers], rng)
    await _run(dut, layers, _lengths(rng, 3), counts, stall)


def _spoilt(rng: Generator, layer: int, wrong: str) -> int:
    """A descriptor that is refused."""
    match wrong:
        case "kind":
            return layer & ~15 | int(rng.choice(BAD_KINDS))
        case "field":
            # No tiles.
            return layer & ~(((1 << 20) - 1) << 6)
        case "stream":
            return layer & ~15 | LayerKind.STREAM
    return layer


@cocotb.test()
@cocotb.parametrize(good=[0, 1, 3], wrong=["kind", "unfinished", "field", "unfinished stream"], streamed=[False, True])
async def a_bad_program_stops_with_its_code(dut: Any, good: int, wrong: str, streamed: bool) -> None:
    """The layers before run; then the error stays and no go helps, until a reset."""
    rng = bench_rng()
    await _start(dut)
    counts = Trace(dut, "layer_cycles")
    layers = [layer_bits(_layer(rng, False)) for _ in range(CONFIG.layers)]
    resident = 1 if streamed and "unfinished" not in wrong else None
    ring: list[int] = []
    if resident is not None:
        layers[good + 1] = _spoilt(rng, layers[good + 1], wrong)
        ring = layers[1 : good + 2]
        await write_descriptors(dut, [layers[0], layer_bits(LayerConfig(kind=LayerKind.STREAM))], rng)
        expected, name = good + 1, wrong.upper()
    else:
        if wrong == "unfinished stream":
            layers[-1] = layers[-1] & ~31 | LayerKind.STREAM | 16
        else:
            layers[good] = _spoilt(rng, layers[good], wrong)
        await write_descriptors(dut, layers, rng)
        expected, name = runs([unpack_fields(descriptor_words(bits)) for bits in layers], CONFIG)
    assert name == wrong.split(maxsplit=1)[0].upper()
    lengths = _lengths(rng, expected)
    units = Units(dut, lengths)
    go = await pulse(dut, "go")
    stopping = cocotb.start_soon(_stopped(dut, go))
    running = cocotb.start_soon(units.run()) if expected else None
    writer = Ring(dut, ring, 2, rng)
    if ring:
        cocotb.start_soon(writer.run())
    given = await get(dut, "layer_cycles", expected)
    if running is not None:
        await running
    stopped = await stopping
    times = schedule(go, lengths, counts.taken, resident=resident, arrivals=writer.arrivals, fails=True)
    assert stopped == times.stopped
    assert (units.starts, given) == (times.starts, times.counts)
    for _ in range(3):
        assert dut.error.value.to_unsigned() == ErrorCode[name].value
        await pulse(dut, "go")
        await wait(dut, FETCH + 3)
        assert not dut.busy.value
        assert not dut.start.value
        assert not dut.streaming.value
    layers[0] |= 16
    if good or wrong == "unfinished":
        await _start(dut)
        assert dut.error.value.to_unsigned() == ErrorCode.NONE.value
        await write_descriptors(dut, layers, rng)
        await pulse(dut, "go")
        await wait(dut, FETCH)
        assert dut.start.value
        assert dut.layer.value.to_unsigned() == layers[0]


@cocotb.test()
@cocotb.parametrize(kind=BAD_KINDS)
async def a_kind_that_there_is_not_is_refused(dut: Any, kind: int) -> None:
    """Each of them."""
    rng = bench_rng()
    await _start(dut)
    await write_descriptors(dut, [layer_bits(_layer(rng, True)) & ~15 | kind], rng)
    await pulse(dut, "go")
    await wait(dut, 2 * FETCH)
    assert dut.error.value.to_unsigned() == ErrorCode.KIND.value
    assert not dut.busy.value


@cocotb.test()
async def descriptors_are_counted_far(dut: Any) -> None:
    """Many layers of one cycle each stream from a full ring, until no more have arrived."""
    rng = bench_rng()
    await start(dut)
    stream = LayerConfig(kind=LayerKind.STREAM)
    layers = [stream, *(_layer(rng, False) for _ in range(CONFIG.layers - 1))]
    await write_descriptors(dut, [layer_bits(layer) for layer in layers], rng)
    dut.layer_done.value = dut.layer_cycles__ready.value = 1
    # All ones, and then, after one more, none but the highest.
    counts = (1 << 14) - 1
    dut.arrived.value = 0
    go = await pulse(dut, "go")
    times = schedule(go, [0] * counts, [0] * counts, resident=0, arrivals=[go + 2 * FETCH] * counts)
    await wait(dut, 2 * FETCH - 1)
    assert dut.streaming.value
    dut.arrived.value = counts
    await leap(dut, times.given[-1] - cycle() - 1)
    assert not dut.starved.value
    await wait(dut, 1)
    assert dut.starved.value
    assert dut.ended.value.to_unsigned() == counts
    # Another one has arrived wherever the number differs, if only in one bit.
    for bit in range(20):
        dut.arrived.value = counts ^ 1 << bit
        await wait(dut, 2)
        assert not dut.starved.value
        counts += 1
        dut.arrived.value = counts
        await wait(dut, FETCH + 4)
        assert dut.starved.value
        assert dut.ended.value.to_unsigned() == counts


@cocotb.test()
async def a_long_layer_is_counted_to_its_end(dut: Any) -> None:
    """More than a hundred thousand cycles."""
    rng = bench_rng()
    await start(dut)
    await write_descriptors(dut, [layer_bits(_layer(rng, True))], rng)
    length = (1 << 17) + int(rng.integers(1 << 16))
    await pulse(dut, "go")
    await leap(dut, FETCH + length - 1)
    dut.layer_done.value = 1
    assert await get(dut, "layer_cycles", 1) == [FETCH + length + 1]


@cocotb.test()
async def a_second_stream_descriptor_is_an_error(dut: Any) -> None:
    """Where everything streams already."""
    rng = bench_rng()
    await _start(dut)
    stream = layer_bits(LayerConfig(kind=LayerKind.STREAM))
    await write_descriptors(dut, [stream], rng)
    cocotb.start_soon(Ring(dut, [stream], 1, rng).run())
    await pulse(dut, "go")
    await wait(dut, 2 * FETCH + 100)
    assert dut.error.value.to_unsigned() == ErrorCode.KIND.value
    assert not dut.busy.value


@cocotb.test()
@cocotb.parametrize(after=[2, FETCH - 1, FETCH, FETCH + 1, FETCH + 10, FETCH + 42, FETCH + 43, FETCH + 44])
async def a_failure_elsewhere_ends_the_run(dut: Any, after: int) -> None:
    """Between layers, in them and at their ends; the first code stays."""
    rng = bench_rng()
    await _start(dut)
    layers = [_layer(rng, number == 2) for number in range(3)]
    await write_descriptors(dut, [layer_bits(layer) for layer in layers], rng)
    cocotb.start_soon(Units(dut, [40, 40, 40]).run())
    dut.layer_cycles__ready.value = 1
    await pulse(dut, "go")
    await wait(dut, after - 1)
    assert dut.busy.value
    dut.failure.value = ErrorCode.STALLED.value
    await wait(dut, 3)
    for _ in range(60):
        assert not dut.busy.value
        assert not dut.running.value
        assert not dut.start.value
        assert dut.error.value.to_unsigned() == ErrorCode.STALLED.value
        dut.failure.value = int(rng.choice([ErrorCode.NONE.value, ErrorCode.STALLED.value]))
        dut.go.value = int(rng.integers(2))
        await wait(dut, 1)


@cocotb.test()
async def a_failure_while_idle_keeps_runs_from_starting(dut: Any) -> None:
    """Such as a bad block of a program; its code stays."""
    rng = bench_rng()
    await _start(dut)
    await write_descriptors(dut, [layer_bits(_layer(rng, True))], rng)
    dut.failure.value = ErrorCode.TARGET.value
    await wait(dut, 1)
    dut.failure.value = ErrorCode.NONE.value
    await wait(dut, 2)
    for _ in range(2):
        await pulse(dut, "go")
        for _ in range(2 * FETCH):
            assert not dut.busy.value
            assert not dut.start.value
            assert dut.error.value.to_unsigned() == ErrorCode.TARGET.value
            await wait(dut, 1)


@cocotb.test()
@cocotb.parametrize(length=[1, 40])
async def beats_that_are_owed_after_the_end_of_a_layer_end_the_run(dut: Any, length: int) -> None:
    """Those that are owed while it runs do not; there is no count."""
    rng = bench_rng()
    await _start(dut)
    await write_descriptors(dut, [layer_bits(_layer(rng, last)) for last in (False, True)], rng)
    counts = Trace(dut, "layer_cycles")
    cocotb.start_soon(Units(dut, [length, length]).run())
    dut.owed.value = 1
    await pulse(dut, "go")
    await wait(dut, FETCH + length)
    assert dut.busy.value
    assert not dut.error.value
    await wait(dut, 2)
    assert not dut.busy.value
    assert dut.error.value.to_unsigned() == ErrorCode.TRANSFER.value
    await wait(dut, 2 * FETCH)
    assert not dut.start.value
    assert not counts.offered


@cocotb.test()
@cocotb.parametrize(early=[0, 1, 5])
async def a_layer_that_a_failure_ends_has_no_count(dut: Any, early: int) -> None:
    """Up to a failure in the layer's last cycle."""
    rng = bench_rng()
    await _start(dut)
    await write_descriptors(dut, [layer_bits(_layer(rng, last)) for last in (False, True)], rng)
    counts = Trace(dut, "layer_cycles")
    cocotb.start_soon(Units(dut, [40, 40]).run())
    go = await pulse(dut, "go")
    await wait(dut, FETCH + 40 - early - 1)
    dut.failure.value = ErrorCode.STALLED.value
    await wait(dut, 1)
    assert cycle() == go + FETCH + 40 - early
    await wait(dut, 60)
    assert dut.error.value.to_unsigned() == ErrorCode.STALLED.value
    assert not counts.offered
