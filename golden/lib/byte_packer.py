"""Packing of byte groups of any length into words of a fixed length, and when each passes."""

from collections.abc import Sequence

LATENCY = 2
"""Cycles from a group to the first word that it completes."""


def pack(groups: Sequence[tuple[Sequence[int], bool]], output_bytes: int) -> list[tuple[list[int], bool]]:
    """Concatenate groups and cut them into words; a word ends early after a group marked last.

    Parameters
    ----------
    groups : sequence of (bytes, last)
        Each of at least one byte, 0..255.
    output_bytes : int
        Bytes of a word.

    Returns
    -------
    list of (bytes, last)
        Words of ``output_bytes`` bytes, the last of a row filled up with zeros. Bytes after the last ``last`` that do
        not fill a word are left out.

    Examples
    --------
    >>> pack([([1, 2], False), ([3, 4, 5], True), ([6], True)], 4)
    [([1, 2, 3, 4], False), ([5, 0, 0, 0], True), ([6, 0, 0, 0], True)]
    """
    words: list[tuple[list[int], bool]] = []
    row: list[int] = []
    for data, last in groups:
        row += data
        while len(row) > output_bytes or (len(row) == output_bytes and not last):
            words.append((row[:output_bytes], False))
            row = row[output_bytes:]
        if last:
            words.append((row + [0] * (output_bytes - len(row)), True))
            row = []
    return words


def schedule(counts: Sequence[int], lasts: Sequence[bool], output_bytes: int) -> tuple[list[int], list[int]]:
    """Cycles in which groups go in and words come out, where a group is always there and a word always taken.

    Groups wait in a slice of two places, from the cycle after they came in. One a cycle moves on, as soon as the bytes
    before it have left behind them less than a word: from the cycle on in which the last word that they fill comes out.
    The bytes before a row's first group must all have left. A word comes out in the cycle after its last byte moved on,
    one word a cycle.

    Parameters
    ----------
    counts : sequence of int
        Bytes of each group, at least 1.
    lasts : sequence of bool
        Whether each is its row's last.
    output_bytes : int
        Bytes of a word.

    Returns
    -------
    accept_cycles : list of int
        Cycle of each group; the first is 0.
    emit_cycles : list of int
        Cycle of each word of :func:`pack`.

    Examples
    --------
    >>> schedule([9, 9, 9, 9], [False, False, False, True], 4)
    ([0, 1, 2, 4], [2, 3, 4, 5, 6, 7, 8, 9, 10])
    """
    accepted: list[int] = []
    moved: list[int] = []
    emitted: list[int] = []
    row_words = 0
    row_bytes = 0
    for number, (count, last) in enumerate(zip(counts, lasts, strict=True)):
        free = moved[-2] + 1 if number > 1 else 0
        accepted.append(max(accepted[-1] + 1, free) if accepted else 0)
        now = max(accepted[-1] + LATENCY - 1, moved[-1] + 1 if moved else 0, emitted[-1] if emitted else 0)
        moved.append(now)
        row_bytes += count
        complete = -(-row_bytes // output_bytes) if last else row_bytes // output_bytes
        for _ in range(complete - row_words):
            emitted.append(max(now, emitted[-1] if emitted else 0) + 1)
        row_words, row_bytes = (0, 0) if last else (complete, row_bytes)
    return accepted, emitted
