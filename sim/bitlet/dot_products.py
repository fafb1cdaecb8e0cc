"""Passes over floating-point dot products, at random and next to every limit."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from numpy.random import Generator

from racelet.golden.bitlet.config import WORD, AccumulatorConfig, NumberFormat
from racelet.golden.bitlet.normalizer import code
from racelet.golden.bitlet.wide_accumulator import record

Pass = tuple[int, int]
"""Total and place."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DotProduct:
    """One dot product.

    Parameters
    ----------
    passes : tuple of (int, int)
        Total and place of each.
    form : NumberFormat
    nan, infinite, negative : bool
        What makes it special.
    """

    passes: tuple[Pass, ...]
    form: NumberFormat
    nan: bool = False
    infinite: bool = False
    negative: bool = False

    @property
    def total(self) -> int:
        """Sum, in units of the accumulator's last bit."""
        return sum(total << place for total, place in self.passes)

    @property
    def special(self) -> dict[str, int]:
        """What makes it special, as a payload."""
        return {"nan": int(self.nan), "infinite": int(self.infinite), "negative": int(self.negative)}

    def record(self, config: AccumulatorConfig) -> dict[str, Any]:
        """What is known of its sum, as a payload of :func:`racelet.hw.bitlet.layouts.exact_sum`."""
        form = config.formats.index(self.form.name)
        return {**dataclasses.asdict(record(self.total)), "form": form, "special": self.special}

    def code(self, config: AccumulatorConfig) -> int:
        """Code of its result."""
        special = {"nan": self.nan, "infinite": self.infinite, "negative": self.negative}
        return code(self.total, 2 * self.form.least_unit - config.guard, self.form, **special)

    def payloads(self, config: AccumulatorConfig) -> list[dict[str, Any]]:
        """Passes as payloads of :func:`racelet.hw.bitlet.layouts.column_pass`; what means nothing is not zero."""
        form, end = config.formats.index(self.form.name), len(self.passes) - 1
        noise = dict.fromkeys(self.special, 1)
        return [
            {"total": total, "place": place, "form": form, "last": int(k == end)}
            | {"special": self.special if k == end else noise}
            for k, (total, place) in enumerate(self.passes)
        ]


def limit(form: NumberFormat, config: AccumulatorConfig) -> int:
    """What magnitudes of sums of a format are below, in units of the accumulator's last bit."""
    return config.terms << config.guard + form.product_width


def in_passes(total: int, config: AccumulatorConfig) -> tuple[Pass, ...]:
    """A number as passes, the lowest first.

    Examples
    --------
    >>> in_passes(-5, AccumulatorConfig(total_width=3))
    ((3, 0), (-2, 2))
    """
    bits, found = config.total_width - 1, []
    place = (total & -total).bit_length() - 1 if total else 0
    total >>= place
    while not -(1 << bits) <= total < 1 << bits:
        found.append((total & ((1 << bits) - 1), place))
        total, place = total >> bits, place + bits
    return (*found, (total, place))


def allowed(products: Iterable[DotProduct], config: AccumulatorConfig) -> list[DotProduct]:
    """Those that an accumulator may be given."""
    return [
        each for each in products if len(each.passes) <= config.additions and abs(each.total) < limit(each.form, config)
    ]


def random_products(config: AccumulatorConfig, count: int, rng: Generator) -> Iterator[DotProduct]:
    """Dot products of all formats in turn by chance, of a few passes next to each other or far apart."""
    greatest = (1 << config.total_width - 1) - 1
    for _ in range(count):
        form = config.forms[int(rng.integers(len(config.forms)))]
        most = limit(form, config)
        centre = int(rng.integers(most.bit_length()))
        passes: list[Pass] = []
        for _ in range(int(rng.integers(1, 9))):
            if passes and rng.random() < 0.4:
                # All or most of one that was is taken back.
                other, place = passes[int(rng.integers(len(passes)))]
                total = min(int(rng.integers(-1, 2)) - other, greatest)
            else:
                total = int.from_bytes(rng.bytes(16), "little") & greatest >> int(rng.integers(config.total_width))
                total = -total if rng.random() < 0.5 else total
                place = centre + int(rng.integers(-40, 41)) if rng.random() < 0.7 else int(rng.integers(1 << 16))
                place = place % most.bit_length()
            if abs(sum(total << place for total, place in (*passes, (total, place)))) < most:
                passes.append((total, place))
        nan, infinite, negative = (bool(draw) for draw in rng.random(3) < (0.1, 0.1, 0.5))
        yield DotProduct(passes=tuple(passes or [(0, 0)]), form=form, nan=nan, infinite=infinite, negative=negative)


