"""Bench of ``SarSequencer``: codes, paths and cycles against golden, with comparators that say anything."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge
from numpy.random import Generator

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.sar_sequencer import Search, comparison_cycles, conversion_cycles, schedule
from racelet.golden.adc.table_memory import starts
from racelet.hw.adc.conversion_layouts import adc_codes, conversion_job, table_codes
from racelet.hw.adc.sar_sequencer import SarSequencer
from racelet.sim.adc.searches import Comparator, Job, all_answers, random_jobs, random_tables, tables_of
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.payload import pack, unpack
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import PATIENCE, bits_of, check_held, cycle, start, wait

CONFIG = bench_config(AdcConfig)
IS_SAR = CONFIG.kind == "sar"
SHAPES = {
    "vote": AdcConfig(bits=3, vote=True, settle=1, dac_bits=4, output_lanes=3, adcs_per_table=2, offset_bits=4),
    "least": AdcConfig(bits=2, dac_bits=2, dac_shift=6, output_lanes=1, group_tables=True, word_lines=4, offset_bits=2),
}
"""Besides a block's: votes with settling, DAC codes with as few bits as codes, groups with tables of their own."""


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    verify_shapes({"": config, **SHAPES}, seed=seed, waves=waves)


def verify_shapes(shapes: Mapping[str, AdcConfig], *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on any shapes."""
    run_shapes(SarSequencer, __name__, shapes, seed=seed, waves=waves)


class Run:
    """Searches one after the other, and what is seen of them in every cycle.

    Parameters
    ----------
    dut : cocotb handle
    tables : sequence, shape (table_groups, tables, thresholds)
    jobs : sequence of Job
    """

    def __init__(self, dut: Any, tables: Sequence[Sequence[Sequence[int]]], jobs: Sequence[Job]) -> None:
        self.dut = dut
        self.tables = tables
        self.jobs = jobs
        self.offered: list[int] = []
        self.begun: list[int] = []
        self.given: list[int] = []
        self.taken: list[int] = []
        self.results: list[list[int]] = []
        self.dac: dict[int, list[int]] = {}
        self.compared: dict[int, int] = {}
        self.ended: list[int] = []
        self.kinds: dict[int, tuple[int, int]] = {}
        self.busy: dict[int, bool] = {}
        self.ignored: set[int] = set()
        self.forgotten: set[int] = set()
        self.told: dict[int, bool] = {}

    async def run(self, rng: Generator, idle: float, stall: float, *, busy_starts: float = 0.0) -> None:
        """Start searches, answer for comparators and tables, and take codes."""
        dut, edge, middle = self.dut, RisingEdge(self.dut.clk), FallingEdge(self.dut.clk)
        comparators: list[Comparator] = []
        wants = False
        waiting: tuple[int, int] | None = None
        last = cycle()
        while len(self.taken) < len(self.jobs):
            last = self.taken[-1] if self.taken else last
            assert cycle() - last < PATIENCE, f"no code in {PATIENCE} cycles"
            takes = bool(rng.random() >= stall)
            forgets = bool(rng.random() < 0.05)
            dut.raw__ready.value, dut.forget.value = int(takes), int(forgets)
            if IS_SAR:
                dut.o__ready.value = int(takes)
            dut.start.value = 0
            await middle
            is_busy = bool(dut.busy.value)
            wants = wants or (len(self.begun) < len(self.jobs) and rng.random() >= idle)
            begins = wants and not is_busy
            is_ignored = is_busy and rng.random() < busy_starts
            dut.start.value = int(begins or is_ignored)
            if begins:
                dut.job.value = pack(conversion_job(CONFIG), self.jobs[len(self.begun)].fields)
            else:
                dut.job.value = int(rng.integers(1 << len(dut.job)))
            self._answer(comparators, rng)
            await edge
            now = cycle()
            if wants and len(self.offered) == len(self.begun):
                self.offered.append(now)
            self._watch(now, is_busy, forgets, is_ignored)
            shown = self._shown()
            check_held("o or raw", waiting and waiting[1], shown and shown[1])
            if shown is not None:
                if waiting is None:
                    self.given.append(now)
                if takes:
                    self.taken.append(now)
                    self.results.append(self._result(*shown))
            waiting = None if takes else shown
            if begins:
                wants = False
                comparators = [Comparator(seen) for seen in self.jobs[len(self.begun)].seen]
                self.begun.append(now)
        dut.start.value = 0

    def _answer(self, comparators: Sequence[Comparator], rng: Generator) -> None:
        """What tables and comparators say to what is tried."""
        dut = self.dut
        raw = bool(dut.is_raw.value) if IS_SAR else True
        codes = [bits_of(dut.dac) >> CONFIG.dac_bits * adc & CONFIG.dac_codes - 1 for adc in range(CONFIG.adcs)]
        if IS_SAR:
            tables = tables_of(bits_of(dut.group), self.tables)
            tried = unpack(adc_codes(CONFIG), bits_of(dut.tried))
            # While nothing is searched, 0 may be tried, for which there is none.
            of_tables = [
                tables[adc // CONFIG.adcs_per_table][code - 1] if code else int(rng.integers(CONFIG.dac_codes))
                for adc, code in enumerate(tried)
            ]
            dut.thresholds.value = pack(table_codes(CONFIG), of_tables)
            codes = codes if raw else of_tables
        looked = bits_of(dut.compares)
        said = int.from_bytes(rng.bytes(8)) & ((1 << CONFIG.adcs) - 1)
        for adc, comparator in enumerate(comparators):
            if looked >> adc & 1:
                said = said & ~(1 << adc) | comparator(codes[adc]) << adc
        dut.comparators.value = said

    def _watch(self, now: int, is_busy: bool, forgets: bool, is_ignored: bool) -> None:
        dut = self.dut
        self.dac[now] = [bits_of(dut.dac) >> CONFIG.dac_bits * adc & CONFIG.dac_codes - 1 for adc in range(CONFIG.adcs)]
        if bits_of(dut.compares):
            self.compared[now] = bits_of(dut.compares)
        if dut.ends.value:
            self.ended.append(now)
        if IS_SAR:
            self.kinds[now] = bits_of(dut.is_raw), bits_of(dut.group)
        self.busy[now] = is_busy
        self.told[now] = bool(dut.start_busy.value)
        self.forgotten |= {now} if forgets else set()
        self.ignored |= {now} if is_ignored else set()

    def _shown(self) -> tuple[int, int] | None:
        """Whether a raw read, and a code, that are offered."""
        dut = self.dut
        if dut.raw__valid.value:
            assert not (IS_SAR and dut.o__valid.value)
            return 1, bits_of(dut.raw__payload)
        if IS_SAR and dut.o__valid.value:
            return 0, bits_of(dut.o__payload)
        return None

    def _result(self, raw: int, bits: int) -> list[int]:
        return [bits] if raw else unpack(adc_codes(CONFIG), bits)

    def check(self) -> None:
        """Codes, paths, cycles and errors are those of golden."""
        raws = [bool(job.raw) for job in self.jobs]
        assert (self.begun, self.given) == schedule(self.offered, self.taken, CONFIG, raws)
        assert self.ended == [at + conversion_cycles(CONFIG, raw=raw) for at, raw in zip(self.begun, raws, strict=True)]
        compared: dict[int, int] = {}
        for job, begun, given, result in zip(self.jobs, self.begun, self.given, self.results, strict=True):
            outcomes = job.outcomes(self.tables, CONFIG)
            if IS_SAR:
                assert {self.kinds[at] for at in range(begun + 1, given)} == {(job.raw, job.group)}
            assert result == [each.code for each in outcomes.values()], f"of {job}"
            for after in comparison_cycles(CONFIG, raw=bool(job.raw)):
                compared[begun + after] = 1 << job.adc if job.raw else (1 << CONFIG.adcs) - 1
            for adc, outcome in outcomes.items():
                self._check_path(adc, outcome, begun, job)
        assert self.compared == compared
        searching = {at for begun, taken in zip(self.begun, self.taken, strict=True) for at in range(begun + 1, taken)}
        assert {at for at, is_busy in self.busy.items() if is_busy} == searching
        told = False
        for at in sorted(self.told):
            assert self.told[at] == told, f"start_busy in cycle {at}"
            told = (told and at not in self.forgotten) or at in self.ignored

    def _check_path(self, adc: int, outcome: Search, begun: int, job: Job) -> None:
        """The DAC has each code from the cycle after the comparison before."""
        before = 0
        for after, (code, _) in zip(comparison_cycles(CONFIG, raw=bool(job.raw)), outcome.path, strict=True):
            had = [self.dac[begun + at][adc] for at in range(before + 1, after + 1)]
            assert had == [code] * (after - before), f"of ADC {adc} in {job}"
            before = after


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.9], stall=[0.0, 0.6])
async def random_searches_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Of codes and of DAC codes, on tables that are monotonic and that are not."""
    await start(dut)
    await _check(dut, bench_rng(), idle, stall, 25)


@cocotb.test()
async def searches_match_golden_whatever_comparators_say(dut: Any) -> None:
    """All that they can say to a search of a code, and of a DAC code, up to a number."""
    rng = bench_rng()
    await start(dut)
    tables = random_tables(rng, CONFIG)
    jobs = [] if not IS_SAR else all_answers(rng, CONFIG, 0, 256)
    jobs += all_answers(rng, CONFIG, 1, 64)
    run = Run(dut, tables, jobs)
    await run.run(rng, 0.0, 0.0)
    run.check()


@cocotb.test()
async def starts_while_busy_are_told_and_ignored(dut: Any) -> None:
    """With any job; not the one in the cycle in which a code is taken."""
    rng = bench_rng()
    await start(dut)
    for stall in (0.0, 0.5):
        await _check(dut, rng, 0.0, stall, 15, busy_starts=0.3)
        dut.forget.value = 1
        await wait(dut, 1)


@cocotb.test()
async def a_start_in_every_cycle_counts_as_golden_says(dut: Any) -> None:
    """Where codes are taken at once."""
    rng = bench_rng()
    await start(dut)
    tables = random_tables(rng, CONFIG)
    run = Run(dut, tables, random_jobs(6, tables, rng, CONFIG, _raw(0.5)))
    await run.run(rng, 0.0, 0.0, busy_starts=1.0)
    run.check()
    asked = sorted({*run.ignored, *run.begun})
    assert asked == list(range(run.begun[0], run.taken[-1]))
    lengths = dict(zip(run.begun, np.diff([*run.begun, run.taken[-1]]).tolist(), strict=True))
    counts, ends = starts(asked, [lengths.get(at, 1) for at in asked])
    assert [at for at, is_one in zip(asked, counts, strict=True) if is_one] == run.begun
    assert ends == run.taken


@cocotb.test()
async def a_reset_ends_a_search(dut: Any) -> None:
    """In any cycle, one in which a code waits too; the next one is as if there had been none."""
    rng = bench_rng()
    for raw in [0, 1] if IS_SAR else [1]:
        length = conversion_cycles(CONFIG, raw=bool(raw)) + 2
        for cycles in sorted({1, 2, *rng.integers(1, length, 4).tolist(), length - 1, length}):
            await start(dut)
            dut.job.value = pack(conversion_job(CONFIG), {"raw": raw, "adc": 0, "group": 0})
            dut.start.value = 1
            await wait(dut, cycles)
            await start(dut)
            assert not dut.busy.value
            assert not dut.start_busy.value
            assert not dut.raw__valid.value
            if IS_SAR:
                assert not dut.o__valid.value
                assert not dut.is_raw.value
                assert (bits_of(dut.group), bits_of(dut.tried)) == (0, 0)
            await _check(dut, rng, 0.0, 0.0, 2)


async def _check(dut: Any, rng: Generator, idle: float, stall: float, count: int, *, busy_starts: float = 0.0) -> None:
    tables = random_tables(rng, CONFIG)
    run = Run(dut, tables, random_jobs(count, tables, rng, CONFIG, _raw(0.3)))
    await run.run(rng, idle, stall, busy_starts=busy_starts)
    run.check()


def _raw(share: float) -> float:
    """How many of a bench's searches are raw reads."""
    return share if IS_SAR else 1.0
