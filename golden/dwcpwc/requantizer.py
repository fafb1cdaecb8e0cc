"""Requantiser: sums with their parameters to bytes, and how long it takes."""

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.requantize import requantize, requantize_once

LATENCY = 10
"""Cycles from a group of sums to its bytes."""


def requantize_groups(
    sums: NDArray[np.int64],
    bias: NDArray[np.int64],
    mult: NDArray[np.int64],
    right_shift: NDArray[np.int64],
    *,
    round_once: bool,
    zero_point: int,
    low: int,
    high: int,
) -> NDArray[np.int8]:
    """Add the bias as int32 does, then scale with one rounding or with two.

    Parameters
    ----------
    sums : int64, shape (groups, lanes)
        int32 values: dot products.
    bias, mult, right_shift : int64, shape (groups, lanes)
        int32 values; in 0..2**31 - 1; in 0..31.
    round_once : bool
        As :func:`~racelet.golden.dwcpwc.requantize.requantize_once`, else as
        :func:`~racelet.golden.dwcpwc.requantize.requantize`.
    zero_point, low, high : int
        Added after scaling; range that bytes are clamped to.

    Returns
    -------
    int8, shape (groups, lanes)

    Examples
    --------
    >>> sums, bias, mult, shift = (np.array([[value] * 2]) for value in (2**31 - 1, 2, 1 << 30, 24))
    >>> requantize_groups(sums, bias, mult, shift, round_once=False, zero_point=3, low=-128, high=127).tolist()
    [[-61, -61]]
    """
    acc = (sums + bias).astype(np.int32)
    scale = requantize_once if round_once else requantize
    return scale(acc, mult, -right_shift, zero_point, low, high)


def run_cycles(groups: int) -> int:
    """Cycles from the first of several groups going in to the last one's bytes coming out, without gaps and stalls.

    Examples
    --------
    >>> run_cycles(1), run_cycles(10)
    (11, 20)
    """
    return groups + LATENCY
