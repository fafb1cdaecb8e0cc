"""Digit sets: how a weight's magnitude is written."""
# Ref: Reitwiesner, "Binary arithmetic", Advances in Computers 1, 1960: the canonical signed-digit form has no two
# neighbouring digits other than zero, and as few of them as any.

import numpy as np
from numpy.typing import NDArray


def sign_magnitude(magnitudes: NDArray[np.int64], columns: int) -> NDArray[np.int8]:
    """Bits of magnitudes.

    Parameters
    ----------
    magnitudes : int64, shape (n,)
        In 0..2 ** columns - 1.
    columns : int

    Returns
    -------
    int8, shape (columns, n)
        The most significant first: 0 or 1.

    Examples
    --------
    >>> sign_magnitude(np.array([5, 3]), 3).tolist()
    [[1, 0], [0, 1], [1, 1]]
    """
    places = np.arange(columns - 1, -1, -1, dtype=np.int64)
    return ((magnitudes[None, :] >> places[:, None]) & 1).astype(np.int8)


def csd4(magnitudes: NDArray[np.int64], columns: int) -> NDArray[np.int8]:
    """Canonical signed digits, two to one of radix 4.

    Of two neighbours one at most is not zero, so a digit is a power of two or none: an activation is shifted by one
    place at most, and never multiplied by three.

    Parameters
    ----------
    magnitudes : int64, shape (n,)
        In 0..2 ** (2 * columns - 1).
    columns : int

    Returns
    -------
    int8, shape (columns, n)
        The most significant first: -2, -1, 0, 1 or 2.

    Examples
    --------
    >>> csd4(np.array([127, 6, 128]), 4).T.tolist()
    [[2, 0, 0, -1], [0, 0, 2, -2], [2, 0, 0, 0]]
    """
    digits = np.zeros((columns, len(magnitudes)), np.int8)
    rest = magnitudes.astype(np.int64)
    for place in range(2 * columns):
        digit = np.where(rest & 1, 2 - (rest & 3), 0)
        rest = (rest - digit) >> 1
        digits[columns - 1 - place // 2] += (digit << (place % 2)).astype(np.int8)
    return digits


DIGIT_SETS = {"sign_magnitude": sign_magnitude, "csd4": csd4}
"""By the names that a config has for them."""