def extreme_products(config: AccumulatorConfig) -> Iterator[DotProduct]:
    """Sums of all formats in turn, that cancel, that lie at the ends, and whose carries go through many words."""
    greatest, least = (1 << config.total_width - 1) - 1, -1 << config.total_width - 1
    for sign in (1, -1):
        for form in config.forms:
            most = limit(form, config)
            high = most.bit_length() - 1 - config.total_width
            one = 1 << config.guard
            sums: list[tuple[Pass, ...]] = [
                ((sign, 0), (-sign, 0)),
                ((greatest, high), (-greatest, high)),
                (*in_passes(sign * one << 30, config), *in_passes(-sign * one << 30, config), (sign, config.guard)),
                (*in_passes(sign * (most >> 1), config), (sign, 0), *in_passes(-sign * (most >> 1), config)),
                *(in_passes(sign * total, config) for total in (0, 1, one, most - 1, most >> 1)),
                # Ones in whole words, and a carry or a borrow that goes through all of them.
                (*in_passes(sign * (most - 1), config), (-sign, 0)),
                (*in_passes(sign * (most - 2), config), (sign, 0)),
                (*in_passes(sign * (most >> 1), config), (-sign, 0)),
                *(((sign, WORD * k), (-sign, 0)) for k in range(1, config.words(form))),
                *(((sign, WORD * k), (sign, WORD * (k - 2))) for k in range(2, config.words(form))),
                tuple((sign * (-1) ** k, high) for k in range(33)),
            ]
            for number, passes in enumerate(sums):
                yield DotProduct(passes=passes, form=form, negative=bool(number & 1))
            for nan, infinite in ((True, False), (False, True), (True, True)):
                yield DotProduct(passes=((least, 0),), form=form, nan=nan, infinite=infinite, negative=sign < 0)


def many_additions(config: AccumulatorConfig) -> Iterator[DotProduct]:
    """As many passes as there may be, all at one place, which take the most of a word's headroom."""
    form = max(config.forms, key=config.words)
    # With the sign's bit at the end of a word.
    place = WORD * config.pass_words - config.total_width
    for total in (-1, (1 << config.total_width - 1) - 1, -1 << config.total_width - 1):
        yield DotProduct(passes=((total, place if total != -1 else 0),) * config.additions, form=form)


def lone_bits(config: AccumulatorConfig) -> Iterator[DotProduct]:
    """Sums whose lowest word has one bit only, and negative ones of which it does: whether a word is zero."""
    for form in config.forms:
        for word in range(config.words(form)):
            for bit in range(WORD):
                for total in (1 << bit, (1 << bit) - (1 << WORD)):
                    yield DotProduct(passes=in_passes(total << WORD * word, config), form=form)


def rounded_products(config: AccumulatorConfig) -> Iterator[DotProduct]:
    """Sums next to every kind of rounding: ties to either side, of subnormal numbers, to infinity, to zero."""
    for form in config.forms:
        hidden, base = 1 << form.fraction_width, 2 * form.least_unit - config.guard
        normal = [(form.least_unit + k, hidden) for k in (0, 1, 31)] + [(form.greatest_unit - 1, hidden)]
        cases = [(unit, start + step) for unit, start in normal for step in (0, 1, 2, hidden - 2, hidden - 1)]
        cases += [(form.least_unit, step) for step in (0, 1, 2, 3, hidden >> 1, hidden - 2, hidden - 1)]
        cases += [(form.greatest_unit, 2 * hidden - step) for step in (1, 2)]
        for number, (unit, magnitude) in enumerate(cases):
            shift = unit - base
            half = 1 << shift - 1
            for rest in (0, 1, half >> 1, half - 1, half, half + 1, 2 * half - 1):
                total = (magnitude << shift) + rest
                sign = -1 if (number + rest) & 1 else 1
                yield DotProduct(passes=in_passes(sign * total, config), form=form, negative=sign > 0)


def single_bits(config: AccumulatorConfig) -> Iterator[DotProduct]:
    """Every power of two, one less than each, and each above a tie: every bit that a shift loses decides once."""
    for form in config.forms:
        bits = limit(form, config).bit_length() - 1
        sums = [each for k in range(bits) for each in (1 << k, (2 << k) - 1)]
        # The tie of the least unit, and those of normal numbers that begin at each bit of a byte.
        least = config.guard - form.least_unit - 1
        ties = [(0, least), *((1 << form.magnitude_width, bits // 2 - k) for k in range(8))]
        sums += [(one + 1 << tie) + (1 << k) for one, tie in ties for k in range(max(tie - 2 * WORD, 0), tie)]
        for number, total in enumerate(sums):
            yield DotProduct(passes=in_passes(-total if number & 1 else total, config), form=form)
