"""Bench of the program loader."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import HEADER_FIELDS, ProgramTarget
from racelet.golden.dwcpwc.program import Block, padded
from racelet.golden.dwcpwc.program_loader import (
    HEADER_WORDS,
    RECORD_BYTES,
    WORD_TARGETS,
    Progress,
    Write,
    header,
    load,
)
from racelet.hw.dwcpwc.layouts import ErrorCode, memory_write, weight_write
from racelet.hw.dwcpwc.program_loader import ProgramLoader
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import program_payloads
from racelet.sim.dwcpwc.loaded_weights import take_weights, words_written
from racelet.sim.monitor import Trace
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import cycle, handles, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
RECORD_TARGETS = tuple(target for target in ProgramTarget if target not in {*WORD_TARGETS, ProgramTarget.FENCE})
ENDED = 40
"""Descriptors that end in each run of the bench."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(ProgramLoader(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


class _Watch:
    """Records every write, what the loader is told of the run, and its flags."""

    def __init__(self, dut: Any) -> None:
        self.writes: list[Write] = []
        self.busy: list[int] = []
        self.fenced: list[int] = []
        self.errors: list[tuple[int, str]] = []
        self.arrived: list[int] = []
        self.streaming: list[bool] = []
        self.ended: list[int] = []
        self.starved: list[bool] = []
        self.weights = Trace(dut, "weights") if CONFIG.store == "racetrack" else None
        if self.weights is not None:
            cocotb.start_soon(take_weights(dut))
        cocotb.start_soon(self._watch(dut))

    async def _watch(self, dut: Any) -> None:
        edge = RisingEdge(dut.clk)
        word = (dut.word__valid, dut.word__payload, memory_write(32))
        record = (dut.record__valid, dut.record__payload, memory_write(8 * RECORD_BYTES))
        weights = None if CONFIG.store == "stream" else handles(dut, "weights")
        while True:
            await edge
            now = cycle()
            target = dut.target.value.to_unsigned()
            for known, (valid, payload, shape) in ((ProgramTarget.DESCRIPTORS, word), (target, record)):
                if valid.value:
                    fields = unpack(shape, payload.value.to_unsigned())
                    self.writes.append(Write(cycle=now, target=ProgramTarget(known), **fields))
            if weights is not None and weights[1].value and weights[2].value:
                payload = unpack(weight_write(CONFIG), weights[0].value.to_unsigned())
                self.writes += [
                    Write(cycle=now, target=ProgramTarget.WEIGHTS, address=address, data=data)
                    for address, data in words_written(payload, CONFIG)
                ]
            if dut.busy.value:
                self.busy.append(now)
            if dut.fenced.value:
                self.fenced.append(now)
            if code := dut.error.value.to_unsigned():
                self.errors.append((now, ErrorCode(code).name))
            self.arrived.append(dut.arrived.value.to_unsigned())
            self.streaming.append(bool(dut.streaming.value))
            self.ended.append(dut.ended.value.to_unsigned())
            self.starved.append(bool(dut.starved.value))

    def progress(self) -> Progress:
        """What the loader was told."""
        told = Progress(streaming=self.streaming, ended=self.ended, starved=self.starved)
        if self.weights is None:
            return told
        times = iter(zip(self.weights.offered, self.weights.taken, strict=True))

        def taken(writes: Sequence[Write]) -> int:
            offered, when = next(times)
            assert writes[0].cycle == offered
            return when

        return dataclasses.replace(told, taken=taken)

    def counted(self, arrivals: list[int]) -> list[int]:
        """What ``arrived`` should be in each cycle."""
        counts, count = [], 0
        each = Counter(arrivals)
        for now in range(len(self.streaming)):
            # What arrives as streaming begins is no part of it.
            count = count + each[now] if now and self.streaming[now - 1] else 0
            counts.append(count)
        return counts


def _words(rng: Generator, **shape: int) -> Block:
    count = shape.get("groups", 1) * shape.get("rows", 1) * shape.get("row_records", 1)
    targets = WORD_TARGETS[:1] if CONFIG.store == "stream" else WORD_TARGETS
    return Block(
        target=targets[int(rng.integers(len(targets)))],
        address=shape.pop("address", int(rng.integers(1 << 20))),
        data=rng.integers(0, 256, 4 * count).astype(np.uint8),
        **shape,
    )


def _aligned(rng: Generator, records: int, rows: int) -> Block:
    """Words that go where the lanes of a memory begin, or a word behind that."""
    unit = CONFIG.weight_words
    address = unit * int(rng.integers(1 << 10)) + int(rng.random() < 0.2)
    stride = unit * int(rng.integers(1 << 6)) + int(rng.random() < 0.2)
    return _words(rng, row_records=records, rows=rows, groups=2, group_stride=stride, address=address)


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
        *(_aligned(rng, records, rows) for records in (1, 2, 3, 4, 8, 31) for rows in (1, 3)),
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


