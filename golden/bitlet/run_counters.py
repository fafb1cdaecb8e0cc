"""How many runs there were, and how long the last one took."""

from collections.abc import Sequence


def counted(
    going: Sequence[int], ended: Sequence[int], forgets: Sequence[int], runs_width: int, cycles_width: int
) -> list[tuple[int, int]]:
    """What the counters show in each cycle.

    Parameters
    ----------
    going, ended, forgets : sequence of {0, 1}
        Whether a run goes on, ends, is forgotten; an end counts even then.
    runs_width, cycles_width : int
        Bits of the counts, which begin anew at zero.

    Returns
    -------
    list of (int, int)
        Runs that ended before, and the cycles of the last of them.

    Examples
    --------
    >>> counted([1, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0], 32, 64)
    [(0, 0), (0, 0), (0, 0), (1, 3)]
    """
    runs = cycles = last = 0
    shown: list[tuple[int, int]] = []
    for goes, ends, forget in zip(going, ended, forgets, strict=True):
        shown.append((runs, last))
        if ends:
            runs, last, cycles = (runs + 1) % (1 << runs_width), (cycles + 1) % (1 << cycles_width), 0
        elif forget:
            cycles = 0
        elif goes:
            cycles = (cycles + 1) % (1 << cycles_width)
    return shown
