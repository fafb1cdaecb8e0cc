"""Bench of the reader of commands: any bytes, against golden."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import Timer

from racelet.golden.racetrack.command import Command, Error
from racelet.golden.racetrack.config import ENGINES, RacetrackConfig
from racelet.golden.racetrack.packets import CODES, FIELDS, command_bytes, command_of, misfit
from racelet.hw.racetrack.command_reader import CommandReader
from racelet.hw.racetrack.layouts import command, response
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.payload import pack, unpack
from racelet.sim.racetrack.commands import error_name, fields
from racelet.sim.shapes import run_shapes

COMMANDS = 4000
SHAPES = {
    "one": RacetrackConfig(word_bits=9, ports=1),
    "known": RacetrackConfig(word_bits=64, ports=32, words_per_port=8, tracks=256, engines=ENGINES, sweep=True),
    "odd": RacetrackConfig(word_bits=13, ports=5, words_per_port=3, tracks=3, engines=("cw_known",), sweep=True),
}
"""Besides the block's config: numbers of no bits, of all bits of their bytes, and of some."""


def verify(config: RacetrackConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on the block's config, and on others."""
    run_shapes(CommandReader, __name__, {"": config, **SHAPES}, seed=seed, waves=waves)


def sensible(rng: np.random.Generator, config: RacetrackConfig) -> bytearray:
    """Bytes of a command of which every number fits."""
    asked = Command(
        code=CODES[rng.integers(len(CODES))],
        engine=ENGINES[rng.integers(len(ENGINES))],
        track=int(rng.integers(config.tracks)),
        port=int(rng.integers(config.ports)),
        slot=int(rng.integers(config.words_per_port)),
        slots=int(rng.integers(config.words_per_port + 1)),
        ones=int(rng.integers(config.word_bits + 1)),
        blank=config.guard and bool(rng.integers(2)),
        word=_word(rng, config),
        old=_word(rng, config),
    )
    return bytearray(command_bytes(asked, config))


def _word(rng: np.random.Generator, config: RacetrackConfig) -> int:
    return int.from_bytes(rng.bytes(8), "little") >> (64 - config.word_bits)


@cocotb.test()
async def commands_match_golden(dut: Any) -> None:
    """With one bit or some bytes wrong, or none; what does not fit is answered here, and hidden from the controller."""
    rng, config = bench_rng(), bench_config(RacetrackConfig)
    told: set[Error] = set()
    for _ in range(COMMANDS):
        data, how = sensible(rng, config), rng.random()
        if how < 0.4:
            data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        elif how < 0.6:
            for place in rng.choice(len(FIELDS), 2, replace=False):
                data[place] = int(rng.integers(256))
        error = misfit(bytes(data), config)
        valid, done, ready, taken = (int(each) for each in rng.integers(2, size=4))
        answer = {"data": _word(rng, config), "error": int(rng.integers(15))}
        dut.i__payload.value, dut.i__valid.value = int.from_bytes(data, "little"), valid
        dut.command__ready.value, dut.response__ready.value = taken, ready
        dut.done__payload.value, dut.done__valid.value = pack(response(config), answer), done
        await Timer(1, "ns")
        told.add(error)
        given = unpack(response(config), int(dut.response__payload.value))
        flags = [int(getattr(dut, name).value) for name in ("command__valid", "response__valid", "i__ready")]
        if error != "NONE":
            assert flags == [0, valid, ready], data
            assert not int(dut.done__ready.value)
            assert (error_name(given["error"]), given["data"]) == (error, 0), data
            continue
        assert flags == [valid, done, taken], data
        assert int(dut.done__ready.value) == ready
        assert given == answer
        expected = pack(command(config), fields(command_of(bytes(data), config), config))
        assert int(dut.command__payload.value) == expected, data
    assert {"NONE", "COMMAND", "ENGINE"} <= told
