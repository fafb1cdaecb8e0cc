"""Bench of the AXI shell: random programs against the golden accelerator, through cocotbext-axi."""

import itertools
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, LayerConfig, LayerKind, ProgramTarget
from racelet.golden.dwcpwc.program import Block, descriptor_blocks, program_beats
from racelet.golden.lib.config import ShellConfig
from racelet.hw.dwcpwc.axi_shell import AxiShell
from racelet.hw.dwcpwc.layouts import ErrorCode
from racelet.hw.dwcpwc.registers import register_map
from racelet.sim.axi import last_beats, reset
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import RESET_CYCLES
from racelet.sim.dwcpwc.programs import random_program
from racelet.sim.dwcpwc.shell_host import ShellHost
from racelet.sim.dwcpwc.streamed_programs import streamed_program
from racelet.sim.runner import run_bench

CONFIG = bench_config(DwcPwcConfig)
SHELL = bench_config(ShellConfig, "shell")
MAP = register_map(CONFIG, SHELL)
KINDS = [kind for kind in LayerKind if kind not in {LayerKind.INPUT, LayerKind.OUTPUT, LayerKind.STREAM}]


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config with the default shell."""
    verify_shell(config, ShellConfig(), seed=seed, waves=waves)


def verify_shell(
    config: DwcPwcConfig, shell: ShellConfig, *, seed: int | None = None, waves: Path | None = None
) -> None:
    """Run this bench on one config and one shell."""
    run_bench(AxiShell(config, shell), __name__, parameters={"config": config, "shell": shell}, seed=seed, waves=waves)


async def _host(dut: Any, **gaps: float) -> ShellHost:
    return await ShellHost.begin(dut, bench_rng(), CONFIG, SHELL, **gaps)


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(kind=[kind.name for kind in KINDS], gaps=[0.0, 0.4])
async def programs_match_golden(dut: Any, kind: str, gaps: float) -> None:
    """One layer of each kind, alone and before another; every program run twice, cycle by cycle where nothing waits."""
    host = await _host(dut, idle=gaps, stall=gaps)
    for more in (0, 1):
        program = random_program(host.rng, CONFIG, [LayerKind[kind], *host.rng.choice(np.array(KINDS), more).tolist()])
        await host.load(program)
        for _ in range(2):
            await host.run(program)


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def registers_are_those_of_the_map(dut: Any, gaps: float) -> None:
    """After reset, when memories have been zeroed; the config can be read back."""
    host = await _host(dut, idle=gaps, stall=gaps)
    await host.wait(RESET_CYCLES)
    await host.registers_are_those_of_the_map((0x44, 0xFC))
    for name in ("input_lanes", "weight_bytes", "layers"):
        assert await host.registers.read(name) == getattr(CONFIG, name)
    assert await host.registers.read("shell", "start_queue") == SHELL.start_queue


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def the_next_inference_begins_when_one_ends(dut: Any) -> None:
    """All inputs and starts are sent at once: not a cycle passes between the runs, whose cycles are unchanged."""
    host = await _host(dut)
    program = random_program(host.rng, CONFIG, [LayerKind.FUSED, LayerKind.GATHER])
    await host.load(program)
    count = SHELL.start_queue + 1
    inputs = [host.offer(program) for _ in range(count)]
    for _ in inputs:
        await host.registers.write("control", start=1)
    assert await host.registers.read("status", "starts") == SHELL.start_queue
    assert await host.registers.read("status", "running")
    outputs = [await host.packet() for _ in inputs]
    expected = [host.golden.run(data) for data in inputs]
    for output, each in zip(outputs, expected, strict=True):
        np.testing.assert_array_equal(output, each.outputs)
    await host.idle()
    assert await host.registers.read("inferences") == count
    total = sum(sum(each.layer_cycles) for each in expected)
    if host.exact:
        assert await host.pair("total_cycles") == total


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def back_to_back_costs_nothing(dut: Any) -> None:
    """From packet to packet it takes the cycles of one inference: load and compute overlap."""
    host = await _host(dut)
    program = random_program(host.rng, CONFIG, [LayerKind.WORDS])
    await host.load(program)
    count = SHELL.start_queue + 1
    inputs = [host.offer(program) for _ in range(count)]
    # The first input is in the buffer when the first run begins.
    await host.wait(min(program.input_bytes, SHELL.input_buffer_bytes) + 4)
    ends: list[int] = []
    cocotb.start_soon(last_beats(dut, ends))
    for _ in inputs:
        await host.registers.write("control", start=1)
    cycles = [sum(host.golden.run(data).layer_cycles) for data in inputs]
    for data in inputs:
        np.testing.assert_array_equal(await host.packet(), host.golden.run(data).outputs)
    steps = [after - before for before, after in itertools.pairwise(ends)]
    # Two cycles more than the layers take: the last count is taken, and the run has ended.
    if host.exact and all(each > 40 * SHELL.start_queue for each in cycles):
        assert steps == [each + 2 for each in cycles[1:]]
    cocotb.log.info("inference %s cycles, from end to end %s", cycles, steps)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def more_starts_than_can_wait_are_refused(dut: Any) -> None:
    """Until clear, with an interrupt; those that wait are kept."""
    host = await _host(dut)
    program = random_program(host.rng, CONFIG, [LayerKind.DEPTHWISE])
    await host.load(program)
    await host.registers.write("interrupt_enable", error=1)
    # Without input, the first run waits.
    for number in range(SHELL.start_queue + 2):
        assert not dut.irq.value
        assert not await host.registers.read("status", "start_refused")
        await host.registers.write("control", start=1)
        assert await host.registers.read("status", "starts") == min(number, SHELL.start_queue)
    assert await host.registers.read("status", "start_refused")
    assert dut.irq.value
    for _ in range(SHELL.start_queue + 1):
        data = host.offer(program)
        np.testing.assert_array_equal(await host.packet(), host.golden.run(data).outputs)
    await host.idle()
    assert await host.registers.read("status", "start_refused")
    assert await host.registers.read("interrupt_status") == 3
    await host.registers.write("interrupt_status", error=1)
    assert await host.registers.read("interrupt_status") == 1
    assert not dut.irq.value
    await host.registers.write("control", clear=1)
    await host.fresh()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_start_waits_for_the_program_words_before_it(dut: Any) -> None:
    """A new program may be sent while the old one runs; a start after it runs the new one."""
    host = await _host(dut)
    first, second = (random_program(host.rng, CONFIG, [kind]) for kind in (LayerKind.FUSED, LayerKind.WORDS))
    await host.load(first)
    data = host.offer(first)
    await host.registers.write("control", start=1)
    host.offer_words(second.words)
    await host.wait(4)
    np.testing.assert_array_equal(await host.packet(), host.golden.run(data).outputs)
    await host.registers.write("control", start=1)
    outside = second.weights if CONFIG.store == "stream" else None
    assert host.golden.load(second.words, outside) == "NONE"
    await host.program.wait()
    host.weights = [beat.tobytes() for beat in second.weights]
    data = host.offer(second)
    np.testing.assert_array_equal(await host.packet(), host.golden.run(data).outputs)


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def streamed_programs_run_one_after_the_other(dut: Any, gaps: float) -> None:
    """Words of several runs wait at the port while their starts are queued."""
    host = await _host(dut, idle=gaps, stall=gaps)
    program = streamed_program(host.rng, CONFIG, [LayerKind.FUSED, LayerKind.ADD, LayerKind.WORDS])
    await host.load(program)
    for _ in range(2):
        runs = min(SHELL.start_queue, 2) + 1
        inputs = [host.offer(program) for _ in range(runs)]
        for _ in range(runs):
            host.offer_words(program.streamed)
        await host.wait(4)
        for _ in range(runs):
            await host.registers.write("control", start=1)
        for data in inputs:
            np.testing.assert_array_equal(await host.packet(), host.golden.run(data, program.streamed).outputs)
        await host.idle()


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(how=["drain", "reset"])
async def everything_can_be_stopped_at_any_moment(dut: Any, how: str) -> None:
    """While a program is loaded, an input comes, layers run, output goes: then load and run anew."""
    host = await _host(dut)

    async def stop() -> None:
        if how == "drain":
            await host.clear()
            return
        # The drivers see aresetn and stop by themselves, with all they had.
        await reset(dut)
        host.stop()
        await host.wait(RESET_CYCLES)
        for register in MAP.registers:
            assert await host.registers.read(register.name) == register.reset, register.name

    for kind in KINDS:
        program = random_program(host.rng, CONFIG, [kind, KINDS[int(host.rng.integers(len(KINDS)))]])
        host.offer_words(program.words)
        await host.wait(int(host.rng.integers(2, len(program_beats(program.words, CONFIG)) + 2)))
        await stop()
        await host.load(program)
        cycles = sum(host.golden.run(np.zeros(program.input_bytes, np.int8)).layer_cycles)
        for _ in range(3):
            host.offer(program)
            host.offer(program)
            await host.registers.write("control", start=1)
            await host.registers.write("control", start=1)
            await host.wait(int(host.rng.integers(1, cycles)))
            await stop()
            await host.registers.write("interrupt_status", done=1, error=1)
            await host.run(program)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def clear_forgets_input_and_starts_and_closes_the_packet(dut: Any) -> None:
    """A beat that is offered stays, and the last one of the packet that was cut short is marked."""
    host = await _host(dut)
    program = random_program(host.rng, CONFIG, [LayerKind.GATHER])
    # More than the shell holds, so that a run cannot end while nobody takes its output.
    while program.output_bytes < 16:
        program = random_program(host.rng, CONFIG, [LayerKind.GATHER])
    await host.load(program)
    for number, taken in enumerate((0, 1, program.output_bytes // 2)):
        host.output.pause = taken == 0
        data = host.offer(program)
        host.offer(program)
        for _ in range(2):
            await host.registers.write("control", start=1)
        while not dut.m_axis_o_tvalid.value:
            await host.edge
        await host.wait(taken)
        host.output.pause = True
        await host.wait(3)
        await host.registers.write("control", clear=1)
        assert await host.registers.read("status", "output")
        await host.wait(RESET_CYCLES)
        assert await host.registers.read("status") & ~0x4 == 0
        assert await host.registers.read("input_level") <= host.input.queue_occupancy_bytes + program.input_bytes
        host.output.pause = False
        cut = await host.packet()
        assert 0 < len(cut) < program.output_bytes
        assert await host.registers.read("inferences") == number
        assert await host.registers.read("interrupt_status") == 0
        np.testing.assert_array_equal(cut, host.golden.run(data).outputs[: len(cut)])
        await host.wait(20)
        await host.clear()
        await host.registers.write("interrupt_status", done=1, error=1)
        await host.run(program)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def clear_takes_no_beat(dut: Any) -> None:
    """What was not taken before a clear is the first that is taken after it."""
    host = await _host(dut)
    program = random_program(host.rng, CONFIG, [LayerKind.DEPTHWISE])
    await host.load(program)
    host.input.send_nowait(bytes(5))
    await host.wait(20)
    assert await host.registers.read("input_level") == 5
    await host.registers.write("control", clear=1)
    assert await host.registers.read("input_level") == 0
    taken: list[int] = []
    cleared: list[int] = []
    watching = cocotb.start_soon(_watch_input(dut, taken, cleared))
    host.input.send_nowait(bytes(range(200)))
    for _ in range(8):
        await host.registers.write("control", clear=1)
    await host.wait(300)
    watching.cancel()
    # What was taken from the last clear on is there.
    assert await host.registers.read("input_level") == sum(cycle >= cleared[-1] for cycle in taken)
    assert len(cleared) == 8
    assert taken[0] < cleared[-1] < taken[-1]


async def _watch_input(dut: Any, taken: list[int], cleared: list[int]) -> None:
    """Cycles in which an input byte is taken, and those in which a write acts: when its answer is first offered."""
    edge = RisingEdge(dut.aclk)
    answered = False
    cycle = 0
    while True:
        await edge
        cycle += 1
        if dut.s_axis_i_tvalid.value and dut.s_axis_i_tready.value:
            taken.append(cycle)
        if dut.s_axi_bvalid.value and not answered:
            cleared.append(cycle)
        answered = bool(dut.s_axi_bvalid.value)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def drain_takes_and_drops(dut: Any) -> None:
    """Every input stream, one beat per cycle; no start helps."""
    host = await _host(dut)
    await host.registers.write("control", drain=1)
    assert await host.registers.read("control") == 4
    drivers = [host.program, host.input, *([host.answered] if CONFIG.store == "stream" else [])]
    for driver in drivers:
        driver.send_nowait(bytes(400 * driver.byte_lanes))
    await host.registers.write("control", drain=1, start=1)
    await host.wait(420)
    assert all(driver.idle() for driver in drivers)
    await host.registers.write("control", drain=0)
    await host.fresh()
    program = random_program(host.rng, CONFIG, [LayerKind.WORDS])
    await host.load(program)
    await host.run(program)


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(wrong=["target", "kind", "unfinished"])
async def bad_programs_end_in_their_error(dut: Any, wrong: str) -> None:
    """With an interrupt, once; no start helps; clear ends it, and what was loaded before runs."""
    host = await _host(dut)
    await host.registers.write("interrupt_enable", error=1)
    good = 2 if wrong == "kind" else CONFIG.layers - 1
    layers = [LayerConfig(kind=LayerKind.INPUT)] * (good + (wrong == "unfinished"))
    words = [word for block in descriptor_blocks(layers) for word in block.words().tolist()]
    if wrong == "target":
        words = [7, 0, *range(8)]
    await host.send(words)
    if wrong == "kind":
        bad = Block(
            target=ProgramTarget.DESCRIPTORS, address=good * DESCRIPTOR_PITCH, data=np.array([15, 0, 0, 0], np.uint8)
        )
        await host.send(bad.words().tolist())
    if wrong != "target":
        await host.idle()
        host.input.send_nowait(bytes(good))
        for _ in range(2):
            await host.registers.write("control", start=1)
    await host.interrupt()
    expected = ErrorCode[wrong.upper()].value
    for waiting in range(wrong != "target", 2 + (wrong != "target")):
        assert await host.registers.read("status", "starts") == min(waiting, SHELL.start_queue)
        assert await host.registers.read("status", "error") == expected
        assert not await host.registers.read("status", "running")
        await host.registers.write("interrupt_status", error=1)
        assert not dut.irq.value
        await host.registers.write("control", start=1)
        await host.wait(40)
    assert await host.registers.read("inferences") == 0
    assert await host.registers.read("layer_count") == (0 if wrong == "target" else good)
    await host.registers.write("control", clear=1)
    await host.fresh()
    program = random_program(host.rng, CONFIG, [LayerKind.DEPTHWISE])
    await host.load(program)
    await host.run(program)
