"""Bench of the field check."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.field_check import wrong_field
from racelet.golden.dwcpwc.layer_config import COUNTS, SIGNED, LayerConfig, LayerKind, field_bits
from racelet.hw.dwcpwc.field_check import FieldCheck
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.descriptors import random_descriptor
from racelet.sim.dwcpwc.drive import layer_bits
from racelet.sim.runner import run_bench
from racelet.sim.streams import start, wait

CONFIG = bench_config(DwcPwcConfig)
LIMITS = {
    "tile_pixels": CONFIG.tile_pixels,
    "last_tile_pixels": CONFIG.tile_pixels,
    "tail_lanes": CONFIG.input_lanes,
    "tail_groups": CONFIG.output_lanes // CONFIG.requantizers,
}


def verify(config: DwcPwcConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(FieldCheck(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


async def _check(dut: Any, layer: LayerConfig) -> bool:
    dut.layer.value = layer_bits(layer)
    await wait(dut, 2)
    found = bool(dut.wrong.value)
    assert found == (wrong_field(dataclasses.asdict(layer), CONFIG) is not None), layer
    return found


@cocotb.test()
@cocotb.parametrize(kind=[kind.name for kind in LayerKind])
async def every_count_is_looked_at_where_it_is_read(dut: Any, kind: str) -> None:
    """Each field set to zero, to each power of two, to its limit, and above; all others are good."""
    rng = bench_rng()
    await start(dut)
    which = LayerKind[kind]
    for _ in range(20):
        assert not await _check(dut, random_descriptor(rng, CONFIG, which))
    for name, (_, width) in field_bits(which).items():
        if name == "kind":
            continue
        layer = random_descriptor(rng, CONFIG, which)
        assert await _check(dut, dataclasses.replace(layer, **{name: 0})) == (name in COUNTS[which])
        assert not await _check(dut, dataclasses.replace(layer, **{name: 1}))
        for bit in range(width - (name in SIGNED)):
            await _check(dut, dataclasses.replace(layer, **{name: 1 << bit}))
        if name in LIMITS:
            assert not await _check(dut, dataclasses.replace(layer, **{name: LIMITS[name]}))
            await _check(dut, dataclasses.replace(layer, **{name: LIMITS[name] + 1}))
    for _ in range(300):
        layer = random_descriptor(rng, CONFIG, which)
        wrong = {name: int(rng.integers(64)) for name in LIMITS if rng.random() < 0.5}
        await _check(dut, dataclasses.replace(layer, **wrong))
