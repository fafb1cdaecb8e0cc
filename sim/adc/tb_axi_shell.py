"""Bench of the AXI shell: beats, tables and calibrations against golden, through cocotbext-axi."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.adc.column_calibration import calibrate_columns, pattern_span
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.logistic_noise import LogisticNoise, seeds
from racelet.golden.adc.packets import input_bytes
from racelet.golden.lib.config import ShellConfig
from racelet.hw.adc.axi_shell import AxiShell
from racelet.hw.adc.registers import ShellError
from racelet.sim.adc.shell_host import ShellHost, shapes
from racelet.sim.axi import reset
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.runner import run_bench

CONFIG = bench_config(AdcConfig)
SHELL = bench_config(ShellConfig, "shell")


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on its shapes."""
    verify_shells(shapes(config), seed=seed, waves=waves)


def verify_shells(
    shapes: Mapping[str, tuple[AdcConfig, ShellConfig]], *, seed: int | None = None, waves: Path | None = None
) -> None:
    """Run this bench on configs, each with a shell."""
    for name, (config, shell) in shapes.items():
        file = waves.with_stem(f"{waves.stem}-{name}") if waves is not None and name else waves
        parameters = {"config": config, "shell": shell}
        run_bench(AxiShell(config, shell), __name__, parameters=parameters, seed=seed, waves=file)


async def _host(dut: Any, **gaps: float) -> ShellHost:
    return await ShellHost.begin(dut, bench_rng(), CONFIG, SHELL, **gaps)


