"""Starts that wait for each other."""

from collections.abc import Sequence


def queue(depth: int, starts: Sequence[int], readies: Sequence[int]) -> list[tuple[int, int, int]]:
    """What a queue of starts shows in each cycle.

    Parameters
    ----------
    depth : int
        Starts that can wait.
    starts, readies : sequence of {0, 1}
        Whether a start comes, and whether one would be taken, in each cycle.

    Returns
    -------
    list of (int, int, int)
        Starts that wait, whether one is given, and whether one was refused before, in each cycle.

    Examples
    --------
    >>> queue(1, [1, 1, 0, 0], [0, 0, 1, 0])
    [(0, 0, 0), (1, 0, 0), (1, 1, 1), (0, 0, 1)]
    """
    pending = refused = 0
    shown: list[tuple[int, int, int]] = []
    for start, ready in zip(starts, readies, strict=True):
        go = int(pending > 0 and ready)
        shown.append((pending, go, refused))
        if start and pending - go == depth:
            refused = 1
        else:
            pending += start
        pending -= go
    return shown
