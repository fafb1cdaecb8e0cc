"""Bench of ``RecordMemory``: rows against golden, cycle by cycle."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from amaranth.lib.data import ArrayLayout
from cocotb.triggers import RisingEdge

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.record_memory import LATENCY, rows_read
from racelet.hw.dwcpwc.layouts import PARAMETER_BYTES
from racelet.hw.lib.record_memory import RecordMemory, record_write
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.payload import pack, unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, start

CYCLES = 300

Write = dict[str, Any]
"""Payload of the port."""


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the memories of an accelerator's requantise parameters and of its weights."""
    verify_shape(8 * PARAMETER_BYTES, config.requantizers, config.channels, seed=seed, waves=waves)
    words = config.weight_beat_bytes // 4
    verify_shape(32, words, config.weight_bytes // 4, together=config.weight_words, seed=seed, waves=waves)


def verify_shape(
    width: int, lanes: int, records: int, *, together: int = 1, seed: int, waves: Path | None = None
) -> None:
    """Run the bench on a memory of any shape."""
    shape = {"width": width, "lanes": lanes, "records": records, "together": together}
    run_bench(RecordMemory(**shape), __name__, parameters=shape, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5], spread=["near", "far"])
async def rows_match_golden(dut: Any, idle: float, stall: float, spread: str) -> None:
    """Writes and reads meet in two rows (near), or go from end to end (far)."""
    shape = bench_parameters()
    lanes, depth = shape["lanes"], -(-shape["records"] // shape["lanes"])
    rng = bench_rng()
    first = int(rng.integers(0, max(depth - 1, 1)))
    rows = sorted(
        {first, min(first + 1, depth - 1)} if spread == "near" else {0, depth - 1, *rng.integers(0, depth, 8)}
    )
    numbers = [int(row) * lanes + lane for row in rows for lane in range(lanes)]
    # What an earlier test left is overwritten first.
    writes: list[Write | None] = [_write(rng, number, only=True) for number in numbers]
    reads: list[int | None] = [None] * len(writes)
    for _ in range(CYCLES):
        writes.append(None if rng.random() < idle else _write(rng, int(rng.choice(numbers))))
        reads.append(None if rng.random() < stall else int(rng.choice(rows)))
    await start(dut)
    # What is not written or read must not matter: the ports have it all the same.
    noise = [(_write(rng, int(rng.choice(numbers))), int(rng.choice(rows))) for _ in writes]
    operations = zip([*writes, None], [*reads, None], [*noise, noise[0]], strict=True)
    shown = [await _cycle(dut, write, row, unused) for write, row, unused in operations]
    # It shows nothing that is known before the first read.
    known = next(k for k, row in enumerate(reads) if row is not None)
    assert shown[known + LATENCY :] == rows_read(lanes, depth, [_records(write) for write in writes], reads)[known:]


def _write(rng: np.random.Generator, number: int, *, only: bool = False) -> Write:
    """A write of one record, and perhaps of its neighbours."""
    shape = bench_parameters()
    width, together = shape["width"], shape["together"]
    data = [int.from_bytes(rng.bytes(-(-width // 8)), "little") % (1 << width) for _ in range(together)]
    if together == 1:
        return {"address": number, "data": data[0]}
    mask = 1 << number % together | (0 if only else int(rng.integers(1 << together)))
    return {"address": number, "data": data, "mask": mask}


def _records(write: Write | None) -> dict[int, int]:
    """Number and record of everything that a write writes."""
    if write is None:
        return {}
    if "mask" not in write:
        return {write["address"]: write["data"]}
    first = write["address"] - write["address"] % len(write["data"])
    return {first + k: record for k, record in enumerate(write["data"]) if write["mask"] >> k & 1}


async def _cycle(dut: Any, write: Write | None, row: int | None, noise: tuple[Write, int]) -> list[int]:
    """Drive one cycle; returns what the memory shows in it."""
    shape = bench_parameters()
    dut.write__valid.value = int(write is not None)
    dut.write__payload.value = pack(record_write(shape["width"], shape["together"]), write or noise[0])
    dut.enable.value = int(row is not None)
    dut.row.value = noise[1] if row is None else row
    await RisingEdge(dut.clk)
    return unpack(ArrayLayout(shape["width"], shape["lanes"]), bits_of(dut.records))
