"""Exponent matcher: magnitudes to columns of one significance each, the second step of bit distillation."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4, "dynamic exponent matching".

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.preprocessor import Terms


@dataclasses.dataclass(frozen=True, kw_only=True)
class Columns:
    """Weights of a window, lined up by bit significance.

    Parameters
    ----------
    digits : int8, shape (columns, n)
        The most significant first: 0 or 1; signed ones up to 2 with ``radix`` 4.
    unit : int
        Power of two of the last column.
    radix : {2, 4}
        Between neighbours.
    """

    digits: NDArray[np.int8]
    unit: int
    radix: int = 2

    @property
    def counts(self) -> NDArray[np.int64]:
        """Digits other than zero of every column, shape (columns,)."""
        return np.count_nonzero(self.digits, axis=1).astype(np.int64)

    def power(self, column: int) -> int:
        """Power of two of a column.

        Examples
        --------
        >>> Columns(digits=np.zeros((3, 1), np.int8), unit=-2).power(0)
        0
        """
        return self.unit + (self.radix.bit_length() - 1) * (len(self.digits) - 1 - column)


def match_exponents(terms: Terms, magnitude_width: int, width: int | None = None) -> Columns:
    """Shift every magnitude right by what its exponent is short of the largest one.

    Products that are zero have no exponent.

    Parameters
    ----------
    terms : Terms
    magnitude_width : int
        Bits of a magnitude.
    width : int or None
        Columns that are kept, the most significant ones: what falls below is lost, which truncates every magnitude
        towards zero, by less than the last column. None: as many as it takes to lose nothing.

    Returns
    -------
    Columns
        The first one is that of the hidden bit of the largest exponent.

    Examples
    --------
    >>> from racelet.golden.bitlet.number_format import number_format
    >>> from racelet.golden.bitlet.preprocessor import preprocess
    >>> form = number_format("fp16")
    >>> columns = match_exponents(preprocess(np.array([6.5, 0.5]), np.array([1.0, 1.0]), form), form.magnitude_width)
    >>> columns.digits.T.tolist(), columns.unit + form.fraction_width
    ([[1, 1, 0, 1], [0, 0, 0, 1]], -1)
    """
    live = (terms.magnitude != 0) & (terms.activation != 0)
    greatest = int(terms.unit[live].max()) if live.any() else 0
    shifts = np.where(live, greatest - terms.unit, 0)
    count = magnitude_width + int(shifts.max(initial=0)) if width is None else width
    digits = np.zeros((count, len(live)), np.int8)
    for bit in range(magnitude_width):
        place = magnitude_width - 1 - bit + shifts
        there = live & ((terms.magnitude >> bit) & 1 == 1) & (place < count)
        digits[place[there], np.flatnonzero(there)] = 1
    if width is None:
        used = np.flatnonzero(digits.any(axis=1))
        digits = digits[: used[-1] + 1 if used.size else 1]
    return Columns(digits=digits, unit=greatest + magnitude_width - len(digits))
