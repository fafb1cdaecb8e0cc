"""Depthwise engine: dot products of windows with their channels' weights, and when they are there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LATENCY = 8
"""Cycles from the last window of a kernel to its sums."""


def sums(taps: NDArray[np.int8], weights: NDArray[np.int8]) -> NDArray[np.int32]:
    """Depthwise sums of a layer.

    Parameters
    ----------
    taps : int8, shape (pixels, groups, blocks, 9, depthwise_lanes)
        Windows in the order in which they come: pixels, groups of channels, 3x3 blocks of the kernel.
    weights : int8, shape (groups, blocks, 9, depthwise_lanes)
        Rows of the weight memory from the layer's first on: one for each window of a pixel.

    Returns
    -------
    int32, shape (pixels, groups, depthwise_lanes)

    Examples
    --------
    >>> sums(np.full((1, 1, 2, 9, 1), 100, np.int8), np.arange(18, dtype=np.int8).reshape(1, 2, 9, 1)).tolist()
    [[[15300]]]
    """
    return np.einsum("pgbtd,gbtd->pgd", taps.astype(np.int32), weights.astype(np.int32))


def output_cycles(lasts: Sequence[bool]) -> list[int]:
    """Cycles of the sums, if a window goes in in every cycle from cycle 0 on and the output does not stall.

    Parameters
    ----------
    lasts : sequence of bool
        Whether each window is its kernel's last.

    Returns
    -------
    list of int

    Examples
    --------
    >>> output_cycles([False, True, True])
    [9, 10]
    """
    return [window + LATENCY for window, last in enumerate(lasts) if last]
