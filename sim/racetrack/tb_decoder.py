"""Bench of ``Decoder``: values and errors against golden, and the latency."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.racetrack.codec import decode
from racelet.golden.racetrack.config import CodecConfig
from racelet.hw.racetrack.codec_layouts import value_beat
from racelet.hw.racetrack.decoder import Decoder
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.held import through
from racelet.sim.racetrack.codec_configs import FEW, MANY, codecs, some_words
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

WORDS = 4000


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on every code, whatever the block's config."""
    del config
    for each in codecs(serial=False):
        verify_codec(each, seed=seed, waves=waves)


def verify_codec(config: CodecConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on one codec."""
    file = None if waves is None else waves.with_stem(f"{waves.stem}-{config.code}-{config.ones}")
    run_bench(Decoder(config), __name__, parameters={"config": config}, seed=seed, waves=file)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def values_match_golden(dut: Any, idle: float, stall: float) -> None:
    """All words, or right ones, those with a wrong bit, with as many ones as a word, and random ones."""
    config = bench_config(CodecConfig)
    await start(dut)
    # Of 16 bits all, where nothing takes longer than it has to.
    words = some_words(config, WORDS, bench_rng(), FEW if idle or stall else MANY)
    found = await through(dut, words, value_beat(config), config.decoder_latency, idle=idle, stall=stall)
    values, errors = decode(np.array(words), config)
    for word, each, value, error in zip(words, found, values, errors, strict=True):
        assert (each["value"], each["error"]) == (value, error), f"{each}, not {value:#x}, {error}, of {word:#x}"
