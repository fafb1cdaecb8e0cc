"""Requantizer: activations of sums, by thresholds of their channel or by a multiplication."""
# Ref: Y. Umuroglu et al., "FINN: a framework for fast, scalable binarized neural network inference", FPGA 2017,
# section 4.2.2 (batch norm as thresholds). doi:10.1145/3020078.3021744

import dataclasses
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray

from racelet.golden.adc.config import AdcConfig


def latency(config: AdcConfig) -> int:
    """Cycles from a sum to its activation; there is a sum in every cycle.

    Thresholds: read, compared, counted. Multiplier: read, product, sum, shift.

    Examples
    --------
    >>> latency(AdcConfig()), latency(AdcConfig(requantize="multiplier"))
    (3, 4)
    """
    return 3 if config.requantize == "thresholds" else 4


@dataclasses.dataclass(frozen=True, kw_only=True)
class Folded:
    """Scale and batch norm of channels as thresholds.

    Parameters
    ----------
    thresholds : int64, shape (channels, output_thresholds)
        Not falling. Of ``threshold_bits`` in two's complement.
    negative : bool, shape (channels,)
        Where sums change their sign first.
    """

    thresholds: NDArray[np.int64]
    negative: NDArray[np.bool_]


def fold(slopes: ArrayLike, offsets: ArrayLike, step: float, config: AdcConfig) -> Folded:
    """Make thresholds of what happens to sums: ``y = slope * sum + offset``, to the nearest level, ties up.

    A shared alpha, the scales of weights and activations, and batch norm are all in slopes and offsets: with
    ``y = gamma (alpha sum - mean) / deviation + bias`` the slope is ``gamma alpha / deviation``.

    Parameters
    ----------
    slopes, offsets : float64, shape (channels,)
    step : float
        Distance of the levels of an activation, from 0 up. Above zero.
    config : AdcConfig

    Returns
    -------
    Folded
        Exact: as if everything were done without rounding. A channel whose slope is zero is always the same
        activation. What no sum reaches, or every sum, is a threshold just outside the range of sums.

    Raises
    ------
    ValueError
        If ``step`` is not above zero, or a number is not finite.

    Examples
    --------
    >>> folded = fold([0.5, -0.5, 0.0], [0.0, 0.0, 1.2], 1.0, AdcConfig(accumulator_bits=8))
    >>> folded.thresholds.tolist(), folded.negative.tolist()
    ([[1, 3, 5], [1, 3, 5], [-128, 129, 129]], [False, True, False])
    """
    each = np.asarray(slopes, np.float64), np.asarray(offsets, np.float64)
    if not step > 0:
        raise ValueError(f"step must be above zero, not {step}")
    if not (np.isfinite(each[0]).all() and np.isfinite(each[1]).all()):
        raise ValueError("slopes and offsets must be finite")
    rows = [
        [
            _threshold(Fraction(slope), Fraction(offset), Fraction(step) * (2 * k - 1) / 2, config)
            for k in _outputs(config)
        ]
        for slope, offset in zip(*(array.tolist() for array in each), strict=True)
    ]
    return Folded(thresholds=np.array(rows, np.int64).reshape(-1, config.output_thresholds), negative=each[0] < 0)


def _outputs(config: AdcConfig) -> range:
    return range(1, config.output_thresholds + 1)


def _threshold(slope: Fraction, offset: Fraction, level: Fraction, config: AdcConfig) -> int:
    half = 1 << config.accumulator_bits - 1
    always, never = -half, half + 1
    if not slope:
        return always if offset >= level else never
    return min(max(ceil((level - offset) / abs(slope)), always), never)


