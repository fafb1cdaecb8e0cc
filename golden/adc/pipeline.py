"""Pipeline: when what stands still behind a result that waits takes beats and has results."""

from collections.abc import Sequence


def schedule(
    offered: Sequence[int], steps: Sequence[int], gives: Sequence[bool], taken: Sequence[int], latency: int
) -> tuple[list[int], list[int]]:
    """Cycles in which a pipeline takes beats and has results.

    In each cycle everything moves on by one stage, and a step of the beat that is offered enters; but nothing moves in
    a cycle in which a result is there and not taken. A beat is taken with its last step.

    Parameters
    ----------
    offered : sequence of int
        First cycle in which each beat is offered.
    steps : sequence of int
        Steps of each beat. At least 1.
    gives : sequence of bool
        Whether each step of a beat gives a result, or none does.
    taken : sequence of int
        Cycle in which each result is taken.
    latency : int
        Cycles from a step to its result, if nothing waits.

    Returns
    -------
    accepted : list of int
        Cycle in which each beat is taken.
    given : list of int
        First cycle of each result.

    Examples
    --------
    >>> schedule([0, 1, 9], [1, 1, 1], [True, True, True], [5, 6, 11], 2)
    ([0, 1, 9], [2, 6, 11])
    >>> schedule([0, 0], [2, 1], [True, False], [2, 3], 2)
    ([1, 2], [2, 3])
    """
    held: set[int] = set()
    accepted: list[int] = []
    given: list[int] = []
    cycle = 0
    for offer, count, has_results in zip(offered, steps, gives, strict=True):
        cycle = max(offer, cycle)
        for _ in range(count):
            while cycle in held:
                cycle += 1
            if has_results:
                given.append(later(cycle, latency, held))
                held.update(range(given[-1], taken[len(given) - 1]))
            cycle += 1
        accepted.append(cycle - 1)
    return accepted, given


def later(cycle: int, moves: int, held: set[int]) -> int:
    """The cycle after some moves.

    Parameters
    ----------
    cycle : int
        Of the first move, if nothing is held then.
    moves : int
    held : set of int
        Cycles in which nothing moves.

    Examples
    --------
    >>> later(3, 2, set()), later(3, 2, {3, 4, 9})
    (5, 7)
    """
    while moves:
        moves -= cycle not in held
        cycle += 1
    return cycle
