"""Bench of ``TableMemory``: what is read, which tables fall and errors after every write, against golden."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.table_memory import FALLS_LATENCY
from racelet.golden.adc.table_memory import TableMemory as Golden
from racelet.hw.adc.conversion_layouts import adc_codes, table_codes
from racelet.hw.adc.sum_layouts import table_entry
from racelet.hw.adc.table_memory import TableMemory
from racelet.sim.adc.searches import random_tables
from racelet.sim.adc.table_writes import Falls, any_entry, fill, place_of
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.payload import pack, unpack
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import bits_of, cycle, start, wait

CONFIG = bench_config(AdcConfig)
IS_SAR = CONFIG.kind == "sar"
_GROUPS = AdcConfig(bits=2, input_lanes=6, word_lines=2, output_lanes=3, adcs_per_table=2, group_tables=True)
SHAPES = {"groups": _GROUPS, "groups-flash": dataclasses.replace(_GROUPS, kind="flash")}
"""Besides a block's: three groups of three tables, each of two ADCs."""


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    verify_shapes({"": config, **SHAPES}, seed=seed, waves=waves)


def verify_shapes(shapes: Mapping[str, AdcConfig], *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on any shapes."""
    run_shapes(TableMemory, __name__, shapes, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(busy=[0.0, 0.5], corrected=[0.0, 0.4])
async def what_is_read_is_that_of_golden_in_every_cycle(dut: Any, busy: float, corrected: float) -> None:
    """Writes from outside and of calibrations, one of which may come with the other."""
    rng = bench_rng()
    await start(dut)
    memory = await fill(dut, random_tables(rng, CONFIG), rng, CONFIG)
    dut.forget.value = 1
    await wait(dut, 1)
    await _check(dut, memory, rng, busy, corrected, 500)


@cocotb.test()
async def a_reset_leaves_tables_as_they_are(dut: Any) -> None:
    """And forgets errors."""
    rng = bench_rng()
    await start(dut)
    memory = await fill(dut, random_tables(rng, CONFIG), rng, CONFIG)
    for _ in range(8):
        dut.write__payload.value, dut.write__valid.value, dut.busy.value = 0, 1, 1
        await wait(dut, 1)
        dut.write__valid.value, dut.busy.value = 0, 0
        dut.forget.value = 0
        await wait(dut, 1)
        assert dut.write_busy.value
        dut.rst.value = 1
        await wait(dut, 1)
        dut.rst.value = 0
        memory.errors = Error.NONE
        await _check(dut, memory, rng, 0.1, 0.2, 20)


async def _check(dut: Any, memory: Golden, rng: Generator, busy: float, corrected: float, cycles: int) -> None:
    edge, falls = RisingEdge(dut.clk), Falls(FALLS_LATENCY)
    for _ in range(cycles):
        writes, corrects, is_busy = rng.random(3) < (0.7, corrected, busy)
        forgets = bool(rng.random() < 0.1)
        codes = int(rng.choice([2, CONFIG.dac_codes]))
        entry, correction = any_entry(rng, CONFIG, codes), any_entry(rng, CONFIG, codes)
        for name, valid, each in (("write", writes, entry), ("corrected", corrects, correction)):
            getattr(dut, f"{name}__valid").value = int(valid)
            getattr(dut, f"{name}__payload").value = pack(table_entry(CONFIG), each)
        dut.busy.value, dut.forget.value = int(is_busy), int(forgets)
        group = int(rng.integers(max(CONFIG.table_groups, 2)))
        dut.group.value = group
        tried = rng.integers(1, CONFIG.levels, CONFIG.adcs).tolist()
        if IS_SAR:
            dut.tried.value = pack(adc_codes(CONFIG), tried)
        await edge
        of_group = group if CONFIG.table_groups > 1 else 0
        tables = memory.tables[of_group].tolist()
        expected = tables
        if IS_SAR:
            expected = [tables[adc // CONFIG.adcs_per_table][code - 1] for adc, code in enumerate(tried)]
        assert unpack(table_codes(CONFIG), bits_of(dut.codes)) == expected, f"in cycle {cycle()}"
        told = falls.told(memory, group, CONFIG)
        assert told in {None, bits_of(dut.falls)}, f"in cycle {cycle()}"
        assert bool(dut.write_busy.value) == (Error.WRITE_BUSY in memory.errors), f"in cycle {cycle()}"
        if forgets:
            memory.errors = Error.NONE
        if writes:
            memory.write(place_of(entry, CONFIG), entry["code"], busy=bool(is_busy or corrects))
        if corrects:
            memory.write(place_of(correction, CONFIG), correction["code"])
    for name in ("write", "corrected"):
        getattr(dut, f"{name}__valid").value = 0
    dut.busy.value = 0
