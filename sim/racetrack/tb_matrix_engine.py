"""Bench of the engine that multiplies matrices: every operation, cycle and sum, with and without faults."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge, with_timeout

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.faults import WRONGS, Injection
from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.golden.racetrack.matrix_cycles import product_cycles, read_counts
from racelet.golden.racetrack.matrix_engine import Answer, refusal
from racelet.golden.racetrack.matrix_engine import MatrixEngine as Model
from racelet.golden.racetrack.matrix_passes import READS, Request
from racelet.golden.racetrack.matrix_passes import Read as ReadName
from racelet.golden.racetrack.operations import Counts
from racelet.hw.racetrack.matrix_engine import MatrixEngine
from racelet.hw.racetrack.matrix_layouts import ANSWER, MatrixError, Read, request, total
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.payload import unpack
from racelet.sim.racetrack.device import Device
from racelet.sim.racetrack.matrices import draw_request, draw_words, make_tracks, store
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import check_held, get, put, start

PATIENCE = 60_000
"""Cycles of the longest product."""
SHAPES: Mapping[str, MatrixConfig] = {
    "one": MatrixConfig(word_bits=8, ports=1, words_per_port=3, rows=1, columns=2),
    "tiled": MatrixConfig(word_bits=8, ports=3, words_per_port=2, rows=4, columns=6, tile=2),
    "busy": MatrixConfig(word_bits=9, ports=32, rows=3, columns=2, clock_ghz=0.5),
    "slow": MatrixConfig(word_bits=11, ports=2, words_per_port=4, rows=2, columns=4, tile=2, clock_ghz=4),
    "float": MatrixConfig(number="fp32", ports=3, words_per_port=2, rows=2, columns=3),
    "floats": MatrixConfig(number="fp32", ports=24, rows=2, columns=2, tile=2),
}
"""Odd and even numbers of words at a port, sweeps that wait for products, operations of several cycles."""


def verify(config: RacetrackConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on engines of these shapes, whatever the block's config."""
    del config
    run_shapes(MatrixEngine, __name__, SHAPES, seed=seed, waves=waves)


