"""Bench of ``ColumnPath``: sums, errors, calibrations and every cycle against golden, whatever comes in between."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.adc import column_path as golden
from racelet.golden.adc import imc_macro
from racelet.golden.adc.calibrator import calibration_cycles, read_count
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_calibration import calibrate_columns, column_calibration_cycles, pattern_span
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import beat_interval
from racelet.golden.adc.error import Error
from racelet.golden.adc.logistic_noise import noise_scale
from racelet.golden.adc.macro_config import MacroConfig
from racelet.golden.dwcpwc.dot_engine import DotBeat
from racelet.hw.adc.column_path import ColumnPath
from racelet.hw.adc.path_layouts import PATH_ERRORS, column_beat
from racelet.hw.adc.sum_layouts import calibration_job, column_sums, nominal_entry, table_entry
from racelet.sim.adc.path_model import At, Inputs, PathModel
from racelet.sim.bench import bench_config, bench_parameters, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import pack, unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, cycle, get, put, start, wait

CONFIG = bench_config(AdcConfig)
MACRO = MacroConfig(**bench_parameters().get("macro", {}))
CELLS = sample_cells(CONFIG, MACRO, bench_parameters().get("cells", 1))
SHAPES = {
    "searching": (
        AdcConfig(
            bits=3,
            vote=True,
            settle=1,
            dac_bits=6,
            signed=False,
            input_lanes=4,
            word_lines=2,
            output_lanes=1,
            adcs_per_table=2,
            group_tables=True,
            input_bits=3,
            signed_inputs=True,
            weight_bits=4,
            accumulator_bits=8,
            slots=3,
            calibration_reads=1,
        ),
        MacroConfig(ir_drop=0.02, offset_spread=0.5, gain_spread=0.2),
    ),
    "still": (
        AdcConfig(
            bits=2,
            dac_bits=8,
            dac_shift=0,
            input_lanes=6,
            word_lines=3,
            output_lanes=1,
            input_bits=1,
            weight_bits=5,
            slots=1,
            calibration_reads=0,
            offset_bits=8,
            noise=False,
        ),
        MacroConfig(offset_spread=0.5, gain_spread=0.3),
    ),
}
"""Besides a block's: a vote, tables of each group and sums that overflow; no noise, more slices than bits, and a DAC
whose steps are those of currents, which go beyond its range."""

Beat = dict[str, Any]
_NAMES = {name: Error[name.upper()] for name, _ in PATH_ERRORS}


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    macro = MacroConfig(offset_spread=0.5, gain_spread=0.05)
    verify_shapes({"": (config, macro), **SHAPES}, seed=seed, waves=waves)


def verify_shapes(
    shapes: Mapping[str, tuple[AdcConfig, MacroConfig]], *, seed: int | None = None, waves: Path | None = None
) -> None:
    """Run the bench on paths with macros of such statistics."""
    for name, (config, macro) in shapes.items():
        file = waves.with_stem(f"{waves.stem}-{name}") if waves is not None and name else waves
        parameters = {"config": config, "macro": macro, "cells": 3}
        dut = ColumnPath(config, sample_cells(config, macro, 3))
        run_bench(dut, __name__, parameters=parameters, seed=seed, waves=file)


def random_beats(count: int, rng: Generator, known: set[int] | None = None) -> list[Beat]:
    """Slots by turns, of which those that hold something may go on; any activations and weights."""
    known = set() if known is None else known
    found: list[Beat] = []
    ends = CONFIG.activations[0], CONFIG.activations[-1]
    for _ in range(count):
        slot = int(rng.integers(CONFIG.slots))
        weights = rng.integers(CONFIG.weights[0], CONFIG.weights[-1] + 1, (CONFIG.output_lanes, CONFIG.input_lanes))
        activations = rng.integers(ends[0], ends[1] + 1, CONFIG.input_lanes)
        if rng.random() < 0.3:
            activations = rng.choice(np.array([*ends, 0]), CONFIG.input_lanes)
            weights[:] = rng.choice(np.array([CONFIG.weights[0], CONFIG.weights[-1]]), (CONFIG.output_lanes, 1))
        found.append(
            {
                "activations": activations.tolist(),
                "weights": weights.tolist(),
                "slot": slot,
                "first": int(slot not in known or rng.random() < 0.2),
                "last": int(rng.random() < 0.5),
            }
        )
        known.add(slot)
    found[-1]["last"] = 1
    return found


def path() -> golden.ColumnPath:
    """The path as golden has it."""
    return golden.ColumnPath(CONFIG, CELLS, scale=noise_scale(0.3, CONFIG))


def table_entries(tables: Any) -> list[dict[str, int]]:
    """All entries of all tables."""
    return [
        {"group": place[0], "table": place[1], "entry": place[2], "code": int(code)}
        for place, code in np.ndenumerate(np.asarray(tables))
    ]


def nominal_entries(codes: Any) -> list[dict[str, int]]:
    """All entries of the nominal table."""
    return [{"entry": entry, "code": int(code)} for entry, code in enumerate(codes)]


class Hand:
    """Writes, starts and forgets in any cycle, and sees what is shown in every one."""

    def __init__(self, dut: Any, rng: Generator, rare: float) -> None:
        self.writes: list[At] = []
        self.nominal: list[At] = []
        self.starts: list[At] = []
        self.forgets: set[int] = set()
        self.shown: dict[int, tuple[int, bool, int]] = {}
        self.results: list[tuple[int, int]] = []
        self._dut = dut
        self._rng = rng
        self.rare = rare
        self._task = cocotb.start_soon(self._run())

    def stop(self) -> None:
        """Let go."""
        self._task.cancel()
        for name in ("write__valid", "nominal__valid", "start", "forget"):
            getattr(self._dut, name).value = 0

    def _at_random(self, rarer: float = 1.0) -> bool:
        return bool(self._rng.random() < self.rare * rarer)

    async def _run(self) -> None:
        dut, rng, edge = self._dut, self._rng, RisingEdge(self._dut.clk)
        before = False
        sound, nominal = pattern_span(CELLS, CONFIG), path().nominal.tolist()
        while True:
            happens = [self._at_random(rarer) for rarer in (1, 0.3, 0.06, 1)]
            dut.write__valid.value, dut.nominal__valid.value, dut.start.value, dut.forget.value = happens
            entry: dict[str, int] = {}
            own, job = dict(entry), dict(entry)
            if any(happens):
                entry = {
                    "group": int(rng.integers(CONFIG.table_groups)),
                    "table": int(rng.integers(CONFIG.tables)),
                    "entry": int(rng.integers(CONFIG.levels)),
                    "code": int(rng.integers(CONFIG.dac_codes)),
                }
                if rng.random() < 0.7 and entry["entry"] < CONFIG.thresholds:
                    entry["code"] = nominal[entry["entry"]]
                own = {name: entry[name] for name in ("entry", "code")}
                job = {name: entry[name] for name in ("group", "table")}
                job["span"] = sound if rng.random() < 0.7 else int(rng.integers(1, CONFIG.dac_codes))
                dut.write__payload.value = pack(table_entry(CONFIG), entry)
                dut.nominal__payload.value = pack(nominal_entry(CONFIG), own)
                dut.job.value = pack(calibration_job(CONFIG), job)
            await edge
            now = cycle()
            kept = zip(happens, (self.writes, self.nominal, self.starts), (entry, own, job), strict=False)
            for is_so, events, what in kept:
                if is_so:
                    events.append((now, what))
            if happens[-1]:
                self.forgets.add(now)
            calibrating = bool(dut.calibrating.value)
            self.shown[now] = bits_of(dut.errors), calibrating, bits_of(dut.steps)
            if before and not calibrating:
                self.results.append((int(dut.offset.value.to_signed()), bits_of(dut.gain)))
            before = calibrating


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.8], stall=[0.0, 0.9])
async def sums_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Beats alone, with nominal tables."""
    beats, wanted = random_beats(30, bench_rng()), path()
    found = await _check(dut, beats, idle=idle, stall=stall)
    np.testing.assert_array_equal(found, wanted.dot_products(dot_beats(beats)))
    assert _errors(dut) == wanted.errors
    assert bits_of(dut.steps) * CONFIG.adcs == wanted.counters.conversions


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.8], stall=[0.0, 0.8])
async def whatever_comes_between_matches_golden(dut: Any, idle: float, stall: float) -> None:
    """Writes, calibrations, seeds and forgets in any cycle; noise that goes beyond all thresholds, too."""
    rng = bench_rng()
    scale = int(rng.integers(2 * noise_scale(0.5, CONFIG) if idle == stall else 1 << CONFIG.scale_bits))
    beats = random_beats(240 // CONFIG.steps, rng)
    await _check(dut, beats, idle=idle, stall=stall, rare=0.03, scale=scale)


@cocotb.test()
async def beats_follow_one_another_as_golden_says(dut: Any) -> None:
    """The first sums after the latency, the others an interval apart."""
    beats = [{**beat, "last": 1} for beat in random_beats(5, bench_rng())]
    await _begin(dut)
    given: list[int] = []
    begun = cycle() + 1
    cocotb.start_soon(put(dut, "i", beats, shape=column_beat(CONFIG)))
    await get(dut, "o", len(beats), cycles=given)
    first = begun + golden.latency(CELLS, CONFIG)
    assert given == [first + number * beat_interval(CONFIG) for number in range(len(beats))]


@cocotb.test()
async def all_tables_are_calibrated(dut: Any) -> None:
    """Each from the cycle on in which the one before has ended; codes are of the new tables afterwards."""
    wanted = path()
    found = calibrate_columns(wanted)
    await _begin(dut)
    begun, edge = cycle() + 1, RisingEdge(dut.clk)
    results: list[tuple[int, int]] = []
    for number, each in enumerate(found):
        group, table = divmod(number, CONFIG.tables)
        job = {"group": group, "table": table, "span": pattern_span(CELLS, CONFIG)}
        dut.start.value, dut.job.value = 1, pack(calibration_job(CONFIG), job)
        await edge
        assert not dut.calibrating.value
        dut.start.value = 0
        kept = Error.CALIBRATION in each.errors
        await wait(dut, imc_macro.latency(CELLS, CONFIG) + calibration_cycles(CONFIG, kept=kept) - 1)
        assert dut.calibrating.value
        results.append((int(dut.offset.value.to_signed()), bits_of(dut.gain)))
    await edge
    assert not dut.calibrating.value
    kept_ones = sum(Error.CALIBRATION in each.errors for each in found)
    assert cycle() - begun == column_calibration_cycles(CELLS, CONFIG, kept_ones)
    assert results == [(each.offset, each.gain) for each in found]
    assert _errors(dut) == wanted.errors
    beats = random_beats(12, bench_rng())
    cocotb.start_soon(put(dut, "i", beats, shape=column_beat(CONFIG)))
    sums = await get(dut, "o", sum(beat["last"] for beat in beats), shape=column_sums(CONFIG))
    np.testing.assert_array_equal(sums, wanted.dot_products(dot_beats(beats)))


@cocotb.test()
async def a_reset_drops_what_is_inside(dut: Any) -> None:
    """Whatever goes on; tables are as they were."""
    rng = bench_rng()
    for number in range(8):
        await _begin(dut)
        dut.o__ready.value = number & 1
        hand = Hand(dut, rng, 0.1)
        sending = cocotb.start_soon(put(dut, "i", random_beats(20, rng), shape=column_beat(CONFIG)))
        await wait(dut, int(rng.integers(1, 3 * beat_interval(CONFIG) + read_count(CONFIG))))
        sending.cancel()
        hand.stop()
        await _check(dut, random_beats(4, rng), rare=0.0 if number & 1 else 0.02)


def dot_beats(beats: Sequence[Beat]) -> list[DotBeat]:
    """The same for golden."""
    return [
        DotBeat(
            activations=np.array(beat["activations"]).astype(np.int8),
            weights=np.array(beat["weights"]).astype(np.int8),
            slot=beat["slot"],
            first=beat["first"],
            last=beat["last"],
        )
        for beat in beats
    ]


def _errors(dut: Any) -> Error:
    """Those that are told."""
    return _of_bits(bits_of(dut.errors))


def _of_bits(bits: int) -> Error:
    told = unpack(PATH_ERRORS, bits)
    errors = Error.NONE
    for name, bit in told.items():
        errors |= _NAMES[name] if bit else Error.NONE
    return errors


async def _begin(dut: Any, scale: int | None = None) -> tuple[list[At], list[At]]:
    """Reset, write all tables, and their cycles."""
    await start(dut)
    if CONFIG.noise:
        dut.scale.value = path().scale if scale is None else scale
    written: list[list[At]] = []
    for name, entries, shape in (
        ("write", table_entries(path().tables), table_entry(CONFIG)),
        ("nominal", nominal_entries(path().nominal), nominal_entry(CONFIG)),
    ):
        cycles: list[int] = []
        await put(dut, name, entries, shape=shape, cycles=cycles)
        written.append(list(zip(cycles, entries, strict=True)))
    return written[0], written[1]


async def _check(
    dut: Any,
    beats: Sequence[Beat],
    *,
    idle: float = 0.0,
    stall: float = 0.0,
    rare: float = 0.0,
    scale: int | None = None,
) -> list[list[int]]:
    """All that comes of beats; their sums."""
    rng = bench_rng()
    writes, nominal = await _begin(dut, scale)
    hand = Hand(dut, rng, rare)
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    seeds = rng.integers(1 << 32, size=200).tolist() if rare and CONFIG.noise else []
    seeding = Trace(dut, "seed") if CONFIG.noise else None
    seeder = cocotb.start_soon(put(dut, "seed", seeds, idle=0.985)) if seeds else None
    count = sum(beat["last"] for beat in beats)
    cocotb.start_soon(put(dut, "i", beats, shape=column_beat(CONFIG), idle=idle))
    sums = await get(dut, "o", count, shape=column_sums(CONFIG), stall=stall)
    hand.rare = 0.0
    if seeder is not None:
        seeder.cancel()
    await wait(dut, 2)
    while dut.calibrating.value:
        await wait(dut, 1)
    if CONFIG.noise:
        while not dut.seed__ready.value:
            await wait(dut, 1)
        dut.seed__valid.value = 0
    dut.o__ready.value = 1
    await quiet(dut, "o", beat_interval(CONFIG) + golden.latency(CELLS, CONFIG))
    dut.o__ready.value = 0
    hand.stop()
    model = PathModel(
        Inputs(
            beats=beats,
            offered=entering.offered,
            taken=leaving.taken,
            writes=[*writes, *hand.writes],
            nominal=[*nominal, *hand.nominal],
            starts=hand.starts,
            seeds=seeds[: len(seeding.offered)] if seeding else (),
            seeded=seeding.offered if seeding else (),
            scale=(path().scale if scale is None else scale),
        ),
        CELLS,
        CONFIG,
    )
    found = model.cycles
    assert sums == model.sums
    assert (entering.taken, leaving.offered) == (found.accepted, found.given)
    assert not seeding or seeding.taken == found.seeded
    assert hand.results == [(each.offset, each.gain) for each in model.calibrations]
    _check_shown(hand, model)
    return sums


def _check_shown(hand: Hand, model: PathModel) -> None:
    """Errors, calibrations and steps of every cycle."""
    calibrating = {at for start, end in model.cycles.calibrations for at in range(start + 1, end)}
    ends = sorted(each.ends for each in model.cycles.conversions)
    told = Error.NONE
    for at in sorted(hand.shown):
        errors, is_calibrating, steps = hand.shown[at]
        assert _of_bits(errors) == told, f"errors of cycle {at}"
        assert is_calibrating == (at in calibrating), f"cycle {at}"
        assert steps == bisect_left(ends, at), f"cycle {at}"
        told = (Error.NONE if at in hand.forgets else told) | model.happens.get(at, Error.NONE)
