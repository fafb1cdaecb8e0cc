"""Resets that pass from part to part."""

from collections.abc import Sequence


def cycles(parts: int) -> int:
    """Cycles for which a clear of one cycle keeps the chain busy, if it was not.

    Examples
    --------
    >>> cycles(2)
    5
    """
    return 2 * parts + 1


def resets(parts: int, clears: Sequence[int]) -> list[tuple[int, int, int]]:
    """What a chain of resets shows in each cycle after its own reset.

    Parameters
    ----------
    parts : int
        How many are reset one after the other.
    clears : sequence of {0, 1}
        Whether a clear comes, in each cycle.

    Returns
    -------
    list of (int, int, int)
        The resets, that of the first part in bit 0, whether the chain is busy, and whether it will be in the next
        cycle, in each cycle.

    Examples
    --------
    >>> resets(2, [0, 0, 0, 0, 1, 0, 0])
    [(3, 1, 1), (3, 1, 1), (2, 1, 0), (0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1)]
    """
    everything = (1 << parts) - 1
    clearing, shown = 1, everything
    result: list[tuple[int, int, int]] = []
    busy = 1
    for clear in clears:
        now, following = shown, (shown << 1 | clearing) & everything
        if clear:
            clearing = 1
        elif shown == everything:
            clearing = 0
        shown = following
        coming = int(clearing or shown != 0)
        result.append((now, busy, coming))
        busy = coming
    return result
