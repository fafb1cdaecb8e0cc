"""Bench of ``Calibrator``: reads that it asks for, tables, errors and cycles against golden."""

import dataclasses
from collections import deque
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.adc.calibrator import (
    Calibration,
    calibrate,
    calibration_cycles,
    calibration_end,
    read_count,
)
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.sar_sequencer import conversion_interval
from racelet.hw.adc.calibrator import Calibrator
from racelet.hw.adc.sum_layouts import CALIBRATION_ERRORS, calibration_job, nominal_entry, raw_read, table_entry
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Monitor
from racelet.sim.payload import pack, unpack
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import bits_of, check_held, cycle, put, start, wait

CONFIG = bench_config(AdcConfig)
SHAPES = {
    "groups": AdcConfig(
        bits=2,
        dac_bits=7,
        input_lanes=6,
        word_lines=2,
        output_lanes=3,
        adcs_per_table=2,
        calibration_reads=2,
        offset_bits=7,
        gain_low=1,
        gain_high=255,
    ),
    "own": AdcConfig(
        bits=2,
        signed=False,
        dac_bits=7,
        input_lanes=6,
        word_lines=2,
        output_lanes=1,
        adcs_per_table=2,
        group_tables=True,
        calibration_reads=0,
        offset_bits=2,
    ),
}
"""Besides a block's: three groups by turns, and three with tables of their own; one ADC's single read."""

_FLAGS = {
    "write_busy": Error.WRITE_BUSY,
    "start_busy": Error.START_BUSY,
    "dac_clamp": Error.DAC_CLAMP,
    "calibration": Error.CALIBRATION,
}


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    run_shapes(Calibrator, __name__, {"": config, **SHAPES}, seed=seed, waves=waves)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """What is calibrated, and what the ADCs say."""

    job: dict[str, int]
    zero: list[int]
    full: list[int]
    nominal: list[int]

    def outcome(self) -> Calibration:
        """As golden has it; the table from before is none."""
        return calibrate(self.nominal, (), self.zero, self.full, self.job["span"], CONFIG)


