"""Bench of ``RequantizeStage``: bytes against golden, with parameters from its memory, and the latency."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.requantize_stage import LATENCY, requantize_rows, run_cycles
from racelet.hw.dwcpwc.layouts import PLACE, byte_group, group
from racelet.hw.dwcpwc.requantize_stage import RequantizeStage
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.depthwise_beats import write_parameters
from racelet.sim.dwcpwc.pipeline import acceptances, latencies
from racelet.sim.dwcpwc.requantize_cases import anything, joined, small_multipliers, ties, typical
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

GROUPS = 150
ROWS = 24
"""Rows of parameters in use: some at the beginning of the memory and its last."""


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the requantise stage behind an accelerator's dot products."""
    component = RequantizeStage(config.requantizers, config.channels)
    run_bench(component, __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5], broadcast=[0, 1])
async def bytes_match_golden(dut: Any, idle: float, stall: float, broadcast: int) -> None:
    """Rows in any order; parameters are written again between two runs, without a reset."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    lanes = config.requantizers
    depth = -(-config.channels // lanes)
    rows = np.unique([*range(min(ROWS, depth)), depth - 1])
    await start(dut)
    for round_once in (0, 1):
        parameters = np.zeros((depth * lanes, 3), np.int64)
        kinds = (typical(2000, rng), small_multipliers(4000, rng), ties(), anything(200, rng))
        cases = joined(*kinds).shuffled(depth * lanes, rng)
        used = (rows[:, np.newaxis] * lanes + np.arange(lanes)).ravel()
        parameters[used] = np.stack([cases.bias, cases.mult, cases.right_shift], axis=1)[used]
        await write_parameters(dut, "write", used, parameters[used])
        chosen = rng.choice(rows, GROUPS)
        sums = cases.sums[chosen[:, np.newaxis] * lanes + np.arange(lanes)]
        await _check(dut, sums, chosen, parameters, broadcast, round_once, idle, stall)


async def _check(
    dut: Any,
    sums: NDArray[np.int64],
    rows: NDArray[np.int64],
    parameters: NDArray[np.int64],
    broadcast: int,
    round_once: int,
    idle: float,
    stall: float,
) -> None:
    lanes, rng = sums.shape[1], bench_rng()
    zero_point, low, high = int(rng.integers(-128, 128)), int(rng.integers(-128, 0)), int(rng.integers(128))
    settings = {"round_once": bool(round_once), "zero_point": zero_point, "low": low, "high": high}
    expected = requantize_rows(sums, rows, parameters, broadcast=bool(broadcast), **settings)
    places = [unpack(PLACE, number) for number in rng.integers(0, 1 << PLACE.size, len(sums)).tolist()]
    beats = [
        {"sums": each, "parameter_row": int(row), "place": place}
        for each, row, place in zip(sums, rows, places, strict=True)
    ]
    dut.broadcast.value, dut.round_once.value = broadcast, round_once
    dut.zero_point.value, dut.low.value, dut.high.value = zero_point & 255, low & 255, high
    entering = Trace(dut, "i")
    leaving = Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", beats, shape=group(lanes), idle=idle))
    found = await get(dut, "o", len(beats), shape=byte_group(lanes), stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", LATENCY + 2)
    np.testing.assert_array_equal(np.array([each["data"] for each in found]), expected)
    assert [each["place"] for each in found] == places
    stalls = frozenset(leaving.unready)
    assert latencies(entering.taken, leaving.offered, stalls) == {LATENCY}
    assert entering.taken == acceptances(entering.offered, stalls)
    if not idle and not stall:
        assert leaving.taken[-1] - entering.taken[0] + 1 == run_cycles(len(beats))
