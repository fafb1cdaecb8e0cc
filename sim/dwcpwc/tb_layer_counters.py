"""Bench of ``LayerCounters``: runs, ends and abandoned runs against golden."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_counters import counters
from racelet.hw.dwcpwc.layer_counters import LayerCounters
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.drive import pulse
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, leap, put, start, wait

CONFIG = bench_config(DwcPwcConfig)
RUNS = 30


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run this bench on one config, and on one with the fewest layers."""
    for layers in (config.layers, 1):
        file = None if waves is None else waves.with_stem(f"{waves.stem}-{layers}")
        shape = dataclasses.replace(config, layers=layers)
        run_bench(LayerCounters(shape), __name__, parameters={"config": shape}, seed=seed, waves=file)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5])
async def counts_match_golden(dut: Any, idle: float) -> None:
    """After every end, and while the counts of the next run come."""
    rng = bench_rng()
    await start(dut)
    events: list[int | str] = []
    for number in range(RUNS):
        # Streamed runs have more layers than there are places, also by a multiple of those.
        most = (1, 3)[number % 2] * CONFIG.layers
        layers = most if number < 2 else int(rng.integers(1, most + 1))
        counts = [int(count) for count in rng.integers(0, 1 << 32, layers)]
        half = layers // 2
        await put(dut, "i", counts[:half], idle=idle)
        await _check(dut, [*events, *counts[:half]])
        await put(dut, "i", counts[half:], idle=idle)
        ending = "end" if number < 2 or rng.random() < 0.7 else "abandon"
        events += [*counts, ending]
        await pulse(dut, ending)
        await _check(dut, events)


async def _check(dut: Any, events: list[int | str]) -> None:
    expected = counters(events, CONFIG.layers)
    await wait(dut, 1)
    assert int(dut.layers.value) == expected.layers
    assert bits_of(dut.last) == expected.last
    assert bits_of(dut.total) == expected.total
    for index in {0, len(expected.cycles) // 2, len(expected.cycles) - 1, len(expected.cycles), CONFIG.layers, 255}:
        if index < 0:
            continue
        dut.index.value = index
        for _ in range(2):
            await RisingEdge(dut.clk)
        await RisingEdge(dut.clk)
        shown = expected.cycles[index] if index < len(expected.cycles) else 0
        assert bits_of(dut.cycles) == shown, f"layer {index} of {len(expected.cycles)}"


@cocotb.test()
async def the_longest_run_matches_golden(dut: Any) -> None:
    """As many layers as a run can have, most of the most cycles: carries from bit to bit, and places that stay."""
    await start(dut)
    most, layers = (1 << 32) - 1, (1 << 20) - 1
    total = 0
    # Each bit of a number of layers on its own, too; the short run at the end takes every bit back.
    for count in (5, *(1 << bit for bit in range(7, 20)), layers, 1):
        first = bench_rng().integers(0, most, min(count, CONFIG.layers)).tolist()
        await put(dut, "i", first)
        dut.i__payload.value = most
        if count > len(first):
            dut.i__valid.value = 1
            await leap(dut, count - len(first))
        dut.i__valid.value = 0
        last = sum(first) + (count - len(first)) * most
        total += last
        # What is added up stays, be it one cycle or two.
        for _ in range(1 + (count == 5)):
            await wait(dut, 1)
            assert bits_of(dut.total) == total
        await pulse(dut, "end")
        await wait(dut, 1)
        assert (int(dut.layers.value), bits_of(dut.last), bits_of(dut.total)) == (count, last, total)
        for index in {0, len(first) // 2, len(first) - 1}:
            dut.index.value = index
            await wait(dut, 3)
            assert bits_of(dut.cycles) == first[index], f"layer {index} of {count}"
