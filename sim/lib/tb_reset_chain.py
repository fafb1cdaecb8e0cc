"""Bench of ``ResetChain``: cycle by cycle against golden."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.golden.lib.reset_chain import cycles, resets
from racelet.hw.lib.reset_chain import ResetChain
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

CYCLES = 400


def verify(config: object, *, seed: int, waves: Path | None) -> None:
    """Run the bench on chains of its own, whatever the block's config."""
    del config
    for parts in (1, 5):
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{parts}")
        run_bench(ResetChain(parts), __name__, parameters={"parts": parts}, seed=seed, waves=file)


@cocotb.test()
@cocotb.parametrize(clearing=[0.0, 0.02, 0.1, 0.5])
async def resets_match_golden(dut: Any, clearing: float) -> None:
    """Clears that come when all is over, and others while the last one is still under way."""
    await start(dut)
    await _compare(dut, (bench_rng().random(CYCLES) < clearing).astype(int).tolist())


@cocotb.test()
async def two_clears_at_any_distance(dut: Any) -> None:
    """Of one cycle and of more."""
    parts = bench_parameters()["parts"]
    await start(dut)
    clears = [0] * cycles(parts)
    for distance in range(1, cycles(parts) + 2):
        for length in (1, parts + 2):
            clears += [1] * length + [0] * distance + [1] + [0] * (cycles(parts) + 1)
    await _compare(dut, clears)


async def _compare(dut: Any, clears: list[int]) -> None:
    shown: list[tuple[int, int, int]] = []
    for clear in clears:
        dut.clear.value = clear
        await RisingEdge(dut.clk)
        shown.append((int(dut.resets.value), int(dut.busy.value), int(dut.coming.value)))
    assert shown == resets(bench_parameters()["parts"], clears)
