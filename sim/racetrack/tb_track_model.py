"""Bench of the tracks that are hardware: any operation, in any state, against golden."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import HOME, Track
from racelet.golden.racetrack.operations import KINDS, Operation, insert, shift
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.racetrack.device import DIRECTIONS, SPANS
from racelet.sim.racetrack.track_model import TrackModel
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import start

OPERATIONS = 4000
SHAPES = {
    "one": RacetrackConfig(word_bits=8, ports=3, sweep=True),
    "several": RacetrackConfig(word_bits=9, ports=1, words_per_port=2, tracks=3),
}


def verify(config: RacetrackConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on tracks of these shapes, whatever the block's config."""
    del config
    run_shapes(TrackModel, __name__, SHAPES, seed=seed, waves=waves)


@cocotb.test()
async def operations_match_golden(dut: Any) -> None:
    """Sensible or not, mostly shifts out and back; some are held and not done."""
    rng, config = bench_rng(), bench_config(RacetrackConfig)
    await start(dut)
    tracks = [Track(config) for _ in range(config.tracks)]
    dut.device__valid.value = 1
    # Reset does not clear them: they are pushed out, and a marker inserted.
    for number in range(config.tracks):
        for each in [shift(0, "all", "right")] * config.sites + [insert(HOME)]:
            drive(dut, number, each, strobe=True)
            await RisingEdge(dut.clk)
    for _ in range(OPERATIONS):
        kind = KINDS[rng.choice(4, p=[0.2, 0.5, 0.1, 0.2])]
        port, number = int(rng.integers(HOME, config.ports)), int(rng.integers(config.tracks))
        span, direction = SPANS[rng.integers(3)], DIRECTIONS[rng.integers(2)]
        operation = Operation(kind=kind, port=port, span=span, direction=direction)
        strobe = rng.random() < 0.8
        drive(dut, number, operation, strobe=strobe)
        await FallingEdge(dut.clk)
        outcome = tracks[number].peek(operation)
        assert int(dut.device__fault.value) == (outcome.fault is not None), operation
        if kind == "detect":
            assert int(dut.device__bit.value) == outcome.bit, operation
            assert not config.sweep or int(dut.device__bits.value) == outcome.bits, operation
        await RisingEdge(dut.clk)
        if strobe:
            tracks[number].apply(operation)
    assert np.sum([track.sites.sum() for track in tracks]) > 0


def drive(dut: Any, number: int, operation: Operation, *, strobe: bool) -> None:
    """Hold an operation."""
    dut.device__kind.value, dut.device__strobe.value = KINDS.index(operation.kind), int(strobe)
    dut.device__home.value, dut.device__port.value = int(operation.port == HOME), max(operation.port, 0)
    dut.device__track.value = number
    dut.device__span.value = SPANS.index(operation.span)
    dut.device__direction.value = DIRECTIONS.index(operation.direction)
