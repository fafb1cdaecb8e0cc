"""Bench of the preprocessor: terms of numbers of any format, and what their dot product is that is no number."""

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.bitlet.config import BitletConfig, NumberFormat
from racelet.golden.bitlet.number_format import decode
from racelet.golden.bitlet.preprocessor import Terms, preprocess
from racelet.hw.bitlet.layouts import number_beat, term_beat
from racelet.hw.bitlet.preprocessor import Preprocessor
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.bitlet.held import through
from racelet.sim.payload import pack
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import start

CONFIG = bench_config(BitletConfig)
LATENCY = 2
SHAPES = {
    "integers": BitletConfig(formats=("int4", "int7"), window=8, load=2, lanes=12, terms=64),
    "floats": BitletConfig(formats=("bf16", "fp32", "int5", "fp16"), window=4, load=2, lanes=12, terms=64),
}
"""Besides a block's: windows side by side without floating-point numbers, and all formats of these."""


def verify(config: BitletConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run the bench on a block's config and on shapes of its own."""
    run_shapes(Preprocessor, __name__, {"": config, **SHAPES}, seed=seed, waves=waves)


@dataclasses.dataclass
class Product:
    """A dot product: codes of its numbers and which of them are kept, as many in a beat as the format has."""

    index: int
    weights: NDArray[np.int64]
    activations: NDArray[np.int64]
    keep: NDArray[np.bool_]
    ends: list[bool]
    last: list[bool]

    @property
    def form(self) -> NumberFormat:
        """Format of all numbers."""
        return CONFIG.forms[self.index]

    def beats(self) -> list[int]:
        """What goes in."""
        width = self.form.width
        size = in_a_beat(self.form)
        return [
            pack(
                number_beat(CONFIG),
                {
                    "weights": _joined(self.weights[low : low + size], width),
                    "activations": _joined(self.activations[low : low + size], width),
                    "keep": _joined(self.keep[low : low + size], 1),
                    "form": self.index,
                    "ends": ends,
                    "last": last,
                },
            )
            for low, ends, last in zip(range(0, len(self.weights), size), self.ends, self.last, strict=True)
        ]

    def expected(self) -> list[tuple[Any, ...]]:
        """What comes out, as :func:`_seen` shows it."""
        weights, activations = (decode(codes, self.form) for codes in (self.weights, self.activations))
        terms, size = preprocess(weights, activations, self.form), in_a_beat(self.form)
        found = []
        for low, ends, last in zip(range(0, len(self.weights), size), self.ends, self.last, strict=True):
            here = [self._term(terms, k) for k in range(low, low + size)]
            special = _special(terms, self.keep, low + size) if self.form.is_float else None
            found.append((self.index, ends, last, here, special))
        return found

    def _term(self, terms: Terms, k: int) -> tuple[int, ...] | None:
        magnitude, activation = int(terms.magnitude[k]), int(terms.activation[k])
        shift = CONFIG.magnitude_width - self.form.magnitude_width
        if not self.form.is_float:
            return (magnitude, activation) if self.keep[k] and magnitude else None
        exponent = int(terms.unit[k]) - 2 * self.form.least_unit + 2
        return (magnitude << shift, activation, exponent) if self.keep[k] and magnitude and activation else None


def in_a_beat(form: NumberFormat) -> int:
    """Numbers of a beat, those of windows side by side."""
    return CONFIG.load * CONFIG.windows(form)


def _special(terms: Terms, keep: NDArray[np.bool_], end: int) -> tuple[bool, ...]:
    """What the products up to one are, as a sum: no number; or else infinite, and negative."""
    here = np.flatnonzero(keep[:end])
    negative, infinite = terms.negative[here], terms.infinite[here]
    down = bool((infinite & negative).any())
    if terms.nan[here].any() or (down and (infinite & ~negative).any()):
        return (True,)
    return (False, bool(infinite.any()), down if infinite.any() else bool(negative.all()))


def _seen(beat: dict[str, Any]) -> tuple[Any, ...]:
    form = CONFIG.forms[beat["form"]]
    terms, size, special = beat["terms"], in_a_beat(form), beat["special"]
    assert not any(each["magnitude"] for each in terms[size:])
    found = []
    for each in terms[:size]:
        # Without a magnitude, or where an exponent has no meaning, nothing is added.
        there = each["live"] if form.is_float else each["magnitude"]
        assert form.is_float or each["live"] == bool(each["magnitude"] and each["activation"])
        fields = ("magnitude", "activation", "exponent") if form.is_float else ("magnitude", "activation")
        found.append(tuple(each[name] for name in fields) if there else None)
    flags = tuple(bool(special[name]) for name in ("nan", "infinite", "negative"))
    shown = None if not form.is_float else flags[:1] if special["nan"] else flags
    return (beat["form"], bool(beat["ends"]), bool(beat["last"]), found, shown)


def _joined(values: Any, width: int) -> int:
    return sum(int(value) << width * place for place, value in enumerate(values))


def corners(form: NumberFormat) -> list[int]:
    """Codes at the ends of a format and next to each change of it."""
    if not form.is_float:
        most = 1 << form.fraction_width
        return [0, 1, most - 1, most, most + 1, 2 * most - 1]
    hidden = 1 << form.fraction_width
    positive = [0, 1, hidden - 1, hidden, hidden + 1, form.bias << form.fraction_width]
    positive += [form.infinity - 1, form.infinity, form.infinity + 1, form.quiet_nan, form.infinity + hidden - 1]
    return [code | sign << form.width - 1 for sign in (0, 1) for code in positive]


def _numbers(rng: Generator, form: NumberFormat, count: int) -> NDArray[np.int64]:
    anything = rng.integers(0, 1 << form.width, count)
    if form.is_float:
        # A NaN or an infinity hides what else there is, so there is none among these: one bit of its exponent goes.
        special = anything & form.infinity == form.infinity
        anything = np.where(special, anything & ~(1 << form.fraction_width), anything)
    share = rng.choice([0.0, 0.05, 0.5])
    found = np.where(rng.random(count) < share, rng.choice(corners(form), count), anything)
    sign = 1 << form.width - 1
    # All of one sign, and many zeros: the sign of a zero.
    choice = int(rng.integers(6))
    if choice < 2:
        found = (found & (sign - 1)) | sign * choice
    return np.where(rng.random(count) < rng.choice([0.0, 0.0, 0.9]), found & sign * form.is_float, found)


def random_product(rng: Generator, index: int) -> Product:
    """Of any length, in windows of any number of parts."""
    form = CONFIG.forms[index]
    windows = [int(rng.integers(1, 4)) for _ in range(int(rng.integers(1, 4)))]
    ends = [part == parts - 1 for parts in windows for part in range(parts)]
    last = [number == len(windows) - 1 for number, parts in enumerate(windows) for _ in range(parts)]
    count = len(ends) * in_a_beat(form)
    return Product(
        index=index,
        weights=_numbers(rng, form, count),
        activations=_numbers(rng, form, count),
        keep=rng.random(count) < rng.choice([0.2, 0.8, 1.0]),
        ends=ends,
        last=last,
    )


def whole(index: int, pairs: Sequence[tuple[int, int]]) -> Product:
    """A dot product of pairs, filled up with some that are left out."""
    size = in_a_beat(CONFIG.forms[index])
    beats = -(-len(pairs) // size)
    padded = [*pairs, *[pairs[-1]] * (beats * size - len(pairs))]
    weights, activations = np.array(padded, np.int64).T
    end = [number == beats - 1 for number in range(beats)]
    return Product(
        index=index,
        weights=weights,
        activations=activations,
        keep=np.arange(beats * size) < len(pairs),
        ends=end,
        last=end,
    )


def _pairs(codes: Sequence[int]) -> list[tuple[int, int]]:
    return list(itertools.product(codes, codes))


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def terms_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Numbers of all formats, in dot products one behind the other; some are left out."""
    rng = bench_rng()
    await start(dut)
    products = [random_product(rng, int(rng.integers(len(CONFIG.forms)))) for _ in range(120)]
    await _check(dut, products, idle, stall)


@cocotb.test()
async def pairs_of_corners_match_golden(dut: Any) -> None:
    """Each is a dot product of its own, at any place of its beat."""
    rng = bench_rng()
    await start(dut)
    products = []
    for index, form in enumerate(CONFIG.forms):
        for pair in _pairs(corners(form)):
            product = whole(index, [pair] * in_a_beat(form))
            product.keep[:] = np.arange(len(product.keep)) == rng.integers(len(product.keep))
            products.append(product)
    await _check(dut, products, 0.0, 0.0)


@cocotb.test()
async def every_pair_of_a_narrow_format_matches_golden(dut: Any) -> None:
    """Formats with no more pairs than can be tried."""
    await start(dut)
    narrow = [index for index, form in enumerate(CONFIG.forms) if form.width <= 8]
    products = [whole(k, _pairs(range(1 << CONFIG.forms[k].width))) for k in narrow]
    if products:
        await _check(dut, products, 0.0, 0.0)


async def _check(dut: Any, products: Sequence[Product], idle: float, stall: float) -> None:
    beats = [beat for product in products for beat in product.beats()]
    found = await through(dut, beats, term_beat(CONFIG), LATENCY, idle=idle, stall=stall)
    expected = [beat for product in products for beat in product.expected()]
    for number, (each, right) in enumerate(zip(found, expected, strict=True)):
        assert _seen(each) == right, f"beat {number}"
