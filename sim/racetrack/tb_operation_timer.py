"""Bench of the operation timer: the last cycle of every operation, against golden."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge, Timer

from racelet.golden.racetrack.config import KINDS, RacetrackConfig
from racelet.golden.racetrack.operation_timer import strobes
from racelet.golden.racetrack.operations import Kind
from racelet.hw.racetrack.operation_timer import OperationTimer
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import start

OPERATIONS = 600
SHAPES = {f"{clock}": RacetrackConfig(word_bits=8, ports=1, clock_ghz=clock) for clock in (4, 10, 33.3, 100)}
"""Besides the block's clock: operations of many cycles."""


def verify(config: RacetrackConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on the block's config, and on clocks of its own."""
    run_shapes(OperationTimer, __name__, {"": config, **SHAPES}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(held=[0.0, 0.3], gaps=[0.0, 0.3])
async def strobes_match_golden(dut: Any, held: float, gaps: float) -> None:
    """Operations of any kind, some with a last cycle that is made longer, at once one after the other or with gaps."""
    rng, config = bench_rng(), bench_config(RacetrackConfig)
    # Where all operations take a cycle, there is nothing to count, and no clock.
    clocked = hasattr(dut, "clk")
    if clocked:
        await start(dut)
    edge = RisingEdge(dut.clk) if clocked else Timer(1, "ns")
    for _ in range(OPERATIONS):
        kind: Kind = KINDS[rng.integers(len(KINDS))]
        longer = int(rng.integers(1, 6)) if rng.random() < held else 0
        marks, lasts = strobes([(kind, longer)], config), strobes([(kind, 0)], config)
        dut.active.value, dut.kind.value = 1, KINDS.index(kind)
        for number, mark in enumerate(marks):
            # Before the last cycle it does not matter.
            late = number >= len(lasts) - 1
            dut.hold.value = int(not mark) if late else int(rng.integers(2))
            await edge
            assert (int(dut.strobe.value), int(dut.last.value)) == (mark, late), (kind, number)
        while rng.random() < gaps:
            dut.active.value, dut.hold.value = 0, int(rng.integers(2))
            dut.kind.value = int(rng.integers(len(KINDS)))
            await edge
            assert not int(dut.strobe.value)
            assert not int(dut.last.value)
