"""Bench of ``RecordMemory``: rows against golden, cycle by cycle."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from amaranth.lib.data import ArrayLayout
from cocotb.triggers import RisingEdge

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.record_memory import LATENCY, rows_read
from racelet.hw.dwcpwc.layouts import PARAMETER_BYTES, memory_write
from racelet.hw.lib.record_memory import RecordMemory
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.payload import pack, unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, start

CYCLES = 300

Write = tuple[int, int]
"""Number and record."""


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the memory of an accelerator's requantise parameters."""
    verify_shape(8 * PARAMETER_BYTES, config.requantizers, config.channels, seed=seed, waves=waves)


def verify_shape(width: int, lanes: int, records: int, *, seed: int, waves: Path | None = None) -> None:
    """Run the bench on a memory of any shape."""
    parameters = {"width": width, "lanes": lanes, "records": records}
    run_bench(RecordMemory(width, lanes, records), __name__, parameters=parameters, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5], spread=["near", "far"])
async def rows_match_golden(dut: Any, idle: float, stall: float, spread: str) -> None:
    """Writes and reads meet in two rows (near), or go from end to end (far)."""
    shape = bench_parameters()
    width, lanes, depth = shape["width"], shape["lanes"], -(-shape["records"] // shape["lanes"])
    rng = bench_rng()
    first = int(rng.integers(0, max(depth - 1, 1)))
    rows = sorted(
        {first, min(first + 1, depth - 1)} if spread == "near" else {0, depth - 1, *rng.integers(0, depth, 8)}
    )
    numbers = [int(row) * lanes + lane for row in rows for lane in range(lanes)]
    # What an earlier test left is overwritten first.
    writes: list[Write | None] = [(number, _record(rng, width)) for number in numbers]
    reads: list[int | None] = [None] * len(writes)
    for _ in range(CYCLES):
        writes.append(None if rng.random() < idle else (int(rng.choice(numbers)), _record(rng, width)))
        reads.append(None if rng.random() < stall else int(rng.choice(rows)))
    await start(dut)
    # What is not written or read must not matter: the ports have it all the same.
    noise = [((int(rng.choice(numbers)), _record(rng, width)), int(rng.choice(rows))) for _ in writes]
    operations = zip([*writes, None], [*reads, None], [*noise, noise[0]], strict=True)
    shown = [await _cycle(dut, write, row, unused, width, lanes) for write, row, unused in operations]
    # It shows nothing that is known before the first read.
    known = next(k for k, row in enumerate(reads) if row is not None)
    assert shown[known + LATENCY :] == rows_read(lanes, depth, writes, reads)[known:]


def _record(rng: np.random.Generator, width: int) -> int:
    return int.from_bytes(rng.bytes(-(-width // 8)), "little") % (1 << width)


async def _cycle(
    dut: Any, write: Write | None, row: int | None, noise: tuple[Write, int], width: int, lanes: int
) -> list[int]:
    """Drive one cycle; returns what the memory shows in it."""
    address, data = write or noise[0]
    dut.write__valid.value = int(write is not None)
    dut.write__payload.value = pack(memory_write(width), {"address": address, "data": data})
    dut.enable.value = int(row is not None)
    dut.row.value = noise[1] if row is None else row
    await RisingEdge(dut.clk)
    return unpack(ArrayLayout(width, lanes), bits_of(dut.records))
