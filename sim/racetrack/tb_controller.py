"""Bench of the controller: every operation, cycle, word and error, with and without faults of the device."""

import copy
import dataclasses
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge, with_timeout

from racelet.golden.racetrack.command import Command, Response
from racelet.golden.racetrack.config import CONSTANT_WEIGHT, ENGINES, Engine, RacetrackConfig
from racelet.golden.racetrack.operations import counts
from racelet.hw.racetrack.controller import Controller
from racelet.hw.racetrack.layouts import command, response, swept
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.payload import pack, unpack
from racelet.sim.racetrack.commands import error_name, fields
from racelet.sim.racetrack.pair import Pair
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import check_held, cycle, start

SHAPES: Mapping[str, RacetrackConfig] = {
    "plain": RacetrackConfig(word_bits=9, ports=3, engines=ENGINES, clock_ghz=4),
    "several": RacetrackConfig(
        word_bits=8, ports=1, words_per_port=3, tracks=3, engines=("cw", "dcw", "pw"), sweep=True, journal=True
    ),
    "guarded": RacetrackConfig(
        word_bits=11, ports=4, words_per_port=2, engines=("naive", "cw_known"), guard=True, clock_ghz=10
    ),
}
"""Besides the block's config: odd sizes, slow operations, choices that exclude each other."""


