"""Deployed quantizer: thresholds as integers, as DAC codes, and what they make of numbers."""
# Ref: C. Louizos et al., "Relaxed quantization for discretized neural networks", ICLR 2019. arXiv:1810.01875

from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from racelet.golden.adc.config import AdcConfig


def real_thresholds(alpha: float, beta: float, config: AdcConfig) -> list[Fraction]:
    """Thresholds between levels, exactly.

    Parameters
    ----------
    alpha : float
        Distance of levels: above zero.
    beta : float
        Level of no current.
    config : AdcConfig

    Returns
    -------
    list of Fraction
        ``alpha * (k - 1/2) + beta`` of all levels k but the lowest.

    Raises
    ------
    ValueError
        If ``alpha`` is not above zero.

    Examples
    --------
    >>> [float(each) for each in real_thresholds(2.0, 0.5, AdcConfig(bits=2))]
    [-2.5, -0.5, 1.5]
    """
    if not alpha > 0:
        raise ValueError(f"alpha must be above zero (levels rise), not {alpha}")
    levels = range(config.lowest + 1, config.lowest + config.levels)
    return [Fraction(alpha) * (k - Fraction(1, 2)) + Fraction(beta) for k in levels]


def integer_thresholds(alpha: float, beta: float, config: AdcConfig) -> NDArray[np.int64]:
    """Thresholds for whole numbers: ``ceil(t_k)``, exact, as x >= t_k if and only if x >= ceil(t_k).

    Parameters
    ----------
    alpha, beta, config
        As of :func:`real_thresholds`.

    Returns
    -------
    int64, shape (thresholds,)

    Examples
    --------
    >>> integer_thresholds(2.0, 0.0, AdcConfig(bits=2)).tolist()
    [-3, -1, 1]
    """
    return np.array([ceil(each) for each in real_thresholds(alpha, beta, config)], np.int64)


def quantize_integers(values: ArrayLike, thresholds: ArrayLike) -> NDArray[np.int64]:
    """Codes of whole numbers: how many thresholds are not above each.

    Parameters
    ----------
    values : int64, any shape
    thresholds : int64, shape (thresholds,)
        Not falling.

    Returns
    -------
    int64, shape of values
        From 0; a value on a threshold is above it.

    Examples
    --------
    >>> quantize_integers([-4, -3, 0, 1, 9], [-3, -1, 1]).tolist()
    [0, 1, 2, 3, 3]
    """
    return np.searchsorted(np.asarray(thresholds, np.int64), np.asarray(values, np.int64), side="right").astype(
        np.int64
    )


def dac_codes(
    alpha: float, beta: float, unit: int, config: AdcConfig, *, centred: bool = False
) -> tuple[NDArray[np.int64], bool]:
    """Thresholds as codes of the DAC.

    Parameters
    ----------
    alpha, beta : float
        Of the levels, in MAC values.
    unit : int
        Current of a MAC value of one.
    config : AdcConfig
    centred : bool
        Thresholds are moved to the middle between the two MAC values that they lie between, ``ceil(t_k) - 1/2``: no
        code of a MAC value changes, but one on a threshold, or close to it, is no longer read by chance. With an alpha
        of one they are there already.

    Returns
    -------
    int64, shape (thresholds,)
        ``round(t_k * unit / 2 ** dac_shift) + dac_zero``, half up, within the DAC's range.
    bool
        Whether one was beyond that range.

    Examples
    --------
    >>> dac_codes(1.0, 0.0, 60, AdcConfig(bits=2))
    (array([117, 124, 132]), False)
    >>> dac_codes(2.0, 0.0, 60, AdcConfig(bits=2)), dac_codes(2.0, 0.0, 60, AdcConfig(bits=2), centred=True)
    ((array([106, 121, 136]), False), (array([102, 117, 132]), False))
    >>> dac_codes(12.0, 0.0, 60, AdcConfig(bits=2))
    (array([  0,  83, 173]), True)
    """
    half = Fraction(1, 2)
    places = real_thresholds(alpha, beta, config)
    if centred:
        places = [ceil(each) - half for each in places]
    exact = [each * unit / (1 << config.dac_shift) + config.dac_zero for each in places]
    return clamped(np.array([floor(each + half) for each in exact], np.int64), config)


def clamped(codes: NDArray[np.int64], config: AdcConfig) -> tuple[NDArray[np.int64], bool]:
    """DAC codes within the DAC's range, and whether one was beyond it.

    Examples
    --------
    >>> clamped(np.array([-1, 7, 256]), AdcConfig())
    (array([  0,   7, 255]), True)
    """
    within = np.clip(codes, 0, config.dac_codes - 1)
    return within, bool(np.any(within != codes))


def dac_currents(codes: ArrayLike, config: AdcConfig) -> NDArray[np.int64]:
    """Currents that DAC codes stand for: what a comparator compares with.

    Parameters
    ----------
    codes : int64, any shape

    Returns
    -------
    int64, shape of codes
        ``(code - dac_zero) << dac_shift``.

    Examples
    --------
    >>> dac_currents([127, 128, 130], AdcConfig()).tolist()
    [-8, 0, 16]
    """
    return (np.asarray(codes, np.int64) - config.dac_zero) << config.dac_shift


def monotonic(table: ArrayLike) -> bool:
    """Whether no code of a table is below the one before; two may be the same.

    A bit for each pair of neighbours, kept when one of them is written, is enough to know it.

    Examples
    --------
    >>> monotonic([3, 3, 5]), monotonic([3, 5, 4])
    (True, False)
    """
    return bool(np.all(np.diff(np.asarray(table, np.int64), axis=-1) >= 0))
