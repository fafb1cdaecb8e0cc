"""Sums and parameters that try every corner of a requantiser."""

import dataclasses
import itertools

import numpy as np
from numpy.typing import NDArray

INT32 = (-(1 << 31), (1 << 31) - 1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cases:
    """Sums with their parameters, side by side.

    Parameters
    ----------
    sums, bias, mult, right_shift : int64, shape (n,)
        int32 values; the same; in 0..2**31 - 1; in 0..31.
    """

    sums: NDArray[np.int64]
    bias: NDArray[np.int64]
    mult: NDArray[np.int64]
    right_shift: NDArray[np.int64]

    def shuffled(self, count: int, rng: np.random.Generator) -> "Cases":
        """``count`` of the cases in random order, as often as it takes."""
        order = np.concatenate([rng.permutation(self.sums.size) for _ in range(-(-count // self.sums.size))])[:count]
        return Cases(**{field.name: getattr(self, field.name)[order] for field in dataclasses.fields(self)})


def extremes() -> Cases:
    """Every combination of the ends of all ranges, with every shift.

    Examples
    --------
    >>> extremes().sums.size
    3200
    """
    sums = (*INT32, -1, 0, 1)
    bias = (*INT32, 0, 12345)
    mult = (0, 1, 1 << 30, (1 << 30) + 1, (1 << 31) - 1)
    return _columns(list(itertools.product(sums, bias, mult, range(32))))


def ties() -> Cases:
    """Sums whose exact results lie halfway between two bytes, and next to that, with both signs.

    The multiplier 2**30 makes a tie of the first rounding out of every odd sum, and one of the second out of an odd
    multiple of 2**shift; with one rounding that is the tie, too.

    Examples
    --------
    >>> ties().sums.size > 3000
    True
    """
    rows: list[tuple[int, int, int, int]] = []
    for shift, odd, sign, next_to in itertools.product(range(28), (1, 3, 5, 7, 127, 255), (1, -1), (-2, -1, 0, 1, 2)):
        value = sign * (odd << shift) + next_to
        if INT32[0] <= value <= INT32[1]:
            rows.append((value - 3, 3, 1 << 30, shift))
            rows.append((value, 0, 3 << 29, shift))
    return _columns(rows)


def next_to_ties() -> Cases:
    """Sums whose products lie on a tie of either rounding and next to it, by each single bit of the product.

    Examples
    --------
    >>> next_to_ties().sums.size > 1500
    True
    """
    rows: list[tuple[int, int, int, int]] = []
    for bit, shift, half, sign, off in itertools.product(range(31), (0, 1, 5), (1, 3, 5, 201), (1, -1), (-1, 0, 1)):
        if shift + 30 >= bit:
            value = sign * (half << shift + 30 - bit) + off
            if INT32[0] <= value <= INT32[1]:
                rows.append((value, 0, 1 << bit, shift))
    return _columns(rows)


def next_to_ends(zero_point: int, low: int, high: int) -> Cases:
    """Sums that give bytes at both ends of a clamp, next to them, and each power of two beyond.

    Examples
    --------
    >>> next_to_ends(0, -128, 127).sums.size
    66
    """
    steps = [*range(-3, 4), *(1 << bit for bit in range(2, 15)), *(-(1 << bit) for bit in range(2, 15))]
    rows = [(2 * (end - zero_point + step), 0, 1 << 30, 0) for end in (low, high) for step in steps]
    return _columns(rows)


def small_multipliers(count: int, rng: np.random.Generator) -> Cases:
    """Multipliers of any number of bits, and sums so large that all of these are seen."""
    mult = rng.integers(1 << 30, 1 << 31, count) >> rng.integers(0, 31, count)
    reach = np.minimum(150.0 * 2.0**31 / mult, 2.0**31 - 1)
    sums = (rng.uniform(-1, 1, count) * reach).astype(np.int64)
    return Cases(sums=sums, bias=np.zeros(count, np.int64), mult=mult, right_shift=np.zeros(count, np.int64))


def typical(count: int, rng: np.random.Generator) -> Cases:
    """Sums and scales that give bytes all over their range, and beyond it."""
    right_shift = rng.integers(0, 32, count)
    mult = rng.integers(1 << 30, 1 << 31, count)
    reach = np.minimum(300.0 * 2.0**31 / mult * 2.0**right_shift, 2.0**30)
    bias = (rng.uniform(-1, 1, count) * reach / 2).astype(np.int64)
    sums = (rng.uniform(-1, 1, count) * reach).astype(np.int64)
    return Cases(sums=sums, bias=bias, mult=mult, right_shift=right_shift)


def anything(count: int, rng: np.random.Generator) -> Cases:
    """Any int32 sum and bias, any multiplier and shift."""
    return Cases(
        sums=rng.integers(*INT32, count, endpoint=True),
        bias=rng.integers(*INT32, count, endpoint=True),
        mult=rng.integers(0, 1 << 31, count),
        right_shift=rng.integers(0, 32, count),
    )


def joined(*parts: Cases) -> Cases:
    """All cases of several sets."""
    fields = [field.name for field in dataclasses.fields(Cases)]
    return Cases(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in fields})


def _columns(rows: list[tuple[int, int, int, int]]) -> Cases:
    sums, bias, mult, right_shift = np.array(rows, np.int64).T
    return Cases(sums=sums, bias=bias, mult=mult, right_shift=right_shift)
