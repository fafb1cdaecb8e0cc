"""Activations, weights and sums as bytes: what is sent to a column path with AXI ports, and what comes back."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from racelet.golden.adc.column_path import Beat
from racelet.golden.adc.config import AdcConfig


def input_bytes(beats: Sequence[Beat], config: AdcConfig, rows: Sequence[int] = ()) -> bytes:
    """What is sent for beats, ``config.beat_bytes`` each.

    Byte 0 has ``first`` in bit 0, ``last`` in bit 1 and from bit 2 on the row of channels, byte 1 is the slot. Then
    come the activations, ``input_bits`` each, that of row 0 in the lowest bits, and a row of weights for each output,
    ``weight_bits`` each. All numbers are in two's complement; activations and each row of weights fill up whole bytes
    with zeros.

    Parameters
    ----------
    beats : sequence of Beat
    config : AdcConfig
    rows : sequence of int, optional
        Row of channels of each beat, for the activations that its sums become; all 0 by default.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If a number does not fit, or there are not as many rows as beats.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.dot_engine import DotBeat
    >>> config = AdcConfig(input_lanes=3, word_lines=3, output_lanes=2)
    >>> weights = np.array([[1, 0, -2], [-1, -1, 1]], np.int8)
    >>> beat = DotBeat(activations=np.array([1, 2, 3], np.int8), weights=weights, slot=5, first=1, last=1)
    >>> input_bytes([beat], config).hex(" ")
    '03 05 39 21 1f'
    """
    found = bytearray()
    for beat, row in zip(beats, rows or [0] * len(beats), strict=True):
        _check("slot", np.array(beat.slot), range(config.slots))
        _check("row", np.array(row), range(config.channel_rows))
        _check("activations", beat.activations, config.activations)
        _check("weights", beat.weights, config.weights)
        found += bytes([beat.first | beat.last << 1 | row << 2, beat.slot])
        found += _packed(beat.activations, config.input_bits)
        found += b"".join(_packed(row, config.weight_bits) for row in beat.weights)
    return bytes(found)


def output_bytes(sums: ArrayLike, config: AdcConfig) -> bytes:
    """What comes back: sums in two's complement, of ``config.sum_bytes`` each, the lowest byte first.

    Parameters
    ----------
    sums : int64, shape (last beats, output_lanes)
    config : AdcConfig

    Returns
    -------
    bytes

    Examples
    --------
    >>> output_bytes([[-2, 3]], AdcConfig(output_lanes=2, accumulator_bits=12)).hex(" ")
    'fe ff 03 00'
    """
    return np.asarray(sums, np.int64).astype(f"<i{config.sum_bytes}").tobytes()


def output_sums(data: bytes, config: AdcConfig) -> NDArray[np.int64]:
    """The inverse of :func:`output_bytes`.

    Parameters
    ----------
    data : bytes
        Of whole beats.
    config : AdcConfig

    Returns
    -------
    int64, shape (last beats, output_lanes)

    Examples
    --------
    >>> output_sums(bytes.fromhex("feff0300"), AdcConfig(output_lanes=2, accumulator_bits=12)).tolist()
    [[-2, 3]]
    """
    return np.frombuffer(data, f"<i{config.sum_bytes}").astype(np.int64).reshape(-1, config.output_lanes)


def activation_bytes(activations: ArrayLike) -> bytes:
    """What comes back instead of sums, where activations are asked for: a byte each.

    Parameters
    ----------
    activations : int64, shape (last beats, output_lanes)

    Returns
    -------
    bytes

    Examples
    --------
    >>> activation_bytes([[0, 3], [2, 1]]).hex(" ")
    '00 03 02 01'
    """
    return np.asarray(activations, np.uint8).tobytes()


def output_activations(data: bytes, config: AdcConfig) -> NDArray[np.int64]:
    """The inverse of :func:`activation_bytes`.

    Parameters
    ----------
    data : bytes
        Of whole beats.
    config : AdcConfig

    Returns
    -------
    int64, shape (last beats, output_lanes)

    Examples
    --------
    >>> output_activations(bytes.fromhex("00030201"), AdcConfig(output_lanes=2)).tolist()
    [[0, 3], [2, 1]]
    """
    return np.frombuffer(data, np.uint8).astype(np.int64).reshape(-1, config.output_lanes)


def _check(name: str, values: NDArray[np.int64] | NDArray[np.int8], allowed: range) -> None:
    if np.any((values < allowed.start) | (values >= allowed.stop)):
        raise ValueError(f"{name} must be in {allowed.start}..{allowed.stop - 1}, not {np.ravel(values).tolist()}")


def _packed(values: NDArray[np.int8], width: int) -> bytes:
    """Numbers one behind the other, from the lowest bit up."""
    bits = values.astype(np.int64)[:, np.newaxis] >> np.arange(width) & 1
    return np.packbits(bits.astype(np.uint8).ravel(), bitorder="little").tobytes()
