"""Bench of the distiller: columns of any digits, in every cycle as the schedule has it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.lane import schedule
from racelet.hw.bitlet.distiller import Distiller
from racelet.hw.bitlet.layouts import column_sums, digit_beat
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import pack
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

CONFIG = bench_config(BitletConfig)
LANES, PARTS = CONFIG.used_lanes, CONFIG.window // CONFIG.load
SIGNED = CONFIG.digits == "csd4"
LATENCY = 5


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config."""
    run_bench(Distiller(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


class Window:
    """Digits of the lanes and activations, in some parts of a window; the rest is not there."""

    def __init__(self, rng: Generator, kind: int, densities: Sequence[float]) -> None:
        self.kind, self.ring = kind, CONFIG.rings[kind]
        self.windows = CONFIG.lanes // self.ring
        self.parts = PARTS if rng.random() < 0.7 else int(rng.integers(1, PARTS + 1))
        self.last = bool(rng.random() < 0.4)
        lanes, size = self.windows * self.ring, self.parts * CONFIG.load
        density = rng.choice(densities, size=(lanes, 1))
        self.digits = (rng.random((lanes, size)) < density).astype(np.int64)
        if SIGNED:
            self.digits *= rng.choice([-2, -1, 1, 2], size=self.digits.shape)
        most = 1 << (CONFIG.magnitude_width - 1)
        self.activations = rng.integers(-most, most + 1, (self.windows, size))

    def beats(self) -> list[int]:
        """What goes in."""
        return [self._beat(part) for part in range(self.parts)]

    def _beat(self, part: int) -> int:
        here = range(part * CONFIG.load, (part + 1) * CONFIG.load)
        digits = [_bits(row[here] != 0) for row in self.digits]
        return pack(
            digit_beat(CONFIG),
            {
                "digits": digits + [0] * (LANES - len(digits)),
                "elements": [[self._element(window, k) for k in here] for window in range(CONFIG.most_windows)],
                "ring": self.kind,
                "ends": part == self.parts - 1,
                "last": self.last,
            },
        )

    def _element(self, window: int, number: int) -> dict[str, int]:
        if window >= self.windows:
            return {"activation": 0, "negative": 0, "double": 0}
        digits = self.digits[window * self.ring :][: self.ring, number] * SIGNED
        return {
            "activation": int(self.activations[window, number]),
            "negative": _bits(digits < 0),
            "double": _bits(abs(digits) == 2),
        }

    def columns(self) -> list[list[int]]:
        """Numbers of the weights with a digit, for every lane."""
        return [np.flatnonzero(row).tolist() for row in self.digits]

    def sums(self) -> Any:
        """What every lane adds up to."""
        sums = np.zeros(LANES, np.int64)
        sums[: len(self.digits)] = (self.digits * np.repeat(self.activations, self.ring, axis=0)).sum(axis=1)
        return sums


def stream(rng: Generator, count: int, densities: Sequence[float] = (0.0, 0.1, 0.5, 0.9, 1.0)) -> list[Window]:
    """Windows, with rings that change where a dot product ends."""
    windows: list[Window] = []
    for _ in range(count):
        changes = not windows or (windows[-1].last and rng.random() < 0.3)
        kind = int(rng.integers(len(CONFIG.rings))) if changes else windows[-1].kind
        windows.append(Window(rng, kind, densities))
    windows[-1].last = True
    return windows


def _bits(flags: Any) -> int:
    return sum(int(flag) << number for number, flag in enumerate(flags))


def _expected(windows: list[Window]) -> list[dict[str, Any]]:
    sums, total = [], np.zeros(LANES, np.int64)
    for window in windows:
        total = total + window.sums()
        if window.last:
            sums.append({"sums": total.tolist(), "ring": window.kind})
            total = np.zeros(LANES, np.int64)
    return sums


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5, 0.9])
async def sums_come_as_the_schedule_says(dut: Any, idle: float) -> None:
    """Windows of any density and length, dot products of one and of several."""
    await start(dut)
    await _check(dut, stream(bench_rng(), 60), idle)


@cocotb.test()
async def lanes_help_across_windows(dut: Any) -> None:
    """Columns are empty or full: lanes that are ahead take from those behind, while others take from their own."""
    await start(dut)
    await _check(dut, stream(bench_rng(), 300, (0.0, 0.0, 1.0)), 0.0)


async def _check(dut: Any, windows: list[Window], idle: float) -> None:
    given, found = Trace(dut, "i"), Trace(dut, "o")
    beats = [beat for window in windows for beat in window.beats()]
    cocotb.start_soon(put(dut, "i", beats, idle=idle))
    expected = _expected(windows)
    assert await get(dut, "o", len(expected), shape=column_sums(CONFIG)) == expected
    await quiet(dut, "o", 20)
    offered, first = [], 0
    for window in windows:
        offered.append(given.offered[first : first + window.parts])
        first += window.parts
    planned = schedule([window.columns() for window in windows], CONFIG, [window.ring for window in windows], offered)
    assert given.taken == [cycle for each in planned.loaded for cycle in each]
    ends = [end for window, end in zip(windows, planned.ended, strict=True) if window.last]
    assert found.offered == [end + LATENCY for end in ends]
