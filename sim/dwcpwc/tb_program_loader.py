"""Bench of the program loader."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import HEADER_FIELDS, ProgramTarget
from racelet.golden.dwcpwc.program import Block
from racelet.golden.dwcpwc.program_loader import HEADER_WORDS, RECORD_BYTES, WORD_TARGETS, Write, header, load
from racelet.hw.dwcpwc.layouts import memory_write
from racelet.hw.dwcpwc.program_loader import ProgramLoader
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import Trace
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import cycle, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
RECORD_TARGETS = tuple(target for target in ProgramTarget if target not in WORD_TARGETS)


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(ProgramLoader(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


class _Watch:
    """Records every write, and the cycles in which ``busy`` and ``error`` are high."""

    def __init__(self, dut: Any) -> None:
        self.writes: list[Write] = []
        self.busy: list[int] = []
        self.error: list[int] = []
        cocotb.start_soon(self._watch(dut))

    async def _watch(self, dut: Any) -> None:
        edge = RisingEdge(dut.clk)
        ports = (
            (dut.word__valid, dut.word__payload, memory_write(32)),
            (dut.record__valid, dut.record__payload, memory_write(8 * RECORD_BYTES)),
        )
        while True:
            await edge
            now = cycle()
            for valid, payload, shape in ports:
                if valid.value:
                    target = ProgramTarget(dut.target.value.to_unsigned())
                    self.writes.append(Write(cycle=now, target=target, **unpack(shape, payload.value.to_unsigned())))
            if dut.busy.value:
                self.busy.append(now)
            if dut.error.value:
                self.error.append(now)


def _words(rng: Generator, **shape: int) -> Block:
    count = shape.get("groups", 1) * shape.get("rows", 1) * shape.get("row_records", 1)
    targets = WORD_TARGETS if CONFIG.store == "bram" else WORD_TARGETS[:1]
    return Block(
        target=targets[int(rng.integers(len(targets)))],
        address=shape.pop("address", int(rng.integers(1 << 20))),
        data=rng.integers(0, 256, 4 * count).astype(np.uint8),
        **shape,
    )


def _records(rng: Generator, rows: int) -> Block:
    return Block(
        target=RECORD_TARGETS[int(rng.integers(len(RECORD_TARGETS)))],
        address=int(rng.integers((1 << 20) - rows)),
        data=rng.integers(0, 256, RECORD_BYTES * rows).astype(np.uint8),
        rows=rows,
    )


def _blocks(rng: Generator) -> list[Block]:
    blocks = [
        _words(rng),
        _words(rng, row_records=3, rows=2, groups=3, group_stride=100),
        _words(rng, row_records=2, rows=5),
        _words(rng, groups=4, group_stride=1),
        _words(rng, rows=3, groups=2, group_stride=4095, address=(1 << 20) - 7),
        _words(rng, row_records=31),
        _words(rng, groups=255),
        _words(rng, rows=300),
        *(_records(rng, rows) for rows in range(1, 10)),
        _words(rng, row_records=2, rows=2),
        _records(rng, 1),
    ]
    for _ in range(8):
        records, rows, groups = (int(value) for value in rng.integers(1, 6, 3))
        nested = {"row_records": records, "rows": rows, "groups": groups}
        blocks += [_words(rng, **nested, group_stride=int(rng.integers(1 << 12))), _records(rng, rows)]
    order = rng.permutation(len(blocks))
    return blocks + [blocks[number] for number in order]


async def _check(dut: Any, words: list[int], idle: float) -> None:
    """Send words; compare writes, flags and cycles."""
    await start(dut)
    trace, watch = Trace(dut, "i"), _Watch(dut)
    await put(dut, "i", words, idle=idle)
    await wait(dut, 6)
    loading = load(words, trace.offered, CONFIG)
    assert trace.taken == loading.accepted
    assert watch.writes == loading.writes
    assert watch.busy == [now for first, last in loading.busy for now in range(first, last + 1)]
    if loading.error is None:
        assert watch.error == []
    else:
        assert watch.error == list(range(loading.error, loading.error + len(watch.error)))
        assert len(watch.error) > 5


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5])
async def writes_and_their_cycles_match_golden(dut: Any, idle: float) -> None:
    """Blocks for every memory, nested to three levels, one after the other."""
    words = np.concatenate([block.words() for block in _blocks(bench_rng())]).tolist()
    await _check(dut, words, idle)


@cocotb.test()
@cocotb.parametrize(
    wrong=["target 5", "target 6", "target 7", "no rows", "no groups", "no row_records", "no rows of nine bytes"]
)
async def a_wrong_header_stops_the_loader_until_reset(dut: Any, wrong: str) -> None:
    """The block before is written; of what follows nothing, but every word is taken."""
    rng = bench_rng()
    good = [_words(rng, row_records=2).words(), _records(rng, 2).words()]
    bad = _words(rng).words().copy()
    fields = header(bad.tolist()[:HEADER_WORDS])
    match wrong:
        case "no rows" | "no groups" | "no row_records":
            fields[wrong.split()[1]] = 0
        case "no rows of nine bytes":
            fields |= {"target": RECORD_TARGETS[0], "rows": 0}
        case _:
            fields["target"] = int(wrong.split()[1])
    bits = offset = 0
    for name, width in HEADER_FIELDS.items():
        bits |= fields[name] << offset
        offset += width
    bad[:HEADER_WORDS] = bits & 0xFFFFFFFF, bits >> 32
    words = np.concatenate([*good, bad, *good]).tolist()
    await _check(dut, words, 0.3)
    assert dut.error.value
    # After a reset it works as before.
    await _check(dut, np.concatenate(good).tolist(), 0.0)
    assert not dut.error.value


@cocotb.test()
async def weights_are_loaded_where_there_is_a_memory_for_them(dut: Any) -> None:
    """With a store outside their block is an error."""
    data = bench_rng().integers(0, 256, 16).astype(np.uint8)
    block = Block(target=ProgramTarget.WEIGHTS, address=3, data=data, row_records=2, rows=2)
    await _check(dut, block.words().tolist(), 0.0)
    assert bool(dut.error.value) == (CONFIG.store == "stream")
