"""Flash encoder: the code of a thermometer of comparators, and whether it has bubbles."""
# Ref: W. Kester (ed.), The Data Conversion Handbook, Analog Devices 2005, section 3.2.

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from racelet.golden.adc.config import AdcConfig

LATENCY = 1
"""Cycles from the comparators' bits to their code; there are new ones in every cycle."""


class Encoded(NamedTuple):
    """What comparators say.

    Parameters
    ----------
    codes : int64, shape (...)
        From 0.
    bubbles : bool, shape (...)
        Whether a comparator says 0 while the one above it says 1.
    """

    codes: NDArray[np.int64]
    bubbles: NDArray[np.bool_]


def encode(comparators: ArrayLike, config: AdcConfig) -> Encoded:
    """Count ones.

    With ``majority`` each bit is first replaced by that of two out of three: itself and its neighbours; below the
    lowest one is a 1, above the highest one a 0. Bubbles are those of the bits as they come.

    Parameters
    ----------
    comparators : int64, shape (..., thresholds)
        Bits, that of the lowest threshold first.
    config : AdcConfig

    Returns
    -------
    Encoded

    Examples
    --------
    >>> encode([[0, 1, 1], [1, 1, 0]], AdcConfig(bits=2, kind="flash"))
    Encoded(codes=array([2, 2]), bubbles=array([ True, False]))
    >>> encode([[0, 1, 1], [0, 0, 1]], AdcConfig(bits=2, kind="flash", majority=True)).codes.tolist()
    [3, 0]
    """
    bits = np.asarray(comparators, np.int64)
    bubbles = np.any(bits[..., 1:] > bits[..., :-1], axis=-1)
    if config.majority:
        ends = [(0, 0)] * (bits.ndim - 1) + [(1, 1)]
        wide = np.pad(bits, ends)
        wide[..., 0] = 1
        bits = (wide[..., :-2] + wide[..., 1:-1] + wide[..., 2:] >= 2).astype(np.int64)
    return Encoded(bits.sum(axis=-1), bubbles)
