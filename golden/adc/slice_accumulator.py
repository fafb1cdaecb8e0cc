"""Slice accumulator: codes of slices, shifted and added."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from racelet.golden.adc.config import AdcConfig

LATENCY = 1
"""Cycles from a code to the sum with it; there is a code in every cycle."""


def accumulate(
    sums: ArrayLike, codes: ArrayLike, shift: int, negative: bool, config: AdcConfig
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Add a slice, ``+-(code - zero) << shift``; what is beyond the range of sums becomes the last number there.

    Parameters
    ----------
    sums, codes : int64, any shape
    shift : int
        The power of two of the activation's bit times that of the weight's.
    negative : bool
        Whether it is subtracted.
    config : AdcConfig

    Returns
    -------
    int64, shape of sums
    bool, shape of sums
        Where a sum would have been beyond the range.

    Examples
    --------
    >>> accumulate([100, -100], [19, 13], 3, False, AdcConfig(accumulator_bits=8))
    (array([ 124, -124]), array([False, False]))
    >>> accumulate([100, -100], [16, 0], 3, True, AdcConfig(accumulator_bits=8))
    (array([100,  28]), array([False, False]))
    >>> accumulate([100], [31], 3, False, AdcConfig(accumulator_bits=8))
    (array([127]), array([ True]))
    """
    term = (np.asarray(codes, np.int64) - config.zero) << shift
    total = np.asarray(sums, np.int64) + (-term if negative else term)
    half = 1 << config.accumulator_bits - 1
    within = np.clip(total, -half, half - 1)
    return within, within != total


def is_negative(input_bit: int, weight_bit: int, config: AdcConfig) -> bool:
    """Whether a slice is subtracted: where just one of both bits is a sign.

    Bits of magnitudes, which slices are where codes are signed, have none.

    Parameters
    ----------
    input_bit, weight_bit : int
        Their powers of two.
    config : AdcConfig

    Examples
    --------
    >>> config = AdcConfig(signed=False, input_bits=2, signed_inputs=True, weight_bits=2)
    >>> [is_negative(i, j, config) for i in (0, 1) for j in (0, 1)]
    [False, True, True, False]
    """
    sign_of_input = config.signed_inputs and input_bit == config.input_bits - 1
    sign_of_weight = not config.signed and weight_bit == config.weight_bits - 1
    return sign_of_input != sign_of_weight
