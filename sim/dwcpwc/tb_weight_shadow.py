"""Bench of the weight shadow registers."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.weight_encoder import kept_set
from racelet.golden.dwcpwc.weight_shadow import schedule, weight_sets
from racelet.hw.dwcpwc.layouts import weight_set
from racelet.hw.dwcpwc.weight_shadow import WeightShadow
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
SETS = 12


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(WeightShadow(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5, 0.9])
async def sets_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Beats as fast as they go and with gaps; sets taken at once, late, and later than the next one is complete."""
    beats = bench_rng().integers(-128, 128, (SETS * CONFIG.set_beats, CONFIG.weight_beat_bytes)).astype(np.int8)
    await start(dut)
    beats_in, sets_out = Trace(dut, "i"), Trace(dut, "o")
    words = [int.from_bytes(beat.tobytes(), "little") for beat in beats]
    cocotb.start_soon(put(dut, "i", words, idle=idle))
    sets = await get(dut, "o", SETS, stall=stall, shape=weight_set(CONFIG))
    await quiet(dut, "o", 3)
    assert sets == [kept_set(each, CONFIG) for each in weight_sets(beats, CONFIG)]
    accepted, available = schedule(beats_in.offered, sets_out.taken, CONFIG)
    assert beats_in.taken == accepted
    assert sets_out.offered == available
    if not idle and not stall:
        assert available == [CONFIG.set_beats * (number + 1) for number in range(SETS)]


@cocotb.test()
async def two_sets_wait_and_no_more(dut: Any) -> None:
    """While nothing is taken, one set stands at the output and one in the shadow."""
    beats = bench_rng().integers(-128, 128, (3 * CONFIG.set_beats, CONFIG.weight_beat_bytes)).astype(np.int8)
    await start(dut)
    beats_in = Trace(dut, "i")
    words = [int.from_bytes(beat.tobytes(), "little") for beat in beats]
    cocotb.start_soon(put(dut, "i", words))
    await quiet(dut, "o", CONFIG.set_beats)
    await wait(dut, 3 * CONFIG.set_beats + 3)
    assert len(beats_in.taken) == 2 * CONFIG.set_beats
    sets = await get(dut, "o", 3, shape=weight_set(CONFIG))
    assert sets == [kept_set(each, CONFIG) for each in weight_sets(beats, CONFIG)]
