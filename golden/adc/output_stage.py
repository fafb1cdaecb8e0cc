"""Output stage: when sums, or the activations that they become, are given out."""

from collections.abc import Sequence

SLICE = 2
"""Results that a register slice holds."""


def schedule(offered: Sequence[int], taken: Sequence[int], stages: int) -> tuple[list[int], list[int]]:
    """Cycles in which the stage takes sums and has results.

    Sums pass so many stages, which stand still while the last one holds a result for which there is no room in the
    register slice behind them.

    Parameters
    ----------
    offered : sequence of int
        First cycle in which each beat of sums is offered.
    taken : sequence of int
        Cycle in which each result is taken.
    stages : int
        0 of sums, :func:`racelet.golden.adc.requantizer.latency` of activations.

    Returns
    -------
    accepted : list of int
        Cycle in which each beat of sums is taken.
    given : list of int
        First cycle of each result.

    Raises
    ------
    ValueError
        If a result is said to be taken before it is there.

    Examples
    --------
    >>> schedule([0, 1, 2], [1, 2, 3], 0)
    ([0, 1, 2], [1, 2, 3])
    >>> schedule([0, 1, 2, 3, 3], [9, 10, 11, 12, 13], 3)
    ([0, 1, 2, 3, 4], [4, 10, 11, 12, 13])
    """
    accepted: list[int] = []
    given: list[int] = []
    passing = [False] * stages
    waiting = left = cycle = 0
    while left < len(offered):
        room = waiting < SLICE
        moves = room or (stages > 0 and not passing[-1])
        takes = moves and len(accepted) < len(offered) and offered[len(accepted)] <= cycle
        if waiting and len(given) == left:
            given.append(cycle)
        leaves = taken[left] <= cycle
        if leaves and not waiting:
            raise ValueError(f"result {left} must be taken in a cycle in which it is there, not in {taken[left]}")
        enters = room and (passing[-1] if stages else takes)
        if takes:
            accepted.append(cycle)
        if stages and moves:
            passing = [takes, *passing[:-1]]
        waiting += enters - leaves
        left += leaves
        cycle += 1
    return accepted, given