def products() -> int:
    """Fewer where each takes longer."""
    config = bench_config(MatrixConfig)
    lines = config.rows * config.columns // config.tile
    return max(4, min(30, 24000 // (lines * config.row_tracks.segment * (8 + config.tile * config.ports))))


class Bench:
    """An engine and its model, each with tracks of its own that hold, and go wrong, alike."""

    def __init__(self, dut: Any, rng: np.random.Generator, *, stall: float = 0.0) -> None:
        self.dut, self.rng, self.stall = dut, rng, stall
        self.config = config = bench_config(MatrixConfig)
        self.ours, self.theirs = make_tracks(config), make_tracks(config)
        self.model = Model(config, *self.ours)
        self.sums: list[dict[str, int]] = []
        self.fill()

    def start(self) -> None:
        """Let the tracks answer, and take sums."""
        config, dut = self.config, self.dut
        for side, name, shape in ((0, "rows", config.row_tracks), (1, "columns", config.column_tracks)):
            for line in range(config.tile):
                device = Device(dut, shape, self.theirs[side][line :: config.tile], f"{name}__{line}")
                cocotb.start_soon(device.run())
        cocotb.start_soon(self._take())

    async def _take(self) -> None:
        """Take sums."""
        generator = random.Random(int(self.rng.integers(1 << 32)))
        valid, ready, payload = self.dut.sums__valid, self.dut.sums__ready, self.dut.sums__payload
        offered: int | None = None
        while True:
            taking = generator.random() >= self.stall
            ready.value = int(taking)
            await RisingEdge(self.dut.clk)
            now = int(payload.value) if int(valid.value) else None
            check_held("sums", offered, now)
            offered = None if taking else now
            if now is not None and taking:
                self.sums.append(unpack(total(self.config), now))

    def fill(self) -> None:
        """Tracks with matrices, at home; nothing will go wrong."""
        for ours, theirs in zip(self.ours, self.theirs, strict=True):
            words = draw_words(self.rng, self.config, (len(ours), self.config.terms))
            for track in (*ours, *theirs):
                track.sites[:], track.injections = False, []
                track.sites[0] = True
            store(ours, self.config, words)
            store(theirs, self.config, words)

    async def ask(self, asked: Mapping[str, int], *, idle: float = 0.0) -> tuple[str, int]:
        """Ask for a product; returns its error, and the cycles from the one in which it is offered."""
        cycles: list[int] = []
        self.sums.clear()
        shape = request(self.config)
        await put(self.dut, "request", [asked], idle=idle, shape=shape, cycles=cycles)
        there = get(self.dut, "answer", 1, stall=self.stall, shape=ANSWER, cycles=cycles, patience=PATIENCE)
        (found,) = await with_timeout(there, 20, "ms")
        return MatrixError(found["error"]).name, cycles[1] - cycles[0]

    async def compare(self, asked: Request, *, away: int | None = 0, idle: float = 0.0) -> Answer:
        """Ask both for a product, and compare all that comes of it; cycles too, but with ``away`` None."""
        expected = self.model.run(asked)
        given, took = await self.ask(fields(asked), idle=idle)
        assert given == expected.error, asked
        assert [each["value"] for each in self.sums] == list(expected.sums), asked
        if expected.error == "NONE":
            assert [each["last"] for each in self.sums] == [0] * (len(self.sums) - 1) + [1], asked
            if not self.stall and away is not None:
                assert took == product_cycles(asked, self.config, away=away), asked
        for ours, theirs in zip((*self.ours[0], *self.ours[1]), (*self.theirs[0], *self.theirs[1]), strict=True):
            assert theirs.trace == ours.trace, asked
            np.testing.assert_array_equal(theirs.sites, ours.sites, err_msg=str(asked))
        return expected

    def go_wrong(self) -> None:
        """Something soon goes wrong on a track, in the same way on both sides."""
        side = int(self.rng.integers(2))
        number = int(self.rng.integers(len(self.ours[side])))
        ours, theirs = self.ours[side][number], self.theirs[side][number]
        injection = Injection(
            wrong=WRONGS[self.rng.integers(WRONGS.index("cut"))],
            operation=len(ours.trace) + int(self.rng.integers(6 * self.config.row_tracks.segment)),
            site=int(self.rng.integers(len(ours.sites))),
        )
        ours.injections.append(injection)
        theirs.injections.append(injection)


def fields(asked: Request) -> Mapping[str, int]:
    """A request as it is on its stream."""
    return {**vars(asked), "read": Read[asked.read.upper()].value}


def elements(track: Track, config: MatrixConfig) -> list[int]:
    """Integers of a track that is at home."""
    half = 1 << (config.word_bits - 1)
    return [(track.load(*divmod(k, config.words_per_port)) ^ half) - half for k in range(config.terms)]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.9])
