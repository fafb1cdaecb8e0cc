"""Array: matrix products by bit distillation, and when they are there."""

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.dot_product import dot
from racelet.golden.bitlet.job import Job
from racelet.golden.bitlet.pe import PeTimes


def products(
    activations: ArrayLike, weights: ArrayLike, config: BitletConfig, form: str | None = None
) -> NDArray[np.float64] | NDArray[np.int64]:
    """Matrix product, each element of which is a dot product as the hardware makes it.

    Parameters
    ----------
    activations : array_like of int or float, shape (m, k)
    weights : array_like of int or float, shape (k, n)
        Numbers of the format.
    config : BitletConfig
    form : str or None
        One of ``config.formats``; None: the first.

    Returns
    -------
    float64 or int64, shape (m, n)

    Raises
    ------
    ValueError
        If shapes do not match, or the format or a number is wrong.

    Examples
    --------
    >>> products([[1, 2], [3, 4]], [[5, 6], [7, 8]], BitletConfig()).tolist()
    [[19, 22], [43, 50]]
    """
    left, right = np.asarray(activations), np.asarray(weights)
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[0]:
        raise ValueError(
            f"activations and weights must be matrices that can be multiplied, not of the shapes {left.shape} "
            f"and {right.shape}"
        )
    return np.array([[dot(column, row, config, form) for column in right.T] for row in left])


class ArrayTimes:
    """When the array does what, cycle by cycle, while nothing that it gives has to wait.

    Parameters
    ----------
    config : BitletConfig

    Attributes
    ----------
    taken : list of int
        Cycle of every beat.
    given : list of int
        Cycle of every set of dot products.
    """

    def __init__(self, config: BitletConfig) -> None:
        self.taken: list[int] = []
        self.given: list[int] = []
        self._elements = [PeTimes(config, self.given) for _ in range(config.rows * config.columns)]
        self._jobs = self._cycle = 0

    def feed(self, activations: Sequence[NDArray], weights: Sequence[NDArray], form: str) -> None:
        """Say what comes next.

        Parameters
        ----------
        activations : sequence of array, shape (k,)
            Of every row.
        weights : sequence of array, shape (k,)
            Of every column.
        form : str

        Examples
        --------
        >>> times = ArrayTimes(BitletConfig(window=4, load=4, columns=2))
        >>> times.feed([np.array([5, 7])], [np.array([1, 3]), np.array([1, 1])], "int8")
        >>> times.run([0])
        >>> times.given
        [14]
        """
        pairs = ((row, column) for row in activations for column in weights)
        for element, (row, column) in zip(self._elements, pairs, strict=True):
            element.feed(Job(weights=column, activations=row, form=form))
        self._jobs += 1

    def run(self, offered: Iterable[int]) -> None:
        """Let all that was fed pass; its beats are offered in these cycles at first, one for each."""
        cycles = deque(offered)
        while cycles or len(self.given) < self._jobs:
            offers = bool(cycles) and cycles[0] <= self._cycle
            takes = offers and all(element.ready for element in self._elements)
            if takes:
                cycles.popleft()
                self.taken.append(self._cycle)
            for element in self._elements:
                element.step(takes)
            self._join()
            self._cycle += 1

    def _join(self) -> None:
        """Give what all elements have."""
        while all(len(element.given) > len(self.given) for element in self._elements):
            there = max(element.given[len(self.given)] for element in self._elements)
            self.given.append(max([there, *(cycle + 1 for cycle in self.given[-1:])]))