def _fence(count: int) -> Block:
    return Block(target=ProgramTarget.FENCE, address=count, data=np.zeros(0, np.uint8))


def _words_of(blocks: list[Block]) -> list[int]:
    """Blocks one after the other, here and there with words of zero between them."""
    rng = bench_rng()
    parts = [(block.words(), np.zeros(int(rng.integers(4)) * (rng.random() < 0.2), np.uint32)) for block in blocks]
    return np.concatenate([words for part in parts for words in part]).tolist()


async def _runs(dut: Any, rng: Generator, trace: Trace, ends: list[int]) -> None:
    """Runs that stream, one after the other; each until so many beats were taken."""
    edge = RisingEdge(dut.clk)
    for beats in ends:
        await wait(dut, int(rng.choice([1, 30, 200])))
        dut.streaming.value = 1
        ended, often = 0, rng.choice([0.02, 0.3])
        dut.ended.value = ended
        while ended < ENDED or len(trace.taken) < beats:
            await edge
            ended += ended < ENDED and rng.random() < often
            dut.ended.value = int(ended)
        await wait(dut, int(rng.integers(1, 20)))
        dut.streaming.value = 0


async def _check(dut: Any, words: list[int], idle: float, runs: list[int] | None = None) -> None:
    """Send words, while runs stream if their numbers of beats are given; compare writes, flags and cycles."""
    await start(dut)
    trace, watch = Trace(dut, "i"), _Watch(dut)
    streaming = cocotb.start_soon(_runs(dut, bench_rng(), trace, runs)) if runs else None
    await put(dut, "i", program_payloads(words, CONFIG), idle=idle)
    if streaming is not None:
        await streaming
    await wait(dut, 6 + CONFIG.program_words)
    while CONFIG.store == "racetrack" and dut.busy.value:
        await wait(dut, 1)
    _compare(words, trace, watch)


def _compare(words: list[int], trace: Trace, watch: _Watch) -> None:
    """Compare what was seen with what these words lead to."""
    loading = load(padded(np.array(words, np.uint32), CONFIG).tolist(), trace.offered, CONFIG, watch.progress())
    assert trace.taken == loading.accepted
    assert _in_time(watch.writes) == _in_time(loading.writes)
    assert (watch.busy, watch.fenced) == (_cycles(loading.busy), _cycles(loading.fenced))
    assert watch.arrived == watch.counted(loading.arrivals)
    if loading.error is None:
        assert watch.errors == []
    else:
        assert watch.errors == [(loading.error + k, loading.code) for k in range(len(watch.errors))]
        assert len(watch.errors) > 5


def _in_time(writes: list[Write]) -> list[Write]:
    """Writes as they come; those of weights wait for the store, others need not."""
    return sorted(writes, key=lambda write: (write.cycle, write.target))


