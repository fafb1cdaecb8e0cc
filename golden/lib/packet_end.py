"""Packets out of beats and ends."""

from collections.abc import Sequence


def packets(beats: Sequence[int], ends: Sequence[int]) -> list[tuple[int, bool]]:
    """Beats with the last one of every packet marked.

    Parameters
    ----------
    beats : sequence of int
    ends : sequence of int
        For each end, how many beats came before it; ascending.

    Returns
    -------
    list of (int, bool)
        Beats that are known to be a packet's last, or not: all but the one after which nothing came.

    Examples
    --------
    >>> packets([7, 8, 9, 5], [0, 2, 2, 3])
    [(7, False), (8, True), (9, True)]
    """
    closed = set(ends)
    known = [(beat, number in closed) for number, beat in enumerate(beats, 1)]
    return known if not known or known[-1][1] else known[:-1]
