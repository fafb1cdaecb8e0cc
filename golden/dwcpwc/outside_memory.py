"""The memory outside the chip: where tensors lie that do not fit on it."""

import numpy as np
from numpy.typing import NDArray


class OutsideMemory:
    """Beats of ``bandwidth`` bytes; as many as are needed, zero where nothing was written.

    Parameters
    ----------
    bandwidth : int
        Bytes of a beat.

    Examples
    --------
    >>> memory = OutsideMemory(2)
    >>> memory.write(3, np.array([[1, 2], [3, 4]], np.uint8))
    >>> memory.read(2, 3).tolist()
    [[0, 0], [1, 2], [3, 4]]
    >>> len(memory.written())
    5
    """

    def __init__(self, bandwidth: int) -> None:
        self._beats = np.zeros((0, bandwidth), np.uint8)
        self._end = 0

    def read(self, address: int, count: int) -> NDArray[np.uint8]:
        """Some beats.

        Parameters
        ----------
        address : int
            First beat.
        count : int

        Returns
        -------
        uint8, shape (count, bandwidth)
        """
        found = np.zeros((count, self._beats.shape[1]), np.uint8)
        there = self._beats[address : address + count]
        found[: len(there)] = there
        return found

    def write(self, address: int, beats: NDArray[np.uint8]) -> None:
        """Overwrite some beats.

        Parameters
        ----------
        address : int
            First beat.
        beats : uint8, shape (count, bandwidth)
        """
        end = address + len(beats)
        if end > len(self._beats):
            # Twice as much as is needed, so that a tensor written row by row is not copied every time.
            grown = np.zeros((2 * end, self._beats.shape[1]), np.uint8)
            grown[: len(self._beats)] = self._beats
            self._beats = grown
        self._beats[address:end] = beats
        self._end = max(self._end, end)

    def written(self) -> NDArray[np.uint8]:
        """All beats up to the last that was written.

        Returns
        -------
        uint8, shape (n, bandwidth)
        """
        return self.read(0, self._end)
