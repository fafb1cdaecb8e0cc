"""Linear layer: forward product, input gradient and parameter gradient, each element an exact sum rounded once."""
# Ref: P. Micikevicius et al., "Mixed precision training", ICLR 2018, section 3.1 (weights are kept in fp32 and rounded
# for the products); D. Kalamkar et al., "A study of BFLOAT16 for deep learning training", 2019. arXiv:1905.12322

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.number_format import NumberFormat, nearest

Product = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""A matrix product of (m, k) and (k, n), by whatever makes it."""


def rounded_product(
    activations: NDArray[np.float64], weights: NDArray[np.float64], form: NumberFormat
) -> NDArray[np.float64]:
    """Matrix product as :func:`racelet.golden.bitlet.array.products` makes it with ``width`` "exact", but quickly.

    Parameters
    ----------
    activations : float64, shape (m, k)
    weights : float64, shape (k, n)
        Numbers of the format.
    form : NumberFormat
        Floating-point.

    Returns
    -------
    float64, shape (m, n)
        Each the exact sum of products, rounded once to nearest, ties to even; not a number or infinite as IEEE 754 has
        it; -0.0 if every product is.

    Examples
    --------
    >>> from racelet.golden.bitlet.number_format import number_format
    >>> rounded_product(np.array([[1.0, 2.0**-8, 2.0**-40]]), np.ones((3, 1)), number_format("bf16")).tolist()
    [[1.0078125]]
    """
    with np.errstate(invalid="ignore"):
        # Two mantissas of 24 bits make one of 48, and the exponent is far inside float64's range: exact.
        terms = activations[:, np.newaxis, :] * weights.T[np.newaxis]
    sums = np.array([[_sum(each) for each in row] for row in terms]).reshape(terms.shape[:2])
    negative = np.signbit(terms).all(axis=2)
    sums = np.where((sums == 0) & negative, -0.0, sums)
    return nearest(_off_ties(sums, terms, form), form)


def _sum(terms: NDArray[np.float64]) -> float:
    if np.isfinite(terms).all():
        return math.fsum(terms.tolist())
    # fsum refuses infinities of both signs.
    with np.errstate(invalid="ignore"):
        return float(terms[~np.isfinite(terms)].sum())


def _off_ties(sums: NDArray[np.float64], terms: NDArray[np.float64], form: NumberFormat) -> NDArray[np.float64]:
    """Move what lies half way between two numbers of the format to the side where the exact sum is.

    A sum that was rounded to float64 is rounded wrongly once more only there.
    """
    moved = sums.copy()
    finite = np.where(np.isfinite(sums), sums, 0.0)
    halves = np.ldexp(finite, -_unit(finite, form))
    for place in zip(*np.nonzero(np.abs(halves - np.trunc(halves)) == 0.5), strict=True):
        rest = math.fsum([*terms[place].tolist(), -float(sums[place])])
        if rest:
            moved[place] = np.nextafter(sums[place], math.copysign(math.inf, rest))
    return moved


def _unit(values: NDArray[np.float64], form: NumberFormat) -> NDArray[np.int64]:
    """Power of two of the last place of the format's numbers around finite values."""
    return np.maximum(np.frexp(values)[1].astype(np.int64) - form.magnitude_width, form.least_unit)


def error_bound(
    activations: NDArray[np.float64], weights: NDArray[np.float64], form: NumberFormat
) -> NDArray[np.float64]:
    """How far :func:`rounded_product` may be from a product in float64, summed in any order.

    Half a unit in the last place, as it is rounded once, whatever k and however much cancels; and what float64 itself
    may be off, ``k * 2 ** -53`` of the sum of magnitudes to first order, which is far less unless nearly all cancels.

    Parameters
    ----------
    activations : float64, shape (m, k)
    weights : float64, shape (k, n)
        Numbers of the format, whose product does not overflow.
    form : NumberFormat

    Returns
    -------
    float64, shape (m, n)

    Examples
    --------
    >>> from racelet.golden.bitlet.number_format import number_format
    >>> bound = error_bound(np.array([[3.0, 1.0]]), np.array([[1.0], [2.0**-9]]), number_format("bf16"))
    >>> round(float(bound[0, 0] / 2**-7), 6)
    1.0
    """
    # Ref: N. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1. Products are exact here.
    product = activations @ weights
    own = activations.shape[1] * 2.0**-53 * (np.abs(activations) @ np.abs(weights))
    # The exact sum may be the next power of two.
    return np.ldexp(0.5, _unit(np.abs(product) + own, form)) + own


