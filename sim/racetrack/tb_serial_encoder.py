"""Bench of ``SerialEncoder``: bits and errors against golden, and the cycle of each."""

import itertools
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.racetrack.codec import encode
from racelet.golden.racetrack.config import CodecConfig
from racelet.hw.racetrack.codec_layouts import word_beat
from racelet.hw.racetrack.serial_encoder import SerialEncoder
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.racetrack.codec_configs import codecs, some_values
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

VALUES = 160


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on every code, whatever the block's config."""
    del config
    for each in codecs(serial=True):
        verify_codec(each, seed=seed, waves=waves)


def verify_codec(config: CodecConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on one codec."""
    file = None if waves is None else waves.with_stem(f"{waves.stem}-{config.code}-{config.ones}")
    run_bench(SerialEncoder(config), __name__, parameters={"config": config}, seed=seed, waves=file)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.9], stall=[0.0, 0.5])
async def bits_match_golden(dut: Any, idle: float, stall: float) -> None:
    """The most significant first, each in its cycle."""
    config = bench_config(CodecConfig)
    await start(dut)
    values = some_values(config, VALUES, bench_rng())
    entering, leaving = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", values, idle=idle))
    length = config.word_width
    beats = await get(dut, "o", len(values) * length, shape=word_beat(config), stall=stall)
    dut.o__ready.value = 1
    await quiet(dut, "o", config.encoder_interval + 2)
    words, errors = encode(np.array(values), config)
    for number, value in enumerate(values):
        bits = beats[number * length : (number + 1) * length]
        word = int("".join(str(each["word"]) for each in bits), 2)
        assert word == words[number], f"{word:#x}, not {words[number]:#x}, of {value:#x}"
        assert {each["error"] for each in bits} == {int(errors[number])}
    # A value is taken with the last bit of the one before, at once where none is left.
    ends = [-1, *leaving.taken[length - 1 :: length]]
    assert entering.taken == [max(pair) for pair in zip(entering.offered, ends[:-1], strict=True)]
    for number, taken in enumerate(entering.taken):
        offered = leaving.offered[number * length : (number + 1) * length]
        follows = [
            taken + config.encoder_latency,
            *(each + 1 for each in leaving.taken[number * length :][: length - 1]),
        ]
        assert offered == follows
    if not idle and not stall:
        gaps = {after - before for before, after in itertools.pairwise(entering.taken)}
        assert gaps == {config.encoder_interval}
