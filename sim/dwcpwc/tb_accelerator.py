"""Bench of the whole accelerator: random programs against the golden accelerator."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from amaranth.hdl import signed

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, DESCRIPTOR_WORDS, LayerConfig, LayerKind, ProgramTarget
from racelet.golden.dwcpwc.program import Block, descriptor_blocks
from racelet.hw.dwcpwc.layouts import ErrorCode
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.accelerator_host import AcceleratorHost
from racelet.sim.dwcpwc.descriptors import COMPUTING, random_descriptor
from racelet.sim.dwcpwc.drive import program_payloads, pulse
from racelet.sim.dwcpwc.programs import random_program
from racelet.sim.dwcpwc.tracked import complete
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
KINDS = [kind for kind in LayerKind if kind not in {LayerKind.INPUT, LayerKind.OUTPUT, LayerKind.STREAM}]


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(complete(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(kind=[kind.name for kind in KINDS], idle=[0.0, 0.5], stall=[0.0, 0.5])
async def programs_match_golden(dut: Any, kind: str, idle: float, stall: float) -> None:
    """One layer of each kind, alone and before another; every program run twice."""
    rng = bench_rng()
    await start(dut)
    host = AcceleratorHost(dut, rng, CONFIG, idle, stall)
    for more in (0, 1):
        program = random_program(rng, CONFIG, [LayerKind[kind], *rng.choice(np.array(KINDS), more).tolist()])
        await host.load(program)
        for _ in range(2):
            await host.run(program)
    await quiet(dut, "o", 5)


@cocotb.test()
async def clear_stops_a_run_and_keeps_the_program(dut: Any) -> None:
    """At any moment of a run, and in the middle of the load of a program."""
    rng = bench_rng()
    await start(dut)
    host = AcceleratorHost(dut, rng, CONFIG)
    for kind in KINDS:
        program = random_program(rng, CONFIG, [kind, KINDS[int(rng.integers(len(KINDS)))]])
        host.tasks.append(cocotb.start_soon(host.send(program.words)))
        await wait(dut, int(rng.integers(1, len(program_payloads(program.words, CONFIG)) + 1)))
        await host.clear(program)
        await host.load(program)
        cycles = sum(host.golden.run(np.zeros(program.input_bytes, np.int8)).layer_cycles)
        for _ in range(3):
            host.begin(program)
            dut.layer_cycles__ready.value = dut.o__ready.value = 1
            await pulse(dut, "start")
            await wait(dut, int(rng.integers(1, cycles - 1)))
            assert dut.busy.value
            assert dut.running.value
            await host.clear(program)
            assert not dut.running.value
            await host.run(program)


@cocotb.test()
async def clear_stops_layers_of_any_shape(dut: Any) -> None:
    """Whatever the fields of their descriptors say; then a program runs as if nothing had been."""
    rng = bench_rng()
    await start(dut)
    host = AcceleratorHost(dut, rng, CONFIG)
    program = random_program(rng, CONFIG, [LayerKind.WORDS])
    begun = 0
    for _ in range(8):
        for kind in COMPUTING:
            layer = random_descriptor(rng, CONFIG, kind, last=True)
            await host.send([word for block in descriptor_blocks([layer]) for word in block.words().tolist()])
            await host.settle()
            host.tasks.append(cocotb.start_soon(put(dut, "i", rng.integers(-128, 128, 99).tolist())))
            await pulse(dut, "start")
            await wait(dut, int(rng.integers(60, 120)))
            assert host.error() == ErrorCode.NONE
            begun += int(dut.running.value)
            await host.clear(program)
            # No memory outside has the beats that such a layer asks for.
            host.stop()
    # Few are so short that they have ended.
    assert begun > 7 * len(COMPUTING)
    await host.load(program)
    await host.run(program)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5])
async def clear_stops_a_transfer_and_drops_what_is_owed(dut: Any, idle: float) -> None:
    """While the request waits, and after any beat of a LOAD or STORE; then the outside begins anew, too."""
    rng = bench_rng()
    await start(dut)
    host = AcceleratorHost(dut, rng, CONFIG, idle, idle)
    program = random_program(rng, CONFIG, [LayerKind.STORE, LayerKind.LOAD, LayerKind.WORDS])
    await host.load(program)
    host.begin(program)
    host.tasks.pop(0).cancel()
    dut.layer_cycles__ready.value = dut.o__ready.value = 1
    dut.transfer__ready.value = 0
    await pulse(dut, "start")
    while not dut.transfer__valid.value:
        await wait(dut, 1)
    await wait(dut, 5)
    assert dut.transfer__valid.value
    await host.clear(program)
    assert not dut.transfer__valid.value
    await host.run(program)
    beats = sum(layer.outside_beats for layer in program.layers)
    for moved in [1, beats - 1, *rng.integers(1, beats, 6).tolist()]:
        already = host.memory.read_beats + host.memory.written_beats
        host.begin(program)
        dut.layer_cycles__ready.value = dut.o__ready.value = 1
        await pulse(dut, "start")
        while host.memory.read_beats + host.memory.written_beats < already + moved:
            await wait(dut, 1)
        await host.clear(program)
        for name in ("transfer__valid", "spill__valid", "fill__ready"):
            assert not getattr(dut, name).value
        await host.run(program)


@cocotb.test()
async def a_start_while_busy_is_ignored(dut: Any) -> None:
    """Held all through a run, and given while a block is being loaded."""
    rng = bench_rng()
    await start(dut)
    host = AcceleratorHost(dut, rng, CONFIG)
    program = random_program(rng, CONFIG, [LayerKind.GATHER])
    await host.load(program)
    beats = program_payloads(descriptor_blocks(program.layers)[0].words().tolist(), CONFIG)
    await put(dut, "program", beats[:1])
    await wait(dut, 1)
    assert dut.busy.value
    await pulse(dut, "start")
    await put(dut, "program", beats[1:])
    await host.settle()
    assert not dut.busy.value
    await quiet(dut, "layer_cycles", 40)
    data = host.begin(program)
    await pulse(dut, "start")
    dut.start.value = 1
    counting = cocotb.start_soon(get(dut, "layer_cycles", len(program.layers)))
    outputs = await get(dut, "o", program.output_bytes, shape=signed(8))
    await counting
    dut.start.value = 0
    np.testing.assert_array_equal(outputs, host.golden.run(data).outputs)
    await wait(dut, 3)
    assert not dut.busy.value


@cocotb.test()
async def a_program_waits_for_the_one_that_runs(dut: Any) -> None:
    """Its first word is taken when the last cycle count is."""
    rng = bench_rng()
    await start(dut)
    host = AcceleratorHost(dut, rng, CONFIG)
    first, second = (random_program(rng, CONFIG, [kind]) for kind in (LayerKind.FUSED, LayerKind.WORDS))
    await host.load(first)
    words, counts = Trace(dut, "program"), Trace(dut, "layer_cycles")
    data = host.begin(first)
    await pulse(dut, "start")
    loading = cocotb.start_soon(host.send(second.words))
    counting = cocotb.start_soon(get(dut, "layer_cycles", len(first.layers)))
    outputs = await get(dut, "o", first.output_bytes, shape=signed(8))
    np.testing.assert_array_equal(outputs, host.golden.run(data).outputs)
    assert await counting == host.golden.run(data).layer_cycles
    await loading
    assert words.taken[0] == counts.taken[-1] + 1
    host.take_over(second)
    await host.settle()
    await host.run(second)


@cocotb.test()
@cocotb.parametrize(wrong=["target", "empty", *(["weights"] if CONFIG.store == "stream" else [])])
async def a_bad_block_is_an_error_until_clear(dut: Any, wrong: str) -> None:
    """TARGET: no start helps, further words are taken and dropped, and what was loaded before is still there."""
    rng = bench_rng()
    await start(dut)
    host = AcceleratorHost(dut, rng, CONFIG)
    program = random_program(rng, CONFIG, [LayerKind.WORDS])
    await host.load(program)
    block = Block(target=ProgramTarget.WEIGHTS, address=0, data=np.zeros(4, np.uint8), row_records=1)
    bad = block.words().tolist()
    if wrong != "weights":
        bad[0] = bad[0] | 7 if wrong == "target" else bad[0] & 7
    await host.send([*bad, *range(8)])
    await host.settle()
    for _ in range(2):
        assert host.error() == ErrorCode.TARGET
        assert not dut.busy.value
        await host.send(program.words[:7])
        await pulse(dut, "start")
        await quiet(dut, "layer_cycles", 40)
    await host.clear(program)
    await host.run(program)


@cocotb.test()
@cocotb.parametrize(wrong=["kind", "unfinished"])
async def a_bad_descriptor_is_an_error_until_clear(dut: Any, wrong: str) -> None:
    """The layers before it run; then no start helps."""
    rng = bench_rng()
    await start(dut)
    host = AcceleratorHost(dut, rng, CONFIG)
    load = LayerConfig(kind=LayerKind.INPUT)
    count = 3 if wrong == "kind" else CONFIG.layers
    layers = [load] * count
    words = [word for block in descriptor_blocks(layers) for word in block.words().tolist()]
    await host.send(words)
    good = count - 1
    if wrong == "kind":
        data = np.array([15, 0, 0, 0], np.uint8)
        block = Block(target=ProgramTarget.DESCRIPTORS, address=good * DESCRIPTOR_PITCH, data=data)
        await host.send(block.words().tolist())
    await host.settle()
    host.tasks.append(cocotb.start_soon(put(dut, "i", list(range(good)))))
    await pulse(dut, "start")
    await get(dut, "layer_cycles", good)
    await wait(dut, 40)
    expected = ErrorCode[wrong.upper()]
    for _ in range(2):
        assert host.error() == expected
        assert not dut.busy.value
        await pulse(dut, "start")
        await quiet(dut, "layer_cycles", 40)
    program = random_program(rng, CONFIG, [LayerKind.DEPTHWISE])
    await host.clear(program)
    await host.load(program)
    await host.run(program)


@cocotb.test()
async def a_descriptor_of_no_kind_is_an_error_whatever_its_fields(dut: Any) -> None:
    """KIND, and nothing else comes of it; then a good program runs."""
    rng = bench_rng()
    await start(dut)
    host = AcceleratorHost(dut, rng, CONFIG)
    program = random_program(rng, CONFIG, [LayerKind.WORDS])
    for _ in range(12):
        words = rng.integers(0, 1 << 32, DESCRIPTOR_WORDS, dtype=np.uint64).astype(np.uint32)
        words[0] = words[0] & ~np.uint32(15) | np.uint32(rng.integers(len(LayerKind), 16))
        block = Block(
            target=ProgramTarget.DESCRIPTORS, address=0, data=words.view(np.uint8), row_records=DESCRIPTOR_WORDS
        )
        await host.send(block.words().tolist())
        await host.settle()
        await pulse(dut, "start")
        for name in ("layer_cycles", "o", "transfer"):
            await quiet(dut, name, 15)
        assert host.error() == ErrorCode.KIND
        assert not dut.busy.value
        await host.clear(program)
    await host.load(program)
    await host.run(program)


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(kind=["LOAD", "STORE"], excess=[-1, 1], stall=[0.0, 0.5])
async def a_transfer_of_wrong_length_is_an_error_until_clear(dut: Any, kind: str, excess: int, stall: float) -> None:
    """TRANSFER, with what the tensor and the descriptor both name moved and no more; the layers before it run."""
    rng = bench_rng()
    await start(dut)
    host = AcceleratorHost(dut, rng, CONFIG, stall, stall)
    program = random_program(rng, CONFIG, [LayerKind.STORE, LayerKind.WORDS, LayerKind.LOAD, LayerKind.WORDS])
    numbers = [number for number, layer in enumerate(program.layers) if layer.kind == LayerKind[kind]]
    for number in dict.fromkeys((numbers[0], numbers[-1])):
        await host.load(program)
        layer = program.layers[number]
        wrong = dataclasses.replace(layer, outside_beats=layer.outside_beats + excess)
        words = [word for block in descriptor_blocks([wrong], first=number) for word in block.words().tolist()]
        await host.send(words)
        assert host.golden.load(words) == "NONE"
        await host.settle()
        moved = host.memory.read_beats + host.memory.written_beats
        expected = host.golden.run(host.begin(program))
        counting = cocotb.start_soon(get(dut, "layer_cycles", number, stall=stall, patience=host.patience))
        dut.o__ready.value = 1
        await pulse(dut, "start")
        await counting
        while dut.busy.value:
            await wait(dut, 1)
        for _ in range(2):
            assert host.error().name == expected.error == "TRANSFER"
            await pulse(dut, "start")
            await quiet(dut, "layer_cycles", 40)
        if not stall:
            assert await counting == expected.layer_cycles
        moved = host.memory.read_beats + host.memory.written_beats - moved
        beats = [each.outside_beats for each in program.layers[: number + 1]]
        assert moved == sum(beats) + min(excess, 0)
        await host.clear(program)
    await host.load(program)
    await host.run(program)
