"""Conversions of many currents at once, with noise, as flash encoders and SAR sequencers make them."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc import flash_encoder, sar_sequencer
from racelet.golden.adc.config import VOTES, AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.flash_encoder import encode
from racelet.golden.adc.thresholds import dac_currents, monotonic

_AT_A_TIME = 1 << 22
"""Comparators whose bits are in memory at a time."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Conversions:
    """What came of currents.

    Parameters
    ----------
    codes : int64, shape (count, adcs)
        From 0.
    errors : Error
        ``NON_MONOTONIC``, ``BUBBLE``.
    """

    codes: NDArray[np.int64]
    errors: Error


def convert(
    currents: NDArray[np.int64],
    tables: NDArray[np.int64],
    noise: NDArray[np.int64] | None,
    config: AdcConfig,
    groups: NDArray[np.int64] | None = None,
) -> Conversions:
    """Codes of currents.

    Each ADC has a table, which it may share, and noise of its own. A "sar" has a sample of noise for every comparison,
    in order; a "flash" one for all of its comparators, as it is the current that is sampled.

    Parameters
    ----------
    currents : int64, shape (count, adcs)
    tables : int64, shape (table_groups, tables, thresholds)
        DAC codes.
    noise : int64, shape (count * samples, adcs), or None
        Currents; None: there is none.
    config : AdcConfig
    groups : int64, shape (count,), or None
        Group of rows of each current; None: the first one.

    Returns
    -------
    Conversions

    Examples
    --------
    >>> config = AdcConfig(bits=2, output_lanes=1, adcs_per_table=2)
    >>> convert(np.array([[-90, -89], [29, 32]]), np.array([[[117, 124, 132]]]), None, config).codes.tolist()
    [[0, 0], [2, 3]]
    """
    count = len(currents)
    edges = dac_currents(np.repeat(tables, config.adcs_per_table, axis=1), config)
    which = np.zeros(count, np.int64) if groups is None or not config.group_tables else groups
    if noise is None:
        added = np.zeros((count, config.samples, 1), np.int64)
    else:
        added = noise.reshape(count, config.samples, currents.shape[1])
    errors = Error.NONE if monotonic(tables) else Error.NON_MONOTONIC
    if config.kind == "flash":
        seen = currents + added[:, 0]
        part = max(_AT_A_TIME // max(seen[:1].size * config.thresholds, 1), 1)
        parts = [
            encode(seen[start : start + part, :, np.newaxis] >= edges[which[start : start + part]], config)
            for start in range(0, max(count, 1), part)
        ]
        is_bubbly = any(each.bubbles.any() for each in parts)
        codes = np.concatenate([each.codes for each in parts])
        return Conversions(codes=codes, errors=errors | (Error.BUBBLE if is_bubbly else Error.NONE))
    codes = np.zeros(currents.shape, np.int64)
    adcs = np.arange(currents.shape[1])
    for number, bit in enumerate(reversed(range(config.bits))):
        tried = edges[which[:, np.newaxis], adcs, (codes | 1 << bit) - 1]
        votes = VOTES if config.vote and not bit else 1
        said = np.zeros_like(codes)
        for vote in range(votes):
            said += currents + added[:, number + vote] >= tried
        codes |= (2 * said > votes).astype(np.int64) << bit
    return Conversions(codes=codes, errors=errors)


def raw_convert(currents: NDArray[np.int64], noise: NDArray[np.int64] | None, config: AdcConfig) -> NDArray[np.int64]:
    """DAC codes that currents are worth, as :func:`racelet.golden.adc.sar_sequencer.raw_search` finds them.

    Parameters
    ----------
    currents : int64, shape (count, adcs)
    noise : int64, shape (count * dac_bits, adcs), or None
        A sample for every comparison, in order.
    config : AdcConfig

    Returns
    -------
    int64, shape (count, adcs)

    Examples
    --------
    >>> raw_convert(np.array([[-9, -8, 0, 7, 5000]]), None, AdcConfig()).tolist()
    [[126, 127, 128, 128, 255]]
    """
    if noise is None:
        added = np.zeros((len(currents), config.dac_bits, 1), np.int64)
    else:
        added = noise.reshape(len(currents), config.dac_bits, currents.shape[1])
    codes = np.zeros(currents.shape, np.int64)
    for number, bit in enumerate(reversed(range(config.dac_bits))):
        tried = codes | 1 << bit
        codes = np.where(currents + added[:, number] >= dac_currents(tried, config), tried, codes)
    return codes


def conversion_interval(config: AdcConfig) -> int:
    """Cycles from one conversion to the next.

    Examples
    --------
    >>> conversion_interval(AdcConfig()), conversion_interval(AdcConfig(kind="flash"))
    (6, 1)
    """
    return flash_encoder.LATENCY if config.kind == "flash" else sar_sequencer.conversion_interval(config)


def step_interval(config: AdcConfig) -> int:
    """Cycles from one step of all ADCs to the next: of a conversion, or of the slices that are added one by one.

    Examples
    --------
    >>> step_interval(AdcConfig()), step_interval(AdcConfig(weight_bits=8)), step_interval(AdcConfig(kind="flash"))
    (6, 8, 2)
    """
    return max(conversion_interval(config), config.weight_bits)


def beat_interval(config: AdcConfig) -> int:
    """Cycles from one beat of activations and weights to the next.

    Examples
    --------
    >>> beat_interval(AdcConfig()), beat_interval(AdcConfig(word_lines=4))
    (12, 24)
    """
    return config.steps * step_interval(config)
