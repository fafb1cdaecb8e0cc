"""Bench of the AXI shell where sums become activations: parameters, rows of channels, both ways by turns."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.packets import input_bytes
from racelet.golden.dwcpwc.dot_engine import DotBeat
from racelet.golden.lib.config import ShellConfig
from racelet.hw.adc.axi_shell import AxiShell
from racelet.hw.adc.registers import ShellError
from racelet.hw.adc.sum_layouts import parameter_entries
from racelet.sim.adc.shell_host import ShellHost, shapes
from racelet.sim.adc.tb_requantizer import random_parameters
from racelet.sim.axi import reset
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.runner import run_bench

CONFIG = bench_config(AdcConfig)
SHELL = bench_config(ShellConfig, "shell")


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on the shapes of the other one."""
    verify_shells(shapes(config), seed=seed, waves=waves)


def verify_shells(
    configs: Mapping[str, tuple[AdcConfig, ShellConfig]], *, seed: int | None = None, waves: Path | None = None
) -> None:
    """Run this bench on configs, each with a shell."""
    for name, (config, shell) in configs.items():
        file = waves.with_stem(f"{waves.stem}-{name}") if waves is not None and name else waves
        parameters = {"config": config, "shell": shell, "rows": config.channel_rows}
        run_bench(AxiShell(config, shell), __name__, parameters=parameters, seed=seed, waves=file)


async def _host(dut: Any, **gaps: float) -> ShellHost:
    host = await ShellHost.begin(dut, bench_rng(), CONFIG, SHELL, **gaps)
    await host.load()
    return host


def _some(host: ShellHost, count: int) -> tuple[list[DotBeat], list[int]]:
    return host.some(count, last=0.8), host.rng.integers(CONFIG.channel_rows, size=count).tolist()


@cocotb.test(timeout_time=8, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def activations_match_golden(dut: Any, gaps: float) -> None:
    """Of all rows; then sums as they are, and activations again, with other parameters."""
    host = await _host(dut, idle=gaps, stall=gaps)
    for _ in range(3):
        parameters = random_parameters(host.rng)
        await host.requantize(parameters)
        packets = [_some(host, int(host.rng.integers(1, 9))) for _ in range(6)]
        for packet in packets:
            host.send(*packet)
        for packet in packets:
            await host.activations_are(*packet, parameters)
        await host.registers_match()
        await host.registers.write("output", activations=0)
        await host.alone(host.some(4))
        assert host.activations.empty()
        await host.registers_match()


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def a_packet_that_ends_is_told(dut: Any) -> None:
    """By an interrupt, in activations as in sums; the output waits until it is taken."""
    host = await _host(dut)
    parameters = random_parameters(host.rng)
    await host.requantize(parameters)
    await host.registers.write("interrupt_enable", done=1)
    host.activations.pause = True
    await host.wait(4)
    packet = _some(host, 3)
    host.send(*packet)
    await host.interrupt()
    await host.wait(20)
    assert await host.registers.read("status") & 0x7 == 0x4
    host.activations.pause = False
    await host.activations_are(*packet, parameters)
    await host.registers_match()


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def what_there_is_not_is_refused(dut: Any) -> None:
    """Parameters and rows, each with its error; all others stay as they are."""
    host = await _host(dut)
    parameters = random_parameters(host.rng)
    await host.requantize(parameters)
    last = {"row": CONFIG.channel_rows - 1, "lane": CONFIG.output_lanes - 1, "entry": parameter_entries(CONFIG) - 1}
    await host.registers.write("parameter_data", value=0x5A5A5A5A)
    for name, value in last.items():
        for wrong in {value + 1, 255, *(1 << bit for bit in range(8) if 1 << bit > value)}:
            await host.registers.write("parameter", **{**last, name: wrong}, high=1, write=1)
            await _told(host, ShellError.PARAMETER)
            await host.registers.write("parameter", **{**last, name: wrong}, high=1)
            await host.errors_match()
    beats, rows = _some(host, 6)
    for wrong in [each for each in (CONFIG.channel_rows, 63) if CONFIG.channel_rows <= each < 64]:
        data = bytearray(input_bytes(host.some(2), CONFIG))
        data[:: CONFIG.beat_bytes] = bytes([0x3 | wrong << 2] * 2)
        host.input.send_nowait(bytes(data) + input_bytes(beats, CONFIG, rows))
        await host.activations_are(beats, rows, parameters)
        await host.wait(4)
        await _told(host, ShellError.SLOT)
        beats, rows = _some(host, 6)


async def _told(host: ShellHost, error: ShellError) -> None:
    host.refused.add(error.name.lower())
    await host.errors_match()
    await host.acknowledge()


@cocotb.test(timeout_time=8, timeout_unit="ms")
@cocotb.parametrize(how=["drain", "reset"])
async def parameters_stay(dut: Any, how: str) -> None:
    """When everything is stopped at any moment; none is written while it is."""
    host = await _host(dut, stall=0.3)
    parameters = random_parameters(host.rng)
    await host.requantize(parameters)
    for _ in range(8):
        for _ in range(3):
            host.send(*_some(host, 3))
        await host.wait(int(host.rng.integers(1, 200)))
        if how == "drain":
            await host.registers.write("control", drain=1)
            await host.parameter(0, 0, 0x155555555)
            await host.clear()
            assert not await host.registers.read("errors")
        else:
            await reset(dut)
            host.stop()
            await host.fresh()
            if CONFIG.noise:
                await host.registers.write("noise_scale", value=host.model.scale)
            shift = getattr(parameters, "shift", 0)
            await host.registers.write("output", activations=1, shift=shift)
        packet = _some(host, 4)
        host.send(*packet)
        await host.activations_are(*packet, parameters)
        await host.registers_match()
        assert host.activations.empty()


@cocotb.test(timeout_time=8, timeout_unit="ms")
async def every_parameter_is_written_where_it_belongs(dut: Any) -> None:
    """One channel after the other is given other parameters; the others keep theirs."""
    host = await _host(dut)
    before, after = random_parameters(host.rng), random_parameters(host.rng)
    if CONFIG.requantize == "multiplier":
        after = dataclasses.replace(after, shift=getattr(before, "shift", 0))
    await host.requantize(before)
    fields = [field.name for field in dataclasses.fields(before) if field.name != "shift"]
    mixed = dataclasses.replace(before, **{name: np.copy(getattr(before, name)) for name in fields})
    for channel in host.rng.permutation(CONFIG.channel_rows * CONFIG.output_lanes)[:4]:
        for name in fields:
            getattr(mixed, name)[channel] = getattr(after, name)[channel]
        await host.requantize(mixed)
        packet = _some(host, 6)
        host.send(*packet)
        await host.activations_are(*packet, mixed)
    await host.registers_match()