def _cycles(spans: list[tuple[int, int]]) -> list[int]:
    return sorted({now for first, last in spans for now in range(first, last + 1)})


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.9])
async def fences_hold_the_words_behind_them_until_enough_has_ended(dut: Any, idle: float) -> None:
    """Streamed programs, one after the other, each behind a fence for its own run."""
    rng = bench_rng()
    words: list[int] = []
    runs: list[int] = []
    for _ in range(6):
        program = [_fence(0), *(_records(rng, 1) for _ in range(rng.integers(2)))]
        for count in sorted(rng.integers(1, ENDED + 1, 12).tolist()):
            rows, groups = (int(value) for value in rng.integers(1, 4, 2))
            shape = {"row_records": int(rng.integers(1, 5)), "rows": rows, "groups": groups, "group_stride": 64}
            program += [_words(rng, **shape), _fence(count)]
        words += _words_of([*program, _words(rng, rows=2)])
        runs.append(-(-len(words) // CONFIG.program_words))
    await _check(dut, words, idle, runs)
    assert not dut.error.value.to_unsigned()


@cocotb.test()
async def descriptors_and_fences_of_any_number_match_golden(dut: Any) -> None:
    """Long blocks of descriptors; fences that wait for one descriptor more than has ended, at any number of bits."""
    rng = bench_rng()
    await start(dut)
    trace, watch = Trace(dut, "i"), _Watch(dut)
    blocks = [_fence(0)]
    for bit in range(4, 12):
        rows = (1 << bit) + 1
        data = rng.integers(0, 256, 4 * rows).astype(np.uint8)
        blocks.append(Block(target=ProgramTarget.DESCRIPTORS, address=0, data=data, rows=rows))
    fences = [(1 << bit) + more for bit in range(2, 20) for more in sorted(rng.integers(1 << bit, size=2).tolist())]
    for count in fences:
        blocks += [_fence(count), _records(rng, 1)]
    words = _words_of(blocks)
    sending = cocotb.start_soon(put(dut, "i", program_payloads(words, CONFIG)))
    await wait(dut, 20)
    dut.streaming.value = 1
    await wait(dut, 1)
    while watch.arrived[-1] < sum(block.rows for block in blocks if block.target == ProgramTarget.DESCRIPTORS):
        await wait(dut, 1)
    for count in fences:
        dut.ended.value = count - 1
        await wait(dut, 12)
        dut.ended.value = count
        await wait(dut, 12)
    await sending
    await wait(dut, 6 + CONFIG.program_words)
    while CONFIG.store == "racetrack" and dut.busy.value:
        await wait(dut, 1)
    _compare(words, trace, watch)
    assert not dut.error.value.to_unsigned()


@cocotb.test()
@cocotb.parametrize(wrong=["starved", "starved behind the first", "too late", "no run", "second run"])
async def a_fence_that_cannot_be_passed_is_an_error(dut: Any, wrong: str) -> None:
    """The run waits for a descriptor, ends before, or there is none."""
    rng = bench_rng()
    await start(dut)
    trace, watch = Trace(dut, "i"), _Watch(dut)
    second = {"starved behind the first": [_fence(0)], "second run": [_fence(0)]}.get(wrong, [])
    blocks = [_words(rng, rows=2), _fence(0), *second] if wrong != "no run" else []
    words = _words_of([*blocks, _fence(3), _records(rng, 2)])
    sending = cocotb.start_soon(put(dut, "i", program_payloads(words, CONFIG)))
    await wait(dut, 20)
    for turn in range(1 + (wrong == "second run")):
        assert bool(dut.error.value.to_unsigned()) == (wrong == "no run")
        dut.streaming.value = int(wrong != "no run")
        await wait(dut, int(rng.integers(1, 30)))
        dut.ended.value = 2
        await wait(dut, 40)
        if "starved" in wrong:
            dut.starved.value = 1
        else:
            dut.streaming.value = 0
        await wait(dut, 3)
        assert bool(dut.error.value.to_unsigned()) == (wrong != "second run" or turn == 1)
    await sending
    await wait(dut, 10)
    loading = load(padded(np.array(words, np.uint32), CONFIG).tolist(), trace.offered, CONFIG, watch.progress())
    assert loading.code == "FENCE"
    assert trace.taken == loading.accepted
    assert _in_time(watch.writes) == _in_time(loading.writes)
    assert (watch.busy, watch.fenced) == (_cycles(loading.busy), _cycles(loading.fenced))
    assert watch.errors[0] == (loading.error, "FENCE")
    assert len(watch.errors) > 5


@cocotb.test()
async def a_loader_that_waits_for_a_run_is_not_busy(dut: Any) -> None:
    """As long as it takes."""
    await start(dut)
    if CONFIG.store == "racetrack":
        dut.weights__ready.value = 1
    # Many enough that beats wait at the port.
    words = _words_of([_fence(0), _words(bench_rng(), rows=8)])
    sending = cocotb.start_soon(put(dut, "i", program_payloads(words, CONFIG)))
    await wait(dut, 10)
    for _ in range(50):
        await wait(dut, 1)
        assert dut.fenced.value
        assert not dut.busy.value
        assert not dut.i__ready.value
    dut.streaming.value = 1
    await sending


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5])
async def writes_and_their_cycles_match_golden(dut: Any, idle: float) -> None:
    """Blocks for every memory, nested to three levels, one after the other."""
    await _check(dut, _words_of(_blocks(bench_rng())), idle)


@cocotb.test()
@cocotb.parametrize(
    wrong=[
        "target 6",
        "target 7",
        "no rows",
        "no groups",
        "no row_records",
        "no rows of nine bytes",
        "no rows of a fence",
    ]
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
        case "no rows of a fence":
            fields |= {"target": ProgramTarget.FENCE, "rows": 0}
        case _:
            fields["target"] = int(wrong.split()[1])
    bits = offset = 0
    for name, width in HEADER_FIELDS.items():
        bits |= fields[name] << offset
        offset += width
    bad[:HEADER_WORDS] = bits & 0xFFFFFFFF, bits >> 32
    words = np.concatenate([*good, bad, *good]).tolist()
    await _check(dut, words, 0.3)
    assert dut.error.value.to_unsigned() == ErrorCode.TARGET.value
    # After a reset it works as before.
    await _check(dut, np.concatenate(good).tolist(), 0.0)
    assert not dut.error.value.to_unsigned()


@cocotb.test()
async def weights_are_loaded_where_there_is_a_memory_for_them(dut: Any) -> None:
    """With a store outside their block is an error."""
    data = bench_rng().integers(0, 256, 16).astype(np.uint8)
    block = Block(target=ProgramTarget.WEIGHTS, address=3, data=data, row_records=2, rows=2)
    await _check(dut, block.words().tolist(), 0.0)
    assert bool(dut.error.value.to_unsigned()) == (CONFIG.store == "stream")
