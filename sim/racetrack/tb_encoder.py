"""Bench of ``Encoder``: words and errors against golden, and the latency."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.racetrack.codec import encode
from racelet.golden.racetrack.config import CodecConfig
from racelet.hw.racetrack.codec_layouts import word_beat
from racelet.hw.racetrack.encoder import Encoder
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.held import through
from racelet.sim.racetrack.codec_configs import FEW, MANY, codecs, some_values
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

VALUES = 4000


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on every code, whatever the block's config."""
    del config
    for each in codecs(serial=False):
        verify_codec(each, seed=seed, waves=waves)


def verify_codec(config: CodecConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on one codec."""
    file = None if waves is None else waves.with_stem(f"{waves.stem}-{config.code}-{config.ones}")
    run_bench(Encoder(config), __name__, parameters={"config": config}, seed=seed, waves=file)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def words_match_golden(dut: Any, idle: float, stall: float) -> None:
    """All values, or corners, neighbours of words and of the middles between them, and random ones."""
    config = bench_config(CodecConfig)
    await start(dut)
    # Of 16 bits all, where nothing takes longer than it has to.
    values = some_values(config, VALUES, bench_rng(), FEW if idle or stall else MANY)
    found = await through(dut, values, word_beat(config), config.encoder_latency, idle=idle, stall=stall)
    words, errors = encode(np.array(values), config)
    for value, each, word, error in zip(values, found, words, errors, strict=True):
        assert (each["word"], each["error"]) == (word, error), f"{each}, not {word:#x}, {error}, of {value:#x}"
