"""Bench of ``ImcMacro``: currents of beats and of raw reads against golden, and the cycle of every transfer."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.imc_macro import (
    cell_bits,
    currents,
    group_currents,
    latency,
    pattern_bits,
    row_bits,
)
from racelet.golden.adc.macro_config import MacroConfig
from racelet.golden.adc.pipeline import schedule
from racelet.hw.adc.imc_macro import ImcMacro
from racelet.hw.adc.sum_layouts import macro_beat, macro_step
from racelet.sim.bench import bench_config, bench_parameters, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(AdcConfig)
MACRO = MacroConfig(**bench_parameters().get("macro", {}))
CELLS = sample_cells(CONFIG, MACRO, bench_parameters().get("cells", 1))
SHAPES = {
    "dropping": (
        AdcConfig(
            signed=False,
            signed_inputs=True,
            input_lanes=9,
            word_lines=3,
            output_lanes=1,
            weight_bits=3,
            current_bits=8,
            dac_shift=3,
        ),
        MacroConfig(ir_drop=0.03, offset_spread=1.0, gain_spread=0.5, low_spread=0.2),
    ),
    "one": (
        AdcConfig(input_lanes=1, word_lines=1, output_lanes=1, input_bits=1, current_bits=2, dac_shift=0),
        MacroConfig(low_spread=0.5, gain_spread=0.5),
    ),
}
"""Besides a block's: gains below zero, a drop, three groups; a single cell."""

Beat = dict[str, Any]


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    macro = MacroConfig(offset_spread=0.5, gain_spread=0.05)
    verify_shapes({"": (config, macro), **SHAPES}, seed=seed, waves=waves)


def verify_shapes(
    shapes: Mapping[str, tuple[AdcConfig, MacroConfig]], *, seed: int | None = None, waves: Path | None = None
) -> None:
    """Run the bench on macros of such statistics."""
    for name, (config, macro) in shapes.items():
        file = waves.with_stem(f"{waves.stem}-{name}") if waves is not None and name else waves
        parameters = {"config": config, "macro": macro, "cells": 3}
        dut = ImcMacro(config, sample_cells(config, macro, 3))
        run_bench(dut, __name__, parameters=parameters, seed=seed, waves=file)


def random_beats(count: int, rng: Generator, probes: float) -> list[Beat]:
    """Activations and weights of any size, the ends of their ranges among them; raw reads in between."""
    found: list[Beat] = []
    shape = CONFIG.output_lanes, CONFIG.input_lanes
    for _ in range(count):
        weights = rng.integers(CONFIG.weights[0], CONFIG.weights[-1] + 1, shape)
        if rng.random() < 0.3:
            weights = rng.choice([CONFIG.weights[0], CONFIG.weights[-1], 0], shape)
        found.append(
            {
                "activations": rng.integers(CONFIG.activations[0], CONFIG.activations[-1] + 1, shape[1]).tolist(),
                "weights": weights.tolist(),
                "slot": int(rng.integers(CONFIG.slots)),
                "first": int(rng.integers(2)),
                "last": int(rng.integers(2)),
                "probe": int(rng.random() < probes),
                "group": int(rng.integers(CONFIG.groups)),
                "on": int(rng.integers(2)),
                "adc": int(rng.integers(CONFIG.adcs)),
            }
        )
    return found


def cells_in_turn() -> list[Beat]:
    """Each row alone, in either state of its cells; and together those that make a column's most, and its least."""
    found: list[Beat] = []
    every = -1 if CONFIG.signed_inputs else CONFIG.activations[-1]
    states = np.concatenate([CELLS.low, CELLS.high], axis=1).reshape(CONFIG.input_lanes, -1).T
    rows = np.unique(np.concatenate([np.eye(CONFIG.input_lanes, dtype=bool), states > 0, states < 0]), axis=0)
    for row, weight in itertools.product(rows, {-1, CONFIG.weights[0], CONFIG.weights[-1], 0}):
        weights = np.full((CONFIG.output_lanes, CONFIG.input_lanes), weight).tolist()
        marks = {"slot": 0, "first": 1, "last": 1, "probe": 0, "group": 0, "on": 0, "adc": 0}
        found.append({"activations": (row * every).tolist(), "weights": weights, **marks})
    return found


def expected(beat: Beat) -> list[dict[str, Any]]:
    """Steps of a beat."""
    mark = {name: beat[name] for name in ("slot", "probe", "adc")}
    if beat["probe"]:
        rows = np.full((1, CONFIG.word_lines), beat["on"])
        given = group_currents(rows, [beat["group"]], pattern_bits(CONFIG), CELLS, CONFIG)
        places = [(beat["group"], 0)]
    else:
        rows = row_bits([beat["activations"]], CONFIG)
        given = currents(rows, cell_bits(beat["weights"], CONFIG), CELLS, CONFIG)
        places = [(group, bit) for group in range(CONFIG.groups) for bit in reversed(range(CONFIG.input_bits))]
    return [
        {
            "currents": each,
            "mark": {
                **mark,
                "group": group,
                "input_bit": bit,
                "first": int(beat["first"] and not number),
                "last": int(beat["last"] and number == len(places) - 1),
            },
        }
        for number, (each, (group, bit)) in enumerate(zip(given.tolist(), places, strict=True))
    ]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.7], probes=[0.0, 0.5])
async def currents_match_golden(dut: Any, idle: float, stall: float, probes: float) -> None:
    """Beats and raw reads, one after the other."""
    await start(dut)
    await _check(dut, random_beats(25, bench_rng(), probes), idle, stall)


@cocotb.test()
async def every_cell_matches_golden(dut: Any) -> None:
    """Rows alone and together, and all in raw reads."""
    await start(dut)
    raw = [
        {**random_beats(1, bench_rng(), 1.0)[0], "group": group, "on": on}
        for group in range(CONFIG.groups)
        for on in (0, 1)
    ]
    await _check(dut, [*cells_in_turn(), *raw], 0.0, 0.0)


@cocotb.test()
async def a_reset_drops_what_is_inside(dut: Any) -> None:
    """In any step of a beat; the next one begins with its first step."""
    rng = bench_rng()
    for cycles in range(1, CONFIG.steps + latency(CELLS, CONFIG) + 2):
        await start(dut)
        dut.o__ready.value = cycles & 1
        sending = cocotb.start_soon(put(dut, "i", random_beats(8, rng, 0.2), shape=macro_beat(CONFIG)))
        await wait(dut, cycles)
        sending.cancel()
        await start(dut)
        await _check(dut, random_beats(4, rng, 0.2), 0.0, 0.0)


async def _check(dut: Any, beats: Sequence[Beat], idle: float, stall: float) -> None:
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    wanted = [step for beat in beats for step in expected(beat)]
    cocotb.start_soon(put(dut, "i", beats, shape=macro_beat(CONFIG), idle=idle))
    found = await get(dut, "o", len(wanted), shape=macro_step(CONFIG, CELLS), stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", latency(CELLS, CONFIG) + 1)
    dut.o__ready.value = 0
    assert found == wanted
    steps = [1 if beat["probe"] else CONFIG.steps for beat in beats]
    ready = schedule(entering.offered, steps, [True] * len(beats), leaving.taken, latency(CELLS, CONFIG))
    assert (entering.taken, leaving.offered) == ready
