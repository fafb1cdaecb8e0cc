"""Number formats of weights and activations: integers of any width and three kinds of floating point."""
# Ref: IEEE Std 754-2019, sections 3.3 and 3.4: formats and their encoding.

import dataclasses

import numpy as np
from numpy.typing import NDArray

MOST_INTEGER_BITS = 24
_FLOATS = {"fp16": (5, 10), "bf16": (8, 7), "fp32": (8, 23)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumberFormat:
    """How a number is written: sign, exponent and fraction; or two's complement.

    Parameters
    ----------
    name : str
    exponent_width : int
        Bits; 0 for an integer.
    fraction_width : int
        Bits behind the hidden one; of an integer, all but the sign.
    """

    name: str
    exponent_width: int
    fraction_width: int

    @property
    def is_float(self) -> bool:
        """Whether there is an exponent."""
        return self.exponent_width > 0

    @property
    def width(self) -> int:
        """Bits of a number."""
        return 1 + self.exponent_width + self.fraction_width

    @property
    def magnitude_width(self) -> int:
        """Bits of a magnitude: the hidden one and the fraction, or those of the least integer's."""
        return self.fraction_width + 1

    @property
    def bias(self) -> int:
        """What is taken from the exponent field."""
        return (1 << (self.exponent_width - 1)) - 1

    @property
    def least_unit(self) -> int:
        """Power of two of the last bit of a subnormal number; 0 for an integer."""
        return 1 - self.bias - self.fraction_width if self.is_float else 0

    @property
    def greatest_unit(self) -> int:
        """Power of two of the last bit of the largest number; 0 for an integer."""
        return self.least_unit + (1 << self.exponent_width) - 3 if self.is_float else 0

    @property
    def product_width(self) -> int:
        """Bits of the largest product's magnitude, in units of the least one: ``2 ** (2 * least_unit)``."""
        return 2 * (self.greatest_unit - self.least_unit + self.magnitude_width)

    @property
    def infinity(self) -> int:
        """Code of positive infinity: every bit of the exponent field."""
        return ((1 << self.exponent_width) - 1) << self.fraction_width

    @property
    def quiet_nan(self) -> int:
        """Code of the canonical NaN: positive, of the fraction the first bit only."""
        return self.infinity | 1 << (self.fraction_width - 1)


def number_format(name: str) -> NumberFormat:
    """The format of a name.

    Parameters
    ----------
    name : str
        ``int2`` to ``int24``, ``fp16``, ``bf16`` or ``fp32``.

    Raises
    ------
    ValueError
        If there is none of this name.

    Examples
    --------
    >>> number_format("int8").width, number_format("bf16").bias
    (8, 127)
    >>> number_format("int25")
    Traceback (most recent call last):
    ...
    ValueError: a number format must be int2 to int24, fp16, bf16 or fp32, not 'int25'
    """
    if name in _FLOATS:
        exponent, fraction = _FLOATS[name]
        return NumberFormat(name=name, exponent_width=exponent, fraction_width=fraction)
    integers = {f"int{width}": width for width in range(2, MOST_INTEGER_BITS + 1)}
    if name in integers:
        return NumberFormat(name=name, exponent_width=0, fraction_width=integers[name] - 1)
    raise ValueError(
        f"a number format must be int2 to int{MOST_INTEGER_BITS}, {', '.join(list(_FLOATS)[:-1])} or fp32, not {name!r}"
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Numbers:
    """Numbers in parts; each is ``(-1) ** negative * magnitude * 2 ** unit`` unless it is infinite or none.

    Parameters
    ----------
    negative : bool, shape (n,)
        Of a zero too.
    magnitude : int64, shape (n,)
        In 0..2 ** magnitude_width - 1; of an integer up to 2 ** fraction_width.
    unit : int64, shape (n,)
        Power of two of the last bit.
    infinite, nan : bool, shape (n,)
    """

    negative: NDArray[np.bool_]
    magnitude: NDArray[np.int64]
    unit: NDArray[np.int64]
    infinite: NDArray[np.bool_]
    nan: NDArray[np.bool_]


def split(values: NDArray[np.float64] | NDArray[np.int64], form: NumberFormat) -> Numbers:
    """Take numbers apart: sign, exponent, mantissa with the hidden bit, of a subnormal one without.

    Parameters
    ----------
    values : float64 or int64, shape (n,)
        Numbers that the format has.
    form : NumberFormat

    Raises
    ------
    ValueError
        If one is not a number of the format.

    Examples
    --------
    >>> parts = split(np.array([12.625, -0.0]), number_format("fp16"))
    >>> parts.magnitude.tolist(), parts.unit.tolist(), parts.negative.tolist()
    ([1616, 0], [-7, -24], [False, True])
    """
    wide = np.asarray(values, np.float64)
    infinite, nan = np.isinf(wide), np.isnan(wide)
    finite = np.where(infinite | nan, 0.0, wide)
    if form.is_float:
        # frexp gives a mantissa in 0.5..1: its last bit is magnitude_width places below its exponent.
        unit = np.maximum(np.frexp(finite)[1].astype(np.int64) - form.magnitude_width, form.least_unit)
        unit = np.where(finite == 0, form.least_unit, unit)
    else:
        unit = np.zeros(wide.shape, np.int64)
    magnitude = np.ldexp(np.abs(finite), -unit)
    most = np.float64(2.0**form.magnitude_width - 1)
    if not form.is_float:
        most = np.where(finite < 0, 2.0**form.fraction_width, 2.0**form.fraction_width - 1)
    wrong = (magnitude != np.floor(magnitude)) | (magnitude > most) | (unit > form.greatest_unit)
    wrong |= (infinite | nan) & (not form.is_float)
    if wrong.any():
        raise ValueError(f"{form.name} has no {wide[wrong].flat[0]}")
    return Numbers(
        negative=np.signbit(wide), magnitude=magnitude.astype(np.int64), unit=unit, infinite=infinite, nan=nan
    )


def nearest(values: NDArray[np.float64], form: NumberFormat) -> NDArray[np.float64]:
    """The number of a format that is nearest to each value, ties to even; beyond the largest, infinity.

    Parameters
    ----------
    values : float64
        For an integer format, finite; they are clamped.
    form : NumberFormat

    Returns
    -------
    float64, same shape

    Examples
    --------
    >>> nearest(np.array([1.0009765625 + 2**-11, 1e9, -200.5]), number_format("fp16")).tolist()
    [1.001953125, inf, -200.5]
    >>> nearest(np.array([2.5, -200.0]), number_format("int8")).tolist()
    [2.0, -128.0]
    """
    wide = np.asarray(values, np.float64)
    if not form.is_float:
        low = -(2.0**form.fraction_width)
        return np.clip(np.rint(wide), low, -low - 1)
    finite = np.where(np.isfinite(wide), wide, 0.0)
    unit = np.maximum(np.frexp(finite)[1] - form.magnitude_width, form.least_unit)
    with np.errstate(over="ignore"):
        rounded = np.where(np.isfinite(wide), np.ldexp(np.rint(np.ldexp(finite, -unit)), unit), wide)
    largest = np.ldexp(2.0**form.magnitude_width - 1, form.greatest_unit)
    return np.where(np.abs(rounded) > largest, np.copysign(np.inf, wide), rounded)


def encode(values: NDArray[np.float64] | NDArray[np.int64], form: NumberFormat) -> NDArray[np.int64]:
    """Codes of numbers: sign, exponent field and fraction, as IEEE 754 has them; of integers two's complement.

    Parameters
    ----------
    values : float64 or int64, shape (n,)
        Numbers that the format has; every NaN becomes the canonical one.
    form : NumberFormat

    Returns
    -------
    int64, shape (n,)
        In 0..2 ** width - 1.

    Raises
    ------
    ValueError
        If one is not a number of the format.

    Examples
    --------
    >>> [hex(code) for code in encode(np.array([1.0, -0.0, np.inf, np.nan, 2.0**-24]), number_format("fp16"))]
    ['0x3c00', '0x8000', '0x7c00', '0x7e00', '0x1']
    >>> encode(np.array([-1, 7]), number_format("int4")).tolist()
    [15, 7]
    """
    parts = split(values, form)
    if not form.is_float:
        return np.where(parts.negative, -parts.magnitude, parts.magnitude) & ((1 << form.width) - 1)
    # The hidden bit, where there is one, adds the one that the exponent field has more.
    finite = ((parts.unit - form.least_unit) << form.fraction_width) + parts.magnitude
    unsigned = np.where(parts.infinite, form.infinity, finite)
    signs = parts.negative.astype(np.int64) << (form.width - 1)
    return np.where(parts.nan, form.quiet_nan, signs | unsigned)


def decode(codes: NDArray[np.int64], form: NumberFormat) -> NDArray[np.float64]:
    """Numbers of codes; the inverse of :func:`encode`.

    Parameters
    ----------
    codes : int64, shape (n,)
        In 0..2 ** width - 1.
    form : NumberFormat

    Returns
    -------
    float64, shape (n,)

    Examples
    --------
    >>> decode(np.array([0x3C00, 0x8000, 0x7C00, 0x0001]), number_format("fp16")).tolist()
    [1.0, -0.0, inf, 5.960464477539063e-08]
    >>> decode(np.array([15, 7]), number_format("int4")).tolist()
    [-1.0, 7.0]
    """
    codes = np.asarray(codes, np.int64)
    negative = codes >> (form.width - 1) == 1
    if not form.is_float:
        return (codes - (negative.astype(np.int64) << form.width)).astype(np.float64)
    fraction = codes & ((1 << form.fraction_width) - 1)
    field = codes >> form.fraction_width & ((1 << form.exponent_width) - 1)
    magnitude = fraction + (np.minimum(field, 1) << form.fraction_width)
    special = np.where(fraction == 0, np.inf, np.nan)
    top = field == (1 << form.exponent_width) - 1
    # One less than the top, so that nothing overflows on the way.
    unit = form.least_unit + np.clip(field, 1, (1 << form.exponent_width) - 2) - 1
    value = np.where(top, special, np.ldexp(magnitude.astype(np.float64), unit))
    return np.where(negative, -value, value)
