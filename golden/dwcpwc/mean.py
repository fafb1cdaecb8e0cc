"""Bit-exact mean over rows and columns of int8 codes, equal to LiteRT's reference kernel of MEAN."""
# Ref: TensorFlow Lite kernels/reduce.cc (EvalQuantizedMean) and kernels/internal/reference/reduce.h
# (QuantizedMeanOrSum); semantics confirmed against LiteRT 2.3 BUILTIN_REF by the tests.

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.requantize import MIN_SHIFT, quantize_multiplier, requantize

_MAX_COUNT_BITS = 32
"""LiteRT moves the multiplier up by no more before it divides it by the count."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class MeanParameters:
    """Integers of one mean, from :func:`mean_parameters`.

    Parameters
    ----------
    bias : int
        Added to the sum of the codes: the input's zero point, taken off once per code. Wraps to int32.
    mult : int
        Multiplier of the sum, 0 or in 2**29..2**31 - 1.
    shift : int
        Its shift, at least -31.

    Examples
    --------
    >>> MeanParameters(bias=-12, mult=1 << 30, shift=-1).bias
    -12
    """

    bias: int
    mult: int
    shift: int


def mean_parameters(input_scale: float, output_scale: float, input_zero_point: int, count: int) -> MeanParameters:
    """Quantise the factor of a mean: the ratio of the scales, divided by the count.

    The quotient is truncated, not rounded; it can lie below 2**30, half of what a multiplier of a convolution has.

    Parameters
    ----------
    input_scale, output_scale : float
        Real values of one step. Above zero.
    input_zero_point : int
        Code of real zero of the input.
    count : int
        Codes per mean, rows by columns. At least 1.

    Returns
    -------
    MeanParameters

    Examples
    --------
    >>> mean_parameters(0.5, 0.5, -128, 3)
    MeanParameters(bias=384, mult=715827882, shift=0)
    """
    mult, shift = (int(part) for part in quantize_multiplier(input_scale / output_scale))
    bits = min(count.bit_length() - 1, _MAX_COUNT_BITS, shift - MIN_SHIFT)
    bias = int(np.int64(-input_zero_point * count).astype(np.int32))
    return MeanParameters(bias=bias, mult=(mult << bits) // count, shift=shift - bits)


def mean(
    inputs: NDArray[np.int8], parameters: MeanParameters, *, output_zero_point: int = 0, keep_dims: bool = False
) -> NDArray[np.int8]:
    """Mean over rows and columns: :func:`~racelet.golden.dwcpwc.requantize.requantize` of the sum and the bias.

    Parameters
    ----------
    inputs : int8, shape (..., h, w, c)
        Activations; leading axes are a batch.
    parameters : MeanParameters
        From :func:`mean_parameters`.
    output_zero_point : int
        Code of real zero of the output.
    keep_dims : bool
        Keep one row and one column.

    Returns
    -------
    int8, shape (..., c) or (..., 1, 1, c)
        Codes.

    Examples
    --------
    >>> x = np.array([[[1, -1], [4, -4], [5, -4]]], np.int8)
    >>> mean(x, mean_parameters(0.5, 0.5, 0, 3)).tolist()
    [3, -3]
    """
    sums = inputs.sum(axis=(-3, -2), dtype=np.int64, keepdims=keep_dims)
    acc = (sums + parameters.bias).astype(np.int32)
    return requantize(acc, parameters.mult, parameters.shift, output_zero_point, -128, 127)
