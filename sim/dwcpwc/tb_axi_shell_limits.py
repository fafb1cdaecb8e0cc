"""Bench of the AXI shell at its limits: a full buffer, as many layers as there are, long layers, many runs."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import Timer

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import TRANSFER_KINDS, LayerConfig, LayerKind
from racelet.golden.dwcpwc.program import descriptor_blocks, fence
from racelet.golden.lib.config import ShellConfig
from racelet.hw.dwcpwc.axi_shell import AxiShell
from racelet.hw.dwcpwc.layouts import ErrorCode
from racelet.sim.axi import reset
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import RESET_CYCLES
from racelet.sim.dwcpwc.programs import RandomProgram, random_program
from racelet.sim.dwcpwc.shell_host import ShellHost
from racelet.sim.runner import run_bench
from racelet.sim.streams import PERIOD_NS

CONFIG = bench_config(DwcPwcConfig)
SHELL = bench_config(ShellConfig, "shell")
LAYER_INDEX_BITS = 8
WORD = (1 << 32) - 1


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config with the default shell."""
    shell = ShellConfig()
    run_bench(AxiShell(config, shell), __name__, parameters={"config": config, "shell": shell}, seed=seed, waves=waves)


async def _host(dut: Any) -> ShellHost:
    return await ShellHost.begin(dut, bench_rng(), CONFIG, SHELL)


def _words(layers: list[LayerConfig]) -> list[int]:
    return [word for block in descriptor_blocks(layers) for word in block.words().tolist()]


