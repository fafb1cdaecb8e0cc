"""Macro as a digital twin: bits of weights in its cells, bits of activations on its rows, currents as whole numbers."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from racelet.golden.adc.cells import IR_SHIFT, Cells
from racelet.golden.adc.config import AdcConfig


def cell_bits(weights: ArrayLike, config: AdcConfig) -> NDArray[np.int64]:
    """What is in the cells.

    Where codes are signed, the first of a slice's two columns has the bit of magnitudes of positive weights, the second
    one that of negative weights. Else the first one has the bit in two's complement, the second one zeros.

    Parameters
    ----------
    weights : int64, shape (output_lanes, input_lanes)
        Of ``weight_bits`` in two's complement.
    config : AdcConfig

    Returns
    -------
    int64, shape (input_lanes, adcs, 2)

    Raises
    ------
    ValueError
        If a weight is out of range.

    Examples
    --------
    >>> config = AdcConfig(input_lanes=1, word_lines=1, output_lanes=2)
    >>> cell_bits([[1], [-2]], config)[0].tolist()
    [[1, 0], [0, 0], [0, 0], [0, 1]]
    """
    each = np.asarray(weights, np.int64)
    if each.size and not (each.min() in config.weights and each.max() in config.weights):
        raise ValueError(
            f"weights must be in {config.weights[0]}..{config.weights[-1]} (weight_bits={config.weight_bits}), not "
            f"{each.min()}..{each.max()}"
        )
    slices = np.arange(config.weight_bits)
    if config.signed:
        pairs = np.stack([np.maximum(each, 0), np.maximum(-each, 0)], axis=-1)
    else:
        pairs = np.stack([each & ((1 << config.weight_bits) - 1), np.zeros_like(each)], axis=-1)
    bits = pairs[..., np.newaxis, :] >> slices[:, np.newaxis] & 1
    return bits.transpose(1, 0, 2, 3).reshape(len(each.T), -1, 2)


def pattern_bits(config: AdcConfig) -> NDArray[np.int64]:
    """What is in the cells for a calibration: ones in the first column of every slice, zeros in the second one.

    Parameters
    ----------
    config : AdcConfig

    Returns
    -------
    int64, shape (input_lanes, adcs, 2)

    Examples
    --------
    >>> pattern_bits(AdcConfig(input_lanes=1, word_lines=1, output_lanes=1)).tolist()
    [[[1, 0], [1, 0]]]
    """
    return np.tile(np.array([1, 0]), (config.input_lanes, config.adcs, 1))


def row_bits(activations: ArrayLike, config: AdcConfig) -> NDArray[np.int64]:
    """Which rows are on, step by step.

    Groups of rows one after the other; for each of them bits of activations from the highest one down.

    Parameters
    ----------
    activations : int64, shape (beats, input_lanes)
        Of ``input_bits``.
    config : AdcConfig

    Returns
    -------
    int64, shape (beats, groups, input_bits, word_lines)

    Raises
    ------
    ValueError
        If an activation is out of range.

    Examples
    --------
    >>> row_bits([[1, 2, 3, 0]], AdcConfig(input_lanes=4, word_lines=2)).tolist()
    [[[[0, 1], [1, 0]], [[1, 0], [1, 0]]]]
    """
    each = np.asarray(activations, np.int64)
    if each.size and not (each.min() in config.activations and each.max() in config.activations):
        raise ValueError(
            f"activations must be in {config.activations[0]}..{config.activations[-1]} (input_bits="
            f"{config.input_bits}), not {each.min()}..{each.max()}"
        )
    places = np.arange(config.input_bits)[::-1]
    grouped = each.reshape(-1, config.groups, 1, config.word_lines)
    return grouped >> places[:, np.newaxis] & 1


def currents(rows: NDArray[np.int64], bits: NDArray[np.int64], cells: Cells, config: AdcConfig) -> NDArray[np.int64]:
    """Differences of currents that ADCs are given.

    Parameters
    ----------
    rows : int64, shape (beats, groups, input_bits, word_lines)
        From :func:`row_bits`.
    bits : int64, shape (input_lanes, adcs, 2)
        From :func:`cell_bits`.
    cells : Cells
    config : AdcConfig

    Returns
    -------
    int64, shape (beats * steps, adcs)
        In order of time: each column's ``s - ((s * s * ir_factor) >> (IR_SHIFT + current_bits))`` of its sum s, the
        second one's subtracted, the ADC's offset added.

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> config = AdcConfig(input_lanes=2, word_lines=2, output_lanes=1)
    >>> cells = sample_cells(config, IDEAL, 1)
    >>> currents(row_bits([[3, 1]], config), cell_bits([[1, 1]], config), cells, config).tolist()
    [[60, 0], [120, 0]]
    """
    chosen = np.where(bits, cells.low, cells.high).reshape(config.groups, config.word_lines, -1)
    # Sums of so few cells are exact in float64, whose product of matrices is quick.
    sums = np.matmul(rows.astype(np.float64), chosen.astype(np.float64)).astype(np.int64)
    return _differences(sums.reshape(-1, config.adcs, 2), cells, config)


def group_currents(
    rows: NDArray[np.int64], groups: ArrayLike, bits: NDArray[np.int64], cells: Cells, config: AdcConfig
) -> NDArray[np.int64]:
    """The same of single steps.

    Parameters
    ----------
    rows : int64, shape (count, word_lines)
        Which rows of a group are on.
    groups : int64, shape (count,)
    bits, cells, config
        As of :func:`currents`.

    Returns
    -------
    int64, shape (count, adcs)

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> config = AdcConfig(input_lanes=4, word_lines=2, output_lanes=1)
    >>> cells = sample_cells(config, IDEAL, 1)
    >>> group_currents(np.array([[1, 0], [1, 1]]), [0, 1], pattern_bits(config), cells, config).tolist()
    [[60, 60], [120, 120]]
    """
    chosen = np.where(bits, cells.low, cells.high).reshape(config.groups, config.word_lines, -1).astype(np.float64)
    which = np.asarray(groups, np.int64)
    sums = np.zeros((len(rows), 2 * config.adcs), np.int64)
    for group in np.unique(which):
        sums[which == group] = (rows[which == group].astype(np.float64) @ chosen[group]).astype(np.int64)
    return _differences(sums.reshape(-1, config.adcs, 2), cells, config)


def _differences(sums: NDArray[np.int64], cells: Cells, config: AdcConfig) -> NDArray[np.int64]:
    """What ADCs are given of columns' sums; shape (count, adcs, 2)."""
    dropped = sums - ((sums * sums * cells.ir_factor) >> (IR_SHIFT + config.current_bits))
    return dropped[..., 0] - dropped[..., 1] + cells.offsets


