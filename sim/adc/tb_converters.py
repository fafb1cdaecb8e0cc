"""Bench of ``Converters``: codes, raw reads, errors and cycles against golden, with currents, noise and writes."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge, Timer
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import conversion_interval, convert, raw_convert
from racelet.golden.adc.error import Error
from racelet.golden.adc.sar_sequencer import comparison_cycles
from racelet.golden.adc.sar_sequencer import conversion_interval as search_interval
from racelet.golden.adc.table_memory import FALLS_LATENCY, TableMemory
from racelet.golden.adc.thresholds import dac_currents
from racelet.hw.adc.conversion_layouts import (
    CONVERSION_ERRORS,
    adc_codes,
    comparator_bits,
    comparators_of,
    conversion_job,
    dac_settings,
)
from racelet.hw.adc.converters import Converters
from racelet.hw.adc.sum_layouts import table_entry
from racelet.sim.adc.searches import any_group, comparisons, random_tables
from racelet.sim.adc.table_writes import Entry, any_entry, fill, place_of
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.payload import pack, unpack
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import PATIENCE, bits_of, check_held, cycle, put, start, wait

CONFIG = bench_config(AdcConfig)
SHAPES = {
    "vote": AdcConfig(
        bits=3,
        vote=True,
        settle=1,
        dac_bits=5,
        input_lanes=6,
        word_lines=2,
        output_lanes=3,
        adcs_per_table=2,
        group_tables=True,
        offset_bits=4,
    ),
    "flash": AdcConfig(bits=2, kind="flash", input_lanes=4, word_lines=2, output_lanes=1, group_tables=True),
}
"""Besides a block's: votes with settling, and groups with tables of their own, of both kinds."""
_FLAGS = {
    "non_monotonic": Error.NON_MONOTONIC,
    "write_busy": Error.WRITE_BUSY,
    "start_busy": Error.START_BUSY,
    "bubble": Error.BUBBLE,
}


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    verify_shapes({"": config, **SHAPES}, seed=seed, waves=waves)


