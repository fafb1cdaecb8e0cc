"""Dot products by bit distillation, window by window."""

import math

import numpy as np
from numpy.typing import ArrayLike

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.digits import DIGIT_SETS
from racelet.golden.bitlet.distiller import distill
from racelet.golden.bitlet.exponent_matcher import Columns, match_exponents
from racelet.golden.bitlet.normalizer import normalize
from racelet.golden.bitlet.number_format import NumberFormat, number_format
from racelet.golden.bitlet.preprocessor import Terms, preprocess


def columns_of(terms: Terms, form: NumberFormat, config: BitletConfig) -> Columns:
    """Columns of a window: of floating-point numbers matched by their exponents, of integers as they are.

    Parameters
    ----------
    terms : Terms
    form : NumberFormat
        Of the weights.
    config : BitletConfig

    Examples
    --------
    >>> form = number_format("int4")
    >>> config = BitletConfig(formats=("int4",), digits="csd4")
    >>> columns_of(preprocess(np.array([-8, 7]), np.array([1, 1]), form), form, config).digits.tolist()
    [[2, 2], [0, -1]]
    """
    if form.is_float:
        return match_exponents(terms, form.magnitude_width, config.kept)
    digits = DIGIT_SETS[config.digits](terms.magnitude, config.digit_columns(form))
    return Columns(digits=digits, unit=0, radix=4 if config.digits == "csd4" else 2)


def dot(weights: ArrayLike, activations: ArrayLike, config: BitletConfig, form: str | None = None) -> int | float:
    """Sum of products, as the hardware makes it.

    Parameters
    ----------
    weights, activations : array_like of int or float, shape (n,)
        Numbers of the format; n in 1..config.terms.
    config : BitletConfig
    form : str or None
        One of ``config.formats``; None: the first.

    Returns
    -------
    int or float
        Of integers the exact sum. Of others a number of the format: the sum, exact or of truncated magnitudes, rounded
        once to nearest, ties to even; not a number or infinite as IEEE 754 has it; -0.0 if every product is.

    Raises
    ------
    ValueError
        If the shapes, the format or a number is wrong.

    Examples
    --------
    >>> weights = [12.625, 3.28125, -17, 6.5, -32.25, 82.25]
    >>> dot(weights, [3, -5, 7, 2, -1, 4], BitletConfig(formats=("fp32",)))
    276.71875
    >>> dot([-128, 127], [-128, 127], BitletConfig())
    32513
    """
    name = config.formats[0] if form is None else form
    if name not in config.formats:
        raise ValueError(f"the format must be one of {', '.join(config.formats)}, not {name!r}")
    number = number_format(name)
    left, right = np.asarray(weights), np.asarray(activations)
    if left.ndim != 1 or left.shape != right.shape or not 1 <= left.size <= config.terms:
        raise ValueError(
            f"weights and activations must be two rows of the same length in 1..{config.terms}, "
            f"not of the shapes {left.shape} and {right.shape}"
        )
    terms = preprocess(left, right, number)
    total, unit = 0, 0
    for first in range(0, left.size, config.window):
        window = terms.part(slice(first, first + config.window))
        steps = distill(columns_of(window, number, config), window.activation)
        # Both at the lower unit.
        shift = steps.unit - unit
        total = (total << max(-shift, 0)) + (steps.total << max(shift, 0))
        unit = min(unit, steps.unit)
    return _result(total, unit, terms, number)


def _result(total: int, unit: int, terms: Terms, form: NumberFormat) -> int | float:
    if not form.is_float:
        return total
    signs = {bool(sign) for sign in terms.negative[terms.infinite]}
    if terms.nan.any() or len(signs) == 2:
        return math.nan
    if signs:
        return -math.inf if signs.pop() else math.inf
    return normalize(total, unit, form, negative_zero=bool(terms.negative.all()))
