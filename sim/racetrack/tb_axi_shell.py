"""Bench of the AXI shell: commands against golden, through cocotbext-axi."""

from pathlib import Path
from typing import Any

import cocotb

from racelet.golden.lib.config import ShellConfig
from racelet.golden.racetrack.command import Command
from racelet.golden.racetrack.config import ENGINES, RacetrackConfig
from racelet.golden.racetrack.packets import ERRORS
from racelet.hw.racetrack.axi_shell import AxiShell
from racelet.sim.axi import reset
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.racetrack.shell_host import ShellHost
from racelet.sim.runner import run_bench

CONFIG = bench_config(RacetrackConfig)
SHELL = bench_config(ShellConfig, "shell")


def verify(config: RacetrackConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config with the default shell."""
    verify_shell(config, ShellConfig(), seed=seed, waves=waves)


def verify_shell(
    config: RacetrackConfig, shell: ShellConfig, *, seed: int | None = None, waves: Path | None = None
) -> None:
    """Run this bench on one config and one shell."""
    run_bench(AxiShell(config, shell), __name__, parameters={"config": config, "shell": shell}, seed=seed, waves=waves)


def batches() -> int:
    """Fewer where each takes longer."""
    return max(6, min(40, 1200 // CONFIG.segment))


async def _host(dut: Any, **gaps: float) -> ShellHost:
    return await ShellHost.begin(dut, bench_rng(), CONFIG, SHELL, **gaps)


def _some(host: ShellHost, most: int = 6) -> list[Any]:
    return [host.ask() for _ in range(int(host.rng.integers(1, most + 1)))]


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4], wild=[0.0, 0.3])
async def commands_match_golden(dut: Any, gaps: float, wild: float) -> None:
    """Responses, swept bits, tracks, counters and cycles, in packets of some commands; at times things go wrong."""
    host = await _host(dut, idle=gaps, stall=gaps, wild=wild)
    for _ in range(batches()):
        if wild and host.rng.random() < 0.5:
            host.both.go_wrong()
        await host.batch(_some(host))
        if host.rng.random() < 0.2:
            await host.acknowledge()
        if host.rng.random() < 0.2:
            await host.recount()
            await host.registers_match()
    assert host.answered > batches()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def any_bytes_are_answered(dut: Any) -> None:
    """Whatever they are."""
    host = await _host(dut)
    for _ in range(4):
        await host.batch([host.ask(host.rng.bytes(CONFIG.command_bytes)) for _ in range(8)])
    await host.registers_match()


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def registers_are_those_of_the_map(dut: Any, gaps: float) -> None:
    """The config can be read back."""
    host = await _host(dut, idle=gaps, stall=gaps)
    await host.registers_are_those_of_the_map((0x24, 0x44, 0x80, 0xFC, 0x184))
    read = host.registers.read
    for name in ("word_bits", "ports", "words_per_port", "tracks", "sweep", "guard", "journal"):
        assert await read(name) == getattr(CONFIG, name)
    assert await read("clock_ghz") == round(CONFIG.clock_ghz * 1e6)
    for engine in ENGINES:
        assert await read("engines_there", engine) == (engine in CONFIG.engines)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def every_packet_of_commands_has_its_interrupt(dut: Any) -> None:
    """And none comes in between."""
    host = await _host(dut)
    await host.registers.write("interrupt_enable", done=1)
    for count in (1, 3, 2):
        host.send([host.ask(Command(code="home")) for _ in range(count)])
        await host.interrupt()
        assert await host.registers.read("interrupt_status") == 1
        await host.registers.write("interrupt_status", done=1)
        assert not dut.irq.value
        assert len((await host.responses.recv()).tdata) == count * CONFIG.response_bytes
        await host.wait(10)
        assert not dut.irq.value


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def the_first_error_is_kept(dut: Any) -> None:
    """With an interrupt, until it is acknowledged; further commands are done."""
    host = await _host(dut)
    await host.registers.write("interrupt_enable", error=1)
    assert not dut.irq.value
    wrong = [Command(code="home", track=255), Command(code="read"), Command(code="read", port=200)]
    home = Command(code="home")
    for first in wrong * 2:
        await host.batch([host.ask(each) for each in (home, first, *wrong, home)])
        assert host.first[0] != "NONE"
        assert await host.registers.read("status", "error") == ERRORS.index(host.first[0])
        # Whether packets are done too is nothing to this interrupt.
        await host.registers.write("interrupt_status", done=1)
        assert dut.irq.value
        await host.registers.write("interrupt_status", error=1)
        assert not dut.irq.value
        await host.batch([host.ask(each) for each in wrong])
        assert not dut.irq.value
        await host.acknowledge()
        await host.registers_match()
        assert not dut.irq.value


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(how=["drain", "reset"])
async def everything_can_be_stopped_at_any_moment(dut: Any, how: str) -> None:
    """Tracks and journal stay as they are left, and all goes on from there."""
    host = await _host(dut, stall=0.3)
    recovered = 0
    for _ in range(2 * batches()):
        asked = _some(host)
        host.send(asked)
        await host.wait(int(host.rng.integers(1, sum(each.cycles for each in asked) + 40)))
        if how == "drain":
            await host.clear()
        else:
            # The drivers see aresetn and stop by themselves, with all they had.
            await reset(dut)
            host.stop()
            # What was strobed in the cycle of the reset is done by now.
            await host.wait(2)
        await host.adopt(reset=how == "reset")
        recovered += host.model.journal is not None
        await host.batch(_some(host, 3))
        if host.first[0] != "NONE":
            await host.acknowledge()
    assert recovered or not CONFIG.journal


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def commands_wait_in_the_buffer(dut: Any) -> None:
    """As many as fit come while responses are not taken; a clear forgets them, and errors."""
    host = await _host(dut)
    host.responses.pause = True
    await host.wait(4)
    asked = [host.ask(Command(code="home")) for _ in range(host.room + 8)]
    host.send(asked)
    await host.wait(host.room + 100)
    assert await host.registers.read("input_level") == host.room
    assert await host.registers.read("status") == 0b111
    assert not dut.s_axis_command_tready.value
    host.responses.pause = False
    await host.compare(asked)
    host.responses.pause = True
    await host.wait(4)
    host.send([host.ask(Command(code="home", track=255)) for _ in range(2 + min(host.room, 6))])
    await host.wait(60)
    assert await host.registers.read("status", "error") == ERRORS.index("TRACK")
    await host.registers.write("control", clear=1)
    await host.wait(2)
    assert await host.registers.read("input_level") == 0
    # Two responses were offered, or wait to be; they are not taken back.
    assert await host.registers.read("status") == 0b100
    host.responses.pause = False
    await host.wait(10)
    host.stop()
    await host.adopt(reset=False)
    await host.batch([host.ask(Command(code="home"))])


@cocotb.test(timeout_time=1, timeout_unit="ms", skip=not CONFIG.sweep)
async def a_sweep_waits_for_its_bits(dut: Any) -> None:
    """And goes on as they are taken; a clear ends it, and its packet."""
    host = await _host(dut)
    assert host.swept is not None
    home, sweep = Command(code="home"), Command(code="sweep", slots=CONFIG.words_per_port)
    for _ in range(3):
        host.swept.pause = True
        asked = [host.ask(each) for each in (home, sweep)]
        host.taken.clear()
        host.send(asked)
        await host.wait(40 * CONFIG.operation_cycles("shift") + 60)
        assert await host.registers.read("status") == 0b111
        assert await host.registers.read("commands") == host.answered + 1
        assert len(host.taken) == 1
        host.swept.pause = False
        await host.compare(asked)
    host.swept.pause = True
    host.send([host.ask(each) for each in (home, sweep)])
    await host.wait(40 * CONFIG.operation_cycles("shift") + 60)
    await host.registers.write("control", clear=1)
    await host.wait(2)
    host.swept.pause = False
    short = bytes((await host.swept.recv()).tdata)
    assert 0 < len(short) < CONFIG.swept_bytes * CONFIG.segment
    host.stop()
    await host.adopt(reset=False)
    await host.batch([host.ask(each) for each in (home, sweep, sweep)])


@cocotb.test(timeout_time=1, timeout_unit="ms", skip=not CONFIG.sweep)
async def a_sweep_that_fails_ends_its_packet(dut: Any) -> None:
    """Some steps are seen before the device tells a fault; the next sweep is a packet of its own."""
    host = await _host(dut)
    home, sweep = Command(code="home"), Command(code="sweep", slots=CONFIG.words_per_port)
    for steps in (2, 5, 3):
        await host.batch([host.ask(home)])
        for track in (host.model.tracks[0], host.both.device.tracks[0]):
            track.sites[-steps] = True
        asked = [host.ask(sweep)]
        assert asked[0].expected.error == "DEVICE_FAULT"
        assert len(asked[0].expected.swept) == steps - 1
        await host.batch(asked)
        await host.batch([host.ask(each) for each in (home, sweep, home)])


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def no_error_outlives_a_clear(dut: Any) -> None:
    """Not that of a command either that would be answered in the cycle of the clear."""
    host = await _host(dut)
    wrong = Command(code="home", track=255)
    for delay in range(12):
        host.responses.pause = True
        await host.wait(4)
        host.send([host.ask(wrong) for _ in range(2 + min(host.room, 8))])
        await host.wait(40)
        clear = cocotb.start_soon(host.registers.write("control", clear=1))
        await host.wait(delay)
        host.responses.pause = False
        await clear
        await host.wait(20)
        assert await host.registers.read("status") == 0
        host.stop()
        await host.adopt(reset=False)
