"""Bench of ``Requantizer``: bytes against golden at every corner, and the latency."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.requantizer import LATENCY, requantize_groups, run_cycles
from racelet.hw.dwcpwc.layouts import PLACE
from racelet.hw.dwcpwc.requantizer import Requantizer, scaled_bytes, scaled_sums
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.pipeline import acceptances, latencies
from racelet.sim.dwcpwc.requantize_cases import (
    Cases,
    anything,
    extremes,
    joined,
    next_to_ends,
    next_to_ties,
    small_multipliers,
    ties,
    typical,
)
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

SETTINGS = ((0, -128, 127), (-128, -128, 127), (127, -128, 127), (5, -7, 90), (-3, -3, -3))
"""Zero point and both ends of the clamp."""


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the requantisers of an accelerator."""
    parameters = {"config": config}
    run_bench(Requantizer(config.requantizers, PLACE), __name__, parameters=parameters, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(round_once=[0, 1], kind=["extremes", "ties"])
async def corners_match_golden(dut: Any, round_once: int, kind: str) -> None:
    """Every corner at least once, of sums that then gain or lose the zero point; all lanes see all kinds of them."""
    await start(dut)
    cases = extremes() if kind == "extremes" else ties()
    for setting in SETTINGS[1:3] if kind == "extremes" else SETTINGS[:1]:
        await _check(dut, cases.shuffled(cases.sums.size, bench_rng()), round_once, setting, 0.0, 0.0)


@cocotb.test()
@cocotb.parametrize(round_once=[0, 1], idle=[0.0, 0.5], stall=[0.0, 0.5])
async def bytes_match_golden(dut: Any, round_once: int, idle: float, stall: float) -> None:
    """Every setting, without a reset between them."""
    await start(dut)
    rng = bench_rng()
    lanes = bench_config(DwcPwcConfig).requantizers
    for setting in SETTINGS:
        cases = joined(typical(60 * lanes, rng), anything(20 * lanes, rng), ties().shuffled(20 * lanes, rng))
        await _check(dut, cases.shuffled(100 * lanes, rng), round_once, setting, idle, stall)


@cocotb.test()
@cocotb.parametrize(round_once=[0, 1], stall=[0.0, 0.5])
async def results_next_to_a_step_match_golden(dut: Any, round_once: int, stall: float) -> None:
    """One bit of a product or of a clamp makes the difference."""
    await start(dut)
    rng = bench_rng()
    for _ in range(4):
        zero_point = int(rng.integers(-128, 128))
        low, high = sorted(int(end) for end in rng.integers(-128, 128, 2))
        cases = joined(next_to_ends(zero_point, low, high), small_multipliers(200, rng))
        await _check(dut, cases, round_once, (zero_point, low, high), 0.0, stall)
    await _check(dut, next_to_ties(), round_once, SETTINGS[0], 0.0, stall)


async def _check(
    dut: Any, cases: Cases, round_once: int, setting: tuple[int, int, int], idle: float, stall: float
) -> None:
    lanes = bench_config(DwcPwcConfig).requantizers
    zero_point, low, high = setting
    cases = cases.shuffled(-(-cases.sums.size // lanes) * lanes, bench_rng())
    sums, bias, mult, right_shift = (
        part.reshape(-1, lanes) for part in (cases.sums, cases.bias, cases.mult, cases.right_shift)
    )
    expected = requantize_groups(
        sums, bias, mult, right_shift, round_once=bool(round_once), zero_point=zero_point, low=low, high=high
    )
    tags = [unpack(PLACE, bits) for bits in bench_rng().integers(1 << PLACE.size, size=len(sums)).tolist()]
    beats = [
        {
            "sums": sums[group],
            "parameters": [
                {"bias": bias[group, k], "multiplier": mult[group, k], "shift": right_shift[group, k]}
                for k in range(lanes)
            ],
            "tag": tags[group],
        }
        for group in range(len(sums))
    ]
    dut.round_once.value = round_once
    dut.zero_point.value, dut.low.value, dut.high.value = zero_point & 255, low & 255, high & 255
    entering = Trace(dut, "i")
    leaving = Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", beats, shape=scaled_sums(lanes, PLACE), idle=idle))
    found = await get(dut, "o", len(beats), shape=scaled_bytes(lanes, PLACE), stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", LATENCY + 2)
    np.testing.assert_array_equal(np.array([group["data"] for group in found]), expected)
    assert [group["tag"] for group in found] == tags
    stalls = frozenset(leaving.unready)
    assert latencies(entering.taken, leaving.offered, stalls) == {LATENCY}
    assert entering.taken == acceptances(entering.offered, stalls)
    if not idle and not stall:
        assert leaving.taken[-1] - entering.taken[0] + 1 == run_cycles(len(beats))
