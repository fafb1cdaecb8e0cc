"""Bench of the spiller."""

from pathlib import Path
from typing import Any

import cocotb
from amaranth.hdl import Module, Value
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.spiller import DONE, SpilledWord, schedule, spill
from racelet.hw.dwcpwc.spiller import Spiller
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import highs, pulse
from racelet.sim.dwcpwc.spilling import beat_payload, spilled_words, window_payload
from racelet.sim.monitor import Trace, keep_promised, quiet
from racelet.sim.promised import Promised
from racelet.sim.runner import run_bench
from racelet.sim.streams import cycle, get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
LANES = CONFIG.input_lanes


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(Promised(Spiller(config), promise), __name__, parameters={"config": config}, seed=seed, waves=waves)


def promise(_: Module, inner: Spiller) -> Value:
    """A window has no more channels than lanes."""
    return ~inner.i.valid | (inner.i.p.gathered_count <= inner.config.input_lanes)


def _layers(rng: Generator) -> list[list[SpilledWord]]:
    """Words of layers: one byte, whole words, a word and a bit, beats that end early."""
    shapes = [(1, 1), (LANES, 4), (LANES + 1, 3), (2 * LANES, 3), (LANES - 1, 5), (1, 8)]
    shapes += [(int(rng.integers(1, 3 * LANES)), int(rng.integers(1, 5))) for _ in range(4)]
    return [spilled_words(rng, channels, pixels, CONFIG) for channels, pixels in shapes]


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5, 0.8], late=[False, True])
async def beats_and_their_cycles_match_golden(dut: Any, idle: float, stall: float, late: bool) -> None:
    """Layer after layer without a reset; granted before the first word is there, and long after."""
    rng = bench_rng()
    await start(dut)
    cocotb.start_soon(keep_promised(dut))
    words_in, beats_out = Trace(dut, "i"), Trace(dut, "o")
    done: list[int] = []
    cocotb.start_soon(highs(dut, "done", done))
    for words in _layers(rng):
        expected = spill(words, CONFIG)
        dut.granted.value = 0
        await pulse(dut, "start")
        for each in (words_in, beats_out, done):
            each.clear()
        cocotb.start_soon(put(dut, "i", [window_payload(rng, word, CONFIG) for word in words], idle=idle))
        await quiet(dut, "o", 9 if late else 1)
        dut.granted.value = 1
        granted = cycle() + 1
        beats = [beat_payload(beat) for word in expected for beat in word]
        assert await get(dut, "o", len(beats), stall=stall) == beats
        await wait(dut, 1 + DONE)
        accepted, there = schedule([len(word) for word in expected], words_in.offered, beats_out.taken, granted)
        assert words_in.taken == accepted
        assert beats_out.offered == there
        assert done == [taken + DONE for taken in beats_out.taken[-1:]]
    await quiet(dut, "o", 5)


@cocotb.test()
async def a_start_forgets_what_was_left(dut: Any) -> None:
    """A layer is given up with a word on its way out."""
    rng = bench_rng()
    await start(dut)
    dut.granted.value = 1
    words = spilled_words(rng, 2 * LANES, 2, CONFIG)
    payloads = [window_payload(rng, word, CONFIG) for word in words]
    for _ in range(2):
        await pulse(dut, "start")
        await put(dut, "i", payloads[:1])
        await pulse(dut, "start")
        await quiet(dut, "o", 2)
        cocotb.start_soon(put(dut, "i", payloads))
        beats = [beat_payload(beat) for word in spill(words, CONFIG) for beat in word]
        assert await get(dut, "o", len(beats)) == beats
