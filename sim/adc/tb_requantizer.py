"""Bench of ``Requantizer``: activations and cycles against golden, on thresholds and next to them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.pipeline import schedule
from racelet.golden.adc.requantizer import Folded, Parameters, Scale, activations, entries, latency
from racelet.hw.adc.requantizer import Requantizer
from racelet.hw.adc.sum_layouts import channel_activations, channel_parameter, channel_sums, parameter_bits
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

ROWS = max(bench_parameters().get("rows", 2), 2)
CONFIG = AdcConfig(**bench_parameters().get("config", {}))
SHAPES = {
    "scaled": (AdcConfig(requantize="multiplier", accumulator_bits=12, output_lanes=1, output_bits=3), 3),
    "counted": (AdcConfig(accumulator_bits=8, output_lanes=3, output_bits=3), 1),
}
"""Besides a block's: the other way, and how many rows."""
_HALF = 1 << CONFIG.accumulator_bits - 1


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    verify_shapes({"": (config, 4), **SHAPES}, seed=seed, waves=waves)


def verify_shapes(
    shapes: Mapping[str, tuple[AdcConfig, int]], *, seed: int | None = None, waves: Path | None = None
) -> None:
    """Run the bench on configs with so many rows."""
    for name, (config, rows) in shapes.items():
        file = waves.with_stem(f"{waves.stem}-{name}") if waves is not None and name else waves
        parameters = {"config": config, "rows": rows}
        run_bench(Requantizer(config, rows), __name__, parameters=parameters, seed=seed, waves=file)


def random_parameters(rng: Generator) -> Parameters:
    """Of all channels: thresholds close together, far apart or falling; factors and biases of any size."""
    channels = ROWS * CONFIG.output_lanes
    if CONFIG.requantize == "thresholds":
        spread = rng.choice([4, _HALF, _HALF + 1], (channels, 1))
        found = rng.integers(-spread, spread + 1, (channels, CONFIG.output_thresholds))
        rising = rng.random((channels, 1)) < 0.8
        thresholds = np.where(rising, np.sort(found, axis=1), found)
        return Folded(thresholds=thresholds, negative=rng.random(channels) < 0.5)
    most = 1 << CONFIG.multiplier_bits - 1
    some = rng.choice([-most, most - 1, 1, -1], channels)
    factors = np.where(rng.random(channels) < 0.5, some, rng.integers(-most, most, channels))
    shift = int(rng.choice(np.array([1, 31, *rng.integers(1, 32, 3)])))
    middle = rng.integers(
        -(1 << min(shift + CONFIG.output_bits, 30)), 1 << min(shift + CONFIG.output_bits, 30), channels
    )
    # With these, a sum that can be is just at a step of the activation, or beside it.
    steps = ((2 * rng.integers(CONFIG.output_thresholds + 2, size=channels) - 1) << shift) >> 1
    met = steps - factors * rng.integers(-_HALF, _HALF, channels) + rng.integers(-1, 2, channels)
    kind = rng.random(channels)
    ends = rng.choice([-(1 << 31), (1 << 31) - 1], channels)
    biases = np.where(kind < 0.5, np.clip(met, -(1 << 31), (1 << 31) - 1), np.where(kind < 0.9, middle, ends))
    return Scale(factors=factors, biases=biases, shift=shift)