def with_ones(inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inputs with a last column of ones, which the bias is multiplied by: so it takes part in the one exact sum.

    Examples
    --------
    >>> with_ones(np.array([[2.0], [3.0]])).tolist()
    [[2.0, 1.0], [3.0, 1.0]]
    """
    return np.column_stack([inputs, np.ones(len(inputs))])


def forward(inputs: NDArray[np.float64], parameters: NDArray[np.float64], product: Product) -> NDArray[np.float64]:
    """``x W + b``, rounded once.

    Parameters
    ----------
    inputs : float64, shape (batch, features)
    parameters : float64, shape (features + 1, outputs)
        Weights, and the bias as the last row.
    product : Product

    Returns
    -------
    float64, shape (batch, outputs)

    Examples
    --------
    >>> forward(np.array([[2.0, 3.0]]), np.array([[1.0], [10.0], [0.5]]), np.matmul).tolist()
    [[32.5]]
    """
    return product(with_ones(inputs), parameters)


def input_gradient(
    gradient: NDArray[np.float64], parameters: NDArray[np.float64], product: Product
) -> NDArray[np.float64]:
    """Gradient of the loss by the inputs, ``g W^T``.

    Parameters
    ----------
    gradient : float64, shape (batch, outputs)
        Of the loss by the outputs.
    parameters : float64, shape (features + 1, outputs)
    product : Product

    Returns
    -------
    float64, shape (batch, features)

    Examples
    --------
    >>> input_gradient(np.array([[2.0]]), np.array([[1.0], [10.0], [0.5]]), np.matmul).tolist()
    [[2.0, 20.0]]
    """
    return product(gradient, parameters[:-1].T)


def parameter_gradient(
    inputs: NDArray[np.float64], gradient: NDArray[np.float64], product: Product
) -> NDArray[np.float64]:
    """Gradient of the loss by the weights, ``x^T g``, and as the last row by the bias.

    Parameters
    ----------
    inputs : float64, shape (batch, features)
    gradient : float64, shape (batch, outputs)
        Of the loss by the outputs.
    product : Product

    Returns
    -------
    float64, shape (features + 1, outputs)

    Examples
    --------
    >>> parameter_gradient(np.array([[2.0], [3.0]]), np.array([[1.0], [0.5]]), np.matmul).tolist()
    [[3.5], [1.5]]
    """
    return product(with_ones(inputs).T, gradient)


def updated(parameters: NDArray[np.float64], gradient: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """One step of gradient descent on parameters that are kept in fp32, whatever the products' format is.

    The step is exact where the rate is a power of two and nothing is subnormal, and so the difference is the only thing
    that is rounded, by half a unit in its last place: float64 has more than two bits beyond twice the 24 of fp32, so
    that being rounded to it first changes nothing.

    Parameters
    ----------
    parameters, gradient : float64, same shape
        Numbers of fp32.
    rate : float

    Returns
    -------
    float64, same shape
        Numbers of fp32.

    Examples
    --------
    >>> updated(np.array([[1.0, 2.0**-30]]), np.array([[2.0**-30, 1.0]]), 0.5).tolist()
    [[1.0, -0.5]]
    """
    # Ref: S. Figueroa, When is double rounding innocuous?, SIGNUM Newsletter 30(3), 1995. doi:10.1145/221332.221334
    return np.asarray(parameters - rate * gradient, np.float32).astype(np.float64)