def commands() -> int:
    """Fewer where each takes longer."""
    return max(20, min(120, 6000 // bench_config(RacetrackConfig).segment))


def verify(config: RacetrackConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on a controller of this shape, and on smaller ones."""
    run_shapes(Controller, __name__, {"": config, **SHAPES}, seed=seed, waves=waves)


class Bench(Pair):
    """A controller and its model."""

    def __init__(self, dut: Any, rng: np.random.Generator, *, wild: float, stall: float = 0.0) -> None:
        super().__init__(dut, dut.clk, rng, bench_config(RacetrackConfig), wild=wild)
        self.stall = stall
        self.swept: list[dict[str, int]] = []
        self.held = 0

    def start(self) -> None:
        """Let the device answer, and take what is swept."""
        cocotb.start_soon(self.device.run())
        if self.config.sweep:
            cocotb.start_soon(self._sweeps())

    async def _sweeps(self) -> None:
        generator = random.Random(int(self.rng.integers(1 << 32)))
        valid, ready, payload = self.dut.swept__valid, self.dut.swept__ready, self.dut.swept__payload
        offered: int | None = None
        while True:
            taking = generator.random() >= self.stall
            ready.value = int(taking)
            await RisingEdge(self.dut.clk)
            now = int(payload.value) if int(valid.value) else None
            check_held("swept", offered, now)
            offered = None if taking else now
            if now is not None and taking:
                self.swept.append(unpack(swept(self.config), now))
            self.held += now is not None and not taking

    async def ask(self, asked: Command, *, idle: int = 0) -> tuple[Response, int]:
        """Give a command; returns its response, and cycles from the one in which it is offered."""
        dut, edge = self.dut, RisingEdge(self.dut.clk)
        for _ in range(idle):
            await edge
        dut.command__payload.value = pack(command(self.config), fields(asked, self.config))
        dut.command__valid.value, dut.response__ready.value = 1, int(self.stall == 0)
        offered, first = cycle() + 1, None
        while True:
            await edge
            there, taken = int(dut.response__valid.value), int(dut.response__ready.value)
            assert int(dut.command__ready.value) == (there and taken)
            if there:
                first = cycle() if first is None else first
                given = unpack(response(self.config), int(dut.response__payload.value))
                if taken:
                    break
            dut.response__ready.value = int(self.rng.random() >= self.stall)
        dut.command__valid.value, dut.response__ready.value = 0, 0
        return Response(data=given["data"], error=error_name(given["error"])), first - offered

    async def compare(self, asked: Command, *, idle: int = 0) -> Response:
        """Give a command to both, and compare all that comes of it."""
        before, noted, held = len(self.model.done), len(self.model.noted), self.held
        self.swept.clear()
        expected = self.model.run(asked)
        given, cycles = await with_timeout(self.ask(asked, idle=idle), 1, "ms")
        done = self.model.done[before:]
        assert self.device.done[before:] == done, f"{asked}: {expected.error}"
        assert self.device.noted[noted:] == self.model.noted[noted:], asked
        assert given.error == expected.error, asked
        assert expected.data is None or given.data == expected.data, asked
        took = counts(operation for _, operation in done).cycles(self.config.clock_ghz)
        assert cycles == 1 + took + self.held - held, asked
        assert tuple(each["bits"] for each in self.swept) == expected.swept, asked
        self.compare_tracks(asked)
        return expected

    async def go_on(self, asked: Command) -> Response:
        """Compare; a track on which something is wrong is mostly made ready again from outside."""
        answer = await self.compare(asked)
        away = asked.track >= self.config.tracks or self.model.positions[asked.track]
        if answer.error != "NONE" and not away and self.rng.random() < 0.7:
            self.renew(asked.track)
        return answer


@cocotb.test()
@cocotb.parametrize(wild=[0.0, 0.3], stall=[0.0, 0.5])
async def commands_match_golden(dut: Any, wild: float, stall: float) -> None:
    """Sensible ones and senseless ones, at once one after the other or with gaps; nothing goes wrong."""
    rng = bench_rng()
    bench = Bench(dut, rng, wild=wild, stall=stall)
    await start(dut)
    bench.start()
    errors: set[str] = set()
    for _ in range(commands()):
        answer = await bench.compare(bench.draw.command(bench.model), idle=int(rng.integers(3)))
        errors.add(answer.error)
    assert "NONE" in errors
    # Some words are of any weight.
    assert wild or errors <= {"NONE", "WORD_COUNT", "OLD_COUNT", "READ_COUNT"}


@cocotb.test()
@cocotb.parametrize(density=[0.1, 0.5])
async def faults_are_told_as_golden_tells_them(dut: Any, density: float) -> None:
    """Shifts that go wrong, skyrmions that vanish or appear, at any operation."""
    rng = bench_rng()
    bench = Bench(dut, rng, wild=0.05)
    await start(dut)
    bench.start()
    for _ in range(2 * commands()):
        if rng.random() < density:
            bench.go_wrong()
        await bench.go_on(bench.draw.command(bench.model))


@cocotb.test(skip=not bench_config(RacetrackConfig).guard)
async def what_is_taken_for_the_marker_is_verified(dut: Any) -> None:
    """A track that comes home from an unknown place, with a skyrmion at the last port, no guard there, or no marker."""
    bench = Bench(dut, bench_rng(), wild=0.0)
    await start(dut)
    bench.start()
    last = bench.config.port_sites[-1]
    for site, skyrmion in ((last, True), (last - 1, False), (0, False)):
        bench.renew(0)
        for tracks in (bench.model.tracks, bench.device.tracks):
            tracks[0].sites[site] = skyrmion
        assert (await bench.compare(Command(code="home"))).error == "NO_MARKER"
    bench.renew(0)
    assert (await bench.compare(Command(code="home"))).error == "NONE"


@cocotb.test()
async def old_words_of_another_weight_are_mended(dut: Any) -> None:
    """What lies there has as many ones as it likes; the word that is written over it is right, or told when read."""
    rng = bench_rng()
    bench = Bench(dut, rng, wild=0.0)
    await start(dut)
    bench.start()
    config, ones = bench.config, bench.draw.ones
    await bench.compare(Command(code="home"))
    mending: list[Engine] = [each for each in config.engines if each in ("cw", "cw_early")]
    for engine in mending * (commands() // 6):
        port, slot = int(rng.integers(config.ports)), int(rng.integers(config.words_per_port))
        word = int(rng.integers(1 << config.word_bits, dtype=np.uint64)) | int(config.guard)
        for tracks in (bench.model.tracks, bench.device.tracks):
            tracks[0].store(port, slot, word)
        write = Command(code="write", engine=engine, port=port, slot=slot, word=bench.draw.word(), ones=ones)
        await bench.compare(write)
        await bench.compare(Command(code="read", port=port, slot=slot, ones=ones))


@cocotb.test()
async def power_may_be_cut_at_any_cycle(dut: Any) -> None:
    """What goes on ends, a recovery too; tracks and journal stay, and all goes on from there."""
    rng = bench_rng()
    bench = Bench(dut, rng, wild=0.0)
    await start(dut)
    bench.start()
    recovered = 0
    for _ in range(commands()):
        asked = bench.draw.command(bench.model)
        while asked.code != "write" and rng.random() < 0.9:
            recovered += (await bench.go_on(asked)).error == "NONE" and asked.code == "recover"
            asked = bench.draw.command(bench.model)
        ahead = copy.deepcopy(bench.model)
        ahead.run(asked)
        took = counts(operation for _, operation in ahead.done[len(bench.model.done) :])
        await _cut(bench, asked, int(rng.integers(1, took.cycles(bench.config.clock_ghz) + 2)))
    assert recovered or not bench.config.journal


@cocotb.test(skip=not bench_config(RacetrackConfig).journal)
async def a_recovery_without_a_marker_ends(dut: Any) -> None:
    """As far from home as the track could be."""
    bench = Bench(dut, bench_rng(), wild=0.0)
    await start(dut)
    bench.start()
    engine: Engine = next(each for each in bench.config.engines if each in CONSTANT_WEIGHT)
    await bench.compare(Command(code="home"))
    asked = Command(code="write", engine=engine, word=bench.draw.word(), old=bench.model.tracks[0].load(0, 0))
    ones = asked.word.bit_count()
    while asked.word == asked.old:
        asked = dataclasses.replace(asked, word=bench.draw.word())
    await _cut(bench, dataclasses.replace(asked, ones=ones), 6)
    assert bench.model.journal is not None
    for tracks in (bench.model.tracks, bench.device.tracks):
        tracks[0].sites[:] = False
    recover = Command(code="recover", word=asked.word, ones=ones)
    assert (await bench.compare(recover)).error == "NO_MARKER"


async def _cut(bench: Bench, asked: Command, after: int) -> None:
    """Give a command, and reset before it ends; the model starts from what is left."""
    dut = bench.dut
    dut.command__payload.value = pack(command(bench.config), fields(asked, bench.config))
    dut.command__valid.value = 1
    for _ in range(after):
        await RisingEdge(dut.clk)
        if int(dut.response__valid.value):
            break
    dut.rst.value, dut.command__valid.value = 1, 0
    await RisingEdge(dut.clk)
    dut.rst.value = 0
    # What was strobed in the cycle of the reset is done by now.
    await RisingEdge(dut.clk)
    bench.adopt()
    if (left := bench.model.journal) is not None:
        assert (left.track, left.port, left.slot) == (asked.track, asked.port, asked.slot), asked