@cocotb.test(timeout_time=4, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def sums_match_golden(dut: Any, gaps: float) -> None:
    """Packets alone, with their cycles and interrupts, and several at once; errors and counters."""
    host = await _host(dut, idle=gaps, stall=gaps)
    await host.load()
    await host.registers.write("interrupt_enable", done=1)
    for _ in range(4):
        await host.alone(host.some(int(host.rng.integers(1, 12))))
        await host.interrupt()
        assert await host.registers.read("interrupt_status", "done")
        await host.registers.write("interrupt_status", done=1, error=1)
        assert not dut.irq.value
        await host.registers_match()
    packets = [host.some(int(host.rng.integers(1, 6))) for _ in range(6)]
    for packet in packets:
        host.send(packet)
    for packet in packets:
        await host.packet(packet)
    await host.registers_match()
    # Beats without sums that end a packet of beats do not end one of sums.
    parts = [host.some(3, last=1.0), host.some(3, last=1.0)]
    parts[0][-1] = dataclasses.replace(parts[0][-1], last=0)
    await host.registers.write("interrupt_status", done=1, error=1)
    host.send(parts[0])
    while await host.registers.read("sums") != host.sums + 2:
        pass
    assert not await host.registers.read("interrupt_status", "done")
    assert not dut.irq.value
    host.send(parts[1])
    await host.packet(parts[0] + parts[1])
    await host.interrupt()
    await host.registers_match()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def beats_without_sums_go_on_until_they_are_converted(dut: Any) -> None:
    """One and several: the counter of cycles tells how long."""
    host = await _host(dut)
    await host.load()
    for count in range(1, 9):
        await host.without_sums(count)
        await host.registers_match()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def sums_beyond_their_range_are_told(dut: Any) -> None:
    """One slot, until they are."""
    host = await _host(dut)
    await host.load()
    for sign in (0, -1):
        beat = dataclasses.replace(
            host.some(1)[0],
            activations=np.full(CONFIG.input_lanes, CONFIG.activations[-1], np.int8),
            weights=np.full((CONFIG.output_lanes, CONFIG.input_lanes), CONFIG.weights[sign], np.int8),
            slot=CONFIG.slots - 1,
        )
        packet = [dataclasses.replace(beat, first=int(number == 0)) for number in range(24)]
        await host.alone(packet)
        assert Error.OVERFLOW in host.model.errors or CONFIG.accumulator_bits > 8
        await host.registers_match()
        await host.acknowledge()


@cocotb.test(timeout_time=4, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def tables_are_calibrated(dut: Any, gaps: float) -> None:
    """All of them, twice, with an interrupt for each; sums are of the new tables."""
    host = await _host(dut, idle=gaps, stall=gaps)
    await host.load()
    for _ in range(2):
        found = await host.calibrate()
        assert not CONFIG.cells_seed or any(each.offset for each in found)
        await host.registers_match()
        await host.alone(host.some(6))
        await host.registers_match()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def a_calibration_waits_for_beats_and_beats_for_it(dut: Any) -> None:
    """Those that came before are of the old tables, those behind of the new ones."""
    host = await _host(dut)
    await host.load()
    # Of a table alone: other ADCs take no noise meanwhile.
    host.model.scale = 0
    if CONFIG.noise:
        await host.registers.write("noise_scale", value=0)
    trial = ColumnPath(CONFIG, CONFIG.cells, host.model.tables.copy())
    found = calibrate_columns(trial)
    await host.registers.write("span", value=pattern_span(CONFIG.cells, CONFIG))
    for place in ((0, 0), (-1, -1)):
        group, table = (each % most for each, most in zip(place, trial.tables.shape[:2], strict=True))
        beats, steps = host.some(12, last=1.0), host.beats * CONFIG.steps
        await host.registers.write("table", number=table, group=group)
        host.send(beats)
        await host.registers.write("control", start=1)
        while True:
            shown = await host.registers.read("steps")
            if not await host.registers.read("status", "calibrating"):
                break
            steps = shown
        await host.calibrated()
        old = (steps - host.beats * CONFIG.steps) // CONFIG.steps
        assert 0 < old < len(beats)
        sums = host.model.dot_products(beats[:old])
        host.model.tables[place] = trial.tables[place]
        sums = np.concatenate([sums, host.model.dot_products(beats[old:])])
        await host.sums_are(sums, len(beats))
    host.model.errors |= found[0].errors | found[-1].errors
    await host.registers_match()


@cocotb.test(timeout_time=4, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def registers_are_those_of_the_map(dut: Any, gaps: float) -> None:
    """The config can be read back."""
    host = await _host(dut, idle=gaps, stall=gaps)
    absent = (0x38, 0x64, 0xFC) if CONFIG.noise else (0x28, 0x2C, 0x38)
    await host.registers_are_those_of_the_map(absent)
    for name in ("bits", "dac_bits", "input_lanes", "output_lanes", "weight_bits", "slots", "noise", "cells_seed"):
        assert await host.registers.read(name) == getattr(CONFIG, name)
    assert await host.registers.read("kind") == (CONFIG.kind == "flash")
    for value in (0xFFFFFFFF, 0x5A5A5A5A, 0):
        await host.registers.write("span", value=value)
        assert await host.registers.read("span") == value
    await host.registers.write("table", number=0xA5C3, group=0x7E)
    assert await host.registers.read("table") == 0x7EA5C3
    await host.registers.write("entry", number=0xA5, code=0xC35A)
    assert await host.registers.read("entry") == 0xA5C35A
    assert await host.registers.read("errors") == 0


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def what_there_is_not_is_refused(dut: Any) -> None:
    """Slots, entries and jobs, each with its error and an interrupt; all else goes on."""
    host = await _host(dut)
    await host.load()
    await host.registers.write("interrupt_enable", error=1)
    last = CONFIG.dac_codes - 1
    table = {"number": CONFIG.tables - 1, "group": CONFIG.table_groups - 1}
    entry = {"number": CONFIG.thresholds - 1, "code": last}
    tables = [{**table, "number": CONFIG.tables}, {**table, "group": CONFIG.table_groups}, {**table, "number": 0x8000}]
    entries = [{**entry, "number": CONFIG.thresholds}, {**entry, "code": CONFIG.dac_codes}, {**entry, "number": 255}]
    if CONFIG.thresholds == 255:
        entries.pop()
    for place in tables:
        await host.registers.write("table", **place)
        await host.registers.write("entry", **entry, write=1)
        await _told(host, ShellError.ENTRY)
        await host.registers.write("span", value=1)
        await host.registers.write("control", start=1)
        await _told(host, ShellError.JOB)
    await host.registers.write("table", **table)
    for wrong in entries:
        for how in ("write", "nominal"):
            await host.registers.write("entry", **wrong, **{how: 1})
            await _told(host, ShellError.ENTRY)
    for span in (0, CONFIG.dac_codes, 1 << 31):
        await host.registers.write("span", value=span)
        await host.registers.write("control", start=1)
        await _told(host, ShellError.JOB)
    if CONFIG.slots < 256:
        beats = host.some(6)
        wrong = input_bytes(host.some(2), CONFIG)
        for slot in (CONFIG.slots, 255):
            data = bytearray(wrong)
            data[1 :: CONFIG.beat_bytes] = bytes([slot] * 2)
            host.input.send_nowait(bytes(data) + input_bytes(beats[:3], CONFIG) + bytes(data)[: CONFIG.beat_bytes])
            host.send(beats[3:])
            await host.packet(beats)
            await host.wait(4)
            await _told(host, ShellError.SLOT)
    await host.registers.write("interrupt_status", done=1)
    await host.alone(host.some(4))
    await host.registers_match()


async def _told(host: ShellHost, error: ShellError) -> None:
    """An error and its interrupt, and both are forgotten."""
    host.refused.add(error.name.lower())
    await host.errors_match()
    assert host.dut.irq.value
    await host.registers.write("interrupt_status", error=1)
    assert not host.dut.irq.value
    await host.errors_match()
    await host.acknowledge()
    assert not host.dut.irq.value


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def tables_that_fall_are_told(dut: Any) -> None:
    """And, of a "flash", bubbles; a nominal table at the ends of the DAC is clamped."""
    host = await _host(dut)
    await host.load()
    host.model.tables[-1, -1] = host.model.tables[-1, -1][::-1]
    await host.load()
    await host.alone(host.some(6))
    assert Error.NON_MONOTONIC in host.model.errors
    await host.registers_match()
    await host.acknowledge()
    host.model.nominal = np.linspace(0, CONFIG.dac_codes - 1, CONFIG.thresholds).astype(np.int64)
    await host.load()
    await host.calibrate()
    await host.registers_match()
    await host.alone(host.some(6))
    await host.registers_match()


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def of_several_errors_the_lowest_is_the_status(dut: Any) -> None:
    """From the highest one down; of a pattern that is not worth its span, nothing is believed."""
    host = await _host(dut)
    host.model.tables[-1, -1] = host.model.tables[-1, -1][::-1]
    await host.load()
    await host.registers.write("control", start=1)
    assert await host.registers.read("status", "error") == ShellError.JOB.value
    await host.registers.write("span", value=1)
    await host.registers.write("control", start=1)
    await host.calibrated()
    assert await host.registers.read("status", "error") == ShellError.CALIBRATION.value
    host.send(host.some(2))
    await host.output.recv()
    assert await host.registers.read("status", "error") == ShellError.NON_MONOTONIC.value
    assert await host.registers.read("errors", "calibration")


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def what_is_busy_is_not_written_or_started(dut: Any) -> None:
    """While beats wait for their sums to be taken, or a calibration goes on."""
    host = await _host(dut)
    await host.load()
    host.output.pause = True
    await host.wait(4)
    beats = host.some(8, last=1.0)
    host.send(beats)
    await host.wait(400)
    assert await host.registers.read("status") & 0x7 == 0x7
    await host.registers.write("entry", number=0, code=CONFIG.dac_codes - 1, write=1)
    await host.wait(2)
    assert await host.registers.read("errors", "write_busy")
    await host.registers.write("control", start=1)
    host.output.pause = False
    await host.packet(beats)
    await host.registers.write("control", acknowledge=1)
    await host.clear()
    await host.alone(host.some(4))
    await host.registers.write("span", value=1)
    await host.registers.write("control", start=1)
    assert not await host.registers.read("errors")
    await host.registers.write("control", start=1)
    assert await host.registers.read("errors", "start_busy")
    assert await host.registers.read("status", "error") == ShellError.START_BUSY.value
    await host.registers.write("entry", number=0, code=CONFIG.dac_codes - 1, nominal=1)
    assert await host.registers.read("errors", "write_busy")
    assert await host.registers.read("status", "error") == ShellError.WRITE_BUSY.value
    await host.clear()
    await host.load()
    await host.registers.write("control", drain=1)
    await host.registers.write("entry", number=CONFIG.thresholds - 1, code=0, write=1, nominal=1)
    await host.registers.write("control", drain=1, start=1)
    await host.clear()
    await host.alone(host.some(4))
    await host.calibrate()
    await host.alone(host.some(4))
    await host.registers_match()


@cocotb.test(timeout_time=4, timeout_unit="ms", skip=not CONFIG.noise)
async def noise_begins_anew(dut: Any) -> None:
    """From any seed; a second one that comes before the first was taken is refused."""
    host = await _host(dut)
    await host.load()
    for seed in (1, 0xFFFFFFFF, int(host.rng.integers(1 << 32))):
        await host.alone(host.some(3))
        await host.registers.write("noise_seed", value=seed)
        await host.registers.write("control", seed=1)
        await host.wait(CONFIG.adcs + 20)
        host.model.noise = LogisticNoise(seeds(seed, CONFIG.adcs))
        await host.alone(host.some(5))
        await host.registers_match()
    host.output.pause = True
    await host.wait(4)
    host.send(host.some(8, last=1.0))
    await host.wait(400)
    for refused in (0, 1):
        await host.registers.write("control", seed=1)
        assert await host.registers.read("errors", "start_busy") == refused
    host.output.pause = False
    await host.clear()
    await host.alone(host.some(4))


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def beats_wait_in_the_buffer(dut: Any) -> None:
    """As many as fit come while sums are not taken; a clear forgets them."""
    host = await _host(dut)
    await host.load()
    for how in ("go on", "clear"):
        host.output.pause = True
        await host.wait(4)
        packets = [host.some(4, last=1.0) for _ in range(host.room // 4 + 8)]
        for packet in packets:
            host.send(packet)
        await host.wait(host.room + 600)
        assert await host.registers.read("input_level") == host.room
        assert not dut.s_axis_i_tready.value
        assert await host.registers.read("status") & 0x10007 == 0x7
        if how == "clear":
            await host.registers.write("control", clear=1)
            await host.wait(2)
            # Sums that were offered, or wait to be, are not taken back.
            assert await host.registers.read("status", "output")
        host.output.pause = False
        if how == "go on":
            for packet in packets:
                await host.packet(packet)
            await host.registers_match()
    await host.clear()
    await host.alone(host.some(4))


@cocotb.test(timeout_time=4, timeout_unit="ms")
@cocotb.parametrize(how=["drain", "reset"])
async def everything_can_be_stopped_at_any_moment(dut: Any, how: str) -> None:
    """Tables stay, but for one that was being calibrated; then all goes on."""
    host = await _host(dut, stall=0.3)
    await host.load()
    for number in range(16):
        calibrates = number % 4 == 3
        for _ in range(3):
            host.send(host.some(3))
        if calibrates:
            await host.registers.write("span", value=1)
            await host.registers.write("control", start=1)
        await host.wait(int(host.rng.integers(1, 250)))
        if how == "drain":
            await host.clear()
        else:
            # The drivers see aresetn and stop by themselves, with all they had.
            await reset(dut)
            host.stop()
            await host.fresh()
        if calibrates:
            await host.load()
        elif CONFIG.noise:
            await host.registers.write("noise_scale", value=host.model.scale)
        packet = host.some(3)
        host.send(packet)
        await host.packet(packet)
        await host.registers_match()
        assert host.output.empty()