def by_thresholds(sums: ArrayLike, folded: Folded) -> NDArray[np.int64]:
    """Activations: how many thresholds are not above a sum, or above what it is with its sign changed.

    Parameters
    ----------
    sums : int64, shape (..., channels)
    folded : Folded

    Returns
    -------
    int64, shape of sums
        From 0.

    Examples
    --------
    >>> by_thresholds([[1, 1], [-3, -3]], fold([0.5, -0.5], [0.0, 0.0], 1.0, AdcConfig())).tolist()
    [[1, 0], [0, 2]]
    """
    signed = np.where(folded.negative, -np.asarray(sums, np.int64), np.asarray(sums, np.int64))
    return (signed[..., np.newaxis] >= folded.thresholds).sum(axis=-1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scale:
    """Scale of sums as integers.

    Parameters
    ----------
    factors : int64, shape (channels,)
        alpha_q: of ``multiplier_bits`` in two's complement.
    biases : int64, shape (channels,)
        B, in units of the product; of 32 bits in two's complement.
    shift : int
        s. 1..31.
    """

    factors: NDArray[np.int64]
    biases: NDArray[np.int64]
    shift: int


def scale(slopes: ArrayLike, offsets: ArrayLike, step: float, config: AdcConfig) -> Scale:
    """Scale of sums as integers: the shift is the largest at which all factors and biases fit.

    Parameters
    ----------
    slopes, offsets, step, config
        As of :func:`fold`.
    config : AdcConfig

    Returns
    -------
    Scale

    Raises
    ------
    ValueError
        If there is no such shift.

    Examples
    --------
    >>> scale([0.3, -0.2], [2.0, 0.0], 1.0, AdcConfig(multiplier_bits=8))
    Scale(factors=array([ 77, -51]), biases=array([512,   0]), shift=8)
    """
    half, limit = 1 << config.multiplier_bits - 1, 1 << 31
    for shift in range(31, 0, -1):
        unit = 2.0**shift / step
        factors = np.floor(np.asarray(slopes, np.float64) * unit + 0.5)
        biases = np.floor(np.asarray(offsets, np.float64) * unit + 0.5)
        if np.all((factors >= -half) & (factors < half)) and np.all((biases >= -limit) & (biases < limit)):
            return Scale(factors=factors.astype(np.int64), biases=biases.astype(np.int64), shift=shift)
    raise ValueError(
        f"slopes and offsets must be below {half // 2} and {limit // 2} steps (multiplier_bits="
        f"{config.multiplier_bits}), not {np.max(np.abs(slopes)) / step:g} and {np.max(np.abs(offsets)) / step:g}"
    )


def by_multiplier(sums: ArrayLike, scale: Scale, config: AdcConfig) -> NDArray[np.int64]:
    """Activations: ``(sum * alpha_q + B + half) >> s``, within their range.

    Parameters
    ----------
    sums : int64, shape (..., channels)
    scale : Scale
    config : AdcConfig

    Returns
    -------
    int64, shape of sums
        0..2 ** output_bits - 1.

    Examples
    --------
    >>> one = Scale(factors=np.array([77]), biases=np.array([0]), shift=8)
    >>> by_multiplier([[-5], [1], [5], [99]], one, AdcConfig()).ravel().tolist()
    [0, 0, 2, 3]
    """
    product = np.asarray(sums, np.int64) * scale.factors + scale.biases + (1 << scale.shift - 1)
    return np.clip(product >> scale.shift, 0, config.output_thresholds)


Parameters = Folded | Scale
"""Of channels, those of row 0 first."""


def activations(sums: ArrayLike, rows: ArrayLike, parameters: Parameters, config: AdcConfig) -> NDArray[np.int64]:
    """Activations of sums of all outputs, each of a row of channels.

    Parameters
    ----------
    sums : int64, shape (n, output_lanes)
    rows : int64, shape (n,)
        Channel ``row * output_lanes`` is the first one.
    parameters : Folded or Scale
    config : AdcConfig

    Returns
    -------
    int64, shape (n, output_lanes)

    Examples
    --------
    >>> folded = fold([0.5, -0.5], [0.0, 0.0], 1.0, AdcConfig())
    >>> activations([[3], [-3]], [0, 1], folded, AdcConfig(output_lanes=1)).tolist()
    [[2], [2]]
    """
    channels = np.asarray(rows, np.int64)[:, np.newaxis] * config.output_lanes + np.arange(config.output_lanes)
    if isinstance(parameters, Folded):
        return by_thresholds(
            sums, Folded(thresholds=parameters.thresholds[channels], negative=parameters.negative[channels])
        )
    each = Scale(factors=parameters.factors[channels], biases=parameters.biases[channels], shift=parameters.shift)
    return by_multiplier(sums, each, config)


def entries(parameters: Parameters) -> NDArray[np.int64]:
    """What is written into the requantizer, shape (channels, entries).

    Entry k is a threshold, and the last one 1 where sums change their sign; or entry 0 the bias and entry 1 the factor.

    Examples
    --------
    >>> entries(scale([0.3, -0.2], [2.0, 0.0], 1.0, AdcConfig(multiplier_bits=8))).tolist()
    [[512, 77], [0, -51]]
    """
    if isinstance(parameters, Folded):
        return np.concatenate([parameters.thresholds, parameters.negative[:, np.newaxis].astype(np.int64)], axis=1)
    return np.stack([parameters.biases, parameters.factors], axis=1)