async def products_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Any number of rows, terms and columns, in all ways of reading, one after the other on the same tracks."""
    bench = Bench(dut, bench_rng(), stall=stall)
    await start(dut)
    bench.start()
    for _ in range(products()):
        found = await bench.compare(draw_request(bench.rng, bench.config), idle=idle)
        assert found.error == "NONE"
        if bench.rng.random() < 0.3:
            bench.fill()
    await RisingEdge(dut.clk)
    assert not int(dut.error.value)


@cocotb.test()
@cocotb.parametrize(read=READS)
async def whole_matrices_are_numpys(dut: Any, read: ReadName) -> None:
    """All tracks and terms: integers are those of a product of Python's, and operations those of the formulas."""
    bench = Bench(dut, bench_rng())
    config = bench.config
    await start(dut)
    bench.start()
    asked = Request(read=read, rows=config.rows, terms=config.terms, columns=config.columns)
    lines = [[elements(track, config) for track in tracks] for tracks in bench.ours]
    await bench.compare(asked)
    if config.number == "int":
        exact = np.array(lines[0], object) @ np.array(lines[1], object).T
        tiles = exact.reshape(config.rows // config.tile, config.tile, config.columns // config.tile, config.tile)
        assert [each["value"] for each in bench.sums] == tiles.transpose(0, 2, 1, 3).ravel().tolist()
    done = sum((track.counts for tracks in bench.theirs for track in tracks), start=Counts())
    assert done == read_counts(asked, config) + bench.model.homing


@cocotb.test()
@cocotb.parametrize(read=READS)
async def few_terms_match_golden(dut: Any, read: ReadName) -> None:
    """Fewer than there are words at a port, as many, and one more; of all rows and columns, which are read by turns."""
    bench = Bench(dut, bench_rng())
    config = bench.config
    await start(dut)
    bench.start()
    for terms in (1, config.words_per_port - 1, config.words_per_port, config.words_per_port + 1):
        if 0 < terms <= config.terms:
            await bench.compare(Request(read=read, rows=config.rows, terms=terms, columns=config.columns))


@cocotb.test()
async def tracks_go_home_first(dut: Any) -> None:
    """Wherever they are."""
    bench = Bench(dut, bench_rng())
    await start(dut)
    bench.start()
    for _ in range(products()):
        bench.fill()
        away = int(bench.rng.integers(bench.config.row_tracks.segment + 1))
        for track in (*bench.ours[0], *bench.ours[1], *bench.theirs[0], *bench.theirs[1]):
            track.sites[:] = np.roll(track.sites, away)
        await bench.compare(draw_request(bench.rng, bench.config), away=away)


@cocotb.test()
async def a_track_without_a_marker_is_told(dut: Any) -> None:
    """It is looked for as far as it could be; the next product finds another track's."""
    bench = Bench(dut, bench_rng())
    await start(dut)
    bench.start()
    asked = Request(read="buffer", rows=bench.config.rows, terms=bench.config.terms, columns=bench.config.columns)
    for side in (0, 1, 0, 1):
        number = int(bench.rng.integers(len(bench.ours[side])))
        for track in (bench.ours[side][number], bench.theirs[side][number]):
            track.sites[:] = False
        assert (await bench.compare(asked, away=None)).error == "NO_MARKER"
        bench.fill()
        assert (await bench.compare(asked)).error == "NONE"


@cocotb.test()
@cocotb.parametrize(density=[0.3, 1.0], stall=[0.0, 0.5])
async def faults_are_told_as_golden_tells_them(dut: Any, density: float, stall: float) -> None:
    """Shifts that go wrong, skyrmions that vanish or appear, at any operation; and again after that."""
    bench = Bench(dut, bench_rng(), stall=stall)
    await start(dut)
    bench.start()
    first = "NONE"
    for _ in range(2 * products()):
        if bench.rng.random() < density:
            bench.go_wrong()
        found = await bench.compare(draw_request(bench.rng, bench.config), away=None)
        first = found.error if first == "NONE" else first
        await RisingEdge(dut.clk)
        assert MatrixError(int(dut.error.value)).name == first
        if bench.rng.random() < 0.3:
            bench.fill()
            dut.clear.value = 1
            await RisingEdge(dut.clk)
            dut.clear.value, first = 0, "NONE"
            await RisingEdge(dut.clk)
            assert not int(dut.error.value)


@cocotb.test()
@cocotb.parametrize(stall=[0.0, 0.7])
async def what_cannot_be_done_is_refused(dut: Any, stall: float) -> None:
    """Any numbers that fit their fields: nothing is done, in the next cycle."""
    bench = Bench(dut, bench_rng(), stall=stall)
    config, rng = bench.config, bench.rng
    await start(dut)
    bench.start()
    found: set[str] = set()
    first = "NONE"
    for _ in range(200):
        asked = {name: int(rng.integers(1 << field.width)) for name, field in request(config)}
        good = fields(draw_request(rng, config))
        asked = {name: value if rng.random() < 0.3 else good[name] for name, value in asked.items()}
        if asked["read"] < len(READS):
            wanted = refusal(Request(**{**asked, "read": READS[asked["read"]]}), config)
        else:
            wanted = "READ"
        if wanted == "NONE":
            continue
        error, took = await bench.ask(asked)
        await RisingEdge(dut.clk)
        first = error if first == "NONE" else first
        assert (error, MatrixError(int(dut.error.value)).name) == (wanted, first), asked
        assert stall or took == 1
        found.add(error)
    assert found >= {"READ", "ROWS", "TERMS", "COLUMNS"}
    assert not any(track.trace for tracks in bench.theirs for track in tracks)
    assert not bench.sums
