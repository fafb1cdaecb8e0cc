"""Quantizer of an analog-to-digital converter: levels, thresholds, the noise around them, and gradients through it."""
# Ref: C. Louizos et al., Relaxed Quantization for Discretized Neural Networks, ICLR 2019. arXiv:1810.01875
# Ref: C. Maddison et al., The Concrete Distribution, ICLR 2017. arXiv:1611.00712
# Ref: S. Esser et al., Learned Step Size Quantization, ICLR 2020. arXiv:1902.08153

import dataclasses
import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Edges = Literal["infinite", "finite"]
_LEAST, _MOST = 4, 256
"""Levels of converters of 2 to 8 bits."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quantizer:
    """Levels ``alpha k + beta``, and thresholds half a step below each.

    Parameters
    ----------
    alpha : float
        Step between levels, in MAC units. Above 0.
    beta : float
        Level of code 0, in MAC units.
    levels : int
        4..256.
    lowest : int or None
        First code. None: ``-levels // 2``, as for -16..15; 0 for a column that is not differential.

    Raises
    ------
    ValueError
        If a field is outside its range.

    Examples
    --------
    >>> quantizer = Quantizer(alpha=2.0, levels=4)
    >>> quantizer.values.tolist(), quantizer.thresholds.tolist()
    ([-4.0, -2.0, 0.0, 2.0], [-3.0, -1.0, 1.0])
    """

    alpha: float
    beta: float = 0.0
    levels: int = 32
    lowest: int | None = None

    def __post_init__(self) -> None:
        if not (self.alpha > 0 and math.isfinite(self.alpha)):
            raise ValueError(f"Quantizer.alpha must be above 0 (levels rise with their codes), not {self.alpha}")
        if not math.isfinite(self.beta):
            raise ValueError(f"Quantizer.beta must be a number, not {self.beta}")
        if not _LEAST <= self.levels <= _MOST:
            raise ValueError(f"Quantizer.levels must be in {_LEAST}..{_MOST} (2 to 8 bits), not {self.levels}")

    @property
    def codes(self) -> NDArray[np.int64]:
        """All codes k, rising."""
        return np.arange(self.levels) + (-(self.levels // 2) if self.lowest is None else self.lowest)

    @property
    def values(self) -> NDArray[np.float64]:
        """Level of every code."""
        return np.asarray(self.alpha * self.codes + self.beta, np.float64)

    @property
    def thresholds(self) -> NDArray[np.float64]:
        """From where on a code is given, for all codes but the first."""
        return np.asarray(self.alpha * (self.codes[1:] - 0.5) + self.beta, np.float64)

    @property
    def integer_thresholds(self) -> NDArray[np.int64]:
        """The same for inputs that are integers, as the hardware compares them."""
        return np.ceil(self.thresholds).astype(np.int64)


def quantize(x: NDArray[np.float64], quantizer: Quantizer) -> NDArray[np.int64]:
    """Codes of inputs: the nearest level's, ties up, saturating at both ends.

    Parameters
    ----------
    x : float64 or int64
        In MAC units.
    quantizer : Quantizer

    Returns
    -------
    int64, as ``x``

    Examples
    --------
    >>> quantize(np.array([-99.0, -1.0, 0.9, 1.0, 99.0]), Quantizer(alpha=2.0, levels=4)).tolist()
    [-2, 0, 0, 1, 1]
    """
    return quantizer.codes[np.searchsorted(quantizer.thresholds, x, side="right")]


def logistic_scale(sigma: float) -> float:
    """Scale s of logistic noise of a standard deviation.

    Examples
    --------
    >>> round(logistic_scale(4.0), 4)
    2.2053
    """
    return sigma * math.sqrt(3) / math.pi


def logistic_cdf(x: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Share of logistic noise below x; never overflows.

    Examples
    --------
    >>> logistic_cdf(np.array([-np.inf, 0.0, 1e9]), 2.0).tolist()
    [0.0, 0.5, 1.0]
    """
    # tanh is exact at both ends, and keeps the digits near 0.5.
    return 0.5 * (1 + np.tanh(0.5 * x / scale))


