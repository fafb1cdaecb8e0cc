"""Weight stores: which beats answer a request, and when."""

from collections.abc import Sequence

BRAM_LATENCY = 2
"""Cycles from a request to the first beat of the store on chip. The outside one adds none of its own."""


def answers(requests: Sequence[tuple[int, int]], memory: Sequence[int]) -> list[int]:
    """Beats that a store gives.

    Parameters
    ----------
    requests : sequence of (address, beats)
        Runs, in beats.
    memory : sequence of int
        All beats.

    Returns
    -------
    list of int
        Run after run.

    Examples
    --------
    >>> answers([(2, 2), (0, 1)], [10, 11, 12, 13])
    [12, 13, 10]
    """
    return [memory[address + k] for address, beats in requests for k in range(beats)]


def schedule(beats: Sequence[int], offered: Sequence[int], taken: Sequence[int]) -> tuple[list[int], list[int]]:
    """Cycles in which the store on chip takes requests and gives beats.

    The memory is read one cycle ahead of a beat, from the cycle after the request on, and not before the beat before is
    taken. A request is taken when the last beat of the run before is read.

    Parameters
    ----------
    beats : sequence of int
        Beats of each run.
    offered : sequence of int
        First cycle in which each request is offered.
    taken : sequence of int
        Cycle in which each beat is taken.

    Returns
    -------
    accepted : list of int
        Cycle of each request.
    given : list of int
        First cycle of each beat.

    Examples
    --------
    >>> schedule([2, 1], [0, 1], [2, 3, 4])
    ([0, 2], [2, 3, 4])
    """
    accepted: list[int] = []
    given: list[int] = []
    read = 0
    for count, request in zip(beats, offered, strict=True):
        accepted.append(max(request, read))
        read = accepted[-1] + 1
        for number in range(count):
            before = taken[len(given) - 1] if given else 0
            read = max(read + (number > 0), before)
            given.append(read + 1)
    return accepted, given
