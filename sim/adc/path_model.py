"""What a column path does with its traffic, conversion by conversion, as golden has it."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc.calibrator import Calibration, calibrate, corrected, read_count
from racelet.golden.adc.cells import Cells
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import convert, raw_convert
from racelet.golden.adc.error import Error
from racelet.golden.adc.imc_macro import cell_bits, currents, group_currents, pattern_bits, row_bits
from racelet.golden.adc.logistic_noise import LogisticNoise, scaled, seeds
from racelet.golden.adc.path_schedule import Conversion, Traffic, schedule
from racelet.golden.adc.slice_accumulator import accumulate, is_negative
from racelet.golden.adc.table_memory import FALLS_LATENCY

_MOST_SAMPLES = 1 << 14

At = tuple[int, dict[str, Any]]
"""Cycle of a write or a start, and what came with it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a path was given, and when.

    Parameters
    ----------
    beats : sequence of dict
        In the order in which they were offered.
    offered : sequence of int
    taken : sequence of int
        Cycles in which sums were taken.
    writes, nominal, starts : sequence of At
        Entries of tables and of the nominal one, jobs of calibrations.
    seeds, seeded : sequence of int
        Seeds, and the first cycle in which each was offered.
    scale : int
        Of the noise.
    """

    beats: Sequence[dict[str, Any]]
    offered: Sequence[int]
    taken: Sequence[int]
    writes: Sequence[At] = ()
    nominal: Sequence[At] = ()
    starts: Sequence[At] = ()
    seeds: Sequence[int] = ()
    seeded: Sequence[int] = ()
    scale: int = 0


class Noise:
    """Samples of all ADCs, of which each takes its own."""

    def __init__(self, scale: int, config: AdcConfig) -> None:
        self._config = config
        self._scale = scale
        self.begin(1)

    def begin(self, seed: int) -> None:
        """Begin anew."""
        self._samples = scaled(LogisticNoise(seeds(seed, self._config.adcs)).samples(_MOST_SAMPLES), self._scale)
        self._done = np.zeros(self._config.adcs, np.int64)

    def take(self, count: int, adcs: Sequence[int]) -> NDArray[np.int64] | None:
        """The next samples of some ADCs; shape (count, adcs)."""
        if not self._config.noise:
            return None
        which = self._done[list(adcs)] + np.arange(count)[:, np.newaxis]
        self._done[list(adcs)] += count
        return self._samples[which, list(adcs)]


class PathModel:
    """A path that was given something.

    Parameters
    ----------
    inputs : Inputs
    cells : Cells
    config : AdcConfig

    Attributes
    ----------
    cycles : PathCycles
    sums : list of list of int
        Of every ``last`` beat.
    calibrations : list of Calibration
    happens : dict of int to Error
        Errors that come to pass in each cycle.
    """

    def __init__(self, inputs: Inputs, cells: Cells, config: AdcConfig) -> None:
        self._inputs = inputs
        self._cells = cells
        self._config = config
        kept: list[bool] = []
        while True:
            # Whether a calibration keeps its table decides when it ends, and so on what comes behind it.
            self._play([*kept, *[False] * len(inputs.starts)])
            found = [Error.CALIBRATION in each.errors for each in self.calibrations]
            if found[: len(kept)] == kept and len(found) == len(kept):
                break
            kept = found[: len(kept) + 1]

    def _play(self, kept: Sequence[bool]) -> None:
        inputs, config = self._inputs, self._config
        self.cycles = schedule(
            Traffic(
                offered=inputs.offered,
                last=[beat["last"] for beat in inputs.beats],
                taken=inputs.taken,
                starts=[at for at, _ in inputs.starts],
                kept=kept,
                seeds=inputs.seeded,
            ),
            self._cells,
            config,
        )
        self.sums: list[list[int]] = []
        self.calibrations: list[Calibration] = []
        self.happens: dict[int, Error] = {}
        self._tables = np.zeros((config.table_groups, config.tables, config.thresholds), np.int64)
        self._nominal = np.zeros(config.levels, np.int64)
        self._noise, self._seeds = Noise(inputs.scale, config), 0
        self._busy: set[int] = set()
        for each in (*self.cycles.conversions, *self.cycles.reads):
            self._busy.update(range(each.begins + 1, each.leaves))
        self._calibrating = {at for start, end in self.cycles.calibrations for at in range(start + 1, end)}
        for at in self.cycles.ignored:
            self._tell(at, Error.START_BUSY)
        self._writes = [
            *((at, False, entry) for at, entry in inputs.writes),
            *((at, True, entry) for at, entry in inputs.nominal),
        ]
        self._writes.sort(key=lambda each: each[0])
        held = np.zeros((config.slots, config.output_lanes), np.int64)
        steps, left = self._steps(), self._calibrations()
        for conversion in self.cycles.conversions:
            while left and left[0][0][0].begins < conversion.begins:
                self._calibrate(*left.pop(0))
            self._convert(conversion, *next(steps), held)
        for each in left:
            self._calibrate(*each)
        self._write_until(max((at for at, _, _ in self._writes), default=0) + 1)

    def _calibrations(self) -> list[tuple[list[Conversion], dict[str, int], int, int]]:
        """Raw reads, job, start and end of every calibration."""
        count = read_count(self._config)
        jobs = [job for at, job in self._inputs.starts if at not in self.cycles.ignored]
        return [
            (self.cycles.reads[number * count : (number + 1) * count], job, *ends)
            for number, (job, ends) in enumerate(zip(jobs, self.cycles.calibrations, strict=True))
        ]

    def _steps(self) -> Iterator[tuple[dict[str, Any], int, int, NDArray[np.int64]]]:
        """Beat, group, bit of activations and currents of every step."""
        config = self._config
        for beat in self._inputs.beats:
            rows, bits = row_bits([beat["activations"]], config), cell_bits(beat["weights"], config)
            given = currents(rows, bits, self._cells, config)
            for number, each in enumerate(given):
                group, place = divmod(number, config.input_bits)
                yield beat, group, config.input_bits - 1 - place, each

    def _tell(self, cycle: int, error: Error) -> None:
        self.happens[cycle] = self.happens.get(cycle, Error.NONE) | error

    def _write_until(self, end: int) -> None:
        """Everything that is written in cycles before."""
        while self._writes and self._writes[0][0] < end:
            at, is_nominal, entry = self._writes.pop(0)
            if at in self._calibrating or (not is_nominal and at in self._busy):
                self._tell(at, Error.WRITE_BUSY)
            elif is_nominal:
                self._nominal[entry["entry"]] = entry["code"]
            elif entry["entry"] < self._config.thresholds:
                self._tables[entry["group"], entry["table"], entry["entry"]] = entry["code"]

    def _begin(self, conversion: Conversion) -> None:
        """Seeds that came before."""
        while self._seeds < conversion.seeds:
            self._noise.begin(self._inputs.seeds[self._seeds])
            self._seeds += 1

    def _convert(
        self,
        conversion: Conversion,
        beat: dict[str, Any],
        group: int,
        input_bit: int,
        given: NDArray[np.int64],
        held: NDArray[np.int64],
    ) -> None:
        """A step, and its slices."""
        config = self._config
        self._begin(conversion)
        self._write_until(conversion.begins + (config.kind == "sar"))
        tables = self._tables[group : group + 1] if config.group_tables else self._tables
        noise = self._noise.take(config.samples, range(config.adcs))
        found = convert(given[np.newaxis], tables, noise, config)
        self._tell(conversion.ends, found.errors & ~Error.NON_MONOTONIC)
        self._tell(conversion.ends + FALLS_LATENCY, found.errors & Error.NON_MONOTONIC)
        codes = found.codes.reshape(config.output_lanes, config.weight_bits)
        is_first = beat["first"] and group == 0 and input_bit == config.input_bits - 1
        sums = np.zeros_like(held[0]) if is_first else held[beat["slot"]]
        for weight_bit, cycle in enumerate(conversion.slices):
            negative = is_negative(input_bit, weight_bit, config)
            sums, beyond = accumulate(sums, codes[:, weight_bit], input_bit + weight_bit, negative, config)
            if beyond.any():
                self._tell(cycle, Error.OVERFLOW)
        held[beat["slot"]] = sums
        if beat["last"] and group == config.groups - 1 and input_bit == 0:
            self.sums.append(sums.tolist())

    def _calibrate(self, reads: Sequence[Conversion], job: dict[str, int], start: int, end: int) -> None:
        """A calibration, and the entries that it writes."""
        config = self._config
        self._write_until(start + 1)
        each = 1 << config.calibration_reads
        found: list[int] = []
        for number, read in enumerate(reads):
            on, place = divmod(number, len(reads) // 2)
            adc = job["table"] * config.adcs_per_table + place // each
            group = job["group"] if config.group_tables else place % each % config.groups
            self._begin(read)
            rows = np.full((1, config.word_lines), on)
            given = group_currents(rows, [group], pattern_bits(config), self._cells, config)[:, [adc]]
            found += raw_convert(given, self._noise.take(config.dac_bits, [adc]), config)[0].tolist()
        nominal = self._nominal[: config.thresholds].tolist()
        table = self._tables[job["group"] if config.group_tables else 0, job["table"]]
        half = len(found) // 2
        made = calibrate(nominal, table.tolist(), found[:half], found[half:], job["span"], config)
        self.calibrations.append(made)
        table[:] = made.table
        if Error.CALIBRATION in made.errors:
            self._tell(end - 1, Error.CALIBRATION)
            return
        for entry, code in enumerate(nominal):
            if corrected([code], made.offset, made.gain, config)[1]:
                self._tell(end - config.thresholds + entry, Error.DAC_CLAMP)
