"""Sums of products of floating-point numbers, rounded after each product and each sum."""
# Ref: IEEE 754-2019, clauses 4.3.1 (round to nearest, ties to even), 6.1 to 6.3 (infinities, NaNs, signs of zeros).

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

QUIET = 0x7FC00000
"""The one NaN that comes out."""


def multiply_add(left: Iterable[int], right: Iterable[int]) -> NDArray[np.uint32]:
    """Sums after each product, from zero on, as codes of fp32.

    Parameters
    ----------
    left, right : iterable of int
        Codes of fp32: of each product's factors.

    Returns
    -------
    uint32, shape (products,)

    Examples
    --------
    >>> one, tiny, infinity = 0x3F800000, 0x00000001, 0x7F800000
    >>> [hex(each) for each in multiply_add([one, tiny, infinity, infinity], [one, tiny, one, 0])]
    ['0x3f800000', '0x3f800000', '0x7f800000', '0x7fc00000']
    """
    lefts, rights = (np.array(list(each), np.uint32).view(np.float32) for each in (left, right))
    found = np.zeros(len(lefts), np.float32)
    total = np.float32(0)
    with np.errstate(all="ignore"):
        for number, product in enumerate(lefts * rights):
            total = total + product
            found[number] = total
    return np.where(np.isnan(found), np.uint32(QUIET), found.view(np.uint32))
