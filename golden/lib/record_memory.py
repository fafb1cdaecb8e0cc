"""Memory that is written record by record and read row by row."""

from collections.abc import Mapping, Sequence

LATENCY = 1
"""Cycles from a row's number to its records."""


def rows_read(
    lanes: int, depth: int, writes: Sequence[Mapping[int, int]], reads: Sequence[int | None]
) -> list[list[int]]:
    """What the memory shows in the cycle after each one.

    Parameters
    ----------
    lanes : int
        Records of a row.
    depth : int
        Rows. All records are 0 at first.
    writes : sequence of mapping of int to int
        Records by number that each cycle writes. Record ``n`` is number ``n % lanes`` of row ``n // lanes``.
    reads : sequence of int or None
        Row that each cycle reads; with None the memory shows what it showed.

    Returns
    -------
    list of list of int
        The row of each cycle, as it was before that cycle's write.

    Examples
    --------
    >>> rows_read(2, 4, [{3: 7}, {2: 5}, {}, {}], [1, 1, None, 1])
    [[0, 0], [0, 7], [0, 7], [5, 7]]
    """
    records = [0] * (lanes * depth)
    shown = [0] * lanes
    history: list[list[int]] = []
    for write, row in zip(writes, reads, strict=True):
        if row is not None:
            shown = records[lanes * row : lanes * (row + 1)]
        for number, record in write.items():
            records[number] = record
        history.append(shown)
    return history