def _bytewise(layers: list[LayerConfig]) -> RandomProgram:
    """A program whose INPUT and OUTPUT layers move one byte each."""
    layers = [*layers[:-1], dataclasses.replace(layers[-1], last=1)]
    kinds = [layer.kind for layer in layers]
    return RandomProgram(
        words=_words(layers),
        weights=np.zeros((0, CONFIG.weight_beat_bytes), np.uint8),
        outside=np.zeros((0, CONFIG.bandwidth), np.uint8),
        layers=layers,
        input_bytes=kinds.count(LayerKind.INPUT),
        output_bytes=kinds.count(LayerKind.OUTPUT),
    )


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_full_buffer_loses_nothing_and_every_run_counts(dut: Any) -> None:
    """Inputs that fill the buffer to its last byte wait for their runs; a reset forgets how many there were."""
    host = await _host(dut)
    size, runs = SHELL.input_buffer_bytes, 128
    program = random_program(host.rng, CONFIG, [LayerKind.MAX_POOL])
    while not size < runs * program.input_bytes < 3 * size // 2:
        program = random_program(host.rng, CONFIG, [LayerKind.MAX_POOL])
    await host.load(program)
    inputs = [host.offer(program) for _ in range(runs)]
    while dut.s_axis_i_tready.value:
        await host.edge
    await host.wait(4)
    assert await host.registers.read("input_level") == size
    begun = 0
    for number, data in enumerate(inputs):
        while begun < min(runs, number + SHELL.start_queue):
            await host.registers.write("control", start=1)
            begun += 1
        np.testing.assert_array_equal(await host.packet(), host.golden.run(data).outputs)
    await host.idle()
    assert await host.registers.read("inferences") == runs
    assert await host.registers.read("input_level") == 0
    await reset(dut)
    host.stop()
    await host.wait(RESET_CYCLES)
    assert await host.registers.read("inferences") == 0
    await host.load(program)
    await host.run(program)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def as_many_layers_as_there_are_are_counted(dut: Any) -> None:
    """Each with its cycles; an index beyond the last one shows none."""
    host = await _host(dut)
    most = _bytewise([*[LayerConfig(kind=LayerKind.INPUT)] * (CONFIG.layers - 1), LayerConfig(kind=LayerKind.OUTPUT)])
    few = _bytewise([LayerConfig(kind=LayerKind.INPUT), LayerConfig(kind=LayerKind.OUTPUT)])
    for program in (most, few):
        await host.load(program)
        await host.run(program)
        beyond = {len(program.layers), (1 << LAYER_INDEX_BITS) - 1, *(1 << bit for bit in range(LAYER_INDEX_BITS))}
        for index in sorted(index for index in beyond if index >= len(program.layers)):
            await host.registers.write("layer_index", value=index)
            assert await host.registers.read("layer_cycles") == 0


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_layer_that_waits_counts_what_it_waits(dut: Any) -> None:
    """Its input comes late; the next run is as short as ever."""
    host = await _host(dut)
    program = _bytewise([LayerConfig(kind=LayerKind.INPUT), LayerConfig(kind=LayerKind.OUTPUT)])
    await host.load(program)
    await host.run(program)
    short = await host.registers.read("last_cycles_low")
    # Just below 2^14.
    waited = (1 << 14) - 256
    await host.registers.write("control", start=1)
    await Timer(waited * PERIOD_NS, "ns")
    await host.edge
    data = host.offer(program)
    np.testing.assert_array_equal(await host.packet(), host.golden.run(data).outputs)
    await host.idle()
    # What comes before the first byte is waited for is done while the host waits.
    whole = await host.registers.read("last_cycles_low")
    assert waited < whole < waited + short
    counts = []
    for index in range(2):
        await host.registers.write("layer_index", value=index)
        counts.append(await host.registers.read("layer_cycles"))
    assert sum(counts) == whole
    assert counts[0] > waited
    await host.registers.write("interrupt_status", done=1)
    await host.run(program)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def transfers_ask_for_any_beat_outside(dut: Any) -> None:
    """A program that stores and loads does so wherever its descriptors say, and nowhere else."""
    host = await _host(dut)
    for base in (0x55555555, 0xAAAAAAAA, 0x33333333, 0):
        program = random_program(host.rng, CONFIG, [LayerKind.STORE, LayerKind.LOAD])
        await host.load(program)
        layers = [
            dataclasses.replace(layer, outside_address=layer.outside_address + base)
            if layer.kind in TRANSFER_KINDS
            else layer
            for layer in program.layers
        ]
        await host.send(_words(layers))
        await host.idle()
        beats = len(program.outside)
        host.outside = {base + number: beat for number, beat in host.outside.items()}
        await host.run(program)
        assert set(host.outside) <= set(range(base, base + beats))
        there = b"".join(host.outside[base + number] for number in range(beats))
        assert there == host.golden.outside.read(0, beats).tobytes()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def every_error_of_a_program_has_its_code(dut: Any) -> None:
    """Until a clear, after which a good program runs."""
    host = await _host(dut)
    await host.registers.write("interrupt_enable", error=1)
    good = _bytewise([LayerConfig(kind=LayerKind.INPUT), LayerConfig(kind=LayerKind.OUTPUT)])
    stream = [LayerConfig(kind=LayerKind.STREAM)]
    cases = {
        "TARGET": ([7, 0, *range(8)], []),
        "FENCE": (_words(stream), [*fence(0).words().tolist(), *fence(5).words().tolist()]),
        "FIELD": (_words([LayerConfig(kind=LayerKind.INPUT, tiles=0, last=1)]), []),
        "UNFINISHED": (_words([LayerConfig(kind=LayerKind.INPUT)] * CONFIG.layers), []),
    }
    for name, (words, streamed) in cases.items():
        await host.send(words)
        await host.registers.write("control", start=1)
        host.input.send_nowait(bytes(CONFIG.layers))
        if streamed:
            host.offer_words(streamed)
        await host.interrupt()
        assert ErrorCode(await host.registers.read("status", "error")).name == name
        await host.clear()
        assert await host.registers.read("status", "error") == ErrorCode.NONE.value
        await host.registers.write("interrupt_status", done=1, error=1)
        await host.load(good)
        await host.run(good)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_word_holds_every_bit(dut: Any) -> None:
    """All ones, none, each alone, any."""
    host = await _host(dut)
    await host.wait(RESET_CYCLES)
    values = [WORD, 0, *(1 << bit for bit in range(32)), *host.rng.integers(0, WORD, 8, endpoint=True).tolist()]
    for value in values:
        await host.registers.write("scratch", value=value)
        assert await host.registers.read("scratch") == value
    await host.registers.write("layer_index", value=(1 << LAYER_INDEX_BITS) - 1)
    assert await host.registers.read("layer_index") == (1 << LAYER_INDEX_BITS) - 1


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def no_port_is_ready_in_a_clear_and_none_for_what_nobody_asked_for(dut: Any) -> None:
    """A clear while nothing goes on, and one while a layer waits for beats from outside."""
    host = await _host(dut)
    fill, ports = dut.s_axis_fill_tready, (dut.s_axis_program_tready, dut.s_axis_fill_tready)
    program = random_program(host.rng, CONFIG, [LayerKind.STORE, LayerKind.LOAD])
    await host.load(program)
    host.fill.pause = True
    for asked in (False, True):
        host.offer(program)
        await host.wait(20)
        if asked:
            await host.registers.write("control", start=1)
            while not fill.value:
                await host.edge
        assert tuple(bool(port.value) for port in ports) == (not asked, asked)
        # The buffer has room, so its port is ready in every other cycle.
        cleared = 0
        clearing = cocotb.start_soon(host.registers.write("control", clear=1))
        for _ in range(40):
            await host.edge
            if not dut.s_axis_i_tready.value:
                assert not any(port.value for port in ports)
                cleared += 1
        await clearing
        assert cleared == 1
        host.fill.pause = False
        await host.clear()
        host.fill.pause = True
    host.fill.pause = False
    await host.load(program)
    await host.run(program)
