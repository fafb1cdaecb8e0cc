"""Bench of the weight encoder."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import Timer

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.weight_encoder import kept_set
from racelet.hw.dwcpwc.weight_encoder import WeightEncoder, encoded_rows
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench

CONFIG = bench_config(DwcPwcConfig)


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config, with the engine whose weights are encoded."""
    config = dataclasses.replace(config, engine="bitlet")
    run_bench(WeightEncoder(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
async def every_weight_has_its_digits(dut: Any) -> None:
    """Every weight in every lane, beside others at random and beside itself, for every count of digits."""
    rng = bench_rng()
    every = np.arange(-128, 128)
    beats = [rng.permutation(every) for _ in range(CONFIG.weight_beat_bytes)]
    alone = [np.full(CONFIG.weight_beat_bytes, weight) for weight in every]
    masked = [rng.integers(0, 2, CONFIG.weight_beat_bytes) * weight for weight in every]
    for beat in (*np.transpose(beats), *alone, *masked):
        weights = beat.astype(np.int8)
        dut.i.value = int.from_bytes(weights.tobytes(), "little")
        await Timer(1, "ns")
        rows = weights.reshape(-1, CONFIG.input_lanes)
        assert unpack(encoded_rows(CONFIG), dut.o.value.to_unsigned()) == kept_set(rows, CONFIG), weights