def verify_shapes(shapes: Mapping[str, AdcConfig], *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on any shapes."""
    run_shapes(Converters, __name__, shapes, seed=seed, waves=waves)


@dataclasses.dataclass(kw_only=True)
class Conversion:
    """What is converted, and what came of it.

    Parameters
    ----------
    raw, adc, group : int
    currents : int64, shape (adcs,)
    noise : int64, shape (samples, adcs)
        Of each comparison.
    tables : int64, shape (1, tables, thresholds)
        As they were.
    """

    raw: int
    adc: int
    group: int
    currents: NDArray[np.int64]
    noise: NDArray[np.int64]
    tables: NDArray[np.int64] | None = None

    @property
    def interval(self) -> int:
        """Cycles to its code."""
        return search_interval(CONFIG, raw=True) if self.raw else conversion_interval(CONFIG)

    @property
    def looks(self) -> list[int]:
        """Cycles, from its start, in which comparators are looked at."""
        return comparison_cycles(CONFIG, raw=bool(self.raw)) if self.raw or CONFIG.kind == "sar" else [0]

    def outcome(self) -> tuple[list[int], Error]:
        """As golden has it."""
        if self.raw:
            return [int(raw_convert(self.currents[np.newaxis], self.noise, CONFIG)[0, self.adc])], Error.NONE
        assert self.tables is not None
        found = convert(self.currents[np.newaxis], self.tables, self.noise, CONFIG)
        return found.codes[0].tolist(), found.errors


def random_conversion(rng: Generator, memory: TableMemory) -> Conversion:
    """Currents on thresholds and next to them, and beyond all of them; with and without noise."""
    raw = int(rng.random() < 0.3)
    group = any_group(rng, CONFIG)
    tables = memory.tables[_of_group(group)].repeat(CONFIG.adcs_per_table, axis=0)
    near = dac_currents(rng.choice(tables, axis=1), CONFIG) + rng.integers(-1, 2, CONFIG.adcs)
    most = CONFIG.dac_codes << CONFIG.dac_shift
    anything = rng.choice([*rng.integers(-most, most, 4), -2 * most, 2 * most], CONFIG.adcs)
    currents = np.where(rng.random(CONFIG.adcs) < 0.7, near, anything)
    samples = comparisons(1, CONFIG) if raw else CONFIG.samples
    spread = int(rng.choice([0, 0, 2, 2 << CONFIG.dac_shift]))
    noise = rng.integers(-spread, spread + 1, (samples, CONFIG.adcs))
    return Conversion(raw=raw, adc=int(rng.integers(CONFIG.adcs)), group=group, currents=currents, noise=noise)


def _of_group(group: int) -> int:
    return group if CONFIG.table_groups > 1 else 0


class Run:
    """Conversions one after the other, with all that is seen of them in every cycle.

    Parameters
    ----------
    dut : cocotb handle
    memory : golden's TableMemory
        As tables are written already.
    rng : Generator
    """

    def __init__(self, dut: Any, memory: TableMemory, rng: Generator) -> None:
        self.dut = dut
        self.memory = memory
        self.rng = rng
        self.done: list[Conversion] = []
        self.offered: list[int] = []
        self.begun: list[int] = []
        self.given: list[int] = []
        self.taken: list[int] = []
        self.results: list[tuple[int, int]] = []
        self.busy: set[int] = set()
        self.ended: list[int] = []
        self.compared: dict[int, int] = {}
        self.told: dict[int, int] = {}
        self.events: dict[int, Error] = {}
        self.forgotten: set[int] = set()
        self._samples = [0] * CONFIG.adcs
        self._waiting: tuple[int, int] | None = None

    async def run(self, count: int, idle: float, stall: float, *, writes: float = 0.0, starts: float = 0.0) -> None:
        """Convert so many currents; tables are written, and starts come while busy, with such probabilities."""
        dut, rng, edge, middle = self.dut, self.rng, RisingEdge(self.dut.clk), FallingEdge(self.dut.clk)
        coming: Conversion | None = None
        calibrating = False
        last = cycle()
        while len(self.taken) < count:
            last = self.taken[-1] if self.taken else last
            assert cycle() - last < PATIENCE, f"no code in {PATIENCE} cycles"
            takes, forgets = rng.random() >= stall, rng.random() < 0.05
            dut.o__ready.value = dut.raw__ready.value = int(takes)
            dut.forget.value, dut.start.value = int(forgets), 0
            await middle
            is_busy = bool(dut.busy.value)
            if coming is None and len(self.begun) < count and rng.random() >= idle:
                coming = random_conversion(rng, self.memory)
            begins = coming is not None and not is_busy
            ignores = is_busy and rng.random() < starts
            self._start(coming if begins else None, ignores)
            calibrating = bool(writes) and calibrating != (rng.random() < 0.1)
            written = self._write(is_busy, calibrating, writes)
            await Timer(1, "ns")
            self._answer()
            await edge
            now = cycle()
            if coming is not None and len(self.offered) == len(self.begun):
                self.offered.append(now)
            if coming is not None and begins:
                self.begun.append(now)
            if forgets:
                self.forgotten.add(now)
            self._watch(now, is_busy, takes)
            self.events[now] = Error.START_BUSY if ignores else Error.NONE
            # That of a "flash" compares in the cycle of its start, in which what is written is not there.
            if coming is not None and begins and CONFIG.kind == "flash":
                coming.tables = self._tables(coming.group)
            for entry, is_refused in written:
                self.events[now] |= self.memory.write(place_of(entry, CONFIG), entry["code"], busy=is_refused)
            if coming is not None and begins and CONFIG.kind == "sar":
                coming.tables = self._tables(coming.group)
            coming = None if begins else coming
        for name in ("start", "write__valid", "corrected__valid", "calibrating", "o__ready", "raw__ready", "forget"):
            getattr(dut, name).value = 0

    async def rest(self, cycles: int) -> None:
        """Look at errors for some more cycles, in which nothing comes."""
        for _ in range(cycles):
            await RisingEdge(self.dut.clk)
            self._watch(cycle(), bool(self.dut.busy.value), False)
            self.events[cycle()] = Error.NONE

    def _tables(self, group: int) -> NDArray[np.int64]:
        return self.memory.tables[[_of_group(group)]].copy()

    def _start(self, begins: Conversion | None, ignores: bool) -> None:
        """Start a conversion, or one that is ignored; what is not started has any job."""
        job = int(self.rng.integers(1 << len(self.dut.job)))
        if begins is not None:
            fields = {"raw": begins.raw, "adc": begins.adc, "group": begins.group}
            job = pack(conversion_job(CONFIG), fields)
            self.done.append(begins)
            self._samples = [0] * CONFIG.adcs
        self.dut.start.value, self.dut.job.value = int(begins is not None or ignores), job

    def _write(self, is_busy: bool, calibrating: bool, writes: float) -> list[tuple[Entry, bool]]:
        """Write an entry, from outside or of a calibration; which, and whether it is refused."""
        dut, rng = self.dut, self.rng
        comes = rng.random() < writes
        corrects = calibrating and not is_busy and rng.random() < 0.5
        dut.calibrating.value = int(calibrating)
        found: list[tuple[Entry, bool]] = []
        for name, valid, refused in (("write", comes, is_busy or calibrating), ("corrected", corrects, False)):
            entry = any_entry(rng, CONFIG, CONFIG.dac_codes)
            getattr(dut, f"{name}__valid").value = int(valid)
            getattr(dut, f"{name}__payload").value = pack(table_entry(CONFIG), entry)
            found += [(entry, refused)] if valid else []
        return found

    def _answer(self) -> None:
        """What comparators say: those that are looked at, of the current and the next sample of noise."""
        dut, rng = self.dut, self.rng
        looked = bits_of(dut.compares)
        said = [int.from_bytes(rng.bytes(32)) & ((1 << comparators_of(CONFIG)) - 1) for _ in range(CONFIG.adcs)]
        if looked and self.done:
            edges = dac_currents(unpack(dac_settings(CONFIG), bits_of(dut.dac)), CONFIG)
            conversion = self.done[-1]
            for adc in range(CONFIG.adcs):
                if looked >> adc & 1:
                    noise = conversion.noise[self._samples[adc] % len(conversion.noise), adc]
                    ones = conversion.currents[adc] + noise >= edges[adc]
                    said[adc] = sum(int(one) << place for place, one in enumerate(ones))
                    self._samples[adc] += 1
        dut.comparators.value = pack(comparator_bits(CONFIG), said)

    def _watch(self, now: int, is_busy: bool, takes: bool) -> None:
        dut = self.dut
        if bits_of(dut.compares):
            self.compared[now] = bits_of(dut.compares)
        if dut.ends.value:
            self.ended.append(now)
        if is_busy:
            self.busy.add(now)
        self.told[now] = bits_of(dut.errors)
        shown = None
        for raw, name in enumerate(("o", "raw")):
            if getattr(dut, f"{name}__valid").value:
                assert shown is None
                shown = raw, bits_of(getattr(dut, f"{name}__payload"))
        check_held("o or raw", self._waiting and self._waiting[1], shown and shown[1])
        if shown is not None:
            if self._waiting is None:
                self.given.append(now)
            if takes:
                self.taken.append(now)
                self.results.append(shown)
        self._waiting = None if takes else shown

    def check(self) -> None:
        """Codes, cycles and errors are those of golden."""
        begun, free = [], 0
        for first, leaves in zip(self.offered, self.taken, strict=True):
            begun.append(max(first, free))
            free = leaves
        assert self.begun == begun
        assert self.given == [at + each.interval for at, each in zip(begun, self.done, strict=True)]
        assert self.busy == {at for one, last in zip(begun, self.taken, strict=True) for at in range(one + 1, last)}
        compared: dict[int, int] = {}
        for at, conversion, (raw, bits) in zip(begun, self.done, self.results, strict=True):
            codes, errors = conversion.outcome()
            assert raw == conversion.raw
            assert ([bits] if raw else unpack(adc_codes(CONFIG), bits)) == codes, f"of {conversion}"
            looked = 1 << conversion.adc if raw else (1 << CONFIG.adcs) - 1
            compared |= {at + after: looked for after in conversion.looks}
            ended = at + conversion.looks[-1]
            for happens, which in ((ended, Error.BUBBLE), (ended + FALLS_LATENCY, Error.NON_MONOTONIC)):
                self.events[happens] = self.events.get(happens, Error.NONE) | (errors & which)
        assert self.compared == compared
        assert self.ended == [at + each.looks[-1] for at, each in zip(begun, self.done, strict=True)]
        known = Error.NONE
        for at in sorted(self.told):
            expected = {name: int(flag in known) for name, flag in _FLAGS.items()}
            assert unpack(CONVERSION_ERRORS, self.told[at]) == expected, f"in cycle {at}"
            known = (Error.NONE if at in self.forgotten else known) | self.events[at]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.8], stall=[0.0, 0.6])
async def conversions_match_golden(dut: Any, idle: float, stall: float) -> None:
    """On tables that are monotonic and that are not, with currents on thresholds."""
    await _check(dut, bench_rng(), 25, idle, stall)


@cocotb.test()
async def each_table_that_falls_is_told(dut: Any) -> None:
    """One alone, of the group that is converted and of another one; and none."""
    rng = bench_rng()
    await start(dut)
    level = [[[1] * CONFIG.thresholds] * CONFIG.tables] * CONFIG.table_groups
    memory = await fill(dut, level, rng, CONFIG)
    for number in range(CONFIG.table_groups * CONFIG.tables):
        group, table = divmod(number, CONFIG.tables)
        for code in (0, 1):
            entry = {"group": group, "table": table, "entry": 1, "code": code}
            await put(dut, "write", [entry], shape=table_entry(CONFIG))
            memory.write(place_of(entry, CONFIG), code)
            run = Run(dut, memory, rng)
            await run.run(3, 0.0, 0.0)
            await run.rest(2 * FALLS_LATENCY)
            run.check()
            dut.forget.value = 1
            await wait(dut, 1)
            dut.forget.value = 0


@cocotb.test()
@cocotb.parametrize(stall=[0.0, 0.6])
async def writes_and_starts_while_busy_are_told_and_ignored(dut: Any, stall: float) -> None:
    """In the cycle of a start, in which a code is taken, and while tables are calibrated, too."""
    await _check(dut, bench_rng(), 30, 0.4, stall, writes=0.4, starts=0.3)


@cocotb.test()
async def a_reset_ends_a_conversion(dut: Any) -> None:
    """In any cycle, one in which a code waits too; tables stay."""
    rng = bench_rng()
    await start(dut)
    memory = await fill(dut, random_tables(rng, CONFIG), rng, CONFIG)
    for raw in (0, 1):
        length = search_interval(CONFIG, raw=True) if raw else conversion_interval(CONFIG)
        for cycles in range(1, length + 3):
            dut.job.value = pack(conversion_job(CONFIG), {"raw": raw, "adc": 0, "group": 0})
            dut.start.value = 1
            await wait(dut, cycles)
            dut.start.value, dut.rst.value = 0, 1
            await wait(dut, 1)
            dut.rst.value = 0
            await wait(dut, 1)
            assert not dut.busy.value
            assert not dut.o__valid.value
            assert not dut.raw__valid.value
            assert bits_of(dut.errors) == 0
            run = Run(dut, memory, rng)
            await run.run(2, 0.0, 0.0)
            run.check()


async def _check(
    dut: Any, rng: Generator, count: int, idle: float, stall: float, *, writes: float = 0.0, starts: float = 0.0
) -> None:
    await start(dut)
    memory = await fill(dut, random_tables(rng, CONFIG), rng, CONFIG)
    run = Run(dut, memory, rng)
    await run.run(count, idle, stall, writes=writes, starts=starts)
    await run.rest(2 * FALLS_LATENCY)
    run.check()
