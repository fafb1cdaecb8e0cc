"""Adder tree: what all columns add up to, and how long it takes."""

from collections.abc import Sequence


def total(sums: Sequence[int], columns: int, radix: int) -> int:
    """Add the sums of columns, each at its significance.

    Parameters
    ----------
    sums : sequence of int
        Of the columns of a window, the least significant first; then of the next window beside it.
    columns : int
        Of a window.
    radix : {2, 4}

    Examples
    --------
    >>> total([1, 2, 3, 5, 0, 0], columns=3, radix=4)
    62
    """
    return sum(value * radix ** (number % columns) for number, value in enumerate(sums))


def latency(lanes: int) -> int:
    """Cycles from the sums of so many columns to the total, one for each level of the tree.

    Examples
    --------
    >>> [latency(lanes) for lanes in (2, 3, 8, 9)]
    [1, 2, 3, 4]
    """
    return (lanes - 1).bit_length()
