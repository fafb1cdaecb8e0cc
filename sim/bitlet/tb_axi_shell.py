"""Bench of the AXI shell: runs of matrix products against golden, through cocotbext-axi."""

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import cocotb

from racelet.golden.bitlet.array import ArrayTimes
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.packets import input_bytes
from racelet.golden.bitlet.run_queue import Run
from racelet.golden.lib.config import ShellConfig
from racelet.hw.bitlet.axi_shell import AxiShell
from racelet.hw.bitlet.layouts import RunError
from racelet.hw.bitlet.registers import register_map
from racelet.sim.axi import last_beats, reset
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.random_jobs import MatrixRun, random_run
from racelet.sim.bitlet.shell_host import ShellHost
from racelet.sim.runner import run_bench

CONFIG = bench_config(BitletConfig)
SHELL = bench_config(ShellConfig, "shell")
MAP = register_map(CONFIG, SHELL)
FIRST = 1
"""Cycles of a run before its first beat is at the array."""


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config with the default shell."""
    verify_shell(config, ShellConfig(), seed=seed, waves=waves)


def verify_shell(
    config: BitletConfig, shell: ShellConfig, *, seed: int | None = None, waves: Path | None = None
) -> None:
    """Run this bench on one config and one shell."""
    run_bench(AxiShell(config, shell), __name__, parameters={"config": config, "shell": shell}, seed=seed, waves=waves)


async def _host(dut: Any, **gaps: float) -> ShellHost:
    return await ShellHost.begin(dut, bench_rng(), CONFIG, SHELL, **gaps)


def _times(runs: list[MatrixRun]) -> ArrayTimes:
    """When the array would do what, if beats were always offered and results always taken."""
    times = ArrayTimes(CONFIG)
    for run in runs:
        for left, right in zip(run.activations, run.weights, strict=True):
            times.feed(left, right.T, run.form)
    times.run([0] * sum(len(run.beats()) for run in runs))
    return times


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def runs_match_golden(dut: Any, gaps: float) -> None:
    """Of any format and length, each with its interrupt, some asked for at a time; cycles where nothing waits."""
    host = await _host(dut, idle=gaps, stall=gaps)
    await host.registers.write("interrupt_enable", done=1, error=1)
    for number in range(20):
        run = random_run(host.rng, CONFIG)
        host.offer(run)
        await host.wait(int(host.rng.integers(40)) + 10)
        await host.ask(run.run)
        await host.packet(run)
        await host.interrupt()
        assert await host.registers.read("interrupt_status") == 1
        await host.registers.write("interrupt_status", done=1)
        assert not dut.irq.value
        assert await host.registers.read("runs") == number + 1
        assert await host.registers.read("status") == 0
        times, rows = _times([run]), CONFIG.rows
        spaced = all(after - before >= rows for before, after in itertools.pairwise(times.given))
        if host.exact and spaced:
            assert await host.pair("last_cycles") == FIRST + times.given[-1] - times.taken[0] + rows


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def runs_follow_each_other(dut: Any, gaps: float) -> None:
    """As many as can wait are asked for; not a cycle passes between them."""
    host = await _host(dut, idle=gaps, stall=gaps)
    for _ in range(4):
        runs = [random_run(host.rng, CONFIG) for _ in range(SHELL.start_queue + 1)]
        for run in runs:
            await host.ask(run.run)
        assert await host.registers.read("status", "starts") == SHELL.start_queue
        assert await host.registers.read("status", "running")
        ends: list[int] = []
        watching = cocotb.start_soon(last_beats(dut, ends))
        for run in runs:
            host.offer(run)
        for run in runs:
            await host.packet(run)
        watching.cancel()
        assert await host.registers.read("status") == 0
        if host.exact and CONFIG.rows == 1:
            given = _times(runs).given
            lasts = [given[count - 1] for count in itertools.accumulate(run.run.products for run in runs)]
            assert _steps(ends) == _steps(lasts)


def _steps(cycles: list[int]) -> list[int]:
    return [after - before for before, after in itertools.pairwise(cycles)]


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def registers_are_those_of_the_map(dut: Any, gaps: float) -> None:
    """The config can be read back."""
    host = await _host(dut, idle=gaps, stall=gaps)
    await host.registers_are_those_of_the_map((0x34, 0x44, 0xFC))
    for name in ("window", "lanes", "rows"):
        assert await host.registers.read(name) == getattr(CONFIG, name)
    for name, form in zip(CONFIG.formats, CONFIG.forms, strict=True):
        assert await host.registers.read(f"format_{name}", "width") == form.width


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(error=[each.name for each in RunError if each != RunError.NONE])
async def what_the_array_cannot_do_is_refused(dut: Any, error: str) -> None:
    """With a code and an interrupt; runs before it end, those after it are refused, until a clear."""
    host = await _host(dut)
    before, after = (random_run(host.rng, CONFIG) for _ in range(2))
    wrong = {
        "FORMAT": dataclasses.replace(before.run, form=len(CONFIG.formats)),
        "TERMS": dataclasses.replace(before.run, terms=CONFIG.terms + 1),
        "PRODUCTS": dataclasses.replace(before.run, products=0),
    }[error]
    await host.registers.write("interrupt_enable", error=1)
    await host.ask(before.run)
    await host.ask(wrong)
    await host.interrupt()
    assert await host.registers.read("status", "error") == RunError[error].value
    await host.ask(after.run)
    await host.ask(Run(form=0, terms=0, products=0))
    assert await host.registers.read("status", "starts") == 0
    host.offer(before)
    await host.packet(before)
    assert await host.registers.read("interrupt_status") == 3
    await host.registers.write("interrupt_status", done=1, error=1)
    assert not dut.irq.value
    assert await host.registers.read("status", "error") == RunError[error].value
    await host.registers.write("control", clear=1)
    await host.fresh()
    await host.ask(after.run)
    host.offer(after)
    await host.packet(after)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def more_starts_than_can_wait_are_refused(dut: Any) -> None:
    """Until clear, with an interrupt; those that wait are kept."""
    host = await _host(dut)
    run = random_run(host.rng, CONFIG)
    await host.registers.write("interrupt_enable", error=1)
    for number in range(SHELL.start_queue + 2):
        assert not dut.irq.value
        assert not await host.registers.read("status", "start_refused")
        await host.ask(run.run)
        assert await host.registers.read("status", "starts") == min(number, SHELL.start_queue)
    assert await host.registers.read("status", "start_refused")
    assert dut.irq.value
    for _ in range(SHELL.start_queue + 1):
        host.offer(run)
        await host.packet(run)
    assert await host.registers.read("status", "start_refused")
    await host.registers.write("control", clear=1)
    await host.fresh()


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(how=["drain", "reset"])
async def everything_can_be_stopped_at_any_moment(dut: Any, how: str) -> None:
    """While numbers come and results go, of several runs: then run anew."""
    host = await _host(dut, stall=0.3)
    for _ in range(30):
        runs = [random_run(host.rng, CONFIG) for _ in range(3)]
        for run in runs:
            host.offer(run)
            await host.ask(run.run)
        await host.wait(int(host.rng.integers(1, 3 * sum(len(run.beats()) for run in runs) + 40)))
        if how == "drain":
            await host.clear()
        else:
            # The drivers see aresetn and stop by themselves, with all they had.
            await reset(dut)
            host.stop()
            await host.fresh()
        run = random_run(host.rng, CONFIG)
        host.offer(run)
        await host.ask(run.run)
        await host.packet(run)
        assert host.output.empty()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_run_without_end_is_stopped(dut: Any) -> None:
    """Runs of more products than anybody sends go on until a clear, as do those that wait."""
    host = await _host(dut)
    for products in (0xFFFFFFFF, 0x55555555, 0xAAAAAAAA, 0xFFFFFFFF, 1):
        for terms in (CONFIG.terms, CONFIG.terms - 1):
            run = random_run(host.rng, CONFIG, terms=terms, count=1)
            host.offer(run)
            for _ in range(min(SHELL.start_queue, 2) + 1):
                await host.ask(dataclasses.replace(run.run, products=products))
            await host.wait(len(run.beats()))
            assert await host.registers.read("status", "running")
            await host.clear()
    run = random_run(host.rng, CONFIG)
    host.offer(run)
    await host.ask(run.run)
    await host.packet(run)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def what_waits_is_told(dut: Any) -> None:
    """A row is held until it is known whether it is its run's last one, and counts as output that waits."""
    host = await _host(dut)
    run = random_run(host.rng, CONFIG, count=2)
    await host.ask(run.run)
    data = input_bytes(run.activations, run.weights, run.form, CONFIG)
    host.input.send_nowait(data[: len(data) // 2])
    assert not await host.registers.read("status", "output")
    await host.wait(_times([run]).given[0] + 40 + CONFIG.rows)
    assert await host.registers.read("status", "output")
    assert await host.registers.read("status", "busy")
    host.input.send_nowait(data[len(data) // 2 :])
    await host.packet(run)
    assert await host.registers.read("status") == 0


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def fields_hold_what_was_written(dut: Any) -> None:
    """All bits of those that say what a run is, and of such as are refused; nothing is begun."""
    host = await _host(dut)
    for value in (0xFFFFFFFF, 0, 0x5A5A5A5A, 0xA5A5A5A5, 0):
        for name in ("run_format", "run_terms", "run_products", "scratch"):
            await host.registers.write(name, value=value)
            assert await host.registers.read(name) == value
    assert await host.registers.read("status") == 0


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def input_waits_in_the_buffer(dut: Any) -> None:
    """As many beats as fit come before a run begins."""
    host = await _host(dut)
    room = SHELL.input_buffer_bytes // (len(dut.s_axis_i_tdata) // 8)
    runs: list[MatrixRun] = []
    while sum(len(run.beats()) for run in runs) <= room:
        runs.append(random_run(host.rng, CONFIG))
        host.offer(runs[-1])
    await host.wait(room + 20)
    assert await host.registers.read("input_level") == room
    assert not dut.s_axis_i_tready.value
    for run in runs:
        await host.ask(run.run)
        await host.packet(run)
