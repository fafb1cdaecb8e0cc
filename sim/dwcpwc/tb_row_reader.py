"""Bench of ``RowReader``: beats, cycles, and the rows that it asks for, which the bench gives when it likes."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import WORD_BITS, DwcPwcConfig
from racelet.golden.dwcpwc.racetrack_weight_store import CODE, COMMAND, LATENCY, PICK, Reading, Tracks, decode
from racelet.hw.dwcpwc.layouts import WEIGHT_REQUEST
from racelet.hw.dwcpwc.row_reader import RowReader
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.tb_racetrack_weight_store import SHAPES
from racelet.sim.monitor import Trace, quiet
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import bits_of, cycle, get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
LANES, ROW = CONFIG.weight_beat_bytes, CONFIG.store_row_beats
BEATS = CONFIG.weight_bytes // LANES
PATIENCE = 1000


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on the weight store's shapes, whatever the block's config."""
    del config
    run_shapes(RowReader, __name__, SHAPES, seed=seed, waves=waves)


@dataclasses.dataclass
class Row:
    """A row that was asked for: of which beat, from when on, and when it was there."""

    beat: int
    offered: int
    fetched: int = 0


class Rows:
    """All words, in rows that are given when they are asked for; between them there is anything.

    Parameters
    ----------
    dut : cocotb handle
    rng : Generator
    slow : float
        How likely it is that a cycle passes before a row is asked for or there.
    """

    def __init__(self, dut: Any, rng: Generator, slow: float) -> None:
        self.dut, self.rng, self.slow = dut, rng, slow
        self.words = self.drawn()
        self.given: list[Row] = []
        self.row: int | None = None
        cocotb.start_soon(self._serve())

    def drawn(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Words of bytes, some of nothing, some wrong."""
        words = CODE.encode(self.rng.integers(-128, 128, BEATS * LANES))
        words[self.rng.random(len(words)) < 0.05] = 0
        wrong = self.rng.random(len(words)) < 0.02
        words[wrong] = self.rng.integers(1 << WORD_BITS, size=wrong.sum())
        return words.reshape(BEATS, LANES)

    def beat(self, address: int) -> tuple[int, bool]:
        """What is given of a beat, and whether it is wrong."""
        weights, wrong = decode(self.words[address % BEATS])
        return int.from_bytes(weights.astype(np.uint8).tobytes(), "little"), bool(wrong.any())

    async def _serve(self) -> None:
        dut, rng, edge = self.dut, self.rng, RisingEdge(self.dut.clk)
        size, offered = ROW * LANES * WORD_BITS, None
        while True:
            takes = bool(rng.random() >= self.slow)
            dut.fetch__ready.value = int(takes)
            await edge
            if not dut.fetch__valid.value:
                continue
            offered = cycle() if offered is None else offered
            if not takes:
                continue
            row = Row(beat=bits_of(dut.fetch__payload), offered=offered)
            offered, first = None, row.beat // ROW * ROW
            dut.words.value = int.from_bytes(rng.bytes(-(-size // 8)), "little") >> -size % 8
            while rng.random() < self.slow:
                dut.fetch__ready.value = int(rng.integers(2))
                await edge
                assert not dut.fetch__valid.value, "a row is asked for before the last one is there"
            dut.fetched.value = 1
            await edge
            dut.fetched.value = 0
            row.fetched = cycle()
            self.given.append(row)
            words = self.words[first : first + ROW].reshape(-1).tolist()
            dut.words.value = sum(word << WORD_BITS * place for place, word in enumerate(words))


class _Given(Tracks):
    """Tracks of which rows are there when the bench gave them, and the times of what is read."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(CONFIG)
        self.rows, self.row = rows, rows.row
        self.times = Reading(self)
        self._left = list(rows.given)

    def fetch(self, beat: int) -> int:
        """Compare what was asked for; cycles of the operations, as they were."""
        row, free = self._left.pop(0), self.times.free
        assert (row.beat, row.offered) == (beat % BEATS, free)
        self.row = self.rows.row = self.row_of(beat)
        return row.fetched + 1 - free - PICK - COMMAND

    def ended(self) -> None:
        """No row was asked for that is not needed."""
        assert not self._left


async def _wrong(dut: Any, cycles: list[int]) -> None:
    edge = RisingEdge(dut.clk)
    while True:
        await edge
        if dut.wrong.value:
            cycles.append(cycle())


async def _ask(dut: Any, requests: list[tuple[int, int]], idle: float = 0.0) -> None:
    wishes = [{"address": address, "beats": beats} for address, beats in requests]
    await put(dut, "request", wishes, shape=WEIGHT_REQUEST, idle=idle, patience=100_000)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.95], slow=[0.0, 0.7])
