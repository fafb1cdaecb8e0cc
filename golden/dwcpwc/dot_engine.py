"""Dot-product engine: the sums that a run of beats makes, and when an engine has them."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def parallel_latency(lanes: int) -> int:
    """Cycles from a ``last`` beat to its sums: factors twice, products, their sum, the accumulators.

    A stage of the sum is one adder.

    Parameters
    ----------
    lanes : int
        Products of one sum: ``input_lanes``.

    Returns
    -------
    int

    Examples
    --------
    >>> [parallel_latency(lanes) for lanes in (4, 8, 16, 32)]
    [6, 7, 8, 9]
    """
    return 3 + lanes.bit_length()


@dataclasses.dataclass(frozen=True, kw_only=True)
class DotBeat:
    """One beat of the engine.

    Parameters
    ----------
    activations : int8, shape (input_lanes,)
        Operands of all rows of weights.
    weights : int8, shape (output_lanes, input_lanes)
        One row for each sum.
    slot : int
        Partial sums to add to.
    first, last : int
        1: begin the sums anew; 1: give them out.
    """

    activations: NDArray[np.int8]
    weights: NDArray[np.int8]
    slot: int
    first: int
    last: int


def dot_products(beats: Sequence[DotBeat]) -> NDArray[np.int32]:
    """Sums of a run of beats.

    Parameters
    ----------
    beats : sequence of DotBeat

    Returns
    -------
    int32, shape (sums, output_lanes)
        One row for each ``last`` beat, in order; wrapped to 32 bits.

    Examples
    --------
    >>> def beat(value, slot, first, last):
    ...     return DotBeat(
    ...         activations=np.array([value], np.int8),
    ...         weights=np.array([[2], [3]], np.int8),
    ...         slot=slot,
    ...         first=first,
    ...         last=last,
    ...     )
    >>> dot_products([beat(1, 0, 1, 0), beat(10, 1, 1, 1), beat(4, 0, 0, 1)]).tolist()
    [[20, 30], [10, 15]]
    """
    partial: dict[int, NDArray[np.int64]] = {}
    sums: list[NDArray[np.int64]] = []
    for beat in beats:
        products = beat.weights.astype(np.int64) @ beat.activations.astype(np.int64)
        partial[beat.slot] = products if beat.first else partial[beat.slot] + products
        if beat.last:
            sums.append(partial[beat.slot])
    return np.array(sums, np.int64).astype(np.int32)


def schedule(
    offered: Sequence[int], last: Sequence[int], taken: Sequence[int], cycles: Sequence[int], latency: int
) -> tuple[list[int], list[int]]:
    """Cycles in which an engine takes beats and has sums.

    Every beat moves on by one stage per cycle, and the next is taken when the engine has worked on it for its cycles.
    But where a second sum waits behind one that is not taken, the whole engine holds until the cycle after the first
    one is.

    Parameters
    ----------
    offered : sequence of int
        First cycle in which each beat is offered.
    last : sequence of int
        1 for a beat that ends its sums.
    taken : sequence of int
        Cycle in which each sum is taken.
    cycles : sequence of int
        For how many cycles the engine works on each beat.
    latency : int
        Cycles from a beat that is worked on for one cycle to its sums.

    Returns
    -------
    accepted : list of int
        Cycle of each beat.
    given : list of int
        First cycle of each sum.

    Examples
    --------
    >>> schedule([0, 1, 2, 3, 4, 5], [0, 1, 1, 1, 1, 1], [7, 11, 12, 13, 14], [1] * 6, 6)
    ([0, 1, 2, 3, 4, 5], [7, 8, 12, 13, 14])
    >>> schedule([0, 1, 20], [1, 1, 1], [9, 17, 29], [8] * 3, 2)
    ([0, 8, 20], [9, 17, 29])
    """
    held: set[int] = set()
    accepted: list[int] = []
    given: list[int] = []
    free = 0
    for offer, ends, count in zip(offered, last, cycles, strict=True):
        moves: list[int] = []
        cycle = max(offer, free)
        while len(moves) < count - 1 + latency:
            if cycle not in held:
                moves.append(cycle)
            cycle += 1
        accepted.append(moves[0])
        free = moves[count]
        if ends:
            before = taken[len(given) - 1] if given else 0
            given.append(max(moves[-1], before) + 1)
            held.update(range(moves[-1] + 1, before + 1))
    return accepted, given