def latency(cells: Cells, config: AdcConfig) -> int:
    """Cycles from a beat to the currents of its first step; there is another step in every cycle.

    A register for the cells' currents, for each level of their sums, two for the drop, where there is one, and one for
    the difference.

    Parameters
    ----------
    cells : Cells
    config : AdcConfig

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> latency(sample_cells(AdcConfig(), IDEAL, 1), AdcConfig())
    5
    """
    return 2 + (config.word_lines - 1).bit_length() + (2 if cells.ir_factor else 0)


def mac_values(rows: NDArray[np.int64], bits: NDArray[np.int64], config: AdcConfig) -> NDArray[np.int64]:
    """MAC values that these currents stand for.

    Parameters
    ----------
    rows, bits, config
        As of :func:`currents`.

    Returns
    -------
    int64, shape (beats * steps, adcs)
        Cells of low resistance in rows that are on, those of the second column subtracted.

    Examples
    --------
    >>> config = AdcConfig(input_lanes=2, word_lines=2, output_lanes=1)
    >>> mac_values(row_bits([[3, 1]], config), cell_bits([[1, -1]], config), config).tolist()
    [[1, 0], [0, 0]]
    """
    held = (bits[..., 0] - bits[..., 1]).reshape(config.groups, config.word_lines, config.adcs)
    return np.matmul(rows.astype(np.float64), held.astype(np.float64)).astype(np.int64).reshape(-1, config.adcs)
