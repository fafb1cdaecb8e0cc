"""What is around the column path's AXI shell in its bench: software and DMA engines."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.adc.calibrator import Calibration
from racelet.golden.adc.column_calibration import calibrate_columns, pattern_span
from racelet.golden.adc.column_path import ColumnPath, latency
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import beat_interval
from racelet.golden.adc.error import Error
from racelet.golden.adc.logistic_noise import LogisticNoise, noise_scale, seeds
from racelet.golden.adc.packets import activation_bytes, input_bytes, output_bytes
from racelet.golden.adc.path_schedule import Traffic, schedule
from racelet.golden.adc.requantizer import Parameters, Scale, activations, entries
from racelet.golden.dwcpwc.dot_engine import DotBeat
from racelet.golden.lib.config import ShellConfig
from racelet.hw.adc.registers import register_map
from racelet.sim.axi import Host, sink, source


def shapes(config: AdcConfig) -> dict[str, tuple[AdcConfig, ShellConfig]]:
    """One config, and cells that vary and short sums, requantised the other way, with the default shell."""
    varied = dataclasses.replace(
        config,
        cells_seed=3,
        accumulator_bits=8,
        requantize="thresholds" if config.requantize == "multiplier" else "multiplier",
        output_bits=3,
        channel_rows=3,
    )
    return {"": (config, ShellConfig()), "varied": (varied, ShellConfig())}


class ShellHost(Host):
    """Writes tables, calibrates them, sends beats and takes packets of sums, and has a golden path beside.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    rng : Generator
    config : AdcConfig
    shell : ShellConfig
    idle, stall : float
        Probability, per cycle, of a gap before each beat of each channel to the shell, of a stall in each from it.
    """

    def __init__(
        self, dut: Any, rng: Generator, config: AdcConfig, shell: ShellConfig, *, idle: float = 0.0, stall: float = 0.0
    ) -> None:
        super().__init__(dut, rng, register_map(config, shell), idle=idle, stall=stall)
        self.config = config
        self.exact = not idle and not stall
        self.room = shell.input_buffer_bytes // config.beat_bytes
        self.input = source(dut, "i", idle=idle)
        self.output = sink(dut, "o", stall=stall)
        self.activations = sink(dut, "a", stall=stall)
        self.engines += [self.input, self.output, self.activations]
        self.model = ColumnPath(config, config.cells, scale=noise_scale(0.3, config))
        self.known: set[int] = set()
        self.beats = self.sums = self.cycles = self.calibrations = 0
        self.refused: set[str] = set()

    async def load(self) -> None:
        """Write the scale of the noise and all entries of all tables."""
        if self.config.noise:
            await self.registers.write("noise_scale", value=self.model.scale)
        # The nominal table is nobody's.
        await self.registers.write("table", number=0xFFFF, group=0xFF)
        for entry, code in enumerate(self.model.nominal.tolist()):
            await self.registers.write("entry", code=code, number=entry, nominal=1)
        for (group, table), codes in zip(
            np.ndindex(self.model.tables.shape[:2]),
            self.model.tables.reshape(-1, self.config.thresholds).tolist(),
            strict=True,
        ):
            await self.registers.write("table", number=table, group=group)
            for entry, code in enumerate(codes):
                await self.registers.write("entry", code=code, number=entry, write=1)

    async def requantize(self, parameters: Parameters) -> None:
        """Write all parameters, and have activations made of sums from now on."""
        for channel, row in enumerate(entries(parameters).tolist()):
            for entry in range(len(row)):
                await self.parameter(channel, entry, row[entry])
        shift = parameters.shift if isinstance(parameters, Scale) else 0
        await self.registers.write("output", activations=1, shift=shift)

    async def parameter(self, channel: int, entry: int, value: int) -> None:
        """Write a parameter of the requantizer."""
        row, lane = divmod(channel, self.config.output_lanes)
        await self.registers.write("parameter_data", value=value & 0xFFFFFFFF)
        await self.registers.write("parameter", row=row, lane=lane, entry=entry, high=value >> 32 & 1, write=1)

    async def calibrate(self) -> list[Calibration]:
        """Calibrate all tables, one after the other, and compare what is found."""
        wanted = calibrate_columns(self.model)
        await self.registers.write("span", value=pattern_span(self.config.cells, self.config))
        for place, each in enumerate(wanted):
            group, table = divmod(place, self.config.tables)
            await self.registers.write("table", number=table, group=group)
            await self.registers.write("control", start=1)
            await self.calibrated()
            found = await self.registers.read("calibration")
            assert found == (each.offset & 0xFFFF) + (each.gain << 16)
        return wanted

    async def calibrated(self) -> None:
        """Wait for the end of a calibration."""
        while not await self.registers.read("interrupt_status", "calibrated"):
            pass
        await self.registers.write("interrupt_status", calibrated=1)
        assert not await self.registers.read("status", "calibrating")
        self.calibrations += 1

    def some(self, count: int, *, last: float = 0.5, extreme: float = 0.3) -> list[DotBeat]:
        """Random beats, the last one of which gives sums; slots that hold something go on at times."""
        config, rng, found = self.config, self.rng, list[DotBeat]()
        for number in range(count):
            slot = int(rng.integers(config.slots))
            ends = rng.random() < extreme
            values = [
                rng.choice([each[0], each[-1]], shape) if ends else rng.integers(each[0], each[-1] + 1, shape)
                for each, shape in (
                    (config.activations, (config.input_lanes,)),
                    (config.weights, (config.output_lanes, config.input_lanes)),
                )
            ]
            found.append(
                DotBeat(
                    activations=values[0].astype(np.int8),
                    weights=values[1].astype(np.int8),
                    slot=slot,
                    first=int(slot not in self.known or rng.random() < 0.2),
                    last=int(number == count - 1 or rng.random() < last),
                )
            )
            self.known.add(slot)
        return found

    def send(self, beats: Sequence[DotBeat], rows: Sequence[int] = ()) -> None:
        """Begin to send beats as one packet."""
        self.input.send_nowait(input_bytes(beats, self.config, rows))

    async def activations_are(self, beats: Sequence[DotBeat], rows: Sequence[int], parameters: Parameters) -> None:
        """Compare the next packet of activations with those of beats."""
        data = bytes((await self.activations.recv()).tdata)
        sums = self.model.dot_products(beats)
        of_sums = [row for beat, row in zip(beats, rows, strict=True) if beat.last]
        assert data == activation_bytes(activations(sums, of_sums, parameters, self.config))
        self.beats, self.sums = self.beats + len(beats), self.sums + len(sums)

    async def packet(self, beats: Sequence[DotBeat]) -> None:
        """Compare the next packet of sums with those of beats."""
        await self.sums_are(self.model.dot_products(beats), len(beats))

    async def sums_are(self, sums: NDArray[np.int32], beats: int) -> None:
        """Compare the next packet of sums, of so many beats."""
        data = bytes((await self.output.recv()).tdata)
        assert data == output_bytes(sums, self.config)
        self.beats, self.sums = self.beats + beats, self.sums + len(sums)

    async def alone(self, beats: Sequence[DotBeat]) -> None:
        """Send beats while nothing else goes on, and compare their sums and their cycles."""
        before = await self.pair("cycles")
        self.send(beats)
        await self.packet(beats)
        await self.wait(2)
        took = await self.pair("cycles") - before
        least = latency(self.config.cells, self.config) + (len(beats) - 1) * beat_interval(self.config) + 1
        assert took == least if self.exact else took >= least

    async def without_sums(self, count: int) -> None:
        """Send beats without sums while nothing else goes on, and compare how long they are converted."""
        beats = [dataclasses.replace(beat, last=0) for beat in self.some(count)]
        offered = Traffic(offered=[0] * count, last=[0] * count, taken=[])
        takes = schedule(offered, self.config.cells, self.config).conversions[-1].ends + 1
        before = await self.pair("cycles")
        self.send(beats)
        assert self.model.dot_products(beats).size == 0
        self.beats += count
        await self.wait(takes + 10)
        assert await self.pair("cycles") - before == takes

    async def registers_match(self) -> None:
        """Compare all registers that tell what was done."""
        read, config = self.registers.read, self.config
        await self.wait(2)
        assert await read("steps") == self.beats * config.steps
        assert await read("sums") == self.sums
        assert await read("calibrations") == self.calibrations
        assert await read("input_level") == 0
        await self.errors_match()

    async def errors_match(self) -> None:
        """Compare errors, of which the lowest one is in the status, where nothing else is."""
        fields = [field.name for field in self.registers.registers["errors"].fields]
        told = {error.name.lower() for error in Error if error in self.model.errors and error.name} | self.refused
        wanted = [number for number, name in enumerate(fields) if name in told]
        assert await self.registers.read("errors") == sum(1 << number for number in wanted)
        assert await self.registers.read("status") == (wanted[0] + 1 if wanted else 0) << 8

    async def acknowledge(self) -> None:
        """Forget errors."""
        await self.registers.write("control", acknowledge=1)
        self.model.errors, self.refused = Error.NONE, set()
        await self.errors_match()

    async def fresh(self) -> None:
        """Check that nothing goes on and nothing is left but tables; so it is with the model."""
        self.model.errors, self.refused = Error.NONE, set()
        self.model.noise = LogisticNoise(seeds(1, self.config.adcs))
        self.known.clear()
        self.beats = self.sums = self.calibrations = 0
        await self.registers_match()
        assert await self.pair("cycles") == 0