def logistic_noise(uniforms: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Noise of numbers that are uniform in 0..1, both ends left out.

    Examples
    --------
    >>> logistic_noise(np.array([0.5, 0.75]), 2.0).round(4).tolist()
    [0.0, 2.1972]
    """
    return scale * (np.log(uniforms) - np.log1p(-uniforms))


def probabilities(
    x: NDArray[np.float64], quantizer: Quantizer, scale: float, edges: Edges = "infinite"
) -> NDArray[np.float64]:
    """Probability of each code when logistic noise is added to an input.

    Parameters
    ----------
    x : float64
        In MAC units.
    quantizer : Quantizer
    scale : float
        Of the noise, above 0.
    edges : {"infinite", "finite"}
        Whether the outermost bins reach to infinity, as they do in a converter, or are a step wide as all others, and
        the probabilities are divided by their sum.

    Returns
    -------
    float64, as ``x`` with one more axis, of codes
        The sum is 1.

    Examples
    --------
    >>> probabilities(np.array([0.0]), Quantizer(alpha=2.0, levels=4), 1.0).round(3).tolist()
    [[0.047, 0.222, 0.462, 0.269]]
    """
    logs = _log_bins(x, quantizer, scale, edges)[0]
    bins = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return bins / bins.sum(axis=-1, keepdims=True)


def concrete(
    x: NDArray[np.float64],
    quantizer: Quantizer,
    scale: float,
    temperature: float,
    gumbels: NDArray[np.float64],
    edges: Edges = "infinite",
) -> NDArray[np.float64]:
    """Relaxed sample of the noisy quantizer's level: a mean of all levels, with most weight on one if it is cold.

    Parameters
    ----------
    x : float64
        In MAC units.
    quantizer : Quantizer
    scale : float
        Of the noise, above 0.
    temperature : float
        Above 0.
    gumbels : float64, as ``x`` with one more axis, of codes
        Samples of the standard Gumbel distribution, ``-log(-log(u))``.
    edges : {"infinite", "finite"}

    Returns
    -------
    float64, as ``x``
        In MAC units.

    Examples
    --------
    >>> concrete(np.array([1.2]), Quantizer(alpha=2.0, levels=4), 0.5, 0.1, np.zeros((1, 4))).round(3).tolist()
    [1.973]
    """
    return (_shares(x, quantizer, scale, temperature, gumbels, edges) * quantizer.values).sum(axis=-1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gradients:
    """Derivatives of a quantizer's output, each as the input.

    Parameters
    ----------
    x, alpha, beta, scale : float64
        By what. They meet Euler's identity: ``x y_x + alpha y_alpha + beta y_beta + scale y_scale = y``.
    """

    x: NDArray[np.float64]
    alpha: NDArray[np.float64]
    beta: NDArray[np.float64]
    scale: NDArray[np.float64]


def concrete_gradients(
    x: NDArray[np.float64],
    quantizer: Quantizer,
    scale: float,
    temperature: float,
    gumbels: NDArray[np.float64],
    edges: Edges = "infinite",
) -> Gradients:
    """Derivatives of :func:`concrete`, whose parameters these are, for the same Gumbels.

    Examples
    --------
    >>> quantizer = Quantizer(alpha=2.0, levels=4)
    >>> concrete_gradients(np.array([1.2]), quantizer, 0.5, 0.5, np.zeros((1, 4))).x.round(3).tolist()
    [1.654]
    """
    shares = _shares(x, quantizer, scale, temperature, gumbels, edges)
    y = (shares * quantizer.values).sum(axis=-1)
    weights = shares * (quantizer.values - y[..., np.newaxis]) / temperature
    by_x, by_alpha, by_scale = ((weights * slope).sum(axis=-1) for slope in _log_bins(x, quantizer, scale, edges)[1:])
    return Gradients(x=by_x, alpha=(shares * quantizer.codes).sum(axis=-1) + by_alpha, beta=1 - by_x, scale=by_scale)


def straight_through(x: NDArray[np.float64], quantizer: Quantizer) -> NDArray[np.float64]:
    """Level of every input's code.

    Examples
    --------
    >>> straight_through(np.array([-99.0, 0.9]), Quantizer(alpha=2.0, levels=4)).tolist()
    [-4.0, 0.0]
    """
    return np.asarray(quantizer.alpha * quantize(x, quantizer) + quantizer.beta, np.float64)


def straight_through_gradients(
    x: NDArray[np.float64], quantizer: Quantizer, noise: NDArray[np.float64], scale: float
) -> Gradients:
    """Derivatives of :func:`straight_through` of ``x + noise`` where rounding is taken for the identity.

    Parameters
    ----------
    x : float64
        In MAC units.
    quantizer : Quantizer
    noise : float64, as ``x``
        In proportion to ``scale``; zero for no noise.
    scale : float
        Of the noise, above 0.

    Examples
    --------
    >>> zero = np.zeros(2)
    >>> straight_through_gradients(np.array([-99.0, 0.9]), Quantizer(alpha=2.0, levels=4), zero, 1.0).alpha.tolist()
    [-2.0, -0.45]
    """
    position = (x + noise - quantizer.beta) / quantizer.alpha
    low, high = quantizer.codes[0] - 0.5, quantizer.codes[-1] + 0.5
    inside = ((position >= low) & (position <= high)).astype(np.float64)
    return Gradients(
        x=inside,
        alpha=quantize(x + noise, quantizer) - inside * position,
        beta=1 - inside,
        scale=inside * noise / scale,
    )


def _shares(
    x: NDArray[np.float64],
    quantizer: Quantizer,
    scale: float,
    temperature: float,
    gumbels: NDArray[np.float64],
    edges: Edges,
) -> NDArray[np.float64]:
    """Weights of the levels in a Concrete sample."""
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, not {temperature}")
    logits = (_log_bins(x, quantizer, scale, edges)[0] + gumbels) / temperature
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _log_bins(
    x: NDArray[np.float64], quantizer: Quantizer, scale: float, edges: Edges
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of F(upper) - F(lower), and their derivatives by x, alpha and the scale.

    The difference is ``F(upper) F(-lower) (1 - exp(-alpha / scale))``: a product, which loses no digits far from x.
    """
    if edges not in get_args(Edges):
        raise ValueError(f"edges must be one of {', '.join(get_args(Edges))}, not {edges}")
    if not scale > 0:
        raise ValueError(f"scale must be above 0 (there is no distribution without noise), not {scale}")
    x = np.asarray(x, np.float64)[..., np.newaxis]
    codes, ratio = quantizer.codes, quantizer.alpha / scale
    lower, upper = ((quantizer.alpha * (codes + half) + quantizer.beta - x) / scale for half in (-0.5, 0.5))
    has_lower, has_upper = np.ones(len(codes)), np.ones(len(codes))
    if edges == "infinite":
        has_lower[0] = has_upper[-1] = 0
    both = has_lower * has_upper
    logs = -has_upper * np.logaddexp(0, -upper) - has_lower * np.logaddexp(0, lower)
    logs = logs + both * np.log(-np.expm1(-ratio))
    # d log F(upper) / d upper, d log F(-lower) / d lower, and that of the last factor by the ratio.
    above, below = has_upper * logistic_cdf(-upper, 1.0), -has_lower * logistic_cdf(lower, 1.0)
    width = both * np.exp(-ratio) / -np.expm1(-ratio)
    by_x = -(above + below) / scale
    by_alpha = (above * (codes + 0.5) + below * (codes - 0.5) + width) / scale
    by_scale = -(above * upper + below * lower + width * ratio) / scale
    return logs, by_x, by_alpha, by_scale
