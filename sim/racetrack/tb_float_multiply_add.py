"""Bench of the sum of floating-point products: every sum on the way, bit by bit, against numpy's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.float_multiply_add import multiply_add
from racelet.hw.racetrack.float_multiply_add import FloatMultiplyAdd
from racelet.sim.bench import bench_rng
from racelet.sim.racetrack.matrices import STRANGE
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

ONE = 0x3F800000
INTERVAL, LATENCY = 3, 6
MORE = (0x00000002, 0x00400000, 0x007FFFFE, 0x00800001, 0x00FFFFFF, 0x3F7FFFFF, ONE, 0x3F800001, 0xBF800000, 0x4B7FFFFF)
"""Besides the strange ones: subnormals, neighbours of powers of two, the largest odd integer."""
MORE_STILL = (
    0x4B800000,
    0x33800000,
    0x33000000,
    0x1F800000,
    0x20000000,
    0x5F000000,
    0x7F000000,
    0xFF7FFFFF,
    0xFFC12345,
)
"""Halves of a last bit, factors whose products are subnormal or too large, another that is no number."""


def verify(config: RacetrackConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench, whatever the block's config."""
    del config
    run_bench(FloatMultiplyAdd(), __name__, seed=seed, waves=waves)


async def check(dut: Any, rows: Sequence[tuple[Sequence[int], Sequence[int]]], *, idle: float = 0.0) -> None:
    """Add up each row of products from zero on, and compare the sums after each."""
    rng, edge = bench_rng(), RisingEdge(dut.clk)
    for lefts, rights in rows:
        expected = multiply_add(lefts, rights).tolist()
        dut.clear.value = 1
        await edge
        dut.clear.value = 0
        found: list[int] = []
        cycles: dict[int, int] = {}
        time = 0
        pending = list(zip(lefts, rights, strict=True))
        ready = 0
        while len(found) < len(expected):
            adds = bool(pending) and time >= ready and rng.random() >= idle
            dut.add.value = int(adds)
            left, right = pending.pop(0) if adds else rng.integers(1 << 32, size=2).tolist()
            dut.left.value, dut.right.value = left, right
            if adds:
                ready, cycles[time + LATENCY] = time + INTERVAL, len(cycles)
            await edge
            if time in cycles:
                found.append(int(dut.sum.value))
                given, wanted = hex(found[-1]), hex(expected[len(found) - 1])
                assert given == wanted, f"{list(map(hex, lefts))} {list(map(hex, rights))}: sum {len(found)}"
            time += 1
        dut.add.value = 0


@cocotb.test()
async def corners_are_numpys(dut: Any) -> None:
    """Any two corners multiplied, added to any third one."""
    await start(dut)
    corners = (*STRANGE, *MORE, *MORE_STILL)
    await check(dut, [([third, left], [ONE, right]) for third in corners for left in corners for right in corners])


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.4])
async def any_codes_are_numpys(dut: Any, idle: float) -> None:
    """All codes alike, so that most products are too large or too small."""
    rng = bench_rng()
    await start(dut)
    await check(dut, rng.integers(1 << 32, size=(600, 2, 5)).tolist(), idle=idle)


@cocotb.test()
@cocotb.parametrize(spread=[0, 2, 30, 140])
async def sums_of_alike_numbers_are_numpys(dut: Any, spread: int) -> None:
    """Exponents near each other: cancellation, ties, results of any size, those below the least normal one too."""
    rng = bench_rng()
    await start(dut)
    rows: list[Any] = []
    for _ in range(600):
        middle = rng.integers(1, 255)
        fields = np.clip(middle + rng.integers(-spread, spread + 1, (2, 6)), 0, 254)
        # The sum is about as large as the product.
        fields[1] = np.clip(127 + rng.integers(-spread, spread + 1, 6) // 4, 0, 254)
        # Short fractions often tie.
        short = rng.integers(0, 24, (2, 6))
        fractions = rng.integers(1 << 23, size=(2, 6)) >> short << short
        rows.append(((rng.integers(2, size=(2, 6)) << 31) | (fields << 23) | fractions).tolist())
        if rng.random() < 0.3:
            # What was added is taken away again.
            rows[-1][0][1::2] = [each ^ 0x80000000 for each in rows[-1][0][::2]]
            rows[-1][1][1::2] = rows[-1][1][::2]
    await check(dut, rows)


@cocotb.test()
async def clear_stops_what_is_on_its_way(dut: Any) -> None:
    """However far it has come."""
    await start(dut)
    for wait in range(LATENCY + 2):
        dut.add.value, dut.left.value, dut.right.value = 1, ONE, ONE
        await RisingEdge(dut.clk)
        dut.add.value = 0
        for _ in range(wait):
            await RisingEdge(dut.clk)
        dut.clear.value = 1
        await RisingEdge(dut.clk)
        dut.clear.value = 0
        for _ in range(LATENCY + 2):
            await RisingEdge(dut.clk)
            assert not int(dut.sum.value)
