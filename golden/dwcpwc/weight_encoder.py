"""Weights as the engine keeps them: for the kind "bitlet" in compact canonical signed digits of radix 4."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.digits import csd4
from racelet.golden.dwcpwc.config import DwcPwcConfig

COLUMNS = 4
"""Digits of an int8 weight."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DigitColumn:
    """Digits of one significance of a row of weights; bit ``k`` of each word belongs to weight ``k``.

    Parameters
    ----------
    digits : int
        1: there is a digit other than zero.
    negative, double : int
        It is -1 or -2; it is 2 or -2.
    count : int
        How many digits there are.
    """

    digits: int
    negative: int
    double: int
    count: int


def weight_digits(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """Canonical signed digits of weights, two to one of radix 4.

    Parameters
    ----------
    weights : int8, shape (..., n)

    Returns
    -------
    int8, shape (..., 4, n)
        The least significant first: -2, -1, 0, 1 or 2.

    Examples
    --------
    >>> weight_digits(np.array([127, -6, -128], np.int8)).T.tolist()
    [[-1, 0, 0, 2], [2, -2, 0, 0], [0, 0, 0, -2]]
    """
    wide = weights.astype(np.int64)
    magnitudes = csd4(abs(wide).reshape(-1), COLUMNS)[::-1].reshape(COLUMNS, *weights.shape)
    return np.moveaxis(magnitudes * np.sign(wide).astype(np.int8), 0, -2)


def digit_columns(row: NDArray[np.int8]) -> list[DigitColumn]:
    """A row of weights, encoded.

    Parameters
    ----------
    row : int8, shape (input_lanes,)

    Returns
    -------
    list of DigitColumn
        The least significant first.

    Examples
    --------
    >>> digit_columns(np.array([1, 0, -2, 3], np.int8))[0]
    DigitColumn(digits=13, negative=12, double=4, count=3)
    """
    return [
        DigitColumn(
            digits=_word(digits != 0),
            negative=_word(digits < 0),
            double=_word(abs(digits) == 2),
            count=int(np.count_nonzero(digits)),
        )
        for digits in weight_digits(row)
    ]


def _word(bits: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")


def kept_set(weights: NDArray[np.int8], config: DwcPwcConfig) -> list[Any]:
    """A set of weights as the engine keeps it, in numbers and words.

    Parameters
    ----------
    weights : int8, shape (output_lanes, input_lanes)
    config : DwcPwcConfig

    Returns
    -------
    list
        For each row its weights, or, for the kind "bitlet", its columns of digits, each as a dictionary.

    Examples
    --------
    >>> weights = np.array([[1, -2], [0, 3]], np.int8)
    >>> kept_set(weights, DwcPwcConfig())
    [[1, -2], [0, 3]]
    >>> kept_set(weights, DwcPwcConfig(engine="bitlet"))[0][0]
    {'digits': 3, 'negative': 2, 'double': 2, 'count': 2}
    """
    if config.engine != "bitlet":
        return weights.tolist()
    return [[dataclasses.asdict(column) for column in digit_columns(row)] for row in weights]
