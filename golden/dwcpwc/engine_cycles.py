"""Kinds of dot-product engine: for how many cycles they work on a beat, and when its sums are there."""
# Ref: P. Judd et al., "Stripes: bit-serial deep neural network computing", MICRO 2016. doi:10.1109/MICRO.2016.7783722

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import parallel_latency

SERIAL_CYCLES = 8
"""Cycles that the bit-serial engine works on a beat: one for each bit of an activation."""

SetCycles = NDArray[np.int64]
"""For each pass and word of a layer, cycles that the engine works on a beat with that set of weights."""


def latency(config: DwcPwcConfig) -> int:
    """Cycles from a ``last`` beat that is worked on for one cycle to its sums; every further cycle adds one.

    The bit-serial engine has registers where the bit-parallel one has them, but none behind the multipliers, and one
    more where it adds up bits.

    Parameters
    ----------
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> [latency(DwcPwcConfig(engine=engine)) for engine in ("parallel", "serial")]
    [7, 7]
    """
    return parallel_latency(config.input_lanes)


def set_cycles(sets: NDArray[np.int8], config: DwcPwcConfig) -> SetCycles:
    """Cycles that the engine works on a beat; the next beat is taken so much later, at the earliest.

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
    """
    return np.full(sets.shape[:2], typical_cycles(config))


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
    >>> [typical_cycles(DwcPwcConfig(engine=engine)) for engine in ("parallel", "serial")]
    [1, 8]
    """
    return SERIAL_CYCLES if config.engine == "serial" else 1
