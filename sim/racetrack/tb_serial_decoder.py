"""Bench of ``SerialDecoder``: values and errors against golden, and the cycle of each."""

import itertools
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.racetrack.codec import decode
from racelet.golden.racetrack.config import CodecConfig
from racelet.hw.racetrack.codec_layouts import value_beat
from racelet.hw.racetrack.serial_decoder import SerialDecoder
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.racetrack.codec_configs import codecs, some_words
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

WORDS = 400


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on every code, whatever the block's config."""
    del config
    for each in codecs(serial=True):
        verify_codec(each, seed=seed, waves=waves)


def verify_codec(config: CodecConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on one codec."""
    file = None if waves is None else waves.with_stem(f"{waves.stem}-{config.code}-{config.ones}")
    run_bench(SerialDecoder(config), __name__, parameters={"config": config}, seed=seed, waves=file)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.9])
async def values_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Bits come the least significant first; each value is there in its cycle."""
    config = bench_config(CodecConfig)
    await start(dut)
    words, length = some_words(config, WORDS, bench_rng()), config.word_width
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", [word >> place & 1 for word in words for place in range(length)], idle=idle))
    found = await get(dut, "o", len(words), shape=value_beat(config), stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", length + 2)
    values, errors = decode(np.array(words), config)
    for word, each, value, error in zip(words, found, values, errors, strict=True):
        assert (each["value"], each["error"]) == (value, error), f"{each}, not {value:#x}, {error}, of {word:#x}"
    assert leaving.offered == [each + config.decoder_latency for each in entering.taken[length - 1 :: length]]
    # A word's first bit is taken with the value before.
    waits = [end if place == 0 else -1 for end in [-1, *leaving.taken[:-1]] for place in range(length)]
    assert entering.taken == [max(pair) for pair in zip(entering.offered, waits, strict=True)]
    if not idle and not stall:
        ends = entering.taken[length - 1 :: length]
        assert {after - before for before, after in itertools.pairwise(ends)} == {config.decoder_interval}
