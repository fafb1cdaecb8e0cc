"""Normalizer: an exact sum to the nearest number of a format."""
# Ref: IEEE Std 754-2019, section 4.3.1: roundTiesToEven.

import math

import numpy as np

from racelet.golden.bitlet.number_format import NumberFormat, encode

LATENCY = 5
"""Cycles from a sum to its code."""


def normalize(total: int, unit: int, form: NumberFormat, *, negative_zero: bool = False) -> float:
    """Round ``total * 2 ** unit`` once, to nearest, ties to even.

    Parameters
    ----------
    total : int
        Of any size.
    unit : int
        Power of two.
    form : NumberFormat
        A floating-point one.
    negative_zero : bool
        A total of zero is -0.0.

    Returns
    -------
    float
        Subnormal where the number is small, infinite beyond the largest one.

    Examples
    --------
    >>> from racelet.golden.bitlet.number_format import number_format
    >>> normalize(276 * 4 + 3, -2, number_format("fp32"))
    276.75
    >>> normalize(2**12 + 1, 4, number_format("fp16")), normalize(-3, -25, number_format("fp16"))
    (inf, -1.1920928955078125e-07)
    """
    if total == 0:
        return -0.0 if negative_zero else 0.0
    magnitude = abs(total)
    place = max(unit + magnitude.bit_length() - form.magnitude_width, form.least_unit)
    shift = place - unit
    if shift > 0:
        half, kept = 1 << (shift - 1), magnitude >> shift
        rest = magnitude - (kept << shift)
        kept += rest > half or (rest == half and kept & 1)
    else:
        kept = magnitude << -shift
    # A carry makes it a bit longer, with a last bit of zero.
    if kept.bit_length() > form.magnitude_width:
        kept, place = kept >> 1, place + 1
    value = math.inf if place > form.greatest_unit else math.ldexp(kept, place)
    return math.copysign(value, total)


def code(
    total: int, unit: int, form: NumberFormat, *, nan: bool = False, infinite: bool = False, negative: bool = False
) -> int:
    """Code of the result of a dot product.

    Parameters
    ----------
    total, unit, form
        As for :func:`normalize`.
    nan : bool
        It is no number.
    infinite : bool
        Else: it is infinite.
    negative : bool
        Sign of an infinite one, and of a total of zero.

    Returns
    -------
    int
        In 0..2 ** form.width - 1.

    Examples
    --------
    >>> from racelet.golden.bitlet.number_format import number_format
    >>> form = number_format("fp16")
    >>> hex(code(3, -1, form)), hex(code(3, -1, form, infinite=True, negative=True)), hex(code(0, 0, form, nan=True))
    ('0x3e00', '0xfc00', '0x7e00')
    """
    value = normalize(total, unit, form, negative_zero=negative)
    if nan or infinite:
        value = math.nan if nan else math.copysign(math.inf, -1 if negative else 1)
    return int(encode(np.array([value]), form)[0])
