"""Requantise stage: groups of sums to bytes by the parameters of their channels, and how long it takes."""

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.requantizer import LATENCY as REQUANTIZER_LATENCY
from racelet.golden.dwcpwc.requantizer import requantize_groups

LATENCY = 4 + REQUANTIZER_LATENCY
"""Cycles from a group of sums to its bytes: two to look up the parameters, then the requantiser."""


def requantize_rows(
    sums: NDArray[np.int64],
    rows: NDArray[np.int64],
    parameters: NDArray[np.int64],
    *,
    broadcast: bool,
    round_once: bool,
    zero_point: int,
    low: int,
    high: int,
) -> NDArray[np.int8]:
    """Look up each group's parameters and requantise it.

    Parameters
    ----------
    sums : int64, shape (groups, lanes)
        int32 values: dot products.
    rows : int64, shape (groups,)
        Row of parameters of each group.
    parameters : int64, shape (records, 3)
        Bias, multiplier and right shift of each channel; a row has ``lanes`` records.
    broadcast : bool
        Whether a row's first record holds for all its lanes.
    round_once, zero_point, low, high
        As :func:`~racelet.golden.dwcpwc.requantizer.requantize_groups`.

    Returns
    -------
    int8, shape (groups, lanes)

    Examples
    --------
    >>> parameters = np.array([[0, 1 << 30, 0], [5, 1 << 30, 0], [0, 1 << 30, 1], [0, 1 << 30, 2]])
    >>> settings = {"broadcast": False, "round_once": False, "zero_point": 0, "low": -128, "high": 127}
    >>> requantize_rows(np.full((2, 2), 16), np.array([1, 0]), parameters, **settings).tolist()
    [[4, 2], [8, 11]]
    """
    lanes = sums.shape[1]
    lane = np.zeros(lanes, np.int64) if broadcast else np.arange(lanes)
    bias, mult, right_shift = np.moveaxis(parameters[rows[:, np.newaxis] * lanes + lane], -1, 0)
    return requantize_groups(
        sums, bias, mult, right_shift, round_once=round_once, zero_point=zero_point, low=low, high=high
    )


def run_cycles(groups: int) -> int:
    """Cycles from the first of several groups going in to the last one's bytes coming out, without gaps and stalls.

    Examples
    --------
    >>> run_cycles(1), run_cycles(10)
    (15, 24)
    """
    return groups + LATENCY