async def beats_and_cycles_match_golden(dut: Any, idle: float, stall: float, slow: float) -> None:
    """Runs at both ends and anywhere, around the end, some without beats; rows are forgotten between them.

    Stalls are so many that no place is left for beats.
    """
    rng = bench_rng()
    await start(dut)
    rows, wrong = Rows(dut, rng, slow), list[int]()
    cocotb.start_soon(_wrong(dut, wrong))
    asked, got = Trace(dut, "request"), Trace(dut, "o")
    for _ in range(4):
        for trace in (asked, got, rows.given, wrong):
            trace.clear()
        requests = [(0, 9), (0, 1), (0, 1), (5, 0), (BEATS - 1, 3), (1 << 19, 2)]
        requests += [(int(rng.integers(1 << 20)), int(rng.integers(40))) for _ in range(12)]
        cocotb.start_soon(_ask(dut, requests, idle))
        expected = [rows.beat(address + number) for address, beats in requests for number in range(beats)]
        assert await get(dut, "o", len(expected), stall=stall, patience=PATIENCE) == [beat for beat, _ in expected]
        await quiet(dut, "o", 5)
        tracks, accepted, given, bad = _Given(rows), list[int](), list[int](), list[int]()
        times = tracks.times
        for (address, beats), offered in zip(requests, asked.offered, strict=True):
            accepted.append(times.begin(address, offered))
            for _ in range(beats):
                there, before = times.beat(), got.taken[len(given) - 1] + 1 if given else 0
                bad += [there - 1] if expected[len(given)][1] else []
                times.taken.append(got.taken[len(given)])
                given.append(max(there, before))
        tracks.ended()
        assert asked.taken == accepted
        assert got.offered == given
        assert wrong == bad
        if rng.integers(2):
            dut.forget.value, rows.row = 1, None
            await wait(dut, 1)
            dut.forget.value = 0


@cocotb.test()
async def long_runs_end_in_time(dut: Any) -> None:
    """One of some beats more than any power of two; the longest ones are not waited for."""
    rng = bench_rng()
    for bit in range(4, 20):
        await start(dut)
        rows, count = Rows(dut, rng, 0.0), (1 << bit) + int(rng.integers(1, 9))
        cocotb.start_soon(_ask(dut, [(bit, count)]))
        looked = min(count, 5000 if bit in {9, 12} else 600)
        found = await get(dut, "o", looked, patience=PATIENCE)
        assert found == [rows.beat(bit + number)[0] for number in range(looked)]
        if looked == count:
            await quiet(dut, "o", 12)


@cocotb.test()
@cocotb.parametrize(slow=[0.0, 0.7])
async def what_is_forgotten_is_read_again(dut: Any, slow: float) -> None:
    """In the middle of runs, when words change: no beat is of a row from before."""
    rng = bench_rng()
    await start(dut)
    rows, got = Rows(dut, rng, slow), Trace(dut, "o")
    for _ in range(60):
        got.clear()
        first, count = int(rng.integers(BEATS)), int(rng.integers(1, 20))
        old = [rows.beat(first + number)[0] for number in range(count)]
        cocotb.start_soon(_ask(dut, [(first, count)]))
        getting = cocotb.start_soon(get(dut, "o", count, patience=PATIENCE))
        await wait(dut, int(rng.integers(1, 60)))
        dut.forget.value = 1
        rows.words = rows.drawn()
        begun = cycle() + 1
        await wait(dut, int(rng.integers(1, 3)))
        dut.forget.value = 0
        ended = cycle()
        found = await getting
        new = [rows.beat(first + number)[0] for number in range(count)]
        there = min((row.fetched for row in rows.given if row.fetched > ended), default=1 << 32)
        for beat, before, after, offered in zip(found, old, new, got.offered, strict=True):
            chosen = offered - LATENCY
            assert chosen <= begun or chosen > there
            assert beat == after or (beat == before and chosen <= begun)
        rows.given.clear()
