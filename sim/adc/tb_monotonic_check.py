"""Bench of ``MonotonicCheck``: which tables fall after every write, against golden."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.table_memory import FALLS_LATENCY, TableMemory
from racelet.hw.adc.monotonic_check import MonotonicCheck
from racelet.hw.adc.sum_layouts import table_entry
from racelet.sim.adc.searches import random_table, random_tables
from racelet.sim.adc.table_writes import Entry, Falls, any_entry, falls_of, fill, place_of
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.payload import pack
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import bits_of, cycle, start, wait

CONFIG = bench_config(AdcConfig)
SHAPES = {
    "groups": AdcConfig(bits=2, input_lanes=6, word_lines=2, output_lanes=3, adcs_per_table=2, group_tables=True),
    "one": AdcConfig(bits=3, output_lanes=1, adcs_per_table=2),
}
"""Besides a block's: three groups of three tables, and a single table."""


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    verify_shapes({"": config, **SHAPES}, seed=seed, waves=waves)


def verify_shapes(shapes: Mapping[str, AdcConfig], *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on any shapes."""
    run_shapes(MonotonicCheck, __name__, shapes, seed=seed, waves=waves)


def written(rng: Generator) -> list[Entry]:
    """Single entries, some of few DAC codes, of which many are the same; whole tables, some of which seldom fall."""
    found: list[Entry] = []
    for _ in range(max(320 // CONFIG.thresholds, 5)):
        codes = int(rng.choice([2, CONFIG.dac_codes]))
        found += [any_entry(rng, CONFIG, codes) for _ in range(int(rng.integers(1, 8)))]
        first = any_entry(rng, CONFIG, codes)
        found += [{**first, "entry": entry, "code": code} for entry, code in enumerate(random_table(rng, CONFIG))]
        found += [{**first, **_rising(rng, entry)} for entry in range(CONFIG.thresholds)]
        found += [{**first, **_rising(rng, int(rng.integers(CONFIG.thresholds)))} for _ in range(8)]
    return found


def _rising(rng: Generator, entry: int) -> Entry:
    """An entry that seldom falls."""
    return {"entry": entry, "code": min(2 * entry + int(rng.integers(4)), CONFIG.dac_codes - 1)}


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5])
async def what_falls_is_that_of_golden_in_every_cycle(dut: Any, idle: float) -> None:
    """After the writes of the cycles before the enquiry, in tables of any group."""
    rng = bench_rng()
    await start(dut)
    memory = await fill(dut, random_tables(rng, CONFIG), rng, CONFIG)
    await _check(dut, memory, rng, idle)


@cocotb.test()
async def a_reset_leaves_tables_as_they_are(dut: Any) -> None:
    """In the cycle of a write too, which counts, and in the one after it."""
    rng = bench_rng()
    await start(dut)
    level = [[[1] * CONFIG.thresholds] * CONFIG.tables] * CONFIG.table_groups
    memory = await fill(dut, level, rng, CONFIG)
    for _ in range(10):
        entry = any_entry(rng, CONFIG, 1)
        entry["entry"] %= CONFIG.thresholds
        # Makes its table fall; the other one makes up for it.
        wrong = 0 if entry["entry"] else 2
        for code in (wrong, 1):
            dut.write__payload.value = pack(table_entry(CONFIG), {**entry, "code": code})
            dut.write__valid.value = 1
            dut.rst.value = int(rng.integers(2))
            await wait(dut, 1)
            memory.write(place_of(entry, CONFIG), code)
            dut.write__valid.value, dut.rst.value = 0, 1
            await wait(dut, int(rng.integers(1, 3)))
            dut.rst.value = 0
            for group in range(CONFIG.table_groups):
                dut.group.value = group
                await wait(dut, 1 + FALLS_LATENCY)
                assert bits_of(dut.falls) == falls_of(memory, group, CONFIG)


async def _check(dut: Any, memory: TableMemory, rng: Generator, idle: float) -> None:
    edge, falls = RisingEdge(dut.clk), Falls(FALLS_LATENCY)
    for entry in written(rng):
        dut.write__valid.value = 0
        while True:
            writes = bool(rng.random() >= idle)
            # Now and then of the group that has just been written to.
            group = int(dut.group.value) if rng.random() < 0.3 else int(rng.integers(max(CONFIG.table_groups, 2)))
            dut.group.value = group
            dut.write__payload.value, dut.write__valid.value = pack(table_entry(CONFIG), entry), int(writes)
            await edge
            expected = falls.told(memory, group, CONFIG)
            assert expected in {None, bits_of(dut.falls)}, f"in cycle {cycle()}"
            if writes:
                memory.write(place_of(entry, CONFIG), entry["code"])
                break
    dut.write__valid.value = 0
