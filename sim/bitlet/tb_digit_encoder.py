"""Bench of the digit encoder: digits of magnitudes in the columns of their windows, and what partners are told."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.digits import DIGIT_SETS
from racelet.hw.bitlet.digit_encoder import DigitEncoder
from racelet.hw.bitlet.layouts import digit_beat, term_beat
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.held import through
from racelet.sim.payload import pack
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import start

CONFIG = bench_config(BitletConfig)
LATENCY = 1
INTEGERS = [index for index, form in enumerate(CONFIG.forms) if not form.is_float]
SHAPES = {
    "csd4": BitletConfig(formats=("int3", "int8"), window=8, load=2, lanes=8, digits="csd4", terms=64),
    "skip": BitletConfig(formats=("int6", "fp16", "int2"), window=8, load=2, lanes=6, skip_zeros=True, terms=64),
    "skip-csd4": BitletConfig(formats=("int5",), window=4, load=4, lanes=3, digits="csd4", skip_zeros=True, terms=64),
}
"""Besides a block's: both digit sets, with several rings, and with weights that are left out."""


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config, if it has integers, and on shapes of its own."""
    own = {"": config} if any(not form.is_float for form in config.forms) else {}
    run_shapes(DigitEncoder, __name__, {**own, **SHAPES}, seed=seed, waves=waves)


class Beat:
    """Terms of a format, the windows side by side one behind the other; those beyond are anything.

    Parameters
    ----------
    rng : Generator
    index : int
        Of the format.
    magnitudes : int64, optional
        By default any.
    """

    def __init__(self, rng: Generator, index: int, magnitudes: NDArray[np.int64] | None = None) -> None:
        self.index, self.form = index, CONFIG.forms[index]
        most, size = 1 << self.form.fraction_width, CONFIG.load * CONFIG.windows(self.form)
        if magnitudes is None:
            magnitudes = np.where(rng.random(size) < 0.2, rng.choice([0, most - 1, most]), rng.integers(0, most, size))
        self.magnitudes = magnitudes
        wide = 1 << CONFIG.magnitude_width
        self.activations = rng.integers(-wide, wide, size) * (rng.random(size) < 0.7)
        self.live = (magnitudes != 0) & (self.activations != 0)
        self.ends, self.last, self.noise = (int(draw) for draw in rng.integers(0, (2, 2, 1 << 30)))

    def payload(self) -> int:
        """What goes in."""
        beyond = CONFIG.beat_numbers - len(self.magnitudes)
        terms = [
            {"magnitude": int(magnitude), "activation": int(activation), "exponent": 0, "live": bool(live)}
            for magnitude, activation, live in zip(self.magnitudes, self.activations, self.live, strict=True)
        ]
        noise = {
            "magnitude": self.noise & ((1 << CONFIG.magnitude_width) - 1),
            "activation": 0,
            "exponent": 0,
            "live": 1,
        }
        return pack(
            term_beat(CONFIG),
            {
                "terms": terms + [noise] * beyond,
                "special": {"nan": 0, "infinite": 0, "negative": 0},
                "form": self.index,
                "ends": self.ends,
                "last": self.last,
            },
        )

    def expected(self) -> tuple[Any, ...]:
        """What comes out, as :func:`_seen` shows it."""
        columns = CONFIG.digit_columns(self.form)
        # The least significant first, as lanes are.
        digits = DIGIT_SETS[CONFIG.digits](self.magnitudes, columns)[::-1].astype(np.int64)
        if CONFIG.skip_zeros:
            digits = digits * self.live
        windows = np.split(digits, CONFIG.windows(self.form), axis=1)
        lanes = np.concatenate([*windows, np.zeros((CONFIG.used_lanes, CONFIG.load), np.int64)])[: CONFIG.used_lanes]
        return (CONFIG.rings.index(columns), self.ends, self.last, lanes.tolist(), self.activations.tolist())


def _seen(beat: dict[str, Any], index: int) -> tuple[Any, ...]:
    """A beat of a format; of the lanes the digits with their signs and sizes."""
    form = CONFIG.forms[index]
    columns, windows = CONFIG.digit_columns(form), CONFIG.windows(form)
    lanes = []
    for lane, word in enumerate(beat["digits"]):
        window, column = divmod(lane, columns)
        partners = beat["elements"][window] if window < windows else [{}] * CONFIG.load
        lanes.append([_digit(partner, column) if word >> place & 1 else 0 for place, partner in enumerate(partners)])
    activations = [each["activation"] for window in beat["elements"][:windows] for each in window]
    return (beat["ring"], beat["ends"], beat["last"], lanes, activations)


def _digit(partner: dict[str, int], column: int) -> int:
    if not partner:
        return 99
    size = 2 if partner["double"] >> column & 1 else 1
    return -size if partner["negative"] >> column & 1 else size


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def digits_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Terms of all formats of integers, in any order; some have no magnitude, or an activation of zero."""
    rng = bench_rng()
    await start(dut)
    await _check(dut, [Beat(rng, int(rng.choice(INTEGERS))) for _ in range(300)], idle, stall)


@cocotb.test()
async def every_magnitude_matches_golden(dut: Any) -> None:
    """At every place of a beat, where a format has no more than can be tried."""
    rng = bench_rng()
    await start(dut)
    beats = []
    for index in INTEGERS:
        form = CONFIG.forms[index]
        size = CONFIG.load * CONFIG.windows(form)
        if form.width > 12:
            continue
        for first, _ in itertools.product(range((1 << form.fraction_width) + 1), range(2)):
            # One more at each place, so that all of them come to all.
            magnitudes = (first + np.arange(size)) % ((1 << form.fraction_width) + 1)
            beats.append(Beat(rng, index, magnitudes))
    if beats:
        await _check(dut, beats, 0.0, 0.0)


async def _check(dut: Any, beats: Sequence[Beat], idle: float, stall: float) -> None:
    payloads = [beat.payload() for beat in beats]
    found = await through(dut, payloads, digit_beat(CONFIG), LATENCY, idle=idle, stall=stall)
    for number, (each, beat) in enumerate(zip(found, beats, strict=True)):
        assert _seen(each, beat.index) == beat.expected(), f"beat {number}"
