"""Small numbers as words of a fixed number of ones, numbered in their order: m-of-n codes."""
# Ref: T. Cover, "Enumerative source coding", IEEE Trans. Information Theory 19, 1973; the number of a word is a sum of
# binomial coefficients, one for each of its ones.

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, kw_only=True)
class EnumerativeCode:
    """Words of ``length`` bits, ``ones`` of them ones, for the numbers from ``least`` on.

    Parameters
    ----------
    length, ones : int
    least, most : int
        Numbers that have words; others are clipped.

    Raises
    ------
    ValueError
        If there are fewer words than numbers.

    Examples
    --------
    >>> code = EnumerativeCode(length=6, ones=3, least=-8, most=7)
    >>> [bin(word) for word in code.encode(np.array([-8, -7, 7]))]
    ['0b111', '0b1011', '0b101100']
    """

    length: int
    ones: int
    least: int
    most: int

    def __post_init__(self) -> None:
        words, numbers = math.comb(self.length, self.ones), self.most - self.least + 1
        if words < numbers:
            raise ValueError(f"a ({self.length},{self.ones}) code has {words} words, too few for {numbers} numbers")

    def encode(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Words: the most significant bit first, compare with a coefficient and subtract it.

        Parameters
        ----------
        values : int64, shape (n,)

        Returns
        -------
        int64, shape (n,)
        """
        rest = np.clip(values, self.least, self.most) - self.least
        words, left = np.zeros_like(rest), np.full_like(rest, self.ones)
        for place in reversed(range(self.length)):
            coefficient = self._coefficients(place)[left]
            take = (left > 0) & (rest >= coefficient)
            words |= take.astype(np.int64) << place
            rest -= np.where(take, coefficient, 0)
            left -= take
        return words

    def decode(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers: the least significant bit first, add a coefficient for every one.

        Parameters
        ----------
        words : int64, shape (n,)

        Returns
        -------
        int64, shape (n,)
        """
        total, seen = np.full_like(words, self.least), np.zeros_like(words)
        for place in range(self.length):
            one = words >> place & 1
            seen += one
            total += np.where(one == 1, self._coefficients(place)[np.minimum(seen, self.ones)], 0)
        return total

    def _coefficients(self, place: int) -> NDArray[np.int64]:
        """By how many ones there are up to a place, how many words have their last one below it."""
        return np.array([math.comb(place, count) for count in range(self.ones + 1)], np.int64)


CODES: Mapping[str, EnumerativeCode] = {
    "int4": EnumerativeCode(length=6, ones=3, least=-8, most=7),
    "int8": EnumerativeCode(length=11, ones=4, least=-128, most=127),
    "int8_clipped": EnumerativeCode(length=10, ones=5, least=-125, most=125),
    "fp16": EnumerativeCode(length=19, ones=8, least=0, most=0xFFFF),
    "bf16": EnumerativeCode(length=19, ones=8, least=0, most=0xFFFF),
}
"""By what is coded; floating-point numbers by their 16 bits."""
