"""SOFTMAX on int8 codes in gemmlowp's fixed point."""
# Ref: gemmlowp fixedpoint.h (exp_on_negative_values, one_over_one_plus_x_for_x_in_0_1) and TensorFlow Lite
# kernels/internal/reference/softmax.h. Names of fixed-point formats: Qi.f has i integer and f fraction bits.

import math

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.requantize import quantize_multiplier

_INT32_MAX = (1 << 31) - 1
_DIFFERENCE_INTEGER_BITS = 5
_SUM_INTEGER_BITS = 12
_EXP_MINUS_EIGHTH = 1895147668
_ONE_THIRD = 715827883
_EXP_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
"""exp(-2**k) for k in -2..4, in Q0.31."""
_48_OVER_17 = 1515870810
_MINUS_32_OVER_17 = -1010580540


def softmax(inputs: NDArray[np.int8], input_scale: float, beta: float = 1.0) -> NDArray[np.int8]:
    """Normalised exponentials over the last axis.

    Parameters
    ----------
    inputs : int8, shape (..., n)
        Codes of the logits; their zero point does not matter.
    input_scale : float
        Real value of one input step.
    beta : float
        Factor of the logits.

    Returns
    -------
    int8, shape (..., n)
        Probabilities in units of 1/256, with zero point -128.

    Examples
    --------
    >>> softmax(np.array([10, 20, 30], np.int8), 0.1).tolist()
    [-105, -65, 42]
    """
    # LiteRT caps the factor: beyond, all but the largest input round to zero anyway.
    factor = min(beta * input_scale * (1 << (31 - _DIFFERENCE_INTEGER_BITS)), 2.0**31 - 1.0)
    mult, left_shift = (int(part) for part in quantize_multiplier(factor))
    radius = math.floor(((1 << _DIFFERENCE_INTEGER_BITS) - 1) * 2.0 ** (31 - _DIFFERENCE_INTEGER_BITS - left_shift))

    codes = inputs.astype(np.int64)
    differences = codes - codes.max(axis=-1, keepdims=True)
    counted = differences >= -radius
    exponentials = _exp_negative(_high_mul(np.maximum(differences, -radius) << left_shift, mult))
    sums = np.where(counted, _divide_by_power(exponentials, _SUM_INTEGER_BITS), 0).sum(axis=-1, keepdims=True)

    headroom = 32 - np.frexp(sums.astype(np.float64))[1].astype(np.int64)
    reciprocal = _one_over_one_plus((sums << headroom) - (1 << 31))
    bits = _SUM_INTEGER_BITS - headroom + 31 - 8
    outputs = _divide_by_power(_high_mul(reciprocal, exponentials), bits) - 128
    return np.where(counted, np.clip(outputs, -128, 127), -128).astype(np.int8)


def _high_mul(a: NDArray[np.int64], b: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Product of Q0.31 by Qi.f in Qi.f, rounded half up."""
    return (a * b + (1 << 30)) >> 31


def _divide_by_power(a: NDArray[np.int64], bits: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Division by ``2 ** bits`` (at least 1), rounded half away from zero."""
    return (a + (np.int64(1) << (np.asarray(bits, np.int64) - 1)) - (a < 0)) >> bits


def _exp_negative(a: NDArray[np.int64]) -> NDArray[np.int64]:
    """exp(a) in Q0.31 for a <= 0 in Q5.26: a Taylor polynomial below a quarter, a product of constants above."""
    fraction_bits = 31 - _DIFFERENCE_INTEGER_BITS
    quarter = 1 << (fraction_bits - 2)
    within = (a & (quarter - 1)) - quarter
    x = (within << _DIFFERENCE_INTEGER_BITS) + (1 << 28)
    x2 = _high_mul(x, x)
    x3 = _high_mul(x2, x)
    x4 = _high_mul(x2, x2)
    series = _divide_by_power(_high_mul(_divide_by_power(x4, 2) + x3, _ONE_THIRD) + x2, 1)
    result = _EXP_MINUS_EIGHTH + _high_mul(x + series, _EXP_MINUS_EIGHTH)
    remainder = within - a
    for k, power in enumerate(_EXP_POWERS, start=fraction_bits - 2):
        result = np.where(remainder & (1 << k), _high_mul(result, power), result)
    return np.where(a == 0, _INT32_MAX, result)


def _one_over_one_plus(a: NDArray[np.int64]) -> NDArray[np.int64]:
    """1 / (1 + a) in Q0.31 for a in Q0.31, 0 <= a < 1: three Newton-Raphson steps in Q2.29."""
    half_denominator = (a + _INT32_MAX + 1) >> 1
    x = _48_OVER_17 + _high_mul(half_denominator, _MINUS_32_OVER_17)
    for _ in range(3):
        error = (1 << 29) - _high_mul(half_denominator, x)
        x = x + (_high_mul(x, error) << 2)
    return np.minimum(x << 1, _INT32_MAX)
