"""Bench of the tracks' positions: cycle by cycle against golden."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.track_positions import positions
from racelet.hw.racetrack.track_positions import TrackPositions
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import start

CYCLES = 4000
SHAPES = {
    "one": RacetrackConfig(word_bits=8, ports=1, sweep=True),
    "three": RacetrackConfig(word_bits=9, ports=1, words_per_port=2, tracks=3, sweep=True),
    "home": RacetrackConfig(word_bits=8, ports=1, tracks=5),
}
"""Besides the block's: a track alone, numbers of tracks that there are not, tracks that are at home or nowhere."""


def verify(config: RacetrackConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on the block's config, and on others."""
    run_shapes(TrackPositions, __name__, {"": config, **SHAPES}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(finding=[0.2, 0.7], losing=[0.05, 0.5])
async def positions_match_golden(dut: Any, finding: float, losing: float) -> None:
    """Tracks that are found and lost, some at the same time; of a track that there is not nothing is known."""
    rng, config = bench_rng(), bench_config(RacetrackConfig)
    await start(dut)
    events: list[tuple[int, bool, int | None]] = []
    shown: list[int | None] = []
    for _ in range(CYCLES):
        track, lost = int(rng.integers(config.tracks)), bool(rng.random() < losing)
        where = int(rng.integers(config.segment + 1)) if config.sweep else 0
        found = where if rng.random() < finding else None
        events.append((track, lost, found))
        dut.track.value, dut.lose.value, dut.find.value = track, int(lost), int(found is not None)
        if config.sweep:
            dut.where.value = where
        await FallingEdge(dut.clk)
        known = int(dut.known.value)
        shown.append(int(dut.at.value) if known else None)
        await RisingEdge(dut.clk)
    assert shown == positions(events, config)
    dut.lose.value = dut.find.value = 0
    for track in range(config.tracks, 1 << len(dut.track)) if config.tracks > 1 else ():
        dut.track.value = track
        await FallingEdge(dut.clk)
        assert not int(dut.known.value)
