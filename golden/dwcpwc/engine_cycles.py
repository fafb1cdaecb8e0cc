"""Kinds of dot-product engine: for how many cycles they work on a beat, and when its sums are there."""
# Ref: P. Judd et al., "Stripes: bit-serial deep neural network computing", MICRO 2016. doi:10.1109/MICRO.2016.7783722
# H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration", MICRO 2021.

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc.conversion import beat_interval
from racelet.golden.dwcpwc import imc_columns
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import parallel_latency
from racelet.golden.dwcpwc.weight_encoder import weight_digits

SERIAL_CYCLES = 8
"""Cycles that the bit-serial engine works on a beat: one for each bit of an activation."""
BITLET_LATENCY = 8
"""Cycles from a beat whose digits are taken in one cycle to its sums: the lanes, the digits' choice, the activations,
three adders, the partial sums and their queue."""

SetCycles = NDArray[np.int64]
"""For each pass and word of a layer, cycles that the engine works on a beat with that set of weights."""


def latency(config: DwcPwcConfig) -> int:
    """Cycles from a ``last`` beat that is worked on for one cycle to its sums; every further cycle adds one.

    The bit-serial engine has as many registers as the bit-parallel one: none before and behind multipliers, but one
    where it adds up bits and one before the partial sums.

    Parameters
    ----------
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> [latency(DwcPwcConfig(engine=engine)) for engine in ("parallel", "serial", "bitlet", "imc")]
    [7, 7, 8, 15]
    """
    if config.engine == "imc":
        return imc_columns.latency(config.input_lanes, config.output_lanes) - (typical_cycles(config) - 1)
    return BITLET_LATENCY if config.engine == "bitlet" else parallel_latency(config.input_lanes)


def set_cycles(sets: NDArray[np.int8], config: DwcPwcConfig) -> SetCycles:
    """Cycles that the engine works on a beat; the next beat is taken so much later, at the earliest.

    On the kind "bitlet" all rows work on the same beat, so it takes as long as the slowest one.

    Parameters
    ----------
    sets : int8, shape (passes, words, output_lanes, input_lanes)
        Weights of a layer.
    config : DwcPwcConfig

    Returns
    -------
    int64, shape (passes, words)

    Examples
    --------
    >>> set_cycles(np.zeros((1, 2, 8, 8), np.int8), DwcPwcConfig(engine="serial")).tolist()
    [[8, 8]]
    >>> sets = np.zeros((1, 2, 4, 8), np.int8)
    >>> sets[0, 1, 3] = 1, 0, 1, 1, 0, 5, 0, 0
    >>> set_cycles(sets, DwcPwcConfig(output_lanes=4, engine="bitlet")).tolist()
    [[1, 2]]
    """
    if config.engine != "bitlet":
        return np.full(sets.shape[:2], typical_cycles(config))
    return row_cycles(np.count_nonzero(weight_digits(sets), axis=-1)).max(axis=-1)


def typical_cycles(config: DwcPwcConfig) -> int:
    """Cycles that the engine works on a beat with weights that nobody knows yet.

    Parameters
    ----------
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> [typical_cycles(DwcPwcConfig(engine=engine)) for engine in ("parallel", "serial", "bitlet", "imc")]
    [1, 8, 6, 64]
    """
    if config.engine == "imc":
        return beat_interval(config.imc_columns)
    # Of weights that are normally distributed, 127 being four times the standard deviation, and eight rows.
    return {"parallel": 1, "serial": SERIAL_CYCLES, "bitlet": 3 * config.input_lanes // 4}[config.engine]


def row_cycles(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cycles that the four lanes of a row take for its digits, at least one.

    Every lane takes the first digit of its own column. One whose column is empty takes the last digit of a neighbour's,
    in a ring, where two or more are left: of the next higher one if it can; never two lanes of the same column. So
    :func:`racelet.golden.bitlet.lane.schedule` says of a single window; here only how many digits there are counts.

    Parameters
    ----------
    counts : int64, shape (..., 4)
        Digits of each column, the least significant first.

    Returns
    -------
    int64, shape (...)

    Examples
    --------
    >>> row_cycles(np.array([[0, 0, 0, 0], [4, 4, 4, 4], [4, 0, 0, 0], [0, 5, 4, 0]])).tolist()
    [1, 4, 2, 3]
    """
    left = counts.copy()
    cycles = np.zeros(left.shape[:-1], np.int64)
    while left.any():
        cycles += left.any(axis=-1)
        own, several = left > 0, left > 1
        up = ~own & _beside(several, 1)
        down = ~own & ~up & _beside(several, -1) & ~_beside(up, -2)
        left -= own.astype(np.int64) + _beside(up, -1) + _beside(down, 1)
    return np.maximum(cycles, 1)


def _beside(flags: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """What the lane so many places higher says, for every lane of the ring."""
    return np.roll(flags, -step, axis=-1)
