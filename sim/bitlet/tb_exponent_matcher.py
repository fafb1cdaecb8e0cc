"""Bench of the exponent matcher: passes over windows, in the cycles of its model."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.number_format import number_format
from racelet.golden.bitlet.passes import MatcherTimes, Pass, passes
from racelet.golden.bitlet.preprocessor import Terms
from racelet.hw.bitlet.exponent_matcher import ExponentMatcher
from racelet.hw.bitlet.layouts import matched_beat, term_beat
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import pack
from racelet.sim.runner import run_bench
from racelet.sim.streams import get, put, start

CONFIG = bench_config(BitletConfig)
FORMS = [index for index, name in enumerate(CONFIG.formats) if number_format(name).is_float]


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one config; on none of integers only."""
    if any(form.is_float for form in config.forms):
        run_bench(ExponentMatcher(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


class Window:
    """Terms of a window, near to each other in size or far from each other, and what it ends."""

    def __init__(self, rng: Generator) -> None:
        self.index = int(rng.choice(FORMS))
        self.form = number_format(CONFIG.formats[self.index])
        self.last, self.special = bool(rng.random() < 0.4), int(rng.integers(8))
        self.parts = int(rng.choice([1, CONFIG.window // CONFIG.load]))
        count, width, bias = self.parts * CONFIG.load, self.form.magnitude_width, self.form.bias
        most = 2 * (2 * bias)
        spread = int(rng.choice([1, 4, width, most]))
        lowest = int(rng.integers(2, max(most - spread, 2) + 1))
        self.exponents = rng.integers(lowest, min(lowest + spread, most) + 1, count)
        self.magnitudes = rng.integers(1, 1 << width, count) | (rng.random(count) < 0.9) << (width - 1)
        self.activations = rng.integers(1, 1 << width, count) * rng.choice([-1, 1], count)
        self.live = rng.random(count) < rng.choice([0.0, 0.5, 1.0, 1.0])

    @property
    def terms(self) -> Terms:
        """For the golden model."""
        none = np.zeros(len(self.live), bool)
        return Terms(
            magnitude=np.where(self.live, self.magnitudes, 0),
            activation=np.where(self.live, self.activations, 0),
            unit=self.exponents - 2 + 2 * self.form.least_unit,
            negative=none,
            infinite=none,
            nan=none,
        )

    def beats(self) -> list[int]:
        """What goes in."""
        return [self._beat(range(k * CONFIG.load, (k + 1) * CONFIG.load)) for k in range(self.parts)]

    def _beat(self, here: range) -> int:
        shift = CONFIG.magnitude_width - self.form.magnitude_width
        terms = [
            {
                "magnitude": int(self.magnitudes[k]) << shift,
                "activation": int(self.activations[k]),
                "exponent": int(self.exponents[k]),
                "live": bool(self.live[k]),
            }
            for k in here
        ]
        nothing = {"magnitude": 0, "activation": 0, "exponent": 0, "live": 0}
        return pack(
            term_beat(CONFIG),
            {
                "terms": terms + [nothing] * (CONFIG.beat_numbers - len(terms)),
                "special": _special(self.special),
                "form": self.index,
                "ends": here.stop == self.parts * CONFIG.load,
                "last": self.last,
            },
        )

    def expected(self, each: Pass) -> list[tuple[Any, ...]]:
        """Parts of a pass: digits, activations, whether it ends; and the pass itself."""
        found = []
        for part in range(self.parts):
            first = part * CONFIG.load
            digits = [sum(1 << k - first for k in row if 0 <= k - first < CONFIG.load) for row in each.columns]
            ends = part == self.parts - 1
            record = (
                (each.place, FORMS.index(self.index), int(self.last and each.last), _special(self.special))
                if ends
                else ()
            )
            found.append((digits, self.activations[first : first + CONFIG.load].tolist(), int(ends), *record))
        return found


def _special(bits: int) -> dict[str, int]:
    return {"nan": bits & 1, "infinite": bits >> 1 & 1, "negative": bits >> 2}


def _seen(found: dict[str, Any]) -> tuple[Any, ...]:
    beat, record = found["beat"], found["record"]
    assert (beat["last"], CONFIG.rings[beat["ring"]]) == (1, CONFIG.lanes)
    pass_ = (record["place"], record["form"], record["last"], record["special"]) if beat["ends"] else ()
    return (beat["digits"], [each["activation"] for each in beat["elements"][0]], beat["ends"], *pass_)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.6], stall=[0.0, 0.6])
async def passes_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Windows of one exponent, of near ones and of far ones; with nothing live, and with numbers that are not."""
    rng = bench_rng()
    await start(dut)
    windows = [Window(rng) for _ in range(40)]
    given, found = Trace(dut, "i"), Trace(dut, "o")
    cocotb.start_soon(put(dut, "i", [beat for window in windows for beat in window.beats()], idle=idle))
    cut = [passes(window.terms, window.form, CONFIG) for window in windows]
    expected = [
        part for window, each in zip(windows, cut, strict=True) for one in each for part in window.expected(one)
    ]
    got = await get(dut, "o", len(expected), shape=matched_beat(CONFIG), stall=stall)
    assert [_seen(each) for each in got] == expected
    await quiet(dut, "o", 20)
    times = MatcherTimes()
    for window, each in zip(windows, cut, strict=True):
        times.feed(window.parts, len(each))
    accepted: list[int] = []
    left: list[int] = []
    for cycle in range(found.taken[-1] + 1):
        offers, takes = given.offered[len(accepted) : len(accepted) + 1] <= [cycle], cycle not in found.unready
        offers = offers and len(accepted) < len(given.offered)
        if offers and times.ready:
            accepted.append(cycle)
        if times.offered is not None and takes:
            left.append(cycle)
        times.step(offers, takes)
    assert accepted == given.taken
    assert left == found.taken
