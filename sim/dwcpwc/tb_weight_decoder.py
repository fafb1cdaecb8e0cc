"""Bench of the decoder of weights on racetracks."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from racelet.golden.dwcpwc.config import WORD_BITS, DwcPwcConfig
from racelet.golden.dwcpwc.racetrack_weight_store import decode
from racelet.hw.dwcpwc.weight_decoder import WeightDecoder
from racelet.sim.bench import bench_rng
from racelet.sim.runner import run_bench
from racelet.sim.streams import start

LATENCY = 2
"""Cycles from a word to its byte."""


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench, which is the same for every config."""
    del config
    run_bench(WeightDecoder(), __name__, seed=seed, waves=waves)


@cocotb.test()
async def every_word_has_its_byte(dut: Any) -> None:
    """All words in order and in any, one per cycle."""
    rng = bench_rng()
    await start(dut)
    words = np.concatenate([np.arange(1 << WORD_BITS), rng.permutation(1 << WORD_BITS)])
    weights, wrong = decode(words)
    found = []
    for word in (*words.tolist(), *[0] * LATENCY):
        dut.i.value = word
        await RisingEdge(dut.clk)
        found.append((dut.o.value.to_unsigned(), bool(dut.wrong.value)))
    for byte, no_word, (o, told) in zip(weights.view(np.uint8), wrong, found[LATENCY:], strict=True):
        assert (o, told) == (byte, no_word)
