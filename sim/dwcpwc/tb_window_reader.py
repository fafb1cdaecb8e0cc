"""Bench of ``WindowReader``: requests against golden for layers of all kinds, one after another, and their cycles."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
from amaranth.hdl import Module, Signal, Value

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.window_reader import request_cycles, requests
from racelet.hw.dwcpwc.layouts import window_request
from racelet.hw.dwcpwc.window_reader import WindowReader
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.descriptors import with_noise
from racelet.sim.dwcpwc.drive import begin
from racelet.sim.dwcpwc.far_layers import READS, anywhere, far_layers
from racelet.sim.dwcpwc.tensor_layers import random_readings, reading_layer, readings
from racelet.sim.monitor import keep_promised, quiet
from racelet.sim.promised import Promised
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, start

RANDOM_LAYERS = 12


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the window reader of an accelerator."""
    run_bench(Promised(WindowReader(config), promise), __name__, parameters={"config": config}, seed=seed, waves=waves)


def promise(m: Module, inner: WindowReader) -> Value:
    """The first tap of a layer lies in one of three rows and one of three columns of banks."""
    begun = Signal()
    with m.If(inner.start):
        m.d.sync += begun.eq(1)
    return ~(begun | inner.start) | ((inner.layer.source_row != 3) & (inner.layer.source_column != 3))


@cocotb.test()
@cocotb.parametrize(stall=[0.0, 0.5])
async def corners_match_golden(dut: Any, stall: float) -> None:
    """All kinds, kernels, strides and paddings, each layer right after the one before."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    cocotb.start_soon(keep_promised(dut))
    await _read(dut, [anywhere(reading_layer(reading, config, rng), rng) for reading in readings(config)], stall)


@cocotb.test()
@cocotb.parametrize(stall=[0.0, 0.7])
async def random_layers_match_golden(dut: Any, stall: float) -> None:
    """Layers of random shapes."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    cocotb.start_soon(keep_promised(dut))
    found = random_readings(RANDOM_LAYERS, config, rng)
    await _read(dut, [reading_layer(reading, config, rng) for reading in found], stall)


@cocotb.test()
async def the_ends_of_counters_match_golden(dut: Any) -> None:
    """Long rows, many channels, large kernels."""
    await start(dut)
    cocotb.start_soon(keep_promised(dut))
    await _read(dut, far_layers(bench_config(DwcPwcConfig), bench_rng()), 0.0)


async def _read(dut: Any, layers: Sequence[LayerConfig], stall: float) -> None:
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    shape = window_request(config)
    for layer in layers:
        expected = [vars(request) for request in requests(layer, config)]
        began = await begin(dut, with_noise(layer, READS, rng))
        taken: list[int] = []
        found = await get(dut, "o", len(expected), shape=shape, stall=stall, cycles=taken)
        assert found == expected, f"{layer}: {_first_difference(found, expected)}"
        if not stall:
            assert taken == [began + cycle for cycle in request_cycles(layer, config)]
    await quiet(dut, "o", 5)


def _first_difference(found: Sequence[dict[str, Any]], expected: Sequence[dict[str, Any]]) -> str:
    number = next(k for k, (a, b) in enumerate(zip(found, expected, strict=True)) if a != b)
    fields = [name for name, value in expected[number].items() if found[number][name] != value]
    return f"request {number} differs in " + ", ".join(
        f"{name} ({found[number][name]}, not {expected[number][name]})" for name in fields
    )
