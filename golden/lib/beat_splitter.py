"""Splitting of beats into words that are taken one or some at a time, and when each passes."""

from collections.abc import Sequence


class BeatSplitter:
    """A splitter on its way through beats.

    Words leave in groups of any size up to a beat's. A group leaves as soon as it is wanted and all its beats are
    offered; a beat is taken with the first of its words.

    Parameters
    ----------
    offered : sequence of int
        First cycle in which each beat is offered, if those before it are taken by then.
    beat_words : int
        Words of a beat.

    Attributes
    ----------
    taken : list of int
        Cycle of each beat so far.
    position : int
        Words that have left.

    Examples
    --------
    >>> splitter = BeatSplitter([0, 1, 9], 2)
    >>> [splitter.take(count, 0) for count in (1, 2, 1, 1)], splitter.taken
    ([0, 1, 2, 9], [0, 1, 9])
    """

    def __init__(self, offered: Sequence[int], beat_words: int) -> None:
        self.offered, self.beat_words = offered, beat_words
        self.taken: list[int] = []
        self.position = 0
        self._last = -1

    @property
    def left(self) -> int:
        """Words of the last beat that have not left."""
        return len(self.taken) * self.beat_words - self.position

    def take(self, count: int, wanted: int) -> int:
        """Let a group leave.

        Parameters
        ----------
        count : int
            Its words, 1..beat_words.
        wanted : int
            First cycle in which it is wanted; no two groups leave in one cycle.

        Returns
        -------
        int
            The cycle.
        """
        self._last = max(wanted, self._last + 1)
        if count > self.left:
            self._last = max(self._last, self.offered[len(self.taken)])
            self.taken.append(self._last)
        self.position += count
        return self._last
