"""Bench of ``BeatSplitter``: groups of words and their cycles against golden."""

from pathlib import Path
from typing import Any

import cocotb
from amaranth.lib.data import ArrayLayout
from cocotb.triggers import RisingEdge

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.beat_splitter import BeatSplitter as BeatSplitterModel
from racelet.hw.lib.beat_splitter import BeatSplitter
from racelet.sim.bench import bench_parameters, bench_rng
from racelet.sim.monitor import Trace
from racelet.sim.payload import pack, unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, cycle, put, start

BEATS = 150


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the splitter of an accelerator's program stream, or on the smallest that is more than wires."""
    verify_shape(32, max(config.program_words, 2), config.weight_words, seed=seed, waves=waves)


def verify_shape(width: int, beat_words: int, most: int, *, seed: int, waves: Path | None = None) -> None:
    """Run the bench on a splitter of any shape."""
    shape = {"width": width, "beat_words": beat_words, "most": most}
    run_bench(BeatSplitter(**shape), __name__, parameters=shape, seed=seed, waves=waves)


@cocotb.test(timeout_time=200, timeout_unit="us")
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5], groups=["largest", "any"])
async def groups_and_their_cycles_match_golden(dut: Any, idle: float, stall: float, groups: str) -> None:
    """Of one size or of all, within beats and across their borders."""
    shape = bench_parameters()
    width, size, most = shape["width"], shape["beat_words"], shape["most"]
    rng = bench_rng()
    words = [int(word) for word in rng.integers(1 << width, size=size * BEATS)]
    beats = [pack(ArrayLayout(width, size), words[first : first + size]) for first in range(0, len(words), size)]
    await start(dut)
    trace = Trace(dut, "i")
    cocotb.start_soon(put(dut, "i", beats, idle=idle))
    counts, wanted, left, given, found = [], [], [], [], []
    edge = RisingEdge(dut.clk)
    now = 0
    while sum(counts) + most <= len(words):
        count = most if groups == "largest" else int(rng.integers(1, most + 1))
        # What is wanted may be told before it is taken, and taken before it is there.
        dut.wanted.value = count
        while rng.random() < stall:
            await edge
            now += 1
        dut.o__ready.value = 1
        counts.append(count)
        wanted.append(now)
        while True:
            await edge
            now += 1
            if dut.o__valid.value:
                break
        given.append(cycle())
        left.append(bits_of(dut.left))
        found += unpack(ArrayLayout(width, most), bits_of(dut.o__payload))[:count]
        dut.o__ready.value = 0
    await edge
    assert found == words[: len(found)]
    model = BeatSplitterModel(trace.offered, size)
    expected = []
    for count, first in zip(counts, wanted, strict=True):
        expected.append((model.left, model.take(count, first)))
    assert list(zip(left, given, strict=True)) == expected
    assert trace.taken == model.taken
    if not idle and not stall and groups == "largest" and most == size:
        assert given == list(range(len(given)))
