"""Bench of ``OutputStage``: sums and activations, ends of packets, and cycles against golden."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.output_stage import schedule
from racelet.golden.adc.requantizer import Parameters, Scale, activations, latency
from racelet.hw.adc.output_stage import OutputStage
from racelet.hw.adc.sum_layouts import channel_parameter, packet_sums
from racelet.sim.adc.tb_requantizer import CONFIG, SHAPES, random_parameters, sums_for, writes
from racelet.sim.bench import bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

FIELDS = ("sums", "activations")
"""Of beats of each stream that is given, which has the same name."""


def verify(config: AdcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on those of the requantizer's bench."""
    shapes = {
        "": config,
        **{name: AdcConfig(**_fields(each), channel_rows=rows) for name, (each, rows) in SHAPES.items()},
    }
    for name, shape in shapes.items():
        file = waves.with_stem(f"{waves.stem}-{name}") if waves is not None and name else waves
        parameters = {"config": shape, "rows": shape.channel_rows}
        run_bench(OutputStage(shape), __name__, parameters=parameters, seed=seed, waves=file)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.7])
async def results_and_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Sums and activations by turns, with parameters of any kind."""
    rng = bench_rng()
    await start(dut)
    for _ in range(4):
        parameters = random_parameters(rng)
        await _write(dut, parameters)
        for field in FIELDS:
            await _check(dut, parameters, field, rng, idle, stall)


@cocotb.test()
async def both_wait_side_by_side(dut: Any) -> None:
    """What waits as sums does not hold activations up, nor the other way round."""
    rng = bench_rng()
    await start(dut)
    parameters = random_parameters(rng)
    await _write(dut, parameters)
    for first, second in (FIELDS, FIELDS[::-1]):
        sums, rows, last = _some(parameters, 2, rng)
        await _put(dut, first, sums, rows, last)
        await _check(dut, parameters, second, rng, 0.3, 0.3, some=1)
        found = await get(dut, first, 2, shape=_shape(first))
        _compare(found, first, sums, rows, last, parameters)
        await wait(dut, 1)
        assert not dut.some.value


@cocotb.test()
async def what_is_in_the_requantizer_can_be_dropped(dut: Any) -> None:
    """At any moment; what is offered stays, and so do parameters."""
    rng = bench_rng()
    await start(dut)
    parameters = random_parameters(rng)
    await _write(dut, parameters)
    for cycles in range(1, 2 * latency(CONFIG) + 4):
        sums, rows, last = _some(parameters, 8, rng)
        dut.requantizes.value, dut.activations__ready.value = 1, 0
        sending = cocotb.start_soon(_put(dut, "activations", sums, rows, last))
        await wait(dut, cycles)
        sending.cancel()
        dut.i__valid.value, dut.drop.value = 0, 1
        await wait(dut, 2)
        dut.drop.value = 0
        await wait(dut, latency(CONFIG) + 2)
        # Of those that have come to its end, two can be offered.
        count = min(2, max(0, cycles + 1 - latency(CONFIG)))
        assert dut.some.value == (count > 0)
        found = await get(dut, "activations", count, shape=_shape("activations")) if count else []
        _compare(found, "activations", sums[:count], rows[:count], last[:count], parameters)
        await wait(dut, 1)
        assert not dut.some.value
        await _check(dut, parameters, "activations", rng, 0.0, 0.0)


def _fields(config: AdcConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in ("requantize", "accumulator_bits", "output_lanes", "output_bits")}


def _some(
    parameters: Parameters, count: int, rng: Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    sums, rows = sums_for(parameters, count, rng)
    return sums, rows, rng.integers(2, size=count)


def _shape(field: str) -> Any:
    return OutputStage(CONFIG).signature.members[field].signature.members["payload"].shape


async def _write(dut: Any, parameters: Parameters) -> None:
    dut.shift.value = parameters.shift if isinstance(parameters, Scale) else 0
    await put(dut, "write", writes(parameters), shape=channel_parameter(CONFIG, CONFIG.channel_rows))


async def _put(dut: Any, field: str, sums: Any, rows: Any, last: Any, idle: float = 0.0) -> None:
    dut.requantizes.value = int(field == "activations")
    beats = [
        {"sums": each, "row": row, "last": end}
        for each, row, end in zip(sums.tolist(), rows.tolist(), last.tolist(), strict=True)
    ]
    await put(dut, "i", beats, shape=packet_sums(CONFIG), idle=idle)


def _compare(found: Any, field: str, sums: Any, rows: Any, last: Any, parameters: Parameters) -> None:
    expected = sums if field == "sums" else activations(sums, rows, parameters, CONFIG)
    assert [each[field] for each in found] == expected.tolist()
    assert [each["last"] for each in found] == last.tolist()


async def _check(
    dut: Any, parameters: Parameters, field: str, rng: Generator, idle: float, stall: float, *, some: int = 0
) -> None:
    """Send sums and compare what comes of them, and when; nothing else comes, and in the end there is nothing left."""
    sums, rows, last = _some(parameters, 40, rng)
    entering, leaving = Trace(dut, "i"), Trace(dut, field)
    cocotb.start_soon(_put(dut, field, sums, rows, last, idle))
    found = await get(dut, field, len(sums), shape=_shape(field), stall=stall)
    dut.activations__ready.value = dut.sums__ready.value = 0
    await quiet(dut, field, latency(CONFIG) + 2)
    assert dut.some.value == some
    _compare(found, field, sums, rows, last, parameters)
    stages = latency(CONFIG) if field == "activations" else 0
    assert (entering.taken, leaving.offered) == schedule(entering.offered, leaving.taken, stages)
