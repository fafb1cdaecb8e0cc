"""Requantisation: int32 sums to int8 codes, with LiteRT's roundings."""
# Ref: Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference,
# CVPR 2018, section 2.2. doi:10.1109/CVPR.2018.00286. Roundings: gemmlowp fixedpoint.h (RoundingDivideByPOT,
# SaturatingRoundingDoublingHighMul), TensorFlow Lite kernels/internal/quantization_util.cc (QuantizeMultiplier).

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

MULT_BITS = 31
"""Bits of a multiplier: it is a fraction of 2 ** 31."""

MIN_SHIFT = -31
"""Smallest shift; a smaller scale becomes zero."""


def quantize_multiplier(eff: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Write real scales as integer multiplier and exponent, ``eff ~ mult * 2 ** (shift - 31)``.

    Parameters
    ----------
    eff : float64, any shape
        Effective scales ``input_scale * weight_scale / output_scale``, multiplied from left to right in double.
        Not negative.

    Returns
    -------
    mult : int64, shape of eff
        0, or in 2**30..2**31 - 1.
    shift : int64, shape of eff
        Power of two, at least -31. Positive shifts scale up.

    Examples
    --------
    >>> mult, shift = quantize_multiplier([0.75, 0.001, 1e-12])
    >>> mult.tolist(), shift.tolist()
    ([1610612736, 1099511628, 0], [0, -9, 0])
    """
    fraction, exponent = np.frexp(np.asarray(eff, np.float64))
    mult = np.floor(fraction * 2.0**MULT_BITS + 0.5).astype(np.int64)
    shift = exponent.astype(np.int64)
    carried = mult == 1 << MULT_BITS
    mult = np.where(carried, mult >> 1, mult)
    shift = np.where(carried, shift + 1, shift)
    lost = shift < MIN_SHIFT
    return np.where(lost, 0, mult), np.where(lost, 0, shift)


def scale_twice(acc: ArrayLike, mult: ArrayLike, shift: ArrayLike) -> NDArray[np.int64]:
    """Scale sums with two roundings: what :func:`requantize` does before the zero point, and ADD three times.

    Parameters
    ----------
    acc : int32 values, shape (..., channels)
        Sums. With a positive shift, ``acc << shift`` wraps to int32, as it does in LiteRT.
    mult, shift : int64, shape (channels,) or ()
        From :func:`quantize_multiplier`.

    Returns
    -------
    int64, shape of acc
        Scaled sums, within int32.

    Examples
    --------
    >>> scale_twice([3, -3, 2000], 1 << 30, 0).tolist(), scale_twice([3, -3], 1 << 30, -1).tolist()
    ([2, -1, 1000], [1, -1])
    """
    mult = np.asarray(mult, np.int64)
    shift = np.asarray(shift, np.int64)
    left = np.maximum(shift, 0)
    right = np.maximum(-shift, 0)
    sums = np.asarray(acc, np.int64)
    if left.any():
        sums = (sums << left).astype(np.int32).astype(np.int64)
    scaled = sums * mult
    scaled += 1 << (MULT_BITS - 1)
    scaled >>= MULT_BITS
    # Adding a half before an arithmetic shift rounds half up; one less for negatives turns ties away from zero.
    half = np.where(right > 0, np.int64(1) << np.maximum(right - 1, 0), 0)
    scaled -= (scaled < 0) & (right > 0)
    scaled += half
    scaled >>= right
    return scaled


def requantize(
    acc: ArrayLike, mult: ArrayLike, shift: ArrayLike, zero_point: int, low: int, high: int
) -> NDArray[np.int8]:
    """Scale sums to codes with two roundings, as LiteRT's convolutions do.

    The first rounding, after the multiplication, is half up; the second, after the shift, half away from zero.
    One rounding instead of two is off by one in 0.1-0.8 % of the outputs.

    Parameters
    ----------
    acc : int32 values, shape (..., channels)
        Sums, bias included. With a positive shift, ``acc << shift`` wraps to int32, as it does in LiteRT.
    mult, shift : int64, shape (channels,) or ()
        From :func:`quantize_multiplier`.
    zero_point : int
        Code of real zero.
    low, high : int
        Range that codes are clamped to, in -128..127.

    Returns
    -------
    int8, shape of acc
        Codes.

    Examples
    --------
    >>> requantize([3, -3, 2000], 1 << 30, 0, zero_point=-1, low=-128, high=127).tolist()
    [1, -2, 127]
    >>> requantize([3, -3], 1 << 30, -1, zero_point=0, low=-128, high=127).tolist()
    [1, -1]
    """
    scaled = scale_twice(acc, mult, shift)
    scaled += zero_point
    return np.clip(scaled, low, high).astype(np.int8)


def requantize_once(
    acc: ArrayLike, mult: ArrayLike, shift: ArrayLike, zero_point: int, low: int, high: int
) -> NDArray[np.int8]:
    """Scale sums to codes with one exact rounding, ``round_half_away(acc * mult * 2 ** (shift - 31))``.

    The hardware's FULLY_CONNECTED: with a ``mult`` of :func:`exact_single_rounding` it equals
    :func:`requantize_real`.

    Parameters
    ----------
    acc : int32 values, shape (..., channels)
        Sums, bias included.
    mult : int64, shape (channels,) or ()
        In 0..2**31 - 1.
    shift : int64, shape (channels,) or ()
        In -31..30.
    zero_point : int
        Code of real zero.
    low, high : int
        Range that codes are clamped to, in -128..127.

    Returns
    -------
    int8, shape of acc
        Codes.

    Examples
    --------
    >>> requantize_once([1, -1, 3, -3], 1 << 30, 0, zero_point=0, low=-128, high=127).tolist()
    [1, -1, 2, -2]
    """
    bits = MULT_BITS - np.asarray(shift, np.int64)
    if np.any(bits < 1) or np.any(bits > 2 * MULT_BITS):
        raise ValueError(f"shift must be in {MIN_SHIFT}..{MULT_BITS - 1}, not {np.asarray(shift).tolist()}")
    product = np.asarray(acc, np.int64) * np.asarray(mult, np.int64)
    magnitude = (np.abs(product) + (np.int64(1) << (bits - 1))) >> bits
    return np.clip(np.where(product < 0, -magnitude, magnitude) + zero_point, low, high).astype(np.int8)


def requantize_real(acc: ArrayLike, eff: ArrayLike, zero_point: int, low: int, high: int) -> NDArray[np.int8]:
    """Scale sums to codes in double with one rounding, half away from zero, as LiteRT's FULLY_CONNECTED does.

    Saturates for any scale. LiteRT converts to int32 before it clamps, so where ``abs(acc * eff)`` reaches 2**31 its
    result is undefined and differs.

    Parameters
    ----------
    acc : int32 values, shape (..., channels)
        Sums, bias included.
    eff : float64, shape (channels,) or ()
        Effective scales ``input_scale * weight_scale / output_scale``.
    zero_point : int
        Code of real zero.
    low, high : int
        Range that codes are clamped to, in -128..127.

    Returns
    -------
    int8, shape of acc
        Codes.

    Examples
    --------
    >>> requantize_real([5, -5, 4], 0.1, zero_point=3, low=-128, high=127).tolist()
    [4, 2, 3]
    """
    real = np.asarray(acc, np.float64) * np.asarray(eff, np.float64)
    whole = np.trunc(real)
    # Not floor(x + 0.5): the addition itself rounds, and takes 0.49999999999999994 to 1.
    rounded = whole + np.where(np.abs(real - whole) >= 0.5, np.sign(real), 0.0)
    return np.clip(rounded + zero_point, low, high).astype(np.int8)


def exact_single_rounding(eff: float, low: int, high: int, zero_point: int, acc_bound: int) -> tuple[int, int]:
    """Find the integers with which :func:`requantize_once` equals :func:`requantize_real` for every sum.

    Both are monotone steps from ``low`` to ``high``, so they are equal if the at most 255 sums where a code begins
    are. Every such sum bounds ``mult`` from below and above; what is left between the bounds is compared once more.

    Parameters
    ----------
    eff : float
        Effective scale of one output channel. Not negative, below 2**29.
    low, high : int
        Range that codes are clamped to, in -128..127.
    zero_point : int
        Code of real zero.
    acc_bound : int
        Largest magnitude of a sum, in 0..2**31.

    Returns
    -------
    mult, shift : int
        ``mult`` in 0..2**31 - 1: that of :func:`quantize_multiplier` where it will do, else the nearest one that does.

    Raises
    ------
    ValueError
        If there is no such ``mult``, or an argument is outside its range.

    Examples
    --------
    >>> exact_single_rounding(0.001, -128, 127, 0, 1 << 20)
    (1099511628, -9)
    """
    if not 0 <= eff < 2.0**29:
        raise ValueError(f"eff must be in 0..2**29 (above, every sum saturates), not {eff}")
    if not 0 <= acc_bound <= 1 << 31:
        raise ValueError(f"acc_bound must be in 0..{1 << 31} (an int32 sum), not {acc_bound}")
    mult, shift = (int(part) for part in quantize_multiplier(eff))
    begins = _code_begins(lambda acc: requantize_real(acc, eff, zero_point, low, high), low, high, acc_bound)
    least, most = _mult_range(begins, low - zero_point, shift, acc_bound)
    mult = min(max(mult, least), most)
    if least <= most:
        found = _code_begins(lambda acc: requantize_once(acc, mult, shift, zero_point, low, high), low, high, acc_bound)
        if np.array_equal(begins, found):
            return mult, shift
    raise ValueError(
        f"no multiplier below 2**{MULT_BITS} rounds sums up to {acc_bound} at scale {eff!r} as a double does; "
        f"it takes smaller sums or another scale"
    )


def _code_begins(
    codes: Callable[[NDArray[np.int64]], NDArray[np.int8]], low: int, high: int, bound: int
) -> NDArray[np.int64]:
    """Smallest sum in -bound..bound that reaches each code above low, by bisection; bound + 1 where none does."""
    targets = np.arange(low + 1, high + 1)
    first = np.full(targets.size, -bound, np.int64)
    last = np.full(targets.size, bound + 1, np.int64)
    while np.any(first < last):
        middle = (first + last) >> 1
        reached = codes(np.minimum(middle, bound)) >= targets
        reached |= middle > bound
        first, last = np.where(reached, first, middle + 1), np.where(reached, middle, last)
    return first


def _mult_range(begins: NDArray[np.int64], offset: int, shift: int, bound: int) -> tuple[int, int]:
    """Multipliers with which each code begins where ``begins`` says, as least and greatest.

    A code k above zero begins at the first sum with ``2 * sum * mult >= (2k - 1) * 2**bits``, one at or below zero
    at the first with ``2 * sum * mult > (2k - 1) * 2**bits``.
    """
    unit = Fraction(2) ** (MULT_BITS - shift)
    least, most = 0, (1 << MULT_BITS) - 1
    for code, begin in enumerate(begins.tolist(), start=offset + 1):
        edge = abs(2 * code - 1) * unit
        # The sum on the far side of the edge from zero, and the one on the near side, by magnitude.
        far, near = (begin, begin - 1) if code > 0 else (1 - begin, -begin)
        if 0 < far <= bound:
            least = max(least, -(-edge // (2 * far)))
        if 0 < near <= bound:
            most = min(most, -(-edge // (2 * near)) - 1)
    return least, most
