"""Macro: currents of columns of cells, and how often the sum of cells that are on is misread."""
# Ref: W.-H. Chen et al., "CMOS-integrated memristive non-volatile computing-in-memory for AI edge processors", Nature
# Electronics 2:420, 2019 (read margin of sums of cells). doi:10.1038/s41928-019-0288-0

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from racelet.golden.adc.macro_config import MacroConfig

_AT_A_TIME = 10_000


def lognormal(rng: np.random.Generator, mean: float, spread: float, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Currents of cells: lognormal, by mean and by standard deviation over mean.

    Not the parameters of the normal distribution below it: its variance is ``log(1 + spread ** 2)``, and its mean so
    much lower that the currents' mean is what is asked for.

    Parameters
    ----------
    rng : numpy.random.Generator
    mean : float
    spread : float
    shape : tuple of int

    Examples
    --------
    >>> found = lognormal(np.random.default_rng(1), 2.0, 0.5, (100_000,))
    >>> round(float(found.mean()), 2), round(float(found.std()), 2)
    (1.99, 1.0)
    """
    variance = math.log1p(spread**2)
    return mean * np.exp(rng.normal(-variance / 2, math.sqrt(variance), shape))


def bit_line(sums: ArrayLike, config: MacroConfig, rng: np.random.Generator | None = None) -> NDArray[np.float64]:
    """What is read of sums of cells' currents.

    Parameters
    ----------
    sums : float64, any shape
    config : MacroConfig
    rng : numpy.random.Generator or None
        None: without noise.

    Returns
    -------
    float64, shape of sums
        I = sum / (1 + k sum), and noise: N(0, s_sa) + I N(0, s_rel).

    Examples
    --------
    >>> bit_line([0.0, 10.0], MacroConfig(ir_drop=0.01)).round(3).tolist()
    [0.0, 9.091]
    """
    each = np.asarray(sums, np.float64)
    currents = each / (1 + config.ir_drop * each)
    if rng is None:
        return currents
    noise = rng.normal(0, config.sense_noise, each.shape)
    return currents + noise + currents * rng.normal(0, config.relative_noise, each.shape)


def mean_sum(ones: ArrayLike, rows: int, config: MacroConfig) -> NDArray[np.float64]:
    """Mean sum of a column's currents: of cells of low resistance, and of the other rows that are on.

    Parameters
    ----------
    ones : float64, any shape
        Cells of low resistance: the MAC value; halves for thresholds between them.
    rows : int
        N_on: rows that are on.
    config : MacroConfig

    Examples
    --------
    >>> mean_sum([0, 17, 34], 34, MacroConfig()).tolist()
    [2.0, 18.0, 34.0]
    """
    count = np.asarray(ones, np.float64)
    return count + (rows - count) / config.on_off_ratio


def closed_form(ones: ArrayLike, rows: int, config: MacroConfig) -> NDArray[np.float64]:
    """Share of reads that do not give the MAC value, if sums of cells were normally distributed.

    ``spread^2 = m sL^2 + (N_on - m) (sH / R)^2 + s_sa^2 + (s_rel I)^2``, and a share of
    ``erfc(D / (2 sqrt(2) spread))`` of an interior code, whose thresholds are D apart. With ``ir_drop`` thresholds are
    where they are without noise, and closer to one another the larger the current.

    Parameters
    ----------
    ones : int64, any shape
        m: MAC values.
    rows : int
        N_on.
    config : MacroConfig

    Returns
    -------
    float64, shape of ones

    Examples
    --------
    >>> (100 * closed_form([1, 4, 8, 16, 24, 31], 32, MacroConfig(low_spread=0.1))).round(1).tolist()
    [5.3, 11.0, 18.0, 28.8, 36.5, 41.5]
    """
    count = np.asarray(ones, np.float64)
    sums = mean_sum(count, rows, config)
    current = bit_line(sums, config)
    slope = 1 / (1 + config.ir_drop * sums) ** 2
    cells = count * config.low_spread**2 + (rows - count) * (config.high_spread / config.on_off_ratio) ** 2
    spread = np.sqrt(slope**2 * cells + config.sense_noise**2 + (config.relative_noise * current) ** 2)
    above = bit_line(mean_sum(count + 0.5, rows, config), config) - current
    below = current - bit_line(mean_sum(count - 0.5, rows, config), config)
    return (_tail(above, spread) + _tail(below, spread)) / 2


def _tail(distance: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.vectorize(math.erfc, otypes=[np.float64])(distance / (math.sqrt(2) * spread))


def sampled_currents(rows: int, count: int, config: MacroConfig, rng: np.random.Generator) -> NDArray[np.float64]:
    """What is read of columns, for every MAC value.

    Parameters
    ----------
    rows : int
        N_on.
    count : int
        Columns, each with cells of its own.
    config : MacroConfig
    rng : numpy.random.Generator

    Returns
    -------
    float64, shape (count, rows + 1)
        Of MAC values 0..rows. The same columns with one more cell of low resistance each time, and noise anew.

    Examples
    --------
    >>> sampled_currents(32, 9000, MacroConfig(), np.random.default_rng(1)).mean(axis=0)[[0, 16]].round(1).tolist()
    [1.9, 16.9]
    """
    low = lognormal(rng, 1.0, config.low_spread, (count, rows))
    high = lognormal(rng, 1 / config.on_off_ratio, config.high_spread, (count, rows))
    sums = np.zeros((count, rows + 1))
    np.cumsum(low, axis=1, out=sums[:, 1:])
    # Of the rows from the last one back.
    sums[:, :-1] += np.cumsum(high[:, ::-1], axis=1)[:, ::-1]
    return bit_line(sums, config, rng)


def misread(rows: int, count: int, config: MacroConfig, seed: int) -> NDArray[np.float64]:
    """Share of columns that are not read as what they are, found by trying.

    A current is read as the MAC value between whose thresholds it lies; they are in the middle between mean currents,
    and go on beyond 0 and ``rows``, so that every MAC value has two of them.

    Parameters
    ----------
    rows : int
        N_on.
    count : int
        Columns.
    config : MacroConfig
    seed : int

    Returns
    -------
    float64, shape (rows + 1,)
        Of MAC values 0..rows.

    Examples
    --------
    >>> (100 * misread(32, 20_000, MacroConfig(), 1)[[1, 31]]).round().tolist()
    [4.0, 14.0]
    """
    rng = np.random.default_rng(seed)
    edges = bit_line(mean_sum(np.arange(rows + 2) - 0.5, rows, config), config)
    wrong = np.zeros(rows + 1)
    for part in range(0, count, _AT_A_TIME):
        currents = sampled_currents(rows, min(_AT_A_TIME, count - part), config, rng)
        wrong += ((currents < edges[:-1]) | (currents >= edges[1:])).sum(axis=0)
    return wrong / count