def writes(parameters: Parameters) -> list[dict[str, int]]:
    """All of them, in any order."""
    lanes, mask = CONFIG.output_lanes, (1 << parameter_bits(CONFIG)) - 1
    found = [
        {"row": channel // lanes, "lane": channel % lanes, "entry": entry, "data": value & mask}
        for channel, each in enumerate(entries(parameters).tolist())
        for entry, value in enumerate(each)
    ]
    return [found[place] for place in bench_rng().permutation(len(found))]


def sums_for(parameters: Parameters, count: int, rng: Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sums and their rows: any, both ends, and those around a step of the activation, ties among them."""
    lanes = CONFIG.output_lanes
    rows = rng.integers(ROWS, size=count)
    channels = rows[:, np.newaxis] * lanes + np.arange(lanes)
    if isinstance(parameters, Folded):
        step = parameters.thresholds[channels, rng.integers(CONFIG.output_thresholds, size=(count, lanes))]
        near = np.where(parameters.negative[channels], -step, step) + rng.integers(-1, 2, (count, lanes))
    else:
        factors = parameters.factors[channels]
        level = ((2 * rng.integers(CONFIG.output_thresholds + 2, size=(count, lanes)) - 1) << parameters.shift) >> 1
        near = (level - parameters.biases[channels]) // np.where(factors, factors, 1) + rng.integers(
            -1, 2, (count, lanes)
        )
    kind = rng.integers(4, size=(count, lanes))
    ends = rng.choice([-_HALF, _HALF - 1, 0], (count, lanes))
    anything = rng.integers(-_HALF, _HALF, (count, lanes))
    return np.where(kind < 2, np.clip(near, -_HALF, _HALF - 1), np.where(kind == 2, ends, anything)), rows


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.7])
async def activations_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Parameters of any kind, one set after the other."""
    rng = bench_rng()
    await start(dut)
    for _ in range(6):
        parameters = random_parameters(rng)
        await _write(dut, parameters)
        await _check(dut, parameters, *sums_for(parameters, 40, rng), idle, stall)


@cocotb.test()
async def every_sum_matches_golden(dut: Any) -> None:
    """Of each row, where there are no more sums than can be tried."""
    rng = bench_rng()
    await start(dut)
    count = min(2 * _HALF, 1024)
    parameters = random_parameters(rng)
    await _write(dut, parameters)
    every = np.linspace(-_HALF, _HALF - 1, count).astype(np.int64)
    sums = np.tile(every[:, np.newaxis], CONFIG.output_lanes)
    await _check(dut, parameters, sums, rng.integers(ROWS, size=count), 0.0, 0.0)


@cocotb.test()
async def writes_while_others_pass_match_golden(dut: Any) -> None:
    """Sums of one row pass and wait while the parameters of the others are written."""
    rng = bench_rng()
    await start(dut)
    before, after = random_parameters(rng), random_parameters(rng)
    if isinstance(before, Scale) and isinstance(after, Scale):
        after = Scale(factors=after.factors, biases=after.biases, shift=before.shift)
    await _write(dut, before)
    sums, rows = sums_for(before, 80, rng)
    shape = channel_parameter(CONFIG, ROWS)
    others = [each for each in writes(after) if each["row"]]
    writing = cocotb.start_soon(put(dut, "write", others, shape=shape, idle=0.3))
    await _check(dut, before, sums, rows * 0, 0.3, 0.3)
    await writing
    await put(dut, "write", [each for each in writes(after) if not each["row"]], shape=shape)
    await _check(dut, after, *sums_for(after, 80, rng), 0.0, 0.0)


@cocotb.test()
async def a_reset_drops_what_waits(dut: Any) -> None:
    """And leaves the parameters."""
    rng = bench_rng()
    await start(dut)
    parameters = random_parameters(rng)
    await _write(dut, parameters)
    sums, rows = sums_for(parameters, 20, rng)
    for cycles in range(1, 2 * latency(CONFIG) + 3):
        dut.o__ready.value = cycles & 1
        sending = cocotb.start_soon(put(dut, "i", _beats(sums, rows), shape=channel_sums(CONFIG, ROWS)))
        await wait(dut, cycles)
        sending.cancel()
        await _reset(dut)
        _set_shift(dut, parameters)
        await _check(dut, parameters, sums, rows, 0.0, 0.0)


async def _reset(dut: Any) -> None:
    """A reset without random inputs before it, which would be written."""
    dut.i__valid.value = 0
    dut.o__ready.value = 0
    dut.rst.value = 1
    await wait(dut, 1)
    dut.rst.value = 0
    await wait(dut, 1)


async def _write(dut: Any, parameters: Parameters) -> None:
    _set_shift(dut, parameters)
    await put(dut, "write", writes(parameters), shape=channel_parameter(CONFIG, ROWS))


def _set_shift(dut: Any, parameters: Parameters) -> None:
    dut.shift.value = 0 if isinstance(parameters, Folded) else parameters.shift


def _beats(sums: NDArray[np.int64], rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    return [{"sums": each, "row": row} for each, row in zip(sums.tolist(), rows.tolist(), strict=True)]


async def _check(
    dut: Any, parameters: Parameters, sums: NDArray[np.int64], rows: NDArray[np.int64], idle: float, stall: float
) -> None:
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", _beats(sums, rows), shape=channel_sums(CONFIG, ROWS), idle=idle))
    found = await get(dut, "o", len(sums), shape=channel_activations(CONFIG), stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", latency(CONFIG) + 1)
    dut.o__ready.value = 0
    np.testing.assert_array_equal(np.array(found), activations(sums, rows, parameters, CONFIG))
    one = [1] * len(sums)
    ready = schedule(entering.offered, one, [True] * len(sums), leaving.taken, latency(CONFIG))
    assert (entering.taken, leaving.offered) == ready
