"""Bench of ``ActivationWriter``: writes against golden for layers of all kinds, their cycles, and ``done``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from racelet.golden.dwcpwc.activation_writer import LATENCY, done_cycle, group_bytes, places, writes
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.hw.dwcpwc.activation_writer import ActivationWriter, write_lanes
from racelet.hw.dwcpwc.layouts import activation_write, byte_group
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import begin, highs
from racelet.sim.dwcpwc.tensor_layers import writing_layers
from racelet.sim.monitor import Monitor
from racelet.sim.runner import run_bench
from racelet.sim.streams import put, start, wait

READING = (LayerKind.OUTPUT, LayerKind.STORE, LayerKind.STREAM)
KINDS = (*(kind for kind in LayerKind if kind not in READING), LayerKind.FUSED, LayerKind.WORDS)
SIZES = ((4, 7), (7, 4), (5, 3), (7, 5), (4, 8), (2, 6), (1, 1), (1, 5), (5, 7), (4, 4), (6, 5))
"""Rows and columns that each of them writes."""


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the activation writer of an accelerator."""
    run_bench(ActivationWriter(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], channels=["one", "few", "word", "many"])
async def writes_match_golden(dut: Any, idle: float, channels: str) -> None:
    """All kinds, each layer right after the one before, with pixels below one word and above."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    most = {"one": 1, "few": 3, "word": config.output_lanes, "many": 2 * config.output_lanes + 3}[channels]
    sizes = [(height, width, most) for height, width in SIZES]
    await start(dut)
    written = Monitor(dut, "write", activation_write(config))
    for layer in writing_layers(KINDS, sizes, config, rng):
        await _write(dut, layer, written, idle)


async def _write(dut: Any, layer: LayerConfig, written: Monitor, idle: float) -> None:
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    expected, size = writes(layer, config), group_bytes(layer.kind, config)
    data = rng.integers(-128, 128, (len(expected), write_lanes(config)))
    beats = [
        {
            "data": group,
            "place": {
                "channel": place.channel,
                "advance": int(place.advance),
                "rewind": int(place.rewind),
                "tile_last": int(place.tile_last),
                "final": int(place.final),
            },
        }
        for place, group in zip(places(layer, config), data.tolist(), strict=True)
    ]
    written.beats.clear()
    written.cycles.clear()
    await begin(dut, layer)
    sent: list[int] = []
    done: list[int] = []
    watch = cocotb.start_soon(highs(dut, "done", done))
    await put(dut, "i", beats, shape=byte_group(write_lanes(config)), idle=idle, cycles=sent)
    await wait(dut, LATENCY + 1)
    watch.cancel()
    assert written.cycles == [when + LATENCY for when in sent]
    assert done == written.cycles[-1:]
    if not idle:
        assert done == [sent[0] + done_cycle(len(beats))]
    for number, (have, want) in enumerate(zip(written.beats, expected, strict=True)):
        _check(have, (want.bank, want.address, want.mask), data[number, :size].tolist(), f"write {number} of {layer}")


def _check(have: dict[str, Any], want: tuple[int, int, int], group: Sequence[int], where: str) -> None:
    assert (have["bank"], have["address"], have["mask"]) == want, where
    unmasked = [byte for lane, byte in enumerate(have["data"]) if have["mask"] >> lane & 1]
    assert np.array(unmasked, np.uint8).view(np.int8).tolist() == group, where
