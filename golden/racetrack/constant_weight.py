"""Numbers of 32 bits as words of a fixed number of ones: the nearest such word is itself a floating-point number."""
# The integer order of magnitudes is the order of the numbers; so next to a number lie the nearest smaller and the
# nearest larger word of that many ones.

import numpy as np
from numpy.typing import NDArray

MAGNITUDE_BITS = 31
LARGEST = 0x7F7FFFFF
"""Magnitude of the largest finite number."""


def encode(values: NDArray[np.float32], ones: int = 16, *, greedy: bool = False) -> NDArray[np.uint32]:
    """Words of a fixed number of ones.

    Parameters
    ----------
    values : float32, shape (n,)
        Infinities become the largest word of their sign.
    ones : int
        K, sign and all. 2..30.
    greedy : bool
        The rule of report 111-CSIE-S017: from the most significant bit on, take ones while some are left, and fill up
        with ones where all that are left have to come. Else the nearest word, by the distance of magnitudes as
        integers; of two, the smaller.

    Returns
    -------
    uint32, shape (n,)

    Raises
    ------
    ValueError
        If a value is not a number, or ``ones`` is outside its range.

    Examples
    --------
    >>> [hex(word) for word in encode(np.array([1.0, -1.0, 0.0], np.float32))]
    ['0x3f8001ff', '0xbf8000ff', '0xffff']
    """
    if not 2 <= ones <= 30:
        raise ValueError(f"a word must have 2..30 ones, not {ones}")
    if np.isnan(values).any():
        raise ValueError(f"value {int(np.flatnonzero(np.isnan(values))[0])} is not a number")
    words = values.astype(np.float32).view(np.uint32).astype(np.int64)
    negative, magnitudes = words >> MAGNITUDE_BITS, words & ((1 << MAGNITUDE_BITS) - 1)
    magnitudes = np.minimum(magnitudes, LARGEST)
    left = ones - negative
    found = _greedy(magnitudes, left) if greedy else _nearest(magnitudes, left)
    return (found | negative << MAGNITUDE_BITS).astype(np.uint32)


def decode(words: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Numbers of words; the smallest word of a weight stands for zero.

    Parameters
    ----------
    words : uint32, shape (n,)

    Returns
    -------
    float32, shape (n,)

    Examples
    --------
    >>> decode(encode(np.array([1.0, 0.0, -0.0], np.float32))).tolist()
    [1.0000609159469604, 0.0, -0.0]
    """
    magnitudes = words & np.uint32((1 << MAGNITUDE_BITS) - 1)
    # The smallest one of its weight: all ones at the end.
    zero = (magnitudes & (magnitudes + np.uint32(1))) == 0
    return np.where(zero, words & np.uint32(1 << MAGNITUDE_BITS), words).view(np.float32)


def _nearest(magnitudes: NDArray[np.int64], ones: NDArray[np.int64]) -> NDArray[np.int64]:
    below, above = predecessors(magnitudes, ones), successors(magnitudes, ones)
    use_above = (below < 0) | ((above >= 0) & (above <= LARGEST) & (above - magnitudes < magnitudes - below))
    return np.where(use_above, above, below)


def predecessors(magnitudes: NDArray[np.int64], ones: NDArray[np.int64]) -> NDArray[np.int64]:
    """Largest magnitudes of so many ones that are no larger.

    A magnitude of that weight is its own. Else, at the lowest one that can be cleared so that the ones that are missing
    fit below it: they go right below it.

    Parameters
    ----------
    magnitudes : int64, shape (n,)
    ones : int64, shape (n,)

    Returns
    -------
    int64, shape (n,)
        -1 where there is none.

    Examples
    --------
    >>> predecessors(np.array([0b1000, 0b0110, 0b0001]), np.array([2, 2, 2])).tolist()
    [6, 6, -1]
    """
    found = np.where(_weight(magnitudes) == ones, magnitudes, -1)
    for place in range(MAGNITUDE_BITS):
        bit, above = magnitudes >> place & 1, magnitudes >> place + 1
        rest = ones - _weight(above)
        fits = (found < 0) & (bit == 1) & (rest >= 0) & (rest <= place)
        low = ((np.int64(1) << np.clip(rest, 0, place)) - 1) << (place - np.clip(rest, 0, place))
        found = np.where(fits, above << place + 1 | low, found)
    return found


def successors(magnitudes: NDArray[np.int64], ones: NDArray[np.int64]) -> NDArray[np.int64]:
    """Smallest magnitudes of so many ones that are no smaller; the ones that are missing go to the end.

    Parameters
    ----------
    magnitudes, ones
        As of :func:`predecessors`.

    Returns
    -------
    int64, shape (n,)
        -1 where there is none.

    Examples
    --------
    >>> successors(np.array([0b1000, 0b0111]), np.array([2, 1])).tolist()
    [9, 8]
    """
    found = np.where(_weight(magnitudes) == ones, magnitudes, -1)
    for place in range(MAGNITUDE_BITS):
        bit, above = magnitudes >> place & 1, magnitudes >> place + 1
        rest = ones - _weight(above) - 1
        fits = (found < 0) & (bit == 0) & (rest >= 0) & (rest <= place)
        low = (np.int64(1) << np.clip(rest, 0, place)) - 1
        found = np.where(fits, above << place + 1 | np.int64(1) << place | low, found)
    return found


def _greedy(magnitudes: NDArray[np.int64], ones: NDArray[np.int64]) -> NDArray[np.int64]:
    found, left = np.zeros_like(magnitudes), ones.copy()
    for place in reversed(range(MAGNITUDE_BITS)):
        take = (left > 0) & (((magnitudes >> place & 1) == 1) | (left == place + 1))
        found |= take.astype(np.int64) << place
        left -= take
    return found


def _weight(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many ones there are."""
    return np.bitwise_count(values).astype(np.int64)
