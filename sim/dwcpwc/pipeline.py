"""Exact times of components that hold everything while their output stalls."""

from collections.abc import Sequence

import numpy as np


def waits(offered: Sequence[int], taken: Sequence[int]) -> frozenset[int]:
    """Cycles in which an output was offered and not taken.

    Parameters
    ----------
    offered, taken : sequence of int
        First cycle in which each output was offered, and the cycle in which it was taken.

    Examples
    --------
    >>> sorted(waits([3, 6, 8], [5, 6, 9]))
    [3, 4, 8]
    """
    return frozenset(cycle for first, last in zip(offered, taken, strict=True) for cycle in range(first, last))


def latencies(accepted: Sequence[int], offered: Sequence[int], stalls: frozenset[int]) -> set[int]:
    """Cycles that outputs came behind their inputs, not counting those in which the output stalled.

    Parameters
    ----------
    accepted : sequence of int
        Cycle in which each input was taken.
    offered : sequence of int
        First cycle in which its output was offered.
    stalls : frozenset of int
        From :func:`waits`, or cycles in which the output's ``ready`` was low, as the component holds.

    Returns
    -------
    set of int
        One value, if the component holds while its output stalls and never else.

    Examples
    --------
    >>> latencies([0, 1, 5], [3, 6, 8], waits([3, 6, 8], [5, 6, 8]))
    {3}
    """
    held = np.array(sorted(stalls))
    return {
        there - here - int(np.count_nonzero((held > here) & (held < there)))
        for here, there in zip(accepted, offered, strict=True)
    }


def acceptances(offered: Sequence[int], stalls: frozenset[int]) -> list[int]:
    """Cycles in which inputs must be taken.

    Parameters
    ----------
    offered : sequence of int
        First cycle in which each input was offered.
    stalls : frozenset of int
        From :func:`waits`, or cycles in which the output's ``ready`` was low, as the component holds.

    Returns
    -------
    list of int

    Examples
    --------
    >>> acceptances([0, 3], frozenset({3, 4}))
    [0, 5]
    """
    return [_without(stalls, first) for first in offered]


def _without(stalls: frozenset[int], cycle: int) -> int:
    """The first cycle from one on without a stall."""
    while cycle in stalls:
        cycle += 1
    return cycle
