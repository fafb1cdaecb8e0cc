"""Preprocessor: weights and activations to terms of a dot product, the first step of bit distillation."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4.

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.number_format import NumberFormat, split


@dataclasses.dataclass(frozen=True, kw_only=True)
class Terms:
    """Products that have not been made; each is ``magnitude * activation * 2 ** unit``.

    Parameters
    ----------
    magnitude : int64, shape (n,)
        Of the weight.
    activation : int64, shape (n,)
        Mantissa of the activation, with its sign and the weight's.
    unit : int64, shape (n,)
        Power of two.
    negative : bool, shape (n,)
        Sign of the product, of a zero too.
    infinite, nan : bool, shape (n,)
        The product is, as IEEE 754 has it; then it is no term of the sum.
    """

    magnitude: NDArray[np.int64]
    activation: NDArray[np.int64]
    unit: NDArray[np.int64]
    negative: NDArray[np.bool_]
    infinite: NDArray[np.bool_]
    nan: NDArray[np.bool_]

    def part(self, which: slice) -> "Terms":
        """Some of them.

        Examples
        --------
        >>> from racelet.golden.bitlet.number_format import number_format
        >>> terms = preprocess(np.array([1, 2, 3]), np.array([4, 5, 6]), number_format("int8"))
        >>> terms.part(slice(1, 3)).magnitude.tolist()
        [2, 3]
        """
        return Terms(**{field.name: getattr(self, field.name)[which] for field in dataclasses.fields(self)})


def preprocess(
    weights: NDArray[np.float64] | NDArray[np.int64],
    activations: NDArray[np.float64] | NDArray[np.int64],
    form: NumberFormat,
    activation_form: NumberFormat | None = None,
) -> Terms:
    """Split both, add their exponents, and fold the weight's sign into the activation.

    Parameters
    ----------
    weights, activations : float64 or int64, shape (n,)
        Numbers of the format.
    form : NumberFormat
        Of both.
    activation_form : NumberFormat or None
        Of the activations, where it is another.

    Raises
    ------
    ValueError
        If a number is not one of its format.

    Examples
    --------
    >>> from racelet.golden.bitlet.number_format import number_format
    >>> terms = preprocess(np.array([-17.0, 6.5]), np.array([7.0, -2.0]), number_format("fp16"))
    >>> terms.magnitude.tolist(), terms.activation.tolist(), terms.unit.tolist()
    ([1088, 1664], [-1792, -1024], [-14, -17])
    """
    weight, activation = split(weights, form), split(activations, activation_form or form)
    negative = weight.negative ^ activation.negative
    zero = [(each.magnitude == 0) & ~each.infinite & ~each.nan for each in (weight, activation)]
    infinite = weight.infinite | activation.infinite
    nan = weight.nan | activation.nan | (infinite & (zero[0] | zero[1]))
    special = infinite | nan
    return Terms(
        magnitude=np.where(special, 0, weight.magnitude),
        activation=np.where(special, 0, np.where(negative, -activation.magnitude, activation.magnitude)),
        unit=weight.unit + activation.unit,
        negative=negative,
        infinite=infinite & ~nan,
        nan=nan,
    )