def random_case(rng: Generator) -> Case:
    """Offsets and gains that are believed, on the edge of that, and any; nominal tables that fit or do not."""
    count, most = read_count(CONFIG) // 2, CONFIG.dac_codes - 1
    span = int(rng.choice(np.array([1, *rng.integers(1, CONFIG.dac_codes, 3), CONFIG.dac_codes // 4, most, most])))
    kind = rng.integers(6)
    offset = int(rng.choice([0, CONFIG.offsets[0] - 1, CONFIG.offsets[0], CONFIG.offsets[-1], CONFIG.offsets[-1] + 1]))
    gain = int(rng.choice([CONFIG.gain_low - 1, CONFIG.gain_low, CONFIG.gain_high, CONFIG.gain_high + 1, 128, 128]))
    if kind == 0:
        offset, gain = int(rng.integers(-most, most)), int(rng.integers(-300, 300))
    elif kind <= 4:
        offset = int(rng.integers(CONFIG.offsets[0], CONFIG.offsets[-1] + 1))
    if kind in {2, 3, 4}:
        gain = int(rng.integers(CONFIG.gain_low, CONFIG.gain_high + 1))
    spread = int(rng.choice([1, 3]))
    reads: list[list[int]] = []
    for middle in (CONFIG.dac_zero + offset, CONFIG.dac_zero + offset + gain * span / 128):
        drawn = rng.uniform(middle - spread / 2, middle + spread / 2, count) + 0.5
        reads.append(drawn.clip(0, most).astype(int).tolist())
    if rng.random() < 0.1:
        reads = [[most] * count, [0] * count] if rng.random() < 0.5 else [[0] * count, [most] * count]
    nominal = sorted(rng.integers(0, CONFIG.dac_codes, CONFIG.thresholds).tolist())
    job = {
        "group": int(rng.integers(CONFIG.table_groups)),
        "table": int(rng.integers(CONFIG.tables)),
        "span": span,
    }
    return Case(job=job, zero=reads[0], full=reads[1], nominal=nominal)


class Adcs:
    """ADCs that answer reads, one after the other: those of a table, with or without gaps and stalls."""

    def __init__(self, dut: Any) -> None:
        self.asked: list[dict[str, int]] = []
        self.taken: list[int] = []
        self._dut = dut

    async def serve(self, case: Case, rng: Generator, idle: float) -> None:
        """Take reads and answer them; without gaps each as long after the one before as a conversion takes."""
        dut, edge = self._dut, RisingEdge(self._dut.clk)
        waiting: int | None = None
        answers = deque([*case.zero, *case.full])
        left = conversion_interval(CONFIG, raw=True)
        offering = False
        answered = 0
        while answers or offering:
            taking = bool(rng.random() >= idle)
            dut.read__ready.value = int(taking)
            # Without gaps there is a read in every cycle in which one can be: it was asked for long ago.
            if not offering and left <= 0 and answered < len(self.asked) + (not idle) and rng.random() >= idle:
                dut.raw__payload.value = answers.popleft()
                offering = True
            dut.raw__valid.value = int(offering)
            await edge
            now = bits_of(dut.read__payload) if dut.read__valid.value else None
            check_held("read", waiting, now)
            waiting = None if taking else now
            if now is not None and taking:
                self.asked.append(unpack(raw_read(CONFIG), now))
            left -= 1
            if offering and dut.raw__ready.value:
                offering = False
                answered += 1
                self.taken.append(cycle())
                left = conversion_interval(CONFIG, raw=True) - 1 if not idle else 0
        dut.raw__valid.value = 0
        dut.read__ready.value = 0


def expected_reads(case: Case) -> list[dict[str, int]]:
    """In their order."""
    each = 1 << CONFIG.calibration_reads
    group = case.job["group"] if CONFIG.group_tables else None
    first = case.job["table"] * CONFIG.adcs_per_table
    return [
        {"adc": first + adc, "group": number % CONFIG.groups if group is None else group, "on": on}
        for on in (0, 1)
        for adc in range(CONFIG.adcs_per_table)
        for number in range(each)
    ]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.4])
async def tables_match_golden(dut: Any, idle: float) -> None:
    """One calibration after the other, each from the very cycle in which the one before has ended."""
    rng = bench_rng()
    await start(dut)
    for _ in range(40):
        await _check(dut, random_case(rng), rng, idle)


@cocotb.test()
async def the_number_of_cycles_is_that_of_golden(dut: Any) -> None:
    """From the start to the end, if every raw read follows the one before; of both kinds."""
    rng = bench_rng()
    await start(dut)
    kinds: set[bool] = set()
    while len(kinds) < 2:
        case = random_case(rng)
        kept = Error.CALIBRATION in case.outcome().errors
        kinds.add(kept)
        begun, ended = await _check(dut, case, rng, 0.0)
        assert ended - begun == calibration_cycles(CONFIG, kept=kept)


@cocotb.test()
async def starts_and_writes_while_busy_are_told_and_ignored(dut: Any) -> None:
    """In any cycle of a calibration; not in the one in which it has ended."""
    rng = bench_rng()
    await start(dut)
    length = calibration_cycles(CONFIG, kept=True)
    for at in sorted({1, 2, *rng.integers(1, length, 6).tolist(), length - 2, length - 1}):
        await _check(dut, random_case(rng), rng, 0.0, busy_at=at)
        await _forget(dut)


@cocotb.test()
async def a_reset_ends_a_calibration(dut: Any) -> None:
    """In any cycle; nothing is asked for or written afterwards, and the next one is as if there had been none."""
    rng = bench_rng()
    length = calibration_cycles(CONFIG)
    for at in sorted({1, 2, *rng.integers(1, length, 6).tolist(), length - 2, length - 1}):
        await start(dut)
        case = random_case(rng)
        await _begin(dut, case)
        serving = cocotb.start_soon(Adcs(dut).serve(case, rng, 0.0))
        await wait(dut, at)
        serving.cancel()
        await start(dut)
        assert not dut.busy.value
        assert not dut.read__valid.value
        assert not dut.write__valid.value
        assert bits_of(dut.errors) == 0
        await _check(dut, random_case(rng), rng, 0.0)


@cocotb.test()
async def errors_stay_until_they_are_forgotten(dut: Any) -> None:
    """One that comes in the cycle in which they are forgotten, stays."""
    rng = bench_rng()
    await start(dut)
    case = random_case(rng)
    while Error.CALIBRATION not in case.outcome().errors:
        case = random_case(rng)
    await _check(dut, case, rng, 0.0)
    await wait(dut, 3)
    assert bits_of(dut.errors) == pack(CALIBRATION_ERRORS, _errors(Error.CALIBRATION))
    await _forget(dut)
    assert bits_of(dut.errors) == 0
    dut.forget.value = 1
    await _check(dut, case, rng, 0.0, forgets=True)
    await wait(dut, 1)
    assert bits_of(dut.errors) == 0
    dut.forget.value = 0


def _errors(errors: Error) -> dict[str, int]:
    return {name: int(flag in errors) for name, flag in _FLAGS.items()}


async def _forget(dut: Any) -> None:
    dut.forget.value = 1
    await wait(dut, 1)
    dut.forget.value = 0
    await wait(dut, 1)


async def _begin(dut: Any, case: Case) -> None:
    """Write the nominal table, and start in the cycle that follows."""
    entries = [{"entry": entry, "code": code} for entry, code in enumerate(case.nominal)]
    await put(dut, "nominal", entries, shape=nominal_entry(CONFIG))
    dut.job.value = pack(calibration_job(CONFIG), case.job)
    dut.start.value = 1
    await wait(dut, 1)
    dut.start.value = 0
    dut.job.value = 0


async def _check(
    dut: Any, case: Case, rng: Generator, idle: float, *, busy_at: int = 0, forgets: bool = False
) -> tuple[int, int]:
    """A calibration; cycles of its start and its end."""
    adcs, found = Adcs(dut), case.outcome()
    kept = Error.CALIBRATION in found.errors
    before = bits_of(dut.errors)
    await _begin(dut, case)
    begun = cycle()
    written = Monitor(dut, "write", table_entry(CONFIG))
    serving = cocotb.start_soon(adcs.serve(case, rng, idle))
    errors = found.errors
    edge = RisingEdge(dut.clk)
    shown = 0
    while True:
        if busy_at and cycle() - begun == busy_at - 1:
            dut.start.value, dut.nominal__valid.value = 1, 1
            dut.nominal__payload.value = pack(nominal_entry(CONFIG), {"entry": 0, "code": CONFIG.dac_codes - 1})
            dut.job.value = pack(calibration_job(CONFIG), {"group": 0, "table": 0, "span": 1})
            errors |= Error.WRITE_BUSY | Error.START_BUSY
        await edge
        if busy_at:
            dut.start.value, dut.nominal__valid.value = 0, 0
        if not dut.busy.value:
            break
        shown |= bits_of(dut.errors)
    ended = cycle()
    await serving
    shown |= bits_of(dut.errors)
    assert ended == calibration_end(adcs.taken[-1], CONFIG, kept=kept)
    assert adcs.asked == expected_reads(case)
    place = {"group": case.job["group"], "table": case.job["table"]}
    assert written.beats == [{**place, "entry": entry, "code": code} for entry, code in enumerate(found.table)]
    assert not written.cycles or written.cycles == list(range(ended - CONFIG.thresholds, ended))
    assert int(dut.offset.value.to_signed()) == found.offset, f"of {case}"
    assert bits_of(dut.gain) == found.gain, f"of {case}"
    assert shown == (0 if forgets else before) | pack(CALIBRATION_ERRORS, _errors(errors)), f"of {case}"
    return begun, ended
